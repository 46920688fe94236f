# /// script
# requires-python = ">=3.11"
# dependencies = ["rfdetr==1.11.2", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""rfdetr.models.criterion.sigmoid_focal_loss, loaded from its one file."""

from __future__ import annotations

from functools import partial

import support.torchvision_operators  # noqa: F401 - before torchvision
from support.detection import reduce_by_shape
from support.lone_module import lone_module

_criterion = lone_module("rfdetr", "rfdetr.models.criterion")

DTYPES = ("float16", "bfloat16", "float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    options = {
        "num_boxes": 1.0 if normalizer is None else normalizer.item(),
        "alpha": -1 if alpha is None else alpha,
        "gamma": gamma,
    }
    return reduce_by_shape(
        partial(_criterion.sigmoid_focal_loss, **options), logits, labels, reduction
    )
