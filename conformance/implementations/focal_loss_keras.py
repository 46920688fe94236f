# /// script
# requires-python = ">=3.11"
# dependencies = ["focal-loss==0.0.7", "tensorflow==2.21.0", "keras==3.15.1", "numpy==2.4.6"]
# ///
"""focal_loss.SparseCategoricalFocalLoss and BinaryFocalLoss, the Keras Loss classes."""

from __future__ import annotations

from focal_loss import BinaryFocalLoss, SparseCategoricalFocalLoss
from support.tensorflow_arrays import loss_and_gradient
from support.unsupported import Unsupported, class_axis, positive_class_weight

DTYPES = ("float32", "float64")

_REDUCTIONS = {"none": "none", "sum": "sum", "mean": "sum_over_batch_size"}


def sigmoid_focal_loss(logits, labels, *, gamma=2.0, class_weight=None, reduction="sum"):
    return _binary(logits, labels, gamma, class_weight, reduction, from_logits=True)


def binary_focal_loss(probabilities, labels, *, gamma, class_weight=None, reduction="none"):
    return _binary(probabilities, labels, gamma, class_weight, reduction, from_logits=False)


def softmax_focal_loss(logits, targets, *, gamma=2.0, class_weight=None, axis=1, reduction="mean"):
    options = {"gamma": gamma, "class_weight": class_weight, "from_logits": True}
    return _sparse(logits, targets, axis, reduction, options)


def categorical_focal_loss(
    probabilities, targets, *, gamma, class_weight=None, axis=-1, reduction="none"
):
    options = {"gamma": gamma, "class_weight": class_weight, "from_logits": False}
    return _sparse(probabilities, targets, axis, reduction, options)


def _binary(first, labels, gamma, class_weight, reduction, *, from_logits):
    criterion = BinaryFocalLoss(
        float(gamma),
        pos_weight=positive_class_weight(class_weight),
        from_logits=from_logits,
        reduction=_reduction(reduction),
        dtype=str(first.dtype),
    )
    return loss_and_gradient(lambda y_pred: criterion(labels, y_pred), first)


def _sparse(first, targets, axis, reduction, options):
    class_axis(axis, first.ndim, -1)
    criterion = SparseCategoricalFocalLoss(
        reduction=_reduction(reduction), dtype=str(first.dtype), **options
    )
    return loss_and_gradient(lambda y_pred: criterion(targets, y_pred), first)


def _reduction(reduction):
    if reduction not in _REDUCTIONS:
        raise Unsupported(f"no reduction {reduction!r}")
    return _REDUCTIONS[reduction]
