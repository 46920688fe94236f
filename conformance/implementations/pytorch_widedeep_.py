# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pytorch-widedeep==1.7.0",
#   "torchvision==0.28.0",
#   "opencv-python-headless==5.0.0.93",
#   "torch==2.13.0",
#   "numpy==2.4.6",
#   "ml-dtypes==0.6.0",
# ]
# [tool.uv]
# override-dependencies = ["numpy==2.4.6"]
# exclude-dependencies = ["opencv-contrib-python", "fastparquet", "sentence-transformers"]
# ///
"""pytorch_widedeep.losses.FocalLoss on one binary column."""

from __future__ import annotations

import support.torchvision_operators  # noqa: F401 - before torchvision
from pytorch_widedeep.losses import FocalLoss
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, hard_labels

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    if reduction != "mean" or logits.ndim != 1:
        raise Unsupported("it reduces one column of logits to a mean")
    criterion = FocalLoss(alpha=alpha, gamma=gamma)
    targets = tensor(hard_labels(labels))[:, None]
    return loss_and_gradient(lambda z: criterion(z[:, None], targets), logits)
