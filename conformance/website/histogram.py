"""How many checks of an implementation lie how far off, in ulp, on a logarithmic scale."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check
from focalspec.conformance.website.verdicts import DTYPES

EDGES = (0.5, 1.0, 2.0, 4.0, 10.0, 1e2, 1e3, 1e4, 1e6, math.inf)
LABELS = ("≤ ½", "≤ 1", "≤ 2", "≤ 4", "≤ 10", "≤ 10²", "≤ 10³", "≤ 10⁴", "≤ 10⁶", "> 10⁶")
BETWEEN, HEIGHT, WIDTH = 8.0, 120.0, 40.0


class Bar(NamedTuple):
    """One bin: its checks within the tolerance below, the others on top of them."""

    label: str
    x: float
    passing: int
    others: int
    passing_height: float
    others_height: float


class Histogram(NamedTuple):
    """The bins of one dtype."""

    dtype: str
    bars: Sequence[Bar]
    checks: int
    width: float
    height: float
    bar_width: float


def histograms(checks: Sequence[Check]) -> Iterator[Histogram]:
    """A histogram for each dtype in which numbers were judged."""
    for dtype in DTYPES:
        judged = [
            (check.worst.error_ulp, check.verdict is Verdict.PASS)
            for check in checks
            if check.dtype == dtype
            and check.worst is not None
            and check.worst.error_ulp is not None
        ]
        if judged:
            yield _histogram(dtype, judged)


def _histogram(dtype: str, judged: Sequence[tuple[float, bool]]) -> Histogram:
    passing, others = [0] * len(EDGES), [0] * len(EDGES)
    for error, passes in judged:
        place = next((at for at, edge in enumerate(EDGES) if error <= edge), len(EDGES) - 1)
        (passing if passes else others)[place] += 1
    scale = HEIGHT / max(map(sum, zip(passing, others, strict=True)))
    bars = [
        Bar(
            label=LABELS[at],
            x=at * (WIDTH + BETWEEN),
            passing=passing[at],
            others=others[at],
            passing_height=round(passing[at] * scale, 1),
            others_height=round(others[at] * scale, 1),
        )
        for at in range(len(EDGES))
    ]
    width = len(EDGES) * (WIDTH + BETWEEN)
    return Histogram(dtype, bars, len(judged), width, HEIGHT, WIDTH)
