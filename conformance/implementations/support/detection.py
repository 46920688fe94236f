"""Calls the DETR family's sigmoid_focal_loss, which divides by a number of boxes."""

from __future__ import annotations

from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported

__all__ = ["mean_over_boxes"]


def mean_over_boxes(library_loss, logits, labels, alpha, gamma, reduction):
    """Its `loss.mean(1).sum() / num_boxes` is the mean, with as many boxes as there are sums."""
    if logits.ndim < 2:
        raise Unsupported("logits have at least two axes here")
    if reduction != "mean":
        raise Unsupported("it reduces to a mean")
    num_boxes = logits.size // max(logits.shape[1], 1)
    alpha = -1 if alpha is None else alpha
    return loss_and_gradient(
        lambda z: library_loss(z, tensor(labels), num_boxes, alpha=alpha, gamma=gamma), logits
    )
