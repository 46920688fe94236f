"""Calls the losses of detectors, which all end in `loss.mean(1).sum()`."""

from __future__ import annotations

from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import offered_reduction

__all__ = ["reduce_by_shape"]


def reduce_by_shape(loss_of, logits, labels, reduction):
    """The sum of the elements, given as one column, or their mean, given as one row.

    `loss_of` takes logits and labels of two axes, and reduces them as above.
    """
    offered_reduction(reduction, "sum", "mean")
    if labels.shape == logits.shape:
        shape = (-1, 1) if reduction == "sum" else (1, -1)
        labels = labels.reshape(shape)
        answer = loss_and_gradient(lambda z: loss_of(z, tensor(labels)), logits.reshape(shape))
        return {**answer, "gradient": answer["gradient"].reshape(logits.shape)}
    return loss_and_gradient(lambda z: loss_of(z, tensor(labels)), logits)
