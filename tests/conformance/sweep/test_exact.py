"""The oracle is within its bound of the enclosure, and its roundings are those of the enclosure."""

from itertools import product

import numpy as np
import pytest

from focalspec.conformance.sweep import bound
from focalspec.conformance.sweep.exact import Exact
from focalspec.conformance.sweep.inputs import numbers, ordinal_from, pieces, stretch, total
from focalspec.conformance.sweep.settling import correctly_rounded
from focalspec.conformance.sweep_results import OUTPUTS, Configuration
from focalspec.golden.formats import FORMATS

COUNT = 20_000  # of each output; `python -m focalspec.conformance.sweep.bound` takes millions


def test_the_oracle_is_within_its_bound_everywhere() -> None:
    worst: dict[str, float] = {}
    tried = 0
    for one in bound.measured(COUNT, seed=11):
        assert one.share <= 1.0, one
        tried += one.count
        name = one.configuration.formula
        worst[name] = max(worst.get(name, 0.0), one.share)
    assert tried >= 2 * COUNT
    # a bound that nothing comes near would say nothing of the test
    assert min(worst.values()) > 0.1


def test_a_value_beyond_its_bound_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = bound.Exact

    class Wrong(right):  # type: ignore[misc, valid-type]
        def __init__(self, configuration: Configuration) -> None:
            super().__init__(configuration)
            values = self.curve.values

            def wrong(inputs: object) -> object:
                computed = values(inputs)
                loss = computed.loss * (1 + 3e-12)
                return computed._replace(loss=loss)

            self.curve.values = wrong

    monkeypatch.setattr(bound, "Exact", Wrong)
    assert bound.main(["--count", "400"]) == 1


def places(dtype: str, formula: str) -> list[int]:
    """Ordinals where roundings are close: about 0 and 1, and where slivers take over."""
    form = FORMATS[dtype]
    near = [0.0, 1.0, -1.0, 2.0**-6, 8.0, 16.0, 17.5, 30.0, 33.0, 40.0, 70.0, 300.0, -18.0, -50.0]
    if formula == "binary_focal_loss":
        near = [0.0, 2.0**-14, 2.0**-9, 0.5, 0.75]
    return [ordinal_from(form, number) for number in near]


@pytest.mark.parametrize("formula", ["sigmoid_focal_loss", "binary_focal_loss"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_every_rounding_is_that_of_the_enclosure(dtype: str, formula: str) -> None:
    form = FORMATS[dtype]
    ties = 0
    for label, alpha, gamma in product((0, 1), (None, 0.25, 0.1), (0.0, 1.0, 2.0, 0.03)):
        configuration = Configuration(formula, dtype, label, alpha, gamma)
        exact = Exact(configuration)
        for first in places(dtype, formula):
            count = min(6, total(form) - first)
            inputs = numbers(form, stretch(form, first, count, 1))
            for piece in pieces(form, first, count, 1):
                part = inputs[piece.start : piece.stop]
                for name, truth in exact.block(part, OUTPUTS).items():
                    known = correctly_rounded(configuration, name, [float(one) for one in part])
                    assert truth.nearest.tolist() == known, (configuration.name, name, part)
                    ties += truth.ties
    # slivers are of probabilities below 2**-40, and no float16 is
    assert (ties > 0) == ((dtype, formula) != ("float16", "binary_focal_loss"))


def test_levels_are_level() -> None:
    form = FORMATS["float32"]
    levels = 0
    for label, gamma, end in product((0, 1), (0.0, 2.0), (2.0**-60, -(2.0**-120), 300.0, -1e9)):
        exact = Exact(Configuration("sigmoid_focal_loss", "float32", label, 0.25, gamma))
        first = ordinal_from(form, end)
        inputs = numbers(form, stretch(form, first, 500, 3))
        piece = next(pieces(form, first, 500, 3))
        inputs = inputs[: piece.stop]
        for name, truth in exact.level(piece.bin).items():
            levels += 1
            assert np.all(exact.block(inputs, (name,))[name].nearest == truth.nearest[0])
    assert levels > 8
