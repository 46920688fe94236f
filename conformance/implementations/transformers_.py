# /// script
# requires-python = ">=3.11"
# dependencies = ["transformers==5.23.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""transformers.loss.loss_for_object_detection.sigmoid_focal_loss, of its DETR models."""

from __future__ import annotations

from functools import partial

from support.detection import reduce_by_shape
from transformers.loss.loss_for_object_detection import sigmoid_focal_loss as library_loss

DTYPES = ("float16", "bfloat16", "float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    options = {
        "num_boxes": 1.0 if normalizer is None else normalizer.item(),
        "alpha": -1 if alpha is None else alpha,
        "gamma": gamma,
    }
    return reduce_by_shape(partial(library_loss, **options), logits, labels, reduction)
