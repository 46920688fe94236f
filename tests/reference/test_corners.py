"""What mutants showed that nobody tested: defaults, layouts and limits off the main road."""

import numpy as np
import pytest

from focalspec.reference import (
    categorical_focal_loss,
    cross_entropy,
    sigmoid_focal_loss,
    softmax_focal_loss,
)
from focalspec.reference.boosting import focal_objective


@pytest.mark.parametrize("classes", [2, 70])  # many are read where they lie, few are moved
@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_no_probability_is_found_beside_ignored_positions_in_every_layout(axis, classes):
    rows = np.full((3, classes), 1 / classes)
    rows[1, :2] = [7.0, -3.0]
    given = {"gamma": 2, "ignore_index": -1, "axis": axis}
    p = rows if axis == 1 else rows.T.copy()
    assert categorical_focal_loss(p, [0, -1, 1], **given)[1] == 0.0
    with pytest.raises(ValueError, match=r"probabilities must be from 0 to 1, found 7\.0 at"):
        categorical_focal_loss(p, [0, 1, -1], **given)


def test_the_distance_rule_is_flat_where_the_label_is_the_probability():
    given = {"gamma": 3, "label_rule": "distance", "reduction": "none"}
    outputs = sigmoid_focal_loss([0.0], [0.5], derivatives=2, **given)
    assert [one.tolist() for one in outputs] == [[0.0], [0.0], [0.0]]


@pytest.mark.parametrize("gamma, worst", [(0.0, 25), (2.0, 25), (5.0, 60)])
def test_fast_float64_softmax_keeps_its_bound(gamma, worst, oracle, ulps):
    generator = np.random.default_rng(5)
    logits, targets = generator.normal(size=(40, 5)) * 12, generator.integers(0, 5, 40)
    given = {"gamma": gamma, "reduction": "none"}
    names = ("loss", "gradient")
    exact = oracle("softmax_focal_loss", {"logits": logits, "targets": targets}, names, **given)
    found = softmax_focal_loss(logits, targets, derivatives=1, precision="fast", **given)
    for name, values in zip(names, found, strict=True):
        assert values.dtype == np.float64
        assert ulps(values, exact[name]) <= worst


def test_cross_entropy_gives_the_loss_alone_unless_asked_for_more():
    loss = cross_entropy([[1.0, 2.0]], [0])
    assert isinstance(loss, np.ndarray)
    assert loss == pytest.approx(np.log1p(np.e))


def test_second_derivatives_are_raised_to_a_millionth_by_default():
    class Rows:
        def get_label(self):
            return np.array([1.0, 0.0, 1.0])

        def get_weight(self):
            return None

    scores = np.array([40.0, -40.0, -40.0])
    assert focal_objective()(scores, Rows())[1].min() == 1e-6
