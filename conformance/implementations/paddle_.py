# /// script
# requires-python = ">=3.11"
# dependencies = ["paddlepaddle==3.3.1", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""paddle.nn.functional.sigmoid_focal_loss, the function of the Paddle document.

It fails on logits of one axis, which its document allows: they are given as one column here, and
as they are in paddle_vectors.py.
"""

from __future__ import annotations

from support.paddle_losses import sigmoid_focal_loss_in_columns

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    options = {"alpha": alpha, "gamma": gamma, "normalizer": normalizer, "reduction": reduction}
    return sigmoid_focal_loss_in_columns(logits, labels, options)
