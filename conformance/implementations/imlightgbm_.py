# /// script
# requires-python = ">=3.11"
# dependencies = ["imlightgbm==0.1.2", "numpy==2.4.6"]
# ///
"""imlightgbm.objective: gradient and Hessian of the focal loss, for boosting."""

from __future__ import annotations

from imlightgbm.objective import binary_focal_objective, multiclass_focal_objective
from support.unsupported import Unsupported, class_axis, offered_reduction, scalar

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, gamma=2.0, reduction="sum"):
    offered_reduction(reduction, "sum", "none")
    gradient, hessian = binary_focal_objective(labels, logits, gamma)
    return {"gradient": gradient, "hessian_diagonal": hessian}


def softmax_focal_loss(logits, targets, *, gamma=2.0, axis=1, reduction="mean"):
    if logits.ndim != 2:
        raise Unsupported("logits have two axes here")
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "sum", "none")
    gradient, hessian = multiclass_focal_objective(
        targets, logits, scalar(gamma, "gamma"), logits.shape[1]
    )
    return {"gradient": gradient, "hessian_diagonal": hessian}
