"""Measures the float64 oracle's error against the enclosure, on random inputs of every region.

    python -m focalspec.conformance.sweep.bound --count 2000000 --seed 1

prints, for each formula and gamma, the largest error and the bound there, in units of 2**-53 and in
ulp of float32, and ends with 1 where an error exceeds its bound.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from focalspec.conformance.sweep.curve import UNIT
from focalspec.conformance.sweep.exact import Exact
from focalspec.conformance.sweep.inputs import Numbers, half, numbers, ordinal_beyond, ordinal_from
from focalspec.conformance.sweep.settling import enclosed
from focalspec.conformance.sweep_results import OUTPUTS, Configuration
from focalspec.golden.formats import FLOAT32

GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0, 0.03, 2.7)
ALPHAS = (None, 0.25, 0.1)
TOGETHER = 16  # inputs in a row: those within a factor of two are computed at once
_SMALLEST = 2.0**-1000  # below it a value has lost digits in float64, and rounds to 0 everywhere
_BITS = 192


@dataclass(frozen=True)
class Measured:
    """The largest error at some inputs, relatively and in units of 2**-53, and its bound."""

    configuration: Configuration
    output: str
    count: int
    error: float
    bound: float
    share: float  # the largest share of its bound that an error takes
    at: float


def measured(count: int, seed: int) -> Iterator[Measured]:
    """Errors at ``count`` inputs of each of both outputs, spread evenly over all regions."""
    draw = np.random.default_rng(seed)
    configurations = [
        Configuration(formula, "float32", label, alpha, gamma)
        for formula in ("sigmoid_focal_loss", "binary_focal_loss")
        for gamma in GAMMAS
        for alpha in ALPHAS
        for label in (0, 1)
    ]
    each = -(-count // (len(configurations) * TOGETHER))
    for configuration in configurations:
        exact = Exact(configuration)
        for _ in range(each):
            inputs = _drawn(draw, configuration.formula)
            computed = exact.curve.values(inputs)
            values = {"loss": computed.loss.copy(), "gradient": computed.gradient.copy()}
            for output in OUTPUTS:
                yield _measure(configuration, output, inputs, values[output], computed.bound)


def _drawn(draw: np.random.Generator, formula: str) -> Numbers:
    """Inputs of one sign within a factor of two, from a region that is as likely as any other."""
    if formula == "binary_focal_loss":
        ends = [(0.0, 0.5), (0.5, 1.0), (2.0**-30, 0.5)]
    else:
        regions = ((2.0**-149, 2.0**-20), (2.0**-20, 1.0), (1.0, 16.0), (16.0, 110.0), (64.0, 3e38))
        ends = [*regions, *((-high, -low) for low, high in regions)]
    low, high = ends[draw.integers(len(ends))]
    first = ordinal_from(FLOAT32, low)
    middle = int(draw.integers(first, ordinal_beyond(FLOAT32, high)))
    size = 1 << (FLOAT32.precision - 1)
    start = middle - (middle - half(FLOAT32)) % size  # of the bin
    ordinals = start + np.sort(draw.integers(0, size, TOGETHER))
    if formula == "binary_focal_loss":
        ordinals = np.minimum(ordinals, ordinal_beyond(FLOAT32, 1.0) - 1)
    zero = half(FLOAT32)
    patterns = np.where(ordinals < zero, (zero - 1 - ordinals) | (1 << 31), ordinals - zero)
    return numbers(FLOAT32, patterns.astype(np.uint32))


def _measure(
    configuration: Configuration, output: str, inputs: Numbers, values: Any, bound: float
) -> Measured:
    where = [float(number) for number in inputs]
    errors: list[float] = [
        _relative(value, exact)
        for value, exact in zip(
            values.tolist(), enclosed(configuration, output, where, _BITS), strict=True
        )
    ]
    worst = int(np.argmax(errors))
    error = errors[worst]
    share = error / bound if bound else (math.inf if error else 0.0)
    return Measured(
        configuration, output, len(where), error / UNIT, bound / UNIT, share, where[worst]
    )


def _relative(value: float, exact: Fraction | float) -> float:
    """The relative error of a value; that of what is 0 or infinite is 0 or infinite."""
    if value == exact:
        return 0.0
    if not exact or not math.isfinite(exact) or not math.isfinite(value):
        return math.inf
    if -_SMALLEST < exact < _SMALLEST:
        return 0.0 if abs(value) < 2 * _SMALLEST else math.inf
    return abs(float((Fraction(value) - exact) / exact))


def main(words: Sequence[str] | None = None) -> int:
    """The script."""
    parser = argparse.ArgumentParser(description="Measure the sweep's oracle by the enclosure.")
    parser.add_argument("--count", type=int, default=100_000, help="inputs of each output")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(words)
    worst: dict[tuple[str, float, str], Measured] = {}
    tried = 0
    for one in measured(chosen.count, chosen.seed):
        key = (one.configuration.formula, one.configuration.gamma, one.output)
        tried += one.count
        if one.error >= worst.get(key, one).error:
            worst[key] = one
        if one.share > 1.0:
            print(f"beyond its bound: {one}")
            return 1
    print("formula             gamma  output    error  bound (2**-53)   error in ulp of float32")
    for (formula, gamma, output), one in sorted(worst.items()):
        print(
            f"{formula:19} {gamma:5g}  {output:8} {one.error:6.1f} {one.bound:6.1f}"
            f"         below {one.error * UNIT * 2**24:.1e}, at input {one.at:.9g}"
        )
    print(f"{tried:,} values, each within its bound")
    return 0


if __name__ == "__main__":
    sys.exit(main())
