"""Calls Paddle's own sigmoid focal loss, with gradients by Paddle's own autograd."""

from __future__ import annotations

import paddle
from support.unsupported import Unsupported

__all__ = [
    "compiled",
    "loss_and_gradient",
    "sigmoid_focal_loss_in_columns",
    "sigmoid_focal_loss_of",
]


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays."""
    leaf = paddle.to_tensor(first, stop_gradient=False)
    loss = loss_of(leaf)
    (gradient,) = paddle.grad([loss], [leaf])
    return {"loss": loss.numpy(), "gradient": gradient.numpy()}


def sigmoid_focal_loss_in_columns(logits, labels, options, wrapped=None):
    """paddle.nn.functional.sigmoid_focal_loss, with logits of one axis given as one column."""
    normalizer = options["normalizer"]
    well_formed = labels.shape == logits.shape and (normalizer is None or normalizer.size == 1)
    if logits.ndim != 1 or not well_formed:
        return sigmoid_focal_loss_of(logits, labels, options, wrapped)
    answer = sigmoid_focal_loss_of(logits[:, None], labels[:, None], options, wrapped)
    if options["reduction"] == "none":
        answer["loss"] = answer["loss"][:, 0]
    return {**answer, "gradient": answer["gradient"][:, 0]}


def sigmoid_focal_loss_of(logits, labels, options, wrapped=None):
    """paddle.nn.functional.sigmoid_focal_loss with the document's parameters.

    `wrapped` makes another function of the loss before it is called: a compiled one.
    """
    options = dict(options)
    if options["alpha"] is None:
        raise Unsupported("alpha cannot be turned off")
    if options["normalizer"] is not None:
        options["normalizer"] = paddle.to_tensor(options["normalizer"], dtype=str(logits.dtype))
    targets = paddle.to_tensor(labels)

    def loss_of(logit):
        return paddle.nn.functional.sigmoid_focal_loss(logit, targets, **options)

    return loss_and_gradient(wrapped(loss_of) if wrapped else loss_of, logits)


def compiled(loss_of):
    """The function as one static graph of paddle.jit.to_static."""
    return paddle.jit.to_static(loss_of, full_graph=True)
