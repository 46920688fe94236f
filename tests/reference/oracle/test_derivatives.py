"""The oracle's derivatives are those of the transcribed definitions, by differences of many bits.

A third opinion: the definitions know nothing of the closed forms, and a step of 2^-250 with 2,000
bits leaves a difference right to about 150 digits.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf

RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
# a difference needs the third derivative to be no larger than 2^400 times the first
logits = st.one_of(st.just(0.0), st.floats(1e-9, 60), st.floats(-60, -1e-9))
labels = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-3, 1 - 1e-3))
probabilities = st.floats(1e-12, 1 - 1e-12)
gammas = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]), st.floats(1e-6, 8))
smoothings = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1))
rules = st.sampled_from(RULES)
some = settings(max_examples=40, deadline=None)


@some
@given(x=logits, y=labels, gamma=gammas, rule=rules)
def test_sigmoid_gradient_and_hessian(oracle, x, y, gamma, rule):
    parameters = {"gamma": gamma, "label_rule": rule}
    with oracle.many_bits():

        def loss(at):
            return oracle.transcribed.sigmoid_focal_loss(at, y, gamma, rule=rule)

        gradient = unless_zero(oracle.derivative(loss, x), loss(x))
        hessian = unless_zero(oracle.second_derivative(loss, x), loss(x))
    if gradient_exists(x == 0 and y == 0.5, gamma, rule):
        ours = oracle.ask_one("sigmoid_focal_loss", x, y, "gradient", **parameters)
        assert oracle.right(ours, gradient)
        ours = oracle.ask_one("sigmoid_focal_loss", x, y, "hessian_diagonal", **parameters)
        assert oracle.right(ours, hessian)


@some
@given(p=probabilities, y=labels, gamma=gammas, rule=rules)
def test_binary_gradient(oracle, p, y, gamma, rule):
    with oracle.many_bits():

        def loss(at):
            return oracle.transcribed.binary(at, y, gamma, rule=rule)

        gradient = unless_zero(oracle.derivative(loss, p), loss(mpf(p)))
    if gradient_exists(p == y, gamma, rule):
        ours = oracle.ask_one("binary_focal_loss", p, y, "gradient", gamma=gamma, label_rule=rule)
        assert oracle.right(ours, gradient)


@some
@given(p=probabilities, y=labels, gamma=gammas, alpha=st.floats(0.01, 0.99), rule=rules)
def test_derivatives_by_gamma_and_alpha(oracle, p, y, gamma, alpha, rule):
    parameters = {"gamma": gamma, "alpha": alpha, "label_rule": rule}
    with oracle.many_bits():

        def loss(by_gamma, by_alpha):
            return oracle.transcribed.binary(
                mpf(p), y, by_gamma, mpf(by_alpha), 1 - mpf(by_alpha), rule
            )

        by_gamma = oracle.derivative(lambda at: loss(at, alpha), gamma)
        by_alpha = oracle.derivative(lambda at: loss(gamma, at), alpha)
        by_alpha = unless_zero(by_alpha, loss(gamma, alpha))
    if p != y or rule != "distance":
        ours = oracle.ask_one("binary_focal_loss", p, y, "gamma_derivative", **parameters)
        assert oracle.right(ours, by_gamma)
        ours = oracle.ask_one("binary_focal_loss", p, y, "alpha_derivative", **parameters)
        assert oracle.right(ours, by_alpha)


@some
@given(
    z=st.lists(st.integers(-(2**20), 2**20).map(lambda n: n / 2**15), min_size=2, max_size=4),
    gamma=gammas,
    eps=smoothings,
)
def test_softmax_gradient_and_hessian_by_every_logit(oracle, z, gamma, eps):
    parameters = {"gamma": gamma, "label_smoothing": eps}
    gradient = oracle.ask_row("softmax_focal_loss", z, 1, "gradient", **parameters)
    hessian = oracle.ask_row("softmax_focal_loss", z, 1, "hessian_diagonal", **parameters)
    with oracle.many_bits():
        for k in range(len(z)):

            def loss(at, k=k):
                return oracle.transcribed.softmax_focal_loss(
                    [*z[:k], at, *z[k + 1 :]], 1, gamma, eps
                )

            slope = unless_zero(oracle.derivative(loss, z[k]), loss(z[k]))
            assert oracle.right(gradient[k], slope)
            assert oracle.right(hessian[k], oracle.second_derivative(loss, z[k]))


@some
@given(p=st.lists(probabilities, min_size=1, max_size=4), gamma=gammas, eps=smoothings)
def test_categorical_gradient_by_every_probability_taken_as_free(oracle, p, gamma, eps):
    parameters = {"gamma": gamma, "label_smoothing": eps}
    gradient = oracle.ask_row("categorical_focal_loss", p, 0, "gradient", **parameters)
    with oracle.many_bits():
        for k in range(len(p)):

            def loss(at, k=k):
                row = [*map(mpf, p[:k]), at, *map(mpf, p[k + 1 :])]
                return oracle.transcribed.categorical(row, 0, gamma, eps)

            assert oracle.right(gradient[k], oracle.derivative(loss, p[k]))


def unless_zero(difference, loss):
    """0 where the difference is what is left of an exact zero: nothing beside the loss."""
    return 0 if abs(difference) < abs(loss) * mpf(2) ** -420 else difference


def gradient_exists(is_corner, gamma, rule):
    """Rule distance has a corner where the probability equals the label; see test_edges.py."""
    return not (is_corner and rule == "distance" and gamma)
