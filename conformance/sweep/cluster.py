"""Sweeps shards by Dask's scheduler: on this machine, or on the machines of a cluster."""

import importlib
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from typing import Any

from focalspec.conformance.sweep.pool import WorkerError
from focalspec.conformance.sweep.shard import TRIES, Task, run
from focalspec.conformance.sweep_results import Shard

_PATIENCE = 15.0  # seconds for a scheduler to answer


class MissingClusterExtraError(ValueError):
    """A cluster where the packages that it needs are not installed."""


def swept(tasks: Sequence[Task], scheduler: str | None, count: int) -> Generator[Shard, None, None]:
    """The shards of tasks, in the order in which they are finished.

    ``scheduler`` is the address of one; without it, ``count`` processes of a cluster of this
    machine are started. Shards of a worker that is lost go to another one. Raises WorkerError.
    """
    distributed = _distributed()
    with ExitStack() as stack:
        client = stack.enter_context(_client(distributed, scheduler, count, stack))
        futures = client.map(run, tasks, pure=False, retries=0, batch_size=1000)
        by_key = {future.key: task for future, task in zip(futures, tasks, strict=True)}
        stack.callback(client.cancel, futures)
        for future in distributed.as_completed(futures):
            yield _result(distributed, future, by_key[future.key])
            future.release()


def _result(distributed: Any, future: Any, task: Task) -> Shard:
    error = future.exception()
    if error is None:
        result: Shard = future.result()
        return result
    if isinstance(error, distributed.scheduler.KilledWorker):
        problem = f"{task.name}: the workers that swept it were lost, {TRIES} or more"
        return Shard(task.number, task.shard, {}, problem=problem)
    if isinstance(error, ValueError):
        raise WorkerError(str(error)) from error
    raise WorkerError(f"{task.name}: {type(error).__name__}: {error}") from error


def _client(distributed: Any, scheduler: str | None, count: int, stack: ExitStack) -> Any:
    if scheduler is None:
        cluster = distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=None, silence_logs=50
        )
        return distributed.Client(stack.enter_context(cluster))
    try:
        return distributed.Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"--scheduler: no scheduler answers at {scheduler!r}: {error or type(error).__name__}"
        ) from error


def _distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise MissingClusterExtraError(
            f"a cluster needs the package {error.name!r}: pip install 'focalspec[cluster]'"
        ) from error
