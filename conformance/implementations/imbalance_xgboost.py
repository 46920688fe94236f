# /// script
# requires-python = ">=3.11"
# dependencies = ["imbalance-xgboost==0.8.1", "numpy==2.4.6"]
# [tool.uv]
# exclude-dependencies = ["xgboost", "scikit-learn", "scipy"]
# ///
"""imxgboost.focal_loss.Focal_Binary_Loss: gradient and Hessian of margins, for boosting."""

from __future__ import annotations

from types import SimpleNamespace

from imxgboost.focal_loss import Focal_Binary_Loss
from support.unsupported import offered_reduction

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, gamma=2.0, reduction="sum"):
    offered_reduction(reduction, "sum", "none")
    # Of xgboost's matrix it only asks the labels.
    matrix = SimpleNamespace(get_label=lambda: labels)
    gradient, hessian = Focal_Binary_Loss(gamma).focal_binary_object(logits, matrix)
    return {"gradient": gradient, "hessian_diagonal": hessian}
