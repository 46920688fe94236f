"""The focal objective gives boosting libraries the loss's own derivatives, and trains them."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from uv import find_uv_bin

from focalspec.reference import sigmoid_focal_loss
from focalspec.reference.boosting import focal_objective

EXAMPLE = Path(__file__).parents[2] / "examples" / "boosting.py"


@dataclass
class Rows:
    """Training data as LightGBM and XGBoost hand it to an objective."""

    labels: object
    weights: object = None

    def get_label(self):
        return self.labels

    def get_weight(self):
        return self.weights


SCORES = np.linspace(-6, 6, 25)
LABELS = (np.arange(25) % 4 == 0) * 1.0


def test_gradient_and_hessian_are_those_of_the_loss():
    gradient, hessian = focal_objective(alpha=0.75, gamma=1.5)(SCORES, Rows(LABELS))
    _, slope, bend = sigmoid_focal_loss(SCORES, LABELS, alpha=0.75, gamma=1.5, derivatives=2)
    assert np.array_equal(gradient, slope)
    assert np.array_equal(hessian[bend > 1e-6], bend[bend > 1e-6])


def test_no_second_derivative_falls_below_the_smallest_one():
    hessian = focal_objective(smallest_hessian=0.001)(SCORES, Rows(LABELS))[1]
    bend = sigmoid_focal_loss(SCORES, LABELS, derivatives=2)[2]
    assert bend.min() < 0
    assert hessian.min() == 0.001


def test_weights_of_rows_weigh_both():
    weights = np.linspace(0.5, 2, 25)
    plain = focal_objective()(SCORES, Rows(LABELS))
    weighed = focal_objective()(SCORES, Rows(LABELS, weights))
    for one, other in zip(plain, weighed, strict=True):
        assert np.array_equal(one * weights, other)
    empty = focal_objective()(SCORES, Rows(LABELS, np.array([], np.float32)))
    assert np.array_equal(plain[0], empty[0])


def test_scores_in_float32_give_derivatives_in_float32():
    found = focal_objective()(SCORES.astype(np.float32), Rows(LABELS.astype(np.float32)))
    assert [values.dtype for values in found] == [np.float32, np.float32]


def test_bad_labels_and_parameters_are_named():
    with pytest.raises(ValueError, match="labels must be from 0 to 1, found 2"):
        focal_objective()(SCORES, Rows(LABELS * 2))
    with pytest.raises(ValueError, match="gamma must be a finite number"):
        focal_objective(gamma=-1)(SCORES, Rows(LABELS))


def test_the_example_trains_both_libraries_on_rare_positives():
    """In an environment of its own, with the real LightGBM and XGBoost."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment.setdefault("UV_FIND_LINKS", environment.get("PIP_FIND_LINKS", ""))
    run = subprocess.run(
        [find_uv_bin(), "run", "--quiet", "--script", EXAMPLE],
        capture_output=True,
        text=True,
        env=environment,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    precisions = dict(re.findall(r"(.+): average precision (\d\.\d+)", run.stdout))
    positive, rows = map(int, re.findall(r"\d+", run.stdout.splitlines()[0]))
    assert positive < rows / 50
    assert set(precisions) == {
        "LightGBM, focal",
        "LightGBM, logistic",
        "XGBoost, focal",
        "XGBoost, logistic",
    }
    for library in ("LightGBM", "XGBoost"):
        # ten times what a guess would reach, and no worse than the library's own by a tenth
        assert float(precisions[f"{library}, focal"]) > 10 * positive / rows
        focal, logistic = (
            float(precisions[f"{library}, {name}"]) for name in ("focal", "logistic")
        )
        assert focal > logistic - 0.1
