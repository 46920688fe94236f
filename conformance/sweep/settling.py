"""Decides by the enclosure what float64 leaves open: the correct rounding of single inputs."""

from collections.abc import Sequence

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
    _, settled = settle(configuration.formula, arrays, parameters, [output])[output]
    place = list(FORMATS).index(configuration.dtype)
    return [one.roundings[place] for one in settled]
