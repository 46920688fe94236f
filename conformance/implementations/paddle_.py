# /// script
# requires-python = ">=3.11"
# dependencies = ["paddlepaddle==3.3.1", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""paddle.nn.functional.sigmoid_focal_loss, the function of the Paddle document."""

from __future__ import annotations

import paddle
from support.unsupported import Unsupported

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    dtype = str(logits.dtype)
    leaf = paddle.to_tensor(logits, stop_gradient=False)
    loss = paddle.nn.functional.sigmoid_focal_loss(
        leaf,
        paddle.to_tensor(labels),
        normalizer=None if normalizer is None else paddle.to_tensor(normalizer, dtype=dtype),
        alpha=float(alpha),
        gamma=float(gamma),
        reduction=reduction,
    )
    (gradient,) = paddle.grad([loss], [leaf])
    return {"loss": loss.numpy(), "gradient": gradient.numpy()}
