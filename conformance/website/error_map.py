"""The error map of a sweep: the worst error in ulp by sign and exponent of the input."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from focalspec.conformance.sweep_results import Sweep, Swept, alpha_of
from focalspec.conformance.sweep_tally import Bin, Tally
from focalspec.golden.formats import FORMATS, Format

LEVELS = (0.0, 0.5 + 2e-6, 1.0, 2.0, 4.0, 16.0, 256.0, 65536.0, 1e300, math.inf)
TOLD = ("0", "≤ ½", "≤ 1", "≤ 2", "≤ 4", "≤ 16", "≤ 256", "≤ 65,536", "more ulp", "no number")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LEFT, WIDTH, ROW, TOP = 176.0, 760.0, 18.0, 8.0


class Run(NamedTuple):
    """Bins in a row whose worst errors are of one level, as a rectangle of the map."""

    x: float
    width: float
    level: int
    title: str


class Row(NamedTuple):
    """One output of one configuration."""

    label: str
    output: str
    y: float
    runs: Sequence[Run]


class Tick(NamedTuple):
    """A mark at a power of two."""

    x: float
    label: str


class Map(NamedTuple):
    """All configurations of one dtype."""

    dtype: str
    covered: str
    rows: Sequence[Row]
    ticks: Sequence[Tick]
    height: float


def maps(sweep: Sweep) -> Iterator[Map]:
    """A map for each dtype that was swept."""
    for dtype, span in sweep.header.spans.items():
        swept = [one for one in sweep.swept if one.configuration.dtype == dtype and one.outcome]
        if not swept:
            continue
        form = FORMATS[dtype]
        keys = {key for one in swept for tally in one.outcome.values() for key in tally.bins}
        scale = _Scale(min(keys), max(keys) + 1)
        rows = list(_rows(form, scale, swept))
        ticks = [Tick(scale.place(key), label) for key, label in _marks(form, min(keys), max(keys))]
        yield Map(dtype, span.told, rows, ticks, TOP + len(rows) * ROW)


class _Scale(NamedTuple):
    low: int
    high: int

    def place(self, key: float) -> float:
        return round(LEFT + WIDTH * (key - self.low) / (self.high - self.low), 2)


def _rows(form: Format, scale: _Scale, swept: Sequence[Swept]) -> Iterator[Row]:
    number = 0
    for one in swept:
        given = one.configuration
        label = f"label {given.label}, alpha {alpha_of(given)}, gamma {given.gamma:g}"
        for output, tally in one.outcome.items():
            yield Row(label, output, TOP + number * ROW, list(_runs(form, scale, tally)))
            label = ""
            number += 1


def _runs(form: Format, scale: _Scale, tally: Tally) -> Iterator[Run]:
    """Neighbouring bins of one level as one."""
    joined: list[tuple[int, int, int, Bin]] = []
    for key, one in sorted(tally.bins.items()):
        level = level_of(one.error)
        if joined and joined[-1][1] == key and joined[-1][2] == level:
            first, _, _, sofar = joined.pop()
            joined.append((first, key + 1, level, sofar + one))
        else:
            joined.append((key, key + 1, level, one))
    for first, stop, level, one in joined:
        x = scale.place(first)
        yield Run(x, round(scale.place(stop) - x, 2), level, _title(form, (first, stop), one))


def level_of(error: float) -> int:
    """The place of an error in ulp among LEVELS."""
    return next(at for at, level in enumerate(LEVELS) if error <= level)


def _title(form: Format, ends: tuple[int, int], one: Bin) -> str:
    low, high = (_edge(form, key) for key in ends)
    error = "no number" if math.isinf(one.error) else f"worst {one.error:.4g} ulp"
    wrong = f"{one.wrong:,} of {one.tried:,} not correctly rounded"
    return f"inputs from {low} to {high}: {error}; {wrong}"


def _edge(form: Format, key: int) -> str:
    """Where a bin begins, as a power of two."""
    exponent = key if key >= 0 else -key
    if not exponent:
        return "0"
    return f"{'−' if key < 0 else ''}{_power(form.emin + exponent - 1)}"


def _power(exponent: int) -> str:
    return "2" + str(exponent).translate(SUPERSCRIPTS)


def _marks(form: Format, low: int, high: int) -> Iterator[tuple[float, str]]:
    """The bins to be marked: 0 and some powers of two on both sides."""
    if low <= 0 <= high + 1:
        yield 0, "0"
    step = 50 if form.emax > 100 else 5
    for exponent in range(-step * 2, form.emax + 1, step):
        key = exponent - form.emin + 1
        if key > 8 and low <= key <= high + 1:
            yield key, _power(exponent)
        if key > 8 and low <= -key <= high + 1:
            yield -key, f"−{_power(exponent)}"


def facts(sweep: Sweep) -> Mapping[str, object]:
    """What the page is filled with."""
    return {
        "sweep": sweep,
        "header": sweep.header,
        "maps": list(maps(sweep)),
        "levels": list(enumerate(TOLD)),
        "right": LEFT + WIDTH,
        "left": LEFT,
        "row": ROW,
        "failing": sum(one.fails for one in sweep.swept),
    }
