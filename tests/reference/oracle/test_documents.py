"""The oracle gives the numbers that the source documents print."""

import struct

import mpmath
import pytest

from focalspec.reference.tensor import Tensor


def float32(decimal: str) -> float:
    """The float32 number that a document's program holds where it writes a decimal."""
    return float(struct.unpack("f", struct.pack("f", float(decimal)))[0])


def test_paddle_example_rounds_to_what_paddle_prints_in_float32(oracle):
    logits = tuple(map(float32, ("0.97", "0.91", "0.03", "0.55", "0.43", "0.71")))
    labels = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    loss = oracle.ask(
        "sigmoid_focal_loss",
        Tensor((2, 3), logits),
        Tensor((2, 3), labels),
        normalizer=[2.0],
    )["loss"]
    assert loss.shape == ()
    # the document's float32 program accumulates its own rounding: within two float32 steps
    assert abs(loss.values[0] - mpmath.mpf("0.65782464")) < 2 * 2**-24


def test_tensorflow_example_rounds_to_the_three_printed_digits(oracle):
    probabilities = Tensor((3, 3), (0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.2, 0.2, 0.6))
    loss = oracle.ask("categorical_focal_loss", probabilities, [0, 1, 2], gamma=2.0)["loss"]
    printed = ("0.009", "0.032", "0.082")
    assert loss.shape == (3,)
    for value, text in zip(loss.values, printed, strict=True):
        assert abs(value - mpmath.mpf(text)) <= mpmath.mpf("0.0005")


@pytest.mark.parametrize(
    ("probability", "times", "within"), [(0.9, 100, 1e-12), (0.968, 1000, 0.03)]
)
def test_easy_example_weighs_as_much_less_as_the_paper_says(oracle, probability, times, within):
    focal = oracle.ask_one("binary_focal_loss", probability, 1.0, gamma=2.0)
    entropy = oracle.ask_one("binary_focal_loss", probability, 1.0, gamma=0.0)
    assert abs(entropy / focal / times - 1) < within


@pytest.mark.parametrize(
    ("rule", "printed"),
    [
        ("mixed", "0.649738"),
        ("two_term", "1.155596"),
        ("exponential", "0.935660"),
        ("margin", "0.726917"),
        ("distance", "0.515071"),
    ],
)
def test_label_rule_gives_the_surveyed_value_at_a_fractional_label(oracle, rule, printed):
    for formula, first in (("sigmoid_focal_loss", 2.0), ("binary_focal_loss", 0.8807970779778823)):
        loss = oracle.ask_one(formula, first, 0.3, gamma=2.0, label_rule=rule)
        assert abs(loss - mpmath.mpf(printed)) < 0.6e-6
