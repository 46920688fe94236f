# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "ultralytics==8.4.190",
#   "torchvision==0.28.0",
#   "opencv-python-headless==5.0.0.93",
#   "torch==2.13.0",
#   "numpy==2.4.6",
#   "ml-dtypes==0.6.0",
# ]
# [tool.uv]
# exclude-dependencies = ["opencv-python"]
# ///
"""ultralytics.utils.loss.FocalLoss."""

from __future__ import annotations

import os
import tempfile

import support.torchvision_operators  # noqa: F401 - before torchvision
from support.detection import reduce_by_shape

# It writes a file of settings when imported: not in the user's home.
os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.gettempdir())

from ultralytics.utils.loss import FocalLoss

DTYPES = ("float16", "bfloat16", "float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    # alpha = 0 is how it is turned off.
    criterion = FocalLoss(gamma=gamma, alpha=0.0 if alpha is None else alpha)
    return reduce_by_shape(criterion, logits, labels, reduction)
