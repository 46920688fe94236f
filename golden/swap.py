"""Replaces a golden set by another one so that a kill at any moment leaves a whole set.

A set is the folder ``values/``: its files and their MANIFEST. The new set is written beside it, in
``.values.next``, and the two names are exchanged in one step where the system can do that (Linux).
Elsewhere the old set first gets the name ``.values.previous``, and as long as a folder of that name
exists, it is the set, whatever state ``values/`` is in.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CURRENT = "values"
NEXT = ".values.next"
PREVIOUS = ".values.previous"
_COPY = ".values.copy"


class SwapError(ValueError):
    """A golden set that cannot be replaced now; the message says why."""


def current_set(root: Path) -> Path:
    """The folder that holds the whole set now, also right after an interrupted swap."""
    previous = root / PREVIOUS
    return previous if previous.is_dir() else root / CURRENT


def recover(root: Path) -> bool:
    """Clear up after an interrupted run; true when there was something to clear."""
    found = False
    for name in (NEXT, _COPY):
        if (root / name).exists():
            shutil.rmtree(root / name)
            found = True
    if (root / PREVIOUS).is_dir():
        _restore(root)
        found = True
    return found


def start(root: Path) -> Path:
    """An empty folder beside the set, in which the next one is written."""
    folder = root / NEXT
    folder.mkdir(parents=True)
    return folder


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk: the swap must not overtake its content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def finish(root: Path, *, atomically: bool = True) -> None:
    """Put the written set in the place of the current one.

    ``atomically=False`` takes the way of systems that cannot exchange two folders.
    """
    following, current = root / NEXT, root / CURRENT
    if not current.exists():
        following.rename(current)
    elif atomically and _exchange(following, current):
        shutil.rmtree(following)
    else:
        _keep_previous(root)
        _remove(current)
        following.rename(current)
        _forget_previous(root)


@contextmanager
def exclusively(root: Path) -> Iterator[None]:
    """Keep a second generation away from the same folder; a killed one holds nothing back."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415  (not there on Windows)

    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(folder)
        raise SwapError(f"{root}: another generation is at work there") from error
    try:
        yield
    finally:
        os.close(folder)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders' names in one step; false where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    at_cwd, rename_exchange = -100, 2
    first, second = os.fsencode(one), os.fsencode(other)
    return exchange(at_cwd, first, at_cwd, second, rename_exchange) == 0  # type: ignore[no-any-return]


def _keep_previous(root: Path) -> None:
    current, previous = root / CURRENT, root / PREVIOUS
    try:
        current.rename(previous)
    except OSError:
        # Some file systems (a container's lower layers) cannot rename a folder: copy it, and let
        # the copy get the name only once it is whole.
        shutil.copytree(current, root / _COPY)
        (root / _COPY).rename(previous)


def _restore(root: Path) -> None:
    """Make the previous set the current one again."""
    current, previous = root / CURRENT, root / PREVIOUS
    _remove(current)
    previous.rename(current)


def _forget_previous(root: Path) -> None:
    """Take the name away in one step, then the files."""
    (root / PREVIOUS).rename(root / NEXT)
    shutil.rmtree(root / NEXT)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
