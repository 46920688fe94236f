# /// script
# requires-python = ">=3.11"
# dependencies = ["balanced-loss==0.1.1", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""balanced_loss.losses.focal_loss: a sum, divided by the number of positive labels."""

from __future__ import annotations

from balanced_loss.losses import focal_loss
from support.detection import one_by_one
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, even_alpha, offered_reduction

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=None, gamma=2.0, normalizer=None, reduction="sum"):
    offered_reduction(reduction, "sum", "none")
    # Its alpha is a weight for each example.
    options = {"alpha": None if alpha is None else even_alpha(alpha), "gamma": gamma}
    if reduction == "none" and normalizer is None and (labels == 1).all():
        return one_by_one(lambda z, y: focal_loss(z, y, **options), logits, labels)
    if reduction == "none" or labels.sum() != (1 if normalizer is None else normalizer.item()):
        raise Unsupported("it divides by the sum of the labels")
    return loss_and_gradient(lambda z: focal_loss(z, tensor(labels), **options), logits)
