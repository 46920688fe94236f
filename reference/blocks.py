"""Runs a task over blocks that fit the cache, on one or several threads.

A block is a range of elements or positions. Nothing that a task computes may depend on where
its block begins or ends: then the bits of a result are the same for every number of threads
and every block size.
"""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

from focalspec.reference.formats import FLOAT64, Array, Dtype

# Elements of a block: a dozen float64 arrays of it stay in a second-level cache.
BLOCK = 16_384

# Threads hand Python's lock to each other at every NumPy call, which takes longer than a small
# block does: where several work, a block has at least this many elements.
THREADED_BLOCK = 65_536

# Below this many elements, waking a thread costs more than it saves.
THREADING_THRESHOLD = 524_288

THREADS_VARIABLE = "FOCALSPEC_THREADS"

# Up to here the allocator keeps memory at hand, and is faster than any bookkeeping.
_SMALL = 4096

Task = Callable[[int, int, "Scratch"], None]


class Scratch:
    """The buffers of one thread, reused from block to block and from call to call."""

    def __init__(self) -> None:
        self._buffers: list[Array] = []
        self._used = 0

    def rewind(self) -> None:
        """Give all buffers back; a new block begins."""
        self._used = 0

    def array(self, size: int, dtype: Dtype = FLOAT64) -> Array:
        """An uninitialised array of the block's size, that belongs to the task until the rewind."""
        if size <= _SMALL:
            return np.empty(size, dtype)
        if self._used == len(self._buffers):
            self._buffers.append(np.empty(size))
        buffer = self._buffers[self._used]
        if buffer.size < size:
            buffer = self._buffers[self._used] = np.empty(size)
        self._used += 1
        return (buffer if dtype == FLOAT64 else buffer.view(dtype))[:size]


def thread_limit() -> int:
    """How many threads a call may use that does not say: what the environment or machine allows."""
    given = os.environ.get(THREADS_VARIABLE, "").strip()
    if not given:
        return _processors()
    if not given.isdecimal() or int(given) < 1:
        raise ValueError(f"{THREADS_VARIABLE} must be a whole number, at least 1, found {given!r}")
    return int(given)


def run(task: Task, count: int, block: int, weight: int, threads: int | None) -> None:
    """Call task(start, stop, scratch) for the blocks of range(count).

    ``weight`` is how many elements one step of the range stands for; small work stays on the
    calling thread. The first error of a task is raised when all threads have stopped.
    """
    starts = iter(range(0, count, block))
    if count * weight < THREADING_THRESHOLD:
        _work(task, starts, count, block)
        return
    large = block * max(1, THREADED_BLOCK // (block * weight))
    workers = min(thread_limit() if threads is None else threads, -(-count // large))
    if workers <= 1:
        _work(task, starts, count, block)
        return
    block = large
    shared = _Shared(iter(range(0, count, block)))
    others = [_pool().submit(_work, task, shared, count, block) for _ in range(workers - 1)]
    try:
        _work(task, shared, count, block)
    finally:
        shared.close()
        wait(others)
    for other in others:
        other.result()


class _Shared:
    """An iterator that several threads draw from, until one of them closes it."""

    def __init__(self, items: Iterator[int]) -> None:
        self._items = items
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            return next(self._items)

    def close(self) -> None:
        with self._lock:
            self._items = iter(())


_local = threading.local()
_pool_lock = threading.Lock()
_pools: list[ThreadPoolExecutor] = []


def _work(task: Task, starts: Iterator[int], count: int, block: int) -> None:
    """Work off blocks until none is left; the scratch is taken away while in use."""
    scratch = _local.__dict__.pop("scratch", None) or Scratch()
    try:
        # NumPy keeps its error state for each thread: it is set in the one that computes.
        with np.errstate(all="ignore"):
            for start in starts:
                scratch.rewind()
                task(start, min(start + block, count), scratch)
    finally:
        if isinstance(starts, _Shared):
            starts.close()
        _local.scratch = scratch


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pool() -> ThreadPoolExecutor:
    with _pool_lock:
        if not _pools:
            _pools.append(ThreadPoolExecutor(_processors(), thread_name_prefix="focalspec"))
        return _pools[0]


def _forget_pool() -> None:
    """A forked child has none of its parent's threads."""
    global _pool_lock  # noqa: PLW0603 -- the parent's lock may be held by a thread that is gone
    _pool_lock = threading.Lock()
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)
