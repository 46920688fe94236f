"""The MANIFEST of a golden set: the SHA-256 of every values file, in the form of ``sha256sum``."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "MANIFEST"
GENERATOR = "GENERATOR"
"""Beside the set and no part of it: the hashes of the code that computed it."""

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_-]+(?:/[A-Za-z0-9_.-]+)*)")
_MAXIMUM_BYTES = 2**20


class ManifestError(ValueError):
    """A golden set that is not what its MANIFEST says; the message names the file."""


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def render(digests: Mapping[str, str]) -> str:
    """The text of a MANIFEST, sorted by path: ``sha256sum --check`` reads it."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests))


def parse(text: str, name: str) -> dict[str, str]:
    """The digests by path that a MANIFEST lists. Raises ManifestError."""
    digests: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        found = _LINE.fullmatch(line)
        if found is None or ".." in found[2]:
            raise ManifestError(
                f"{name}:{number}: expected '<sha256>  <relative path>', found {line[:120]!r}"
            )
        if found[2] in digests:
            raise ManifestError(f"{name}:{number}: expected each path once, found {found[2]} twice")
        digests[found[2]] = found[1]
    return digests


def read(folder: Path) -> tuple[str, dict[str, str]]:
    """The digest of a set (the SHA-256 of its MANIFEST) and the digests by path that it lists."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            data = file.read(_MAXIMUM_BYTES + 1)
    except OSError as error:
        raise ManifestError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _MAXIMUM_BYTES:
        raise ManifestError(f"{path}: expected at most {_MAXIMUM_BYTES} bytes, found more")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise ManifestError(
            f"{path}: expected ASCII text, found byte {error.start} is not"
        ) from error
    return sha256(data), parse(text, str(path))


def values_files(folder: Path) -> list[str]:
    """The values files in a folder, as sorted paths relative to it with forward slashes."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))


def check_names(folder: Path, digests: Mapping[str, str]) -> None:
    """Refuse a folder whose files are not exactly those that its MANIFEST lists."""
    present = set(values_files(folder))
    for name in sorted(digests.keys() - present):
        raise ManifestError(f"{folder / name}: expected this file, which {MANIFEST} lists")
    for name in sorted(present - digests.keys()):
        raise ManifestError(f"{folder / name}: expected no file that {MANIFEST} does not list")


def check_digest(path: Path, data: bytes, expected: str) -> None:
    """Refuse a file whose content is not what the MANIFEST promises."""
    found = sha256(data)
    if found != expected:
        raise ManifestError(
            f"{path}: the file was changed: {MANIFEST} expects SHA-256 {expected}, found {found};"
            " golden values are generated, never edited (`focalspec generate`)"
        )
