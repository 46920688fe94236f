"""The focal loss as an objective of gradient boosting, for LightGBM and XGBoost."""

from collections.abc import Callable
from typing import Any

import numpy as np

from focalspec.reference.binary import sigmoid_focal_loss
from focalspec.reference.formats import Array

# (raw scores, training data) -> gradient and second derivative of every row
Objective = Callable[[Any, Any], tuple[Array, Array]]


def focal_objective(
    *, alpha: float | None = 0.25, gamma: float = 2.0, smallest_hessian: float = 1e-6
) -> Objective:
    """An objective of binary classification that is the focal loss of the raw scores.

    Pass it to ``lightgbm.train`` as ``params["objective"]``, or to ``xgboost.train`` as ``obj``.
    The training data, a ``lightgbm.Dataset`` or an ``xgboost.DMatrix``, gives the labels (from 0 to
    1), and the weights if it has any.

    Args:
        alpha: from 0 to 1, the weight of label 1, or None for no weights.
        gamma: at least 0; the focusing exponent. At 0 this is logistic regression.
        smallest_hessian: what second derivatives are raised to. The focal loss is not convex: far
            on the wrong side its second derivative is negative, and a Newton step would go uphill.

    Returns:
        A function of raw scores and training data that gives gradient and second derivative,
        by the formulas of sigmoid_focal_loss.

    Raises:
        TypeError, ValueError: as sigmoid_focal_loss does, of the first call.
    """

    def objective(scores: Any, data: Any) -> tuple[Array, Array]:
        labels = np.asarray(data.get_label())
        _, gradient, hessian = sigmoid_focal_loss(
            np.asarray(scores).reshape(labels.shape),
            labels,
            alpha=alpha,
            gamma=gamma,
            derivatives=2,
        )
        np.maximum(hessian, smallest_hessian, out=hessian)
        weights = data.get_weight()
        if weights is not None and np.size(weights):
            gradient *= weights
            hessian *= weights
        return gradient, hessian

    return objective
