# /// script
# requires-python = ">=3.11"
# dependencies = ["groundingdino-py==0.4.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# exclude-dependencies = [
#   "torchvision", "transformers", "addict", "yapf", "timm", "opencv-python", "supervision",
#   "pycocotools",
# ]
# ///
"""groundingdino.models.GroundingDINO.utils.sigmoid_focal_loss, loaded from its one file."""

from __future__ import annotations

from functools import partial

from support.detection import reduce_by_shape
from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor

_utils = lone_module("groundingdino-py", "groundingdino.models.GroundingDINO.utils")

DTYPES = ("float16", "bfloat16", "float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    options = {
        "num_boxes": 1.0 if normalizer is None else normalizer.item(),
        "alpha": -1 if alpha is None else alpha,
        "gamma": gamma,
    }
    if reduction == "none" and normalizer is None:
        return loss_and_gradient(
            lambda z: _utils.sigmoid_focal_loss(z, tensor(labels), no_reduction=True, **options),
            logits,
        )
    return reduce_by_shape(partial(_utils.sigmoid_focal_loss, **options), logits, labels, reduction)
