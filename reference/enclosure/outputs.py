"""The outputs of a formula as forms, and the reduction of elementwise losses."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from flint import fmpq

from focalspec.reference.enclosure.forms import Form, UndefinedValueError, total
from focalspec.reference.enclosure.split import ONE

Wanted = Collection[int] | None  # flat indices of an output; None is all of them


class Output(NamedTuple):
    """One output: its shape, and the form of each element in C order (None: not wanted)."""

    shape: tuple[int, ...]
    forms: list[Form | None]


class Batch(NamedTuple):
    """Where losses lie and how they are reduced.

    ``shape`` is that of the elementwise losses; ``valid`` holds the flat indices of those that
    count; ``reduction`` is none, or not; the sum is divided by ``denominator``.
    """

    shape: tuple[int, ...]
    valid: Sequence[int]
    reduced: bool
    denominator: fmpq

    def output(self, element: Callable[[int], Form], scale: fmpq, wanted: Wanted) -> Output:
        """The losses (or what has their shape), each ``element`` of a valid index, reduced."""
        if self.reduced:
            if wanted is not None and 0 not in wanted:
                return Output((), [None])
            forms = (located(element, index) for index in self.valid)
            return Output((), [total(forms).times(scale / self.denominator)])
        valid = set(self.valid)
        count = 1
        for size in self.shape:
            count *= size
        return Output(
            self.shape,
            [
                None
                if wanted is not None and index not in wanted
                else located(element, index).times(scale)
                if index in valid
                else Form()
                for index in range(count)
            ],
        )

    @property
    def share(self) -> fmpq:
        """The factor by which one elementwise loss enters the sum of the output."""
        return ONE / self.denominator if self.reduced else ONE


def located(element: Callable[[int], Form], index: int) -> Form:
    """``element(index)``, an UndefinedValueError of which names the index."""
    try:
        return element(index)
    except UndefinedValueError as error:
        raise UndefinedValueError(f"position {index}: {error}") from None


def denominator(
    reduction: str, weights: Mapping[int, fmpq], positive: Callable[[int], bool]
) -> fmpq:
    """What a reduction divides by, 1 in place of 0.

    ``weights`` maps the valid positions to their weights; ``positive`` says which of them
    mean_positive counts.
    """
    if reduction == "mean":
        found = fmpq(len(weights))
    elif reduction == "mean_positive":
        found = fmpq(sum(1 for index in weights if positive(index)))
    elif reduction == "weighted_mean":
        found = sum(weights.values(), fmpq(0))
    else:
        found = ONE
    return found if found else ONE
