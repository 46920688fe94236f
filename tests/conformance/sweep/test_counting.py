"""What is counted does not depend on how the inputs are cut, or on the order of the parts."""

import random
from collections.abc import Callable
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest

from focalspec.conformance.sweep.asking import Reply
from focalspec.conformance.sweep.inputs import numbers, ordinal_from, stretch, total
from focalspec.conformance.sweep.shard import Chunk, Counting
from focalspec.conformance.sweep_results import Configuration
from focalspec.conformance.sweep_tally import (
    Breaks,
    Outcome,
    Stretch,
    from_json,
    to_json,
    together,
)
from focalspec.golden.formats import FLOAT16, FLOAT32

HALF = Configuration("sigmoid_focal_loss", "float16", 1, 0.25, 2.0)
SINGLE = Configuration("sigmoid_focal_loss", "float32", 1, 0.25, 2.0)
Counted = Callable[..., Outcome]
WHOLE = total(FLOAT16)


def wrong(inputs: np.ndarray, loss: np.ndarray, gradient: np.ndarray) -> None:
    """Faults that touch shards: a NaN, infinities, numbers that are off, a loss that falls."""
    loss[inputs == 2.0] = np.nan
    gradient[np.abs(inputs - 3.0) < 0.01] = np.inf
    loss[np.abs(inputs + 1.0) < 0.1] *= inputs.dtype.type(1.01)
    gradient[inputs == 0.0] *= inputs.dtype.type(-1)


def in_parts(counted: Counted, cuts: list[int], seed: int) -> Outcome:
    parts = [
        counted(HALF, start, stop - start, wrong, place=start)
        for start, stop in pairwise([0, *cuts, WHOLE])
    ]
    random.Random(seed).shuffle(parts)
    middle = len(parts) // 2
    return together([together(parts[middle:]), together(parts[:middle])])


@pytest.mark.parametrize(("cuts", "seed"), [([31744], 0), ([1, 2, 500, 31743, 31745, 60000], 1)])
def test_shards_add_up_to_the_whole_in_any_order(
    counted: Counted, cuts: list[int], seed: int
) -> None:
    whole = counted(HALF, 0, WHOLE, wrong)
    parts = in_parts(counted, cuts, seed)
    assert {name: one.tried for name, one in parts.items()} == dict.fromkeys(parts, WHOLE)
    assert to_json(parts) == to_json(whole)  # in which NaN is equal to itself
    assert to_json(from_json(to_json(whole))) == to_json(whole)


def test_each_kind_of_fault_is_counted_and_named(counted: Counted) -> None:
    outcome = counted(HALF, 0, WHOLE, wrong)
    loss, gradient = outcome["loss"], outcome["gradient"]
    assert (loss.nan, gradient.nan) == (1, 0)
    assert gradient.infinite == len([x for x in np.arange(2.990, 3.01, 2**-9) if abs(x - 3) < 0.01])
    assert loss.worst[0].input == 2.0
    assert loss.worst[0].error == np.inf
    assert loss.first is not None
    assert loss.first.input < -1.0
    assert loss.first.found == pytest.approx(1.01 * loss.first.nearest, rel=1e-2)
    assert gradient.wrong == gradient.beyond == gradient.infinite + 2  # -0 and 0
    assert loss.wrong == sum(one.wrong for one in loss.bins.values())
    assert sum(one.tried for one in loss.bins.values()) == WHOLE
    # label 1: the loss falls; it is raised about -1, so it rises once where that begins
    assert loss.breaks.direction == -1
    assert loss.breaks.count == 1
    assert gradient.breaks.direction == 0


def test_a_step_between_two_shards_is_counted_once(counted: Counted) -> None:
    def rise(inputs: np.ndarray, loss: np.ndarray, gradient: np.ndarray) -> None:
        loss[inputs >= 1.0] += inputs.dtype.type(1.0)

    first = ordinal_from(FLOAT32, 1.0)
    parts = [
        counted(SINGLE, first - 50, 50, rise, place=0),
        counted(SINGLE, first, 50, rise, place=50),
    ]
    assert [part["loss"].breaks.count for part in parts] == [0, 0]
    for both in (parts, parts[::-1]):
        breaks = together(both)["loss"].breaks
        assert (breaks.count, breaks.first) == (1, 49)
        assert len(breaks.stretches) == 1


def test_joining_stretches_is_associative() -> None:
    draw = random.Random(5)
    ends = [0, *sorted(draw.sample(range(1, 40), 8)), 40]
    values = [draw.random() for _ in range(41)]
    parts = [
        Breaks(1, 0, None, (Stretch(start, stop, values[start], values[stop - 1]),))
        for start, stop in pairwise(ends)
    ]
    known = reduce(Breaks.__add__, parts)
    assert known.count > 0
    for _ in range(20):
        left = parts[:]
        while len(left) > 1:
            draw.shuffle(left)
            left.append(left.pop() + left.pop())
        assert left == [known]


def test_a_tolerance_decides_what_is_beyond(counted: Counted) -> None:
    def off(inputs: np.ndarray, loss: np.ndarray, gradient: np.ndarray) -> None:
        loss[inputs == 1.5] = np.nextafter(loss[inputs == 1.5], inputs.dtype.type(9))
        gradient[inputs == 1.5] *= inputs.dtype.type(1 + 2**-20)

    first = ordinal_from(FLOAT32, 1.4999)
    found = counted(SINGLE, first, 5000, off, within=2.0)
    assert (found["loss"].wrong, found["loss"].beyond) == (1, 0)
    assert (found["gradient"].wrong, found["gradient"].beyond) == (1, 1)
    assert found["gradient"].first is not None
    assert found["gradient"].first.input == 1.5
    assert 0.5 < found["loss"].error < 1.5
    assert found["gradient"].error > 4.0


def test_results_of_another_dtype_are_judged_as_they_are() -> None:
    first = ordinal_from(FLOAT16, 1.0)
    counting = Counting(HALF, None)
    bits = stretch(FLOAT16, first, 64, 1)
    exact = counting.exact.block(numbers(FLOAT16, bits), ("loss",))["loss"].value.copy()
    reply = Reply({"loss": exact}, {"loss": "float64"}, 0.0)
    counting.add(Chunk(first, 1, 0, bits), reply)
    loss = counting.outcome()["loss"]
    assert loss.dtypes == ("float64",)
    assert loss.wrong == 64
    assert loss.error < 1e-9
