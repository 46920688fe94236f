# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "keras-cv==0.9.0",
#   "keras==3.15.1",
#   "tensorflow==2.21.0",
#   "numpy==2.4.6",
# ]
# [tool.uv]
# exclude-dependencies = ["tensorflow-datasets", "keras-core", "kagglehub"]
# ///
"""keras_cv.losses.FocalLoss, loaded from its one file, on the TensorFlow backend."""

from __future__ import annotations

from support.keras_losses import choose_backend
from support.tensorflow_arrays import loss_and_gradient
from support.unsupported import Unsupported

choose_backend("tensorflow")

from support.lone_module import lone_module  # noqa: E402

_focal = lone_module("keras-cv", "keras_cv.src.losses.focal")

DTYPES = ("float32", "float64")

_REDUCTIONS = {"none": None, "sum": "sum", "mean": "sum_over_batch_size"}


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    return _elementwise(logits, labels, alpha, gamma, reduction, from_logits=True)


def binary_focal_loss(probabilities, labels, *, gamma, alpha=None, reduction="none"):
    return _elementwise(probabilities, labels, alpha, gamma, reduction, from_logits=False)


def _elementwise(first, labels, alpha, gamma, reduction, *, from_logits):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    if reduction not in _REDUCTIONS:
        raise Unsupported(f"no reduction {reduction!r}")
    criterion = _focal.FocalLoss(
        alpha=alpha,
        gamma=gamma,
        from_logits=from_logits,
        reduction=_REDUCTIONS[reduction],
        dtype=first.dtype.name,
    )
    if labels.shape != first.shape:
        return loss_and_gradient(lambda y_pred: criterion(labels, y_pred), first)
    # It sums over the last axis: one of length 1.
    answer = loss_and_gradient(
        lambda y_pred: criterion(labels[..., None], y_pred), first[..., None]
    )
    return {**answer, "gradient": answer["gradient"].reshape(first.shape)}
