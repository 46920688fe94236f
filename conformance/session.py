"""One worker process and the conversation with it: lines out, lines in, within limits.

Nothing that the process does can block, flood or outlive its session: every exchange has a
deadline, every answer a largest size, the memory of the whole process group may have one too, what
it writes to standard error is drained and only the end of it kept, and closing the session ends
the whole group.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from focalspec.conformance import processes

TICK = 0.05  # seconds between looks at the clock, at memory and at whether to go on
KEPT = 4096  # bytes of standard error that are kept for messages
CHUNK = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What one implementation may take."""

    start: float = 300.0  # seconds until it has started: importing a framework takes long
    case: float = 60.0  # seconds for one case
    answer: int = 64 << 20  # bytes of one answer
    memory: int | None = None  # bytes resident in the whole process group


class SessionError(Exception):
    """The process broke the conversation; ``kind`` is crash, hang, flood, memory or garbage."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class CancelledError(Exception):
    """The run was interrupted while a process was busy."""


def never() -> bool:
    """For sessions that nobody interrupts."""
    return False


@dataclass
class Session:
    """A running worker; use it as a context manager, so that its process ends with it."""

    command: Sequence[str]
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    cancelled: Callable[[], bool] = never

    def __post_init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self.stderr = b""
        self._pending = bytearray()
        self._scanned = 0  # how much of what is pending holds no end of a line
        self._look_again = 0.0
        self._process = self._start()
        self._selector = selectors.DefaultSelector()
        for stream in (self._stdout, self._stderr):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        os.set_blocking(self._stdin.fileno(), False)

    def _start(self) -> subprocess.Popen[bytes]:
        if os.name != "posix":
            raise SessionError("crash", "workers need Linux or macOS (on Windows: WSL)")
        environment = {**os.environ, **self.environment, processes.MARK: self.mark}
        try:
            return subprocess.Popen(
                list(self.command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            said = error.strerror or str(error)
            raise SessionError("crash", f"cannot start {self.command[0]}: {said}") from error

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _stdin(self) -> IO[bytes]:
        return _present(self._process.stdin)

    @property
    def _stdout(self) -> IO[bytes]:
        return _present(self._process.stdout)

    @property
    def _stderr(self) -> IO[bytes]:
        return _present(self._process.stderr)

    def exchange(self, request: bytes, seconds: float) -> bytes:
        """Sends one line and returns the line that answers it.

        Raises SessionError where none comes within the limits, after which the session is of no
        more use, and CancelledError where the run is interrupted.
        """
        deadline = time.monotonic() + seconds
        unsent = memoryview(request + b"\n")
        self._selector.register(self._stdin, selectors.EVENT_WRITE)
        try:
            while True:
                line = self._take_line()
                if line is not None:
                    return line
                unsent = self._step(unsent, deadline, seconds)
        finally:
            if self._stdin in self._selector.get_map():
                self._selector.unregister(self._stdin)

    def _take_line(self) -> bytes | None:
        end = self._pending.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self._pending)
            return None
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        self._scanned = 0
        return line

    def say(self, message: bytes) -> None:
        """Sends a last line, closes the pipe, and gives the process a moment to end by itself."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            os.write(self._stdin.fileno(), message + b"\n")
            self._stdin.close()
            self._process.wait(processes.GRACE)

    def _step(self, unsent: memoryview, deadline: float, seconds: float) -> memoryview:
        ready = self._selector.select(TICK)
        if not ready and self._process.poll() is not None:
            # a child of it may hold the pipe open for ever
            raise SessionError("crash", self._end())
        for key, _ in ready:
            if key.fileobj is self._stdout:
                self._read()
            elif key.fileobj is self._stderr:
                self._drain()
            else:
                unsent = self._write(unsent)
        self._check_limits(deadline, seconds)
        return unsent

    def _write(self, unsent: memoryview) -> memoryview:
        try:
            unsent = unsent[os.write(self._stdin.fileno(), unsent) :]
        except BlockingIOError:
            return unsent
        except OSError:
            unsent = unsent[:0]  # it reads no more: what it says, or its end, tells the rest
        if not unsent:
            self._selector.unregister(self._stdin)
        return unsent

    def _read(self) -> None:
        data = os.read(self._stdout.fileno(), CHUNK)
        if not data:
            self._selector.unregister(self._stdout)
            raise SessionError("crash", self._end())
        self._pending += data
        if len(self._pending) > self.limits.answer:
            raise SessionError("flood", f"wrote more than {self.limits.answer} bytes at once")

    def _drain(self) -> None:
        data = os.read(self._stderr.fileno(), CHUNK)
        if not data:
            self._selector.unregister(self._stderr)
        self.stderr = (self.stderr + data)[-KEPT:]

    def _check_limits(self, deadline: float, seconds: float) -> None:
        if self.cancelled():
            raise CancelledError
        if time.monotonic() > deadline:
            raise SessionError("hang", f"no answer within {seconds:g} s")
        limit = self.limits.memory
        if limit is not None and time.monotonic() > self._look_again:
            self._look_again = time.monotonic() + TICK
            held = processes.group_memory(self._process.pid)
            if held > limit:
                raise SessionError(
                    "memory", f"holds {held >> 20} MiB, more than the limit of {limit >> 20} MiB"
                )

    def _end(self) -> str:
        """How the process ended, with the last thing that it wrote to standard error."""
        try:
            status = self._process.wait(processes.GRACE)
        except subprocess.TimeoutExpired:
            return "closed its standard output"
        self._drain_rest()
        how = f"ended by {_signal_name(-status)}" if status < 0 else f"exited with status {status}"
        last = self.last_words()
        return f"{how}: {last}" if last else how

    def _drain_rest(self) -> None:
        if self._stderr in self._selector.get_map():
            for key, _ in self._selector.select(TICK):
                if key.fileobj is self._stderr:
                    self._drain()

    def last_words(self) -> str:
        """The last line on standard error."""
        lines = self.stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip()[:300] if lines else ""

    def close(self) -> None:
        """Ends the process and all that it started."""
        self._selector.close()
        processes.end_group(self._process, self.mark)


def _present(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the process was started without a pipe")
    return stream


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
