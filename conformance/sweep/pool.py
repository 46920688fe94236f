"""Sweeps shards in processes of this machine; one that dies is replaced, its shard repeated."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from focalspec.conformance.sweep.asking import FOLDER, scratch
from focalspec.conformance.sweep.shard import TRIES, Task, run
from focalspec.conformance.sweep_results import Shard

_GRACE = 5.0  # seconds for a process to end its implementation and itself


class WorkerError(ValueError):
    """A shard that could not be tried at all; the message is one line that says why."""


def serve(connection: Connection, folder: str) -> None:
    """What each process does: sweeps the tasks that come, until none comes any more."""
    os.environ[FOLDER] = folder  # who started the sweep removes it, however the process ends
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started the sweep tells it to end
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(_answer(task))


def _answer(task: Task) -> Shard | str:
    try:
        return run(task)
    except ValueError as error:
        return str(error)
    except Exception as error:
        return f"internal error: {type(error).__name__}: {error}"


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    task: Task | None = None


def swept(tasks: Sequence[Task], count: int) -> Generator[Shard, None, None]:
    """The shards of tasks, in the order in which they are finished, by ``count`` processes.

    Raises WorkerError. Closed before its end, it ends its processes.
    """
    with scratch() as folder:
        yield from _swept(_Pool(tasks, folder), count)


def _swept(pool: "_Pool", count: int) -> Generator[Shard, None, None]:
    try:
        for _ in range(count):
            pool.employ()
        while pool.workers:
            yield from pool.next()
    finally:
        pool.close()


class _Pool:
    def __init__(self, tasks: Sequence[Task], folder: str) -> None:
        self.waiting = deque(tasks)
        self.folder = folder
        self.workers: list[_Worker] = []
        self._deaths: dict[Task, int] = {}
        self._context = multiprocessing.get_context("spawn")

    def employ(self) -> None:
        """Starts a process, if there is something to do."""
        if not self.waiting:
            return
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=serve, args=(theirs, self.folder), daemon=False)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self.workers.append(worker)
        self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """The next task for a process; without one it ends by itself."""
        worker.task = self.waiting.popleft() if self.waiting else None
        if worker.task is None:
            worker.connection.close()
            worker.process.join()
            self.workers.remove(worker)
            return
        worker.connection.send(worker.task)

    def next(self) -> Iterator[Shard]:
        """What is finished next."""
        by_connection: dict[Any, _Worker] = {one.connection: one for one in self.workers}
        for ready in wait(list(by_connection)):
            worker = by_connection[ready]
            try:
                answer = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._replace(worker)
                continue
            if isinstance(answer, str):
                raise WorkerError(answer)
            yield answer
            self._give(worker)

    def _replace(self, worker: _Worker) -> Iterator[Shard]:
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        task = worker.task
        if task is not None:
            deaths = self._deaths[task] = self._deaths.get(task, 0) + 1
            if deaths < TRIES:
                self.waiting.appendleft(task)
            else:
                code = worker.process.exitcode
                problem = f"{task.name}: the process that swept it ended {TRIES} times ({code})"
                yield Shard(task.number, task.shard, {}, problem=problem)
        self.employ()

    def close(self) -> None:
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join(_GRACE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()
