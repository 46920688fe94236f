"""The same bits for every number of threads and block size, from any number of callers."""

import functools
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from focalspec.reference import (
    blocks,
    elementwise,
    positions,
    sigmoid_focal_loss,
    softmax_focal_loss,
)
from focalspec.reference.blocks import run, thread_limit


def elements(size, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=size) * 4, (generator.random(size) < 0.3) * 1.0


def same(one, other):
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


@pytest.fixture
def block_size(monkeypatch):
    """Sets the block size of all calls."""

    def set_size(size):
        for module in (elementwise, positions):
            resized = functools.partial(module.Call, block=size)
            monkeypatch.setattr(module, "Call", resized)
        monkeypatch.setattr("focalspec.reference.binary.Call", elementwise.Call)
        monkeypatch.setattr("focalspec.reference.multiclass.Call", positions.Call)

    return set_size


def use_threads_at_once(monkeypatch):
    monkeypatch.setattr(blocks, "THREADING_THRESHOLD", 0)
    monkeypatch.setattr(blocks, "THREADED_BLOCK", 0)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_do_not_depend_on_threads_or_blocks(reduction, dtype, block_size, monkeypatch):
    x, y = elements(700_001)
    x = x.astype(dtype)
    y[::1000] = 0.5
    expected = sigmoid_focal_loss(x, y, reduction=reduction, derivatives=1, threads=1)
    use_threads_at_once(monkeypatch)
    for size in (1024, 5000, 65_536, 10**6):
        block_size(size)
        for threads in (1, 2, 5):
            found = sigmoid_focal_loss(x, y, reduction=reduction, derivatives=1, threads=threads)
            assert same(found, expected)


@pytest.mark.parametrize("shape, axis", [((30_001, 7), 1), ((900, 100), 1), ((3, 5, 60, 50), 1)])
def test_the_bits_of_a_softmax_do_not_depend_on_threads_or_blocks(
    shape, axis, block_size, monkeypatch
):
    generator = np.random.default_rng(0)
    z = generator.normal(size=shape) * 5
    z[..., 3] *= 300  # some positions take the other path
    targets = generator.integers(0, shape[axis], np.delete(shape, axis))
    expected = softmax_focal_loss(z, targets, derivatives=1, threads=1)
    use_threads_at_once(monkeypatch)
    for size in (1, 3000, 10**6):
        block_size(size)
        for threads in (1, 3):
            assert same(softmax_focal_loss(z, targets, derivatives=1, threads=threads), expected)


def test_several_threads_may_call_at_once():
    inputs = [elements(600_000, seed) for seed in range(6)]
    expected = [sigmoid_focal_loss(*one, derivatives=1, threads=1) for one in inputs]
    with ThreadPoolExecutor(6) as pool:
        found = list(
            pool.map(lambda one: sigmoid_focal_loss(*one, derivatives=1, threads=2), inputs)
        )
    assert all(same(a, b) for a, b in zip(found, expected, strict=True))


def _in_child(queue):
    x, y = elements(600_000)
    queue.put(float(sigmoid_focal_loss(x, y, threads=2)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_threads_of_its_own():
    x, y = elements(600_000)
    expected = float(sigmoid_focal_loss(x, y, threads=2))
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == expected
    child.join(timeout=60)
    assert child.exitcode == 0


def test_small_work_stays_on_the_calling_thread():
    threads = set()
    run(lambda start, stop, scratch: threads.add(os.getpid()), 100, 10, 1, 8)
    names = []
    run(lambda start, stop, scratch: names.append((start, stop)), 25, 10, 1, 8)
    assert names == [(0, 10), (10, 20), (20, 25)]


def test_every_block_is_done_once_on_several_threads(monkeypatch):
    use_threads_at_once(monkeypatch)
    counts = np.zeros(1000, int)

    def task(start, stop, scratch):
        counts[start:stop] += 1

    run(task, 1000, 7, 1, 4)
    assert counts.tolist() == [1] * 1000


def test_an_error_stops_the_other_threads_and_is_raised(monkeypatch):
    use_threads_at_once(monkeypatch)

    def task(start, stop, scratch):
        raise ValueError(f"at {start}")

    with pytest.raises(ValueError, match="at "):
        run(task, 10**6, 1, 1, 3)


def test_a_task_may_call_a_loss_itself():
    x, y = elements(3000)
    expected = sigmoid_focal_loss(x, y)
    found = []
    run(lambda start, stop, scratch: found.append(sigmoid_focal_loss(x, y)), 2, 1, 1, 1)
    assert found == [expected, expected]


def test_the_environment_limits_the_threads(monkeypatch):
    monkeypatch.setenv("FOCALSPEC_THREADS", " 3 ")
    assert thread_limit() == 3
    monkeypatch.setenv("FOCALSPEC_THREADS", "")
    assert thread_limit() >= 1
    x, y = elements(600_000)
    for wrong in ("no", "0", "-1", "1.5"):
        monkeypatch.setenv("FOCALSPEC_THREADS", wrong)
        message = f"FOCALSPEC_THREADS must be a whole number, at least 1, found '{wrong}'"
        with pytest.raises(ValueError, match=message):
            sigmoid_focal_loss(x, y)
        assert sigmoid_focal_loss(x, y, threads=1) > 0


def test_the_memory_beyond_the_output_is_bounded_by_the_block():
    import tracemalloc  # noqa: PLC0415 -- it slows what runs under it

    x, y = (array.astype(np.float32) for array in elements(4_000_000))
    out = np.empty_like(x), np.empty_like(x)
    sigmoid_focal_loss(x[:100_000], y[:100_000], reduction="none", threads=1)
    tracemalloc.start()
    sigmoid_focal_loss(x, y, reduction="none", derivatives=1, out=out, threads=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * 8 * blocks.BLOCK < x.nbytes
