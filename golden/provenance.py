"""Names the code that computes golden values, by the SHA-256 of each of its files."""

from importlib.util import find_spec
from pathlib import Path

from focalspec.golden.manifest import render, sha256

_FOLDERS = ("focalspec.reference.oracle", "focalspec.reference.enclosure")
_FILES = ("focalspec.reference.tensor",)
_GOLDEN = (
    "agreement.py",
    "certify.py",
    "content.py",
    "digits.py",
    "formats.py",
    "hexfloat.py",
    "writer.py",
)


def generator() -> str:
    """The hashes of the files of oracle, enclosure and writer, in the form of a MANIFEST.

    Values computed by the same code need not be computed again; that is all that it decides.
    """
    here = Path(__file__).parent
    present = [name for name in _GOLDEN if (here / name).is_file()]
    digests = {f"golden/{name}": _digest(here / name) for name in present}
    for name in _FOLDERS:
        spec = find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for path in Path(folder).rglob("*.py"):
                inner = path.relative_to(folder).as_posix()
                digests[f"reference/{name.rpartition('.')[2]}/{inner}"] = _digest(path)
    for name in _FILES:
        spec = find_spec(name)
        if spec and spec.origin:
            digests[f"reference/{Path(spec.origin).name}"] = _digest(Path(spec.origin))
    return render(digests)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes())
