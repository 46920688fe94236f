"""Calls Paddle's own sigmoid focal loss, with gradients by Paddle's own autograd."""

from __future__ import annotations

import paddle
from support.unsupported import Unsupported

__all__ = ["loss_and_gradient", "sigmoid_focal_loss_of"]


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays."""
    leaf = paddle.to_tensor(first, stop_gradient=False)
    loss = loss_of(leaf)
    (gradient,) = paddle.grad([loss], [leaf])
    return {"loss": loss.numpy(), "gradient": gradient.numpy()}


def sigmoid_focal_loss_of(logits, labels, options):
    """paddle.nn.functional.sigmoid_focal_loss with the document's parameters."""
    options = dict(options)
    if options["alpha"] is None:
        raise Unsupported("alpha cannot be turned off")
    if options["normalizer"] is not None:
        options["normalizer"] = paddle.to_tensor(options["normalizer"], dtype=str(logits.dtype))
    return loss_and_gradient(
        lambda logit: paddle.nn.functional.sigmoid_focal_loss(
            logit, paddle.to_tensor(labels), **options
        ),
        logits,
    )
