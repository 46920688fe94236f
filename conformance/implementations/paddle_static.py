# /// script
# requires-python = ">=3.11"
# dependencies = ["paddlepaddle==3.3.1", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""paddle.nn.functional.sigmoid_focal_loss, compiled by paddle.jit.to_static as one graph.

As in paddle_.py, logits of one axis are given as one column.
"""

from __future__ import annotations

from support.paddle_losses import compiled, sigmoid_focal_loss_in_columns

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    options = {"alpha": alpha, "gamma": gamma, "normalizer": normalizer, "reduction": reduction}
    return sigmoid_focal_loss_in_columns(logits, labels, options, compiled)
