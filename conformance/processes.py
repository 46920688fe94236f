"""Ends process groups, and measures the memory that they hold."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "FOCALSPEC_WORKER"  # an environment variable that a worker and all its descendants inherit
PAUSE = 0.01  # seconds between looks at whether processes are gone
GRACE = 1.0  # seconds between asking a process to end and ending it
_PROC = Path("/proc")


def end_group(process: subprocess.Popen[bytes], mark: str, *, grace: float = GRACE) -> None:
    """Ends a process that leads a group, the group, and whatever else carries its mark.

    Asks first (SIGTERM), waits for at most ``grace`` seconds, then ends (SIGKILL). Children that
    left the group are found by the mark in their environment where there is a /proc to look in.
    """
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    _end_marked(mark, grace)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _end_marked(mark: str, seconds: float) -> None:
    """Ends every process that carries a mark, and waits until they are gone."""
    deadline = time.monotonic() + seconds
    left = set(marked(mark))
    while left and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)
        left = set(marked(mark))


def marked(mark: str) -> Iterator[int]:
    """The processes whose environment carries the mark."""
    wanted = f"{MARK}={mark}".encode()
    for folder in _process_folders():
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


def group_memory(group: int) -> int:
    """The resident memory of a process group in bytes; 0 where it cannot be measured."""
    if not _PROC.is_dir():
        return _group_memory_by_ps(group)
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for folder in _process_folders():
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name in parentheses may hold anything; the fields that count stand after it
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                total += int(fields[21]) * page
    return total


def _process_folders() -> Iterator[Path]:
    if _PROC.is_dir():
        yield from (folder for folder in _PROC.iterdir() if folder.name.isdigit())


def _group_memory_by_ps(group: int) -> int:
    listing = subprocess.run(
        ["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=False
    )
    rows = (line.split() for line in listing.stdout.splitlines())
    return sum(int(row[1]) * 1024 for row in rows if len(row) == 2 and row[0] == str(group))
