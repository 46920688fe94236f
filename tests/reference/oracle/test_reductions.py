"""How losses are put together: denominators, ignored positions, normalizers, ranks and axes."""

from itertools import product

import pytest
from mpmath import mpf

from focalspec.reference.oracle import OracleError
from focalspec.reference.tensor import Tensor

ROWS = Tensor((4, 3), (1.0, 2.0, -1.0, 0.5, 0.0, 3.0, -2.0, 1.0, 0.25, 1.0, 1.0, 1.0))
TARGETS = (0, 2, 1, 0)
WEIGHTS = [0.5, 2.0, 3.0]
ALL = ["loss", "gradient", "hessian_diagonal"]


def added(values):
    """The exact sum, whatever precision mpmath is set to."""
    total = mpf(0)
    for value in values:
        total += value
    return total


@pytest.mark.parametrize(
    ("reduction", "denominator"),
    [("sum", 1), ("mean", 4), ("mean_positive", 2), ("weighted_mean", 0.5 + 3.0 + 2.0 + 0.5)],
)
def test_reductions_over_classes_divide_the_sum(oracle, reduction, denominator):
    parameters = {"class_weight": WEIGHTS, "gamma": 1.5}
    each = oracle.ask("softmax_focal_loss", ROWS, TARGETS, ALL, reduction="none", **parameters)
    one = oracle.ask("softmax_focal_loss", ROWS, TARGETS, ALL, reduction=reduction, **parameters)
    assert one["loss"].shape == ()
    with oracle.many_bits():
        assert oracle.right(one["loss"].values[0], added(each["loss"].values) / denominator)
        for output in ALL[1:]:
            assert one[output].shape == (4, 3)
            for reduced, entry in zip(one[output].values, each[output].values, strict=True):
                assert oracle.right(reduced, entry / denominator)


def test_background_class_is_left_out_of_the_denominator_alone(oracle):
    for background, positive in ((0, 2), (1, 3), (2, 3), (-1, 4), (7, 4)):
        parameters = {"background_class": background}
        total = oracle.ask("softmax_focal_loss", ROWS, TARGETS, reduction="sum", **parameters)
        mean = oracle.ask(
            "softmax_focal_loss", ROWS, TARGETS, reduction="mean_positive", **parameters
        )
        with oracle.many_bits():
            assert oracle.right(mean["loss"].values[0], total["loss"].values[0] / positive)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean", "mean_positive", "weighted_mean"])
@pytest.mark.parametrize("ignore_index", [-100, 1])
def test_ignored_positions_are_inert(oracle, reduction, ignore_index):
    targets = (0, ignore_index, 2, ignore_index)
    parameters = {
        "ignore_index": ignore_index,
        "reduction": reduction,
        "class_weight": WEIGHTS,
    }
    answer = oracle.ask("softmax_focal_loss", ROWS, targets, ALL, **parameters)
    nan = float("nan")
    spoiled = ROWS._replace(
        values=(*ROWS.values[:3], nan, nan, nan, *ROWS.values[6:9], nan, 1e308, nan)
    )
    assert oracle.ask("softmax_focal_loss", spoiled, targets, ALL, **parameters) == answer
    kept = Tensor((2, 3), ROWS.values[:3] + ROWS.values[6:9])
    alone = oracle.ask("softmax_focal_loss", kept, (0, 2), ALL, **parameters)
    for output in ALL[1:]:
        assert answer[output].values[:3] == alone[output].values[:3]
        assert answer[output].values[3:6] == (0, 0, 0)
    if reduction == "none":
        first, second = alone["loss"].values
        assert answer["loss"].values == (first, 0, second, 0)
    else:
        assert answer["loss"] == alone["loss"]


@pytest.mark.parametrize("formula", ["softmax_focal_loss", "categorical_focal_loss"])
@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_positive", "weighted_mean"])
def test_a_denominator_of_zero_divides_by_one(oracle, formula, reduction):
    probabilities = Tensor((2, 2), (0.5, 0.5, 0.25, 0.75))
    parameters = {"gamma": 2.0, "axis": 1, "reduction": reduction, "ignore_index": 5}
    ignored = oracle.ask(formula, probabilities, (5, 5), ["loss", "gradient"], **parameters)
    assert ignored["loss"] == Tensor((), (0,))
    assert ignored["gradient"].values == (0, 0, 0, 0)
    nothing = oracle.ask(formula, Tensor((0, 2), ()), (), ["loss", "gradient"], **parameters)
    assert nothing == {"loss": Tensor((), (0,)), "gradient": Tensor((0, 2), ())}
    background = oracle.ask(formula, probabilities, (0, 0), ["loss"], **parameters)
    total = oracle.ask(
        formula, probabilities, (0, 0), ["loss"], **parameters | {"reduction": "sum"}
    )
    if reduction == "mean_positive":
        assert background == total
    weightless = parameters | {"class_weight": [0.0, 1.0]}
    assert oracle.ask(formula, probabilities, (0, 0), ["loss"], **weightless)["loss"].values == (0,)


def test_reductions_of_the_binary_losses(oracle):
    probabilities, labels = [0.5, 0.25, 0.75, 0.875], [1.0, 0.0, 0.5, 9.0]
    parameters = {"gamma": 1.0, "alpha": 0.25, "class_weight": [3.0, 2.0], "ignore_index": 9}
    outputs = ["loss", "gradient", "gamma_derivative"]
    each = oracle.ask("binary_focal_loss", probabilities, labels, outputs, **parameters)
    assert each["loss"].values[3] == each["gradient"].values[3] == 0
    weight = 0.25 * 2 + 0.75 * 3 + 0.5 * (0.25 * 2 + 0.75 * 3)
    for reduction, denominator in (("sum", 1), ("mean", 3), ("weighted_mean", weight)):
        one = oracle.ask(
            "binary_focal_loss", probabilities, labels, outputs, reduction=reduction, **parameters
        )
        with oracle.many_bits():
            for output in ("loss", "gamma_derivative"):
                total = added(each[output].values)
                assert oracle.right(one[output].values[0], total / denominator)
            for reduced, entry in zip(one["gradient"].values, each["gradient"].values, strict=True):
                assert oracle.right(reduced, entry / denominator)


@pytest.mark.parametrize("formula", ["sigmoid_focal_loss", "binary_focal_loss"])
def test_normalizer_divides_every_loss_and_derivative(oracle, formula):
    outputs = ["loss", "gradient", "gamma_derivative", "alpha_derivative"]
    arguments = (formula, [0.5, 0.75], [1.0, 0.0], outputs)
    for reduction in ("none", "sum", "mean"):
        parameters = {"gamma": 1.5, "alpha": 0.25, "reduction": reduction}
        plain = oracle.ask(*arguments, **parameters)
        for normalizer in (Tensor((), (8.0,)), Tensor((1,), (8.0,)), 8):
            divided = oracle.ask(*arguments, normalizer=normalizer, **parameters)
            with oracle.many_bits():
                for output in outputs:
                    eighths = tuple(value / 8 for value in plain[output].values)
                    assert divided[output].values == eighths


def test_alpha_derivative_of_a_weighted_mean_differentiates_its_denominator_too(oracle):
    probabilities, labels = [0.5, 0.25, 0.75], [1.0, 0.0, 0.5]
    alpha, gamma = 0.375, 1.5
    answer = oracle.ask(
        "binary_focal_loss",
        probabilities,
        labels,
        ["alpha_derivative"],
        gamma=gamma,
        alpha=alpha,
        class_weight=[3.0, 2.0],
        reduction="weighted_mean",
    )
    with oracle.many_bits():

        def mean(by_alpha):
            w1, w0 = 2 * by_alpha, 3 * (1 - by_alpha)
            losses = [
                oracle.transcribed.binary(mpf(p), y, gamma, w1, w0)
                for p, y in zip(probabilities, labels, strict=True)
            ]
            return sum(losses) / sum(w1 * y + w0 * (1 - y) for y in labels)

        expected = oracle.derivative(mean, alpha)
    assert oracle.right(answer["alpha_derivative"].values[0], expected)


def test_weighted_mean_of_one_class_does_not_depend_on_alpha(oracle):
    parameters = {"gamma": 2.0, "reduction": "weighted_mean"}
    one_class = ("binary_focal_loss", [0.5, 0.25], [1.0, 1.0], ["alpha_derivative"])
    assert oracle.ask(*one_class, alpha=0.25, **parameters)["alpha_derivative"].values == (0,)
    with pytest.raises(OracleError, match="denominator of weighted_mean is zero at alpha 0"):
        oracle.ask(*one_class, alpha=0.0, **parameters)


@pytest.mark.parametrize("shards", [[4], [1, 3], [2, 0, 2], Tensor((2,), (3, 1)), None])
def test_every_rank_has_the_whole_batch_s_value(oracle, shards):
    whole = oracle.ask("softmax_focal_loss", ROWS, TARGETS, ALL)
    assert oracle.ask("softmax_focal_loss", ROWS, TARGETS, ALL, shards=shards) == whole


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -2, -3, -4])
def test_any_axis_may_be_the_class_axis(oracle, axis):
    shape = (2, 3, 2, 4)
    values = tuple(float((5 * n * n) % 23 - 11) / 4 for n in range(48))
    axis_shape = shape[: axis % 4] + shape[axis % 4 + 1 :]
    targets = Tensor(axis_shape, tuple(n % 2 for n in range(48 // shape[axis])))
    answer = oracle.ask(
        "softmax_focal_loss", Tensor(shape, values), targets, ALL, axis=axis, reduction="none"
    )
    assert answer["loss"].shape == axis_shape
    assert answer["gradient"].shape == shape
    for position, index in enumerate(product(*map(range, axis_shape))):
        entries = [
            flat((*index[: axis % 4], k, *index[axis % 4 :]), shape) for k in range(shape[axis])
        ]
        row = [values[entry] for entry in entries]
        target = targets.values[position]
        assert answer["loss"].values[position] == oracle.ask_row("softmax_focal_loss", row, target)
        gradient = oracle.ask_row("softmax_focal_loss", row, target, "gradient")
        assert tuple(answer["gradient"].values[entry] for entry in entries) == gradient


def flat(index, shape):
    """The place of an element in C order."""
    place = 0
    for coordinate, length in zip(index, shape, strict=True):
        place = place * length + coordinate
    return place


def test_a_single_row_has_a_loss_of_rank_zero(oracle):
    answer = oracle.ask("categorical_focal_loss", [0.5, 0.25, 0.25], Tensor((), (1,)), gamma=1.0)
    assert answer["loss"].shape == ()


def test_rank_zero_logits_are_an_element(oracle):
    scalar = Tensor((), (0.5,))
    answer = oracle.ask("sigmoid_focal_loss", scalar, Tensor((), (1.0,)), ["loss", "gradient"])
    assert (answer["loss"].shape, answer["gradient"].shape) == ((), ())
