# /// script
# requires-python = ">=3.11"
# dependencies = ["fvcore==0.1.5.post20221221", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""fvcore.nn.sigmoid_focal_loss."""

from __future__ import annotations

from fvcore.nn import sigmoid_focal_loss as library_loss
from support.torch_arrays import loss_and_gradient, tensor

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    return loss_and_gradient(
        lambda z: library_loss(
            z,
            tensor(labels),
            alpha=-1 if alpha is None else alpha,
            gamma=gamma,
            reduction=reduction,
        ),
        logits,
    )
