# /// script
# requires-python = ">=3.11"
# dependencies = ["paddlepaddle==3.3.1", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""paddle.nn.functional.sigmoid_focal_loss on logits of one axis, given as they are."""

from __future__ import annotations

from support.paddle_losses import sigmoid_focal_loss_of
from support.unsupported import Unsupported

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    if logits.ndim != 1:
        raise Unsupported("paddle_.py calls it with more axes than one")
    options = {"alpha": alpha, "gamma": gamma, "normalizer": normalizer, "reduction": reduction}
    return sigmoid_focal_loss_of(logits, labels, options)
