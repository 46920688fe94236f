"""The oracle's log-domain forms equal the definitions as printed, computed with very many bits."""

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
logits = st.floats(-300, 300)
labels = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1 - 1e-6))
probabilities = st.floats(5e-324, 1 - 2**-53)
gammas = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]), st.floats(0, 12))
weights = st.lists(st.floats(0.001, 100), min_size=2, max_size=2)
some = settings(max_examples=60, deadline=None)


@some
@given(x=logits, y=labels, gamma=gammas, weight=weights, rule=st.sampled_from(RULES))
def test_sigmoid_focal_loss_is_its_definition(oracle, x, y, gamma, weight, rule):
    with oracle.many_bits():
        w0, w1 = map(mpf, weight)
        expected = oracle.transcribed.sigmoid_focal_loss(x, y, gamma, w1, w0, rule)
    parameters = {"gamma": gamma, "class_weight": weight, "label_rule": rule}
    assert oracle.right(oracle.ask_one("sigmoid_focal_loss", x, y, **parameters), expected)


@some
@given(x=logits, y=labels, gamma=gammas, alpha=st.floats(0.01, 0.99))
def test_alpha_weighs_class_1_and_its_exact_complement_class_0(oracle, x, y, gamma, alpha):
    with oracle.many_bits():
        expected = oracle.transcribed.sigmoid_focal_loss(x, y, gamma, mpf(alpha), 1 - mpf(alpha))
    loss = oracle.ask_one("sigmoid_focal_loss", x, y, gamma=gamma, alpha=alpha)
    assert oracle.right(loss, expected)


@some
@given(p=probabilities, y=labels, gamma=gammas, weight=weights, rule=st.sampled_from(RULES))
def test_binary_focal_loss_is_its_definition(oracle, p, y, gamma, weight, rule):
    with oracle.many_bits():
        w0, w1 = map(mpf, weight)
        expected = oracle.transcribed.binary(mpf(p), y, gamma, w1, w0, rule)
    parameters = {"gamma": gamma, "class_weight": weight, "label_rule": rule}
    assert oracle.right(oracle.ask_one("binary_focal_loss", p, y, **parameters), expected)


@some
@given(
    z=st.lists(st.floats(-150, 150), min_size=2, max_size=6),
    gamma=gammas,
    eps=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1)),
)
def test_softmax_focal_loss_is_its_definition(oracle, z, gamma, eps):
    with oracle.many_bits():
        expected = oracle.transcribed.softmax_focal_loss(z, 1, gamma, eps)
    loss = oracle.ask_row("softmax_focal_loss", z, 1, gamma=gamma, label_smoothing=eps)
    assert oracle.right(loss, expected)


@some
@given(
    p=st.lists(probabilities, min_size=1, max_size=6),
    gamma=gammas,
    eps=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1)),
)
def test_categorical_focal_loss_is_its_definition(oracle, p, gamma, eps):
    with oracle.many_bits():
        expected = oracle.transcribed.categorical(list(map(mpf, p)), 0, gamma, eps)
    loss = oracle.ask_row("categorical_focal_loss", p, 0, gamma=gamma, label_smoothing=eps)
    assert oracle.right(loss, expected)


@some
@given(x=st.floats(-700, 700))
def test_sigmoid_lies_in_a_ball_that_arb_proves(oracle, x):
    (value,) = oracle.ask("sigmoid", [x], None, ["value"])["value"].values
    assert _relative_distance(value, 1 / (1 + (-flint.arb(x)).exp())) < 1e-45


@pytest.mark.parametrize("x", [-650.5, -37.0, -1.0, 0.0, 0.3, 8.0, 36.7, 37.5, 115.0, 120.0, 650.5])
@pytest.mark.parametrize("gamma", [0.0, 0.7, 2.0, 5.0])
def test_sigmoid_focal_loss_lies_in_a_ball_that_arb_proves(oracle, x, gamma):
    """numerics.md: a transcription with 50 digits is 6 per cent off at 115 and 0 at 120."""
    p = 1 / (1 + (-flint.arb(x)).exp())
    ball = -((1 - p) ** flint.arb(gamma)) * p.log()
    loss = oracle.ask_one("sigmoid_focal_loss", x, 1.0, gamma=gamma)
    assert _relative_distance(loss, ball) < 1e-45


@pytest.fixture(autouse=True)
def arb_precision():
    """Enough bits for Arb to prove 1 - p at a logit of 700, and its power."""
    before, flint.ctx.prec = flint.ctx.prec, 12_000
    yield
    flint.ctx.prec = before


def _relative_distance(value, ball):
    """An upper bound on |value - exact| / |exact|, the ball holding the exact number."""
    mantissa, exponent = map(int, value.man_exp)
    exact = flint.arb(flint.fmpz(mantissa)) * flint.arb(2) ** exponent
    return float(((exact - ball) / ball).abs_upper())
