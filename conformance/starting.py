"""Writes a starter adapter for a formula and a framework: part of a template, and it runs."""

from collections.abc import Sequence
from pathlib import Path

from focalspec.conformance.cutting import cut, functions
from focalspec.conformance.names import check_name

TEMPLATES = Path(__file__).parent / "templates"
FORMULA = "sigmoid_focal_loss"
NAMES = ", ".join(sorted(path.stem for path in TEMPLATES.glob("*.py")))


class StarterError(ValueError):
    """A starter that cannot be written; the message names the file."""


def starter(framework: str, formulas: Sequence[str]) -> str:
    """The source of an adapter. Raises UnknownNameError where a name is not known."""
    check_name("framework", framework, NAMES.split(", "), "--framework")
    source = (TEMPLATES / f"{framework}.py").read_text(encoding="utf-8")
    line = source.index("# ---- REPLACE")
    offered = functions(source[:line])
    for name in formulas:
        check_name("formula", name, offered, "--formula")
    return cut(source, formulas or (FORMULA,))


def write(path: Path, source: str) -> None:
    """Writes a new file, and its folder. Raises StarterError where it exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(source)
    except FileExistsError as error:
        raise StarterError(f"{path}: exists already, and is left as it is") from error
