"""What a sweep finds, as counts and extremes that add up alike in whatever order they are added.

Inputs are named by their ordinal: 0 is the lowest finite number of the format, and the next number
up has the next ordinal; -0 comes before 0.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

KEPT = 5  # of the worst inputs
LEVELS = (1.0, 2.0, 4.0, 16.0, 256.0, 65536.0)  # errors in ulp beyond which inputs are counted


@dataclass(frozen=True)
class Found:
    """One input and what came back for it; the error in ulp is infinite where no number did."""

    ordinal: int
    input: float
    found: float
    nearest: float  # the exact value, correctly rounded
    error: float

    @property
    def rank(self) -> tuple[float, int]:
        """By which the worst come first, and of equal ones the lowest input."""
        return (-self.error, self.ordinal)


@dataclass(frozen=True)
class Bin:
    """The inputs of one sign and one exponent: how many, and how far off."""

    tried: int = 0
    wrong: int = 0  # not correctly rounded
    error: float = 0.0  # the worst, in ulp
    above: tuple[int, ...] = (0,) * len(LEVELS)  # inputs whose error exceeds each of LEVELS

    def __add__(self, other: "Bin") -> "Bin":
        """Both together."""
        above = tuple(a + b for a, b in zip(self.above, other.above, strict=True))
        error = max(self.error, other.error)
        return Bin(self.tried + other.tried, self.wrong + other.wrong, error, above)


@dataclass(frozen=True)
class Stretch:
    """Inputs tried in a row, by their places among those tried, and the results at both ends."""

    start: int
    stop: int
    first: float
    last: float


@dataclass(frozen=True)
class Breaks:
    """Where results go down that should rise (``direction`` 1), or up that should fall (-1).

    Direction 0 claims nothing. Results of which both neighbours are known are counted; stretches
    that meet are joined, and the step between them counted then.
    """

    direction: int = 0
    count: int = 0
    first: int | None = None  # the lowest place from which a step goes the wrong way
    stretches: tuple[Stretch, ...] = ()

    def __add__(self, other: "Breaks") -> "Breaks":
        """Both together."""
        count, first = self.count + other.count, _least(self.first, other.first)
        joined: list[Stretch] = []
        for later in sorted((*self.stretches, *other.stretches), key=lambda one: one.start):
            stretch = later
            if joined and joined[-1].stop == later.start:
                before = joined.pop()
                if (later.first - before.last) * self.direction < 0:
                    count, first = count + 1, _least(first, before.stop - 1)
                stretch = Stretch(before.start, later.stop, before.first, later.last)
            joined.append(stretch)
        return Breaks(self.direction, count, first, tuple(joined))


def _least(one: int | None, other: int | None) -> int | None:
    known = [number for number in (one, other) if number is not None]
    return min(known, default=None)


@dataclass(frozen=True)
class Tally:
    """All about one output; ``beyond`` counts what exceeds the tolerance of the sweep."""

    tried: int = 0
    wrong: int = 0
    beyond: int = 0
    nan: int = 0
    infinite: int = 0  # where the exact value is finite
    ties: int = 0  # decided by the sign of what is beyond the rational part
    enclosed: int = 0  # decided by the enclosure
    first: Found | None = None  # beyond the tolerance
    worst: tuple[Found, ...] = ()
    bins: Mapping[int, Bin] = field(default_factory=dict)
    breaks: Breaks = field(default_factory=Breaks)
    dtypes: tuple[str, ...] = ()  # in which the results came

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        known = [one.first for one in (self, other) if one.first is not None]
        bins = dict(self.bins)
        for key, one in other.bins.items():
            bins[key] = bins[key] + one if key in bins else one
        return Tally(
            tried=self.tried + other.tried,
            wrong=self.wrong + other.wrong,
            beyond=self.beyond + other.beyond,
            nan=self.nan + other.nan,
            infinite=self.infinite + other.infinite,
            ties=self.ties + other.ties,
            enclosed=self.enclosed + other.enclosed,
            first=min(known, key=lambda one: one.ordinal, default=None),
            worst=worst_of((*self.worst, *other.worst)),
            bins=dict(sorted(bins.items())),
            breaks=self.breaks + other.breaks,
            dtypes=tuple(sorted({*self.dtypes, *other.dtypes})),
        )

    @property
    def error(self) -> float:
        """The worst error in ulp."""
        return self.worst[0].error if self.worst else 0.0

    @property
    def correct(self) -> float:
        """The share of inputs whose results are correctly rounded."""
        return (self.tried - self.wrong) / self.tried if self.tried else math.nan


Outcome = dict[str, Tally]  # by output


def worst_of(found: Iterable[Found]) -> tuple[Found, ...]:
    """The worst inputs of several, each once."""
    return tuple(sorted(set(found), key=lambda one: one.rank)[:KEPT])


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Several outcomes as one."""
    return reduce(_add, outcomes, {})


def _add(one: Outcome, other: Outcome) -> Outcome:
    names = dict.fromkeys((*one, *other))
    return {
        name: one[name] + other[name] if name in one and name in other else (one | other)[name]
        for name in names
    }


# ---- as JSON: every number exactly ----


def to_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it stands in a results file."""
    return {name: _tally_to_json(tally) for name, tally in outcome.items()}


def from_json(fields: Mapping[str, Any]) -> Outcome:
    """An outcome from a results file."""
    return {name: _tally(tally) for name, tally in fields.items()}


def _tally_to_json(tally: Tally) -> dict[str, Any]:
    return {
        **vars(tally),
        "first": None if tally.first is None else _found_to_json(tally.first),
        "worst": [_found_to_json(one) for one in tally.worst],
        "bins": {
            str(key): [one.tried, one.wrong, one.error.hex(), *one.above]
            for key, one in tally.bins.items()
        },
        "breaks": {
            **vars(tally.breaks),
            "stretches": [
                [one.start, one.stop, one.first.hex(), one.last.hex()]
                for one in tally.breaks.stretches
            ],
        },
    }


def _found_to_json(found: Found) -> list[Any]:
    numbers = (found.input, found.found, found.nearest, found.error)
    return [found.ordinal, *(number.hex() for number in numbers)]


def _tally(fields: Mapping[str, Any]) -> Tally:
    first = fields["first"]
    return Tally(
        **{
            **fields,
            "first": None if first is None else _found(first),
            "worst": tuple(map(_found, fields["worst"])),
            "bins": {int(key): _bin(one) for key, one in fields["bins"].items()},
            "breaks": _breaks(fields["breaks"]),
            "dtypes": tuple(fields["dtypes"]),
        }
    )


def _found(fields: Sequence[Any]) -> Found:
    ordinal, *numbers = fields
    return Found(ordinal, *map(float.fromhex, numbers))


def _bin(fields: Sequence[Any]) -> Bin:
    tried, wrong, error, *above = fields
    return Bin(tried, wrong, float.fromhex(error), tuple(above))


def _breaks(fields: Mapping[str, Any]) -> Breaks:
    stretches = tuple(
        Stretch(start, stop, float.fromhex(first), float.fromhex(last))
        for start, stop, first, last in fields["stretches"]
    )
    return Breaks(fields["direction"], fields["count"], fields["first"], stretches)
