# /// script
# requires-python = ">=3.11"
# dependencies = ["pytorch-optimizer==4.1.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""pytorch_optimizer.FocalLoss (logits) and pytorch_optimizer.BCEFocalLoss (probabilities)."""

from __future__ import annotations

from pytorch_optimizer import BCEFocalLoss, FocalLoss
from support.detection import one_by_one
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, even_alpha, offered_reduction

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=None, gamma=2.0, reduction="sum"):
    offered_reduction(reduction, "none", "mean")
    criterion = FocalLoss(alpha=even_alpha(alpha), gamma=gamma)
    if reduction == "none":
        return one_by_one(criterion, logits, labels)
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)


def binary_focal_loss(probabilities, labels, *, gamma, alpha=None, reduction="none"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = BCEFocalLoss(alpha=alpha, gamma=gamma, reduction=reduction)
    return loss_and_gradient(lambda p: criterion(p, tensor(labels)), probabilities)
