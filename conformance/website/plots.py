"""Plots of the error in ulp, all implementations on one axis, as places on a drawing.

Where elements are computed one by one, the error stands over the element's input, with its
condition number beneath; where rows are, it stands over the condition number. A results file knows
the worst element of each check, so each point is that of one check.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from focalspec.conformance.judge import Worst
from focalspec.conformance.results import Check
from focalspec.conformance.website import axes
from focalspec.conformance.website.axes import Axis
from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.numbers import error as shown_error
from focalspec.golden import GoldenCase

ELEMENTWISE = {"sigmoid": "x", "sigmoid_focal_loss": "x", "binary_focal_loss": "p"}
WIDTH, LEFT, RIGHT = 960.0, 74.0, 944.0
NO_NUMBER, TOP, BOTTOM = 26.0, 46.0, 268.0
CONDITION_TOP, CONDITION_BOTTOM = 306.0, 386.0
SMALLEST, LARGEST = -2.0, 8.0  # powers of ten between which errors are told apart


class Point(NamedTuple):
    """One check, or several at one place of which this is the first."""

    x: float
    y: float
    case: int  # its place among the cases of the page
    error: str
    at: str


class Series(NamedTuple):
    """The points of one implementation; ``style`` is its colour and shape."""

    name: str
    style: int
    points: Sequence[Point]


class Plot(NamedTuple):
    """One output in one dtype."""

    output: str
    horizontal: Axis
    vertical: Axis
    conditions: Axis | None
    condition_points: Sequence[tuple[float, float]]
    diagonal: tuple[float, float, float, float] | None
    series: Sequence[Series]
    height: float
    checks: int


class _Judged(NamedTuple):
    check: Check
    worst: Worst
    x: float


def plots(facts: Facts, formula: str, dtype: str, cases: Sequence[GoldenCase]) -> Iterator[Plot]:
    """A plot for each output of a formula in a dtype that was judged by numbers."""
    numbers = {case.id: place for place, case in enumerate(cases)}
    elementwise = formula in ELEMENTWISE
    found: dict[str, list[_Judged]] = {}
    for case in cases:
        for checks in facts.by_case.get(case.id, {}).values():
            for check in checks:
                if check.dtype == dtype and check.worst is not None:
                    x = _input(case, check.worst) if elementwise else check.worst.condition
                    if x is not None:
                        found.setdefault(check.output, []).append(_Judged(check, check.worst, x))
    for output in facts.spec.formulas[formula].outputs:
        if found.get(output):
            yield _plot(facts, output, found[output], numbers, ELEMENTWISE.get(formula))


def _input(case: GoldenCase, worst: Worst) -> float | None:
    """The input of the element that decided a check; none where all were added up."""
    array = next(iter(case.inputs.values()))
    if len(array.values) == 1:
        return float(array.values[0])
    if len(worst.index) != len(array.shape):
        return None
    flat = 0
    for step, size in zip(worst.index, array.shape, strict=True):
        flat = flat * size + step
    return float(array.values[flat])


def _plot(
    facts: Facts,
    output: str,
    judged: Sequence[_Judged],
    numbers: dict[str, int],
    letter: str | None,
) -> Plot:
    scale = {"x": axes.SYMMETRIC, "p": axes.ODDS, None: axes.LOGARITHMIC}[letter]
    names = {"x": "input x", "p": "input p", None: "condition number"}
    ends = axes.around(scale, (one.x for one in judged))
    horizontal = axes.axis(names[letter], scale, ends, (LEFT, RIGHT))
    vertical = axes.axis("error in ulp", axes.LOGARITHMIC, (SMALLEST, LARGEST), (BOTTOM, TOP))
    conditions, under = _conditions(judged, horizontal) if letter else (None, ())
    return Plot(
        output=output,
        horizontal=horizontal,
        vertical=vertical,
        conditions=conditions,
        condition_points=under,
        diagonal=None if letter else _diagonal(ends, horizontal, vertical),
        series=_series(facts, judged, numbers, horizontal, vertical),
        height=CONDITION_BOTTOM if conditions else BOTTOM,
        checks=len(judged),
    )


def _series(
    facts: Facts,
    judged: Sequence[_Judged],
    numbers: dict[str, int],
    horizontal: Axis,
    vertical: Axis,
) -> list[Series]:
    points: dict[str, dict[tuple[float, float], Point]] = {name: {} for name in facts.names}
    for check, worst, x in judged:
        error = worst.error_ulp
        place = (horizontal.place(x), NO_NUMBER if error is None else vertical.place(error))
        point = Point(*place, numbers[check.case], shown_error(error), f"{x:.6g}")
        points.setdefault(check.implementation, {}).setdefault(place, point)
    return [
        Series(name, style, tuple(of.values()))
        for style, (name, of) in enumerate(points.items())
        if of
    ]


def _conditions(
    judged: Sequence[_Judged], horizontal: Axis
) -> tuple[Axis | None, Sequence[tuple[float, float]]]:
    known = [(one.x, one.worst.condition) for one in judged if one.worst.condition]
    numbers = [(x, condition) for x, condition in known if condition is not None]
    if not numbers:
        return None, ()
    low, high = axes.around(axes.LOGARITHMIC, (condition for _, condition in numbers))
    ends = (max(math.floor(low), -3.0), min(max(math.ceil(high), 1.0), 20.0))
    paper = (CONDITION_BOTTOM, CONDITION_TOP)
    vertical = axes.axis("condition number", axes.LOGARITHMIC, ends, paper)
    places = {(horizontal.place(x), vertical.place(number)) for x, number in numbers}
    return vertical, sorted(places)


def _diagonal(
    ends: tuple[float, float], horizontal: Axis, vertical: Axis
) -> tuple[float, float, float, float] | None:
    """The line on which the error in ulp is the condition number."""
    low, high = max(ends[0], SMALLEST), min(ends[1], LARGEST)
    if high <= low:
        return None
    first, last = 10**low, 10**high
    return (
        horizontal.place(first),
        vertical.place(first),
        horizontal.place(last),
        vertical.place(last),
    )
