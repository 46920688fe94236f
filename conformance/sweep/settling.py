"""Decides by the enclosure what float64 leaves open: the correct rounding of single inputs."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from focalspec.conformance.sweep_results import Configuration
from focalspec.golden.certify import settle
from focalspec.golden.formats import FORMATS
from focalspec.reference.tensor import Tensor

ARGUMENTS = {
    "sigmoid_focal_loss": ("logits", "labels"),
    "binary_focal_loss": ("probabilities", "labels"),
}


def correctly_rounded(
    configuration: Configuration, output: str, inputs: Sequence[float]
) -> list[float]:
    """The exact values of an output at some inputs, correctly rounded into the dtype."""
    arrays, parameters = _call(configuration, inputs)
    _, settled = settle(configuration.formula, arrays, parameters, [output])[output]
    place = list(FORMATS).index(configuration.dtype)
    return [one.roundings[place] for one in settled]


def enclosed(
    configuration: Configuration, output: str, inputs: Sequence[float], bits: int
) -> Iterator[Fraction | float]:
    """The exact values to about ``bits`` bits; infinite ones as floats."""
    from focalspec.reference import enclosure  # noqa: PLC0415

    arrays, parameters = _call(configuration, inputs)
    found = enclosure.enclose(configuration.formula, arrays, parameters, [output], bits)[output]
    for one in found.values:
        if isinstance(one, enclosure.Ball | enclosure.Sliver):
            mantissa, exponent = one.low
            rest = Fraction(mantissa) * Fraction(2) ** exponent if exponent > -5000 else Fraction(0)
            yield rest + (one.main if isinstance(one, enclosure.Sliver) else 0)
        elif isinstance(one, enclosure.Exact):
            yield one.value
        elif isinstance(one, enclosure.Infinite):
            yield one.sign * float("inf")
        else:
            raise TypeError(f"{configuration.name}: {output}: nothing is known at {bits} bits")


def _call(
    configuration: Configuration, inputs: Sequence[float]
) -> tuple[Mapping[str, Tensor], Mapping[str, Any]]:
    first, second = ARGUMENTS[configuration.formula]
    shape = (len(inputs),)
    arrays = {
        first: Tensor(shape, tuple(inputs)),
        second: Tensor(shape, (float(configuration.label),) * len(inputs)),
    }
    parameters = {
        "alpha": configuration.alpha,
        "gamma": configuration.gamma,
        "reduction": "none",
    }
    return arrays, parameters
