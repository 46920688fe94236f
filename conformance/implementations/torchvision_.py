# /// script
# requires-python = ">=3.11"
# dependencies = ["torchvision==0.28.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""torchvision.ops.sigmoid_focal_loss."""

from __future__ import annotations

import support.torchvision_operators  # noqa: F401 - before torchvision
from support.torch_arrays import loss_and_gradient, tensor
from torchvision.ops import sigmoid_focal_loss as library_loss

DTYPES = ("float16", "bfloat16", "float32", "float64")


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
