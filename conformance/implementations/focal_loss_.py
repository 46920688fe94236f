# /// script
# requires-python = ">=3.11"
# dependencies = ["focal-loss==0.0.7", "tensorflow==2.21.0", "keras==3.15.1", "numpy==2.4.6"]
# ///
"""focal_loss.sparse_categorical_focal_loss (of its document) and binary_focal_loss, TensorFlow."""

from __future__ import annotations

from focal_loss import binary_focal_loss as library_binary
from focal_loss import sparse_categorical_focal_loss as library_sparse
from support.tensorflow_arrays import loss_and_gradient
from support.unsupported import offered_reduction, positive_class_weight

DTYPES = ("float32", "float64")


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
    _must_be_none(reduction)
    pos_weight = positive_class_weight(class_weight)
    return loss_and_gradient(
        lambda y_pred: library_binary(
            labels, y_pred, float(gamma), pos_weight=pos_weight, from_logits=from_logits
        ),
        first,
    )


def _sparse(first, targets, axis, reduction, options):
    _must_be_none(reduction)
    return loss_and_gradient(
        lambda y_pred: library_sparse(targets, y_pred, axis=axis, **options), first
    )


def _must_be_none(reduction):
    offered_reduction(reduction, "none")
