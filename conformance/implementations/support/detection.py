"""Calls the losses of detectors, which all end in `loss.mean(1).sum()`."""

from __future__ import annotations

import numpy as np
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, offered_reduction

__all__ = ["one_by_one", "reduce_by_shape"]


def reduce_by_shape(loss_of, logits, labels, reduction):
    """The sum of the elements, given as one column, their mean, given as one row, or each alone.

    `loss_of` takes logits and labels of two axes, and reduces them as above.
    """
    offered_reduction(reduction, "sum", "mean", "none")
    if reduction == "none":
        return one_by_one(loss_of, logits, labels)
    if labels.shape != logits.shape:
        return loss_and_gradient(lambda z: loss_of(z, tensor(labels)), logits)
    shape = (-1, 1) if reduction == "sum" else (1, -1)
    labels = labels.reshape(shape)
    answer = loss_and_gradient(lambda z: loss_of(z, tensor(labels)), logits.reshape(shape))
    return {**answer, "gradient": answer["gradient"].reshape(logits.shape)}


def one_by_one(loss_of, logits, labels):
    """The unreduced loss of a function that only reduces: each element by a call of its own."""
    if labels.shape != logits.shape:
        return loss_and_gradient(lambda z: loss_of(z, tensor(labels)), logits)
    if logits.size == 0:
        raise Unsupported("it reduces, and there is no element to call it with")
    pairs = zip(logits.reshape(-1, 1, 1), labels.reshape(-1, 1, 1), strict=True)
    answers = [loss_and_gradient(lambda z, y=y: loss_of(z, tensor(y)), z) for z, y in pairs]
    return {
        name: np.stack([answer[name] for answer in answers]).reshape(logits.shape)
        for name in ("loss", "gradient")
    }
