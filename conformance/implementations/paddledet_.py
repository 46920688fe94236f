# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "paddledet==2.6.0",
#   "paddlepaddle==3.3.1",
#   "setuptools==84.2.1",
#   "numpy==2.4.6",
#   "scipy==1.17.1",
# ]
# [tool.uv]
# override-dependencies = ["numpy==2.4.6"]
# exclude-dependencies = [
#   "tqdm", "typeguard", "visualdl", "opencv-python", "pyyaml", "shapely", "terminaltables",
#   "cython", "pycocotools", "lap", "motmetrics", "sklearn", "pyclipper",
# ]
# ///
"""ppdet.modeling.transformers.utils.sigmoid_focal_loss of PaddleDetection, loaded from its file."""

from __future__ import annotations

import numpy as np
import paddle
from support.lone_module import lone_module
from support.paddle_losses import loss_and_gradient
from support.unsupported import Unsupported, offered_reduction

_utils = lone_module("paddledet", "ppdet.modeling.transformers.utils")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    offered_reduction(reduction, "sum", "mean", "none")
    options = {
        "normalizer": 1.0 if normalizer is None else normalizer.item(),
        "alpha": -1 if alpha is None else alpha,
        "gamma": gamma,
    }
    if labels.shape != logits.shape:
        return _loss_and_gradient(logits, labels, options)
    if reduction == "none":
        return _one_by_one(logits, labels, options)
    # It ends in loss.mean(1).sum(): the sum of one column, the mean of one row.
    shape = (-1, 1) if reduction == "sum" else (1, -1)
    answer = _loss_and_gradient(logits.reshape(shape), labels.reshape(shape), options)
    return {**answer, "gradient": answer["gradient"].reshape(logits.shape)}


def _one_by_one(logits, labels, options):
    """The unreduced loss of a function that only reduces: each element by a call of its own."""
    if logits.size == 0:
        raise Unsupported("it reduces, and there is no element to call it with")
    pairs = zip(logits.reshape(-1, 1, 1), labels.reshape(-1, 1, 1), strict=True)
    answers = [_loss_and_gradient(logit, label, options) for logit, label in pairs]
    return {
        name: np.stack([answer[name] for answer in answers]).reshape(logits.shape)
        for name in ("loss", "gradient")
    }


def _loss_and_gradient(logits, labels, options):
    targets = paddle.to_tensor(labels)
    return loss_and_gradient(lambda z: _utils.sigmoid_focal_loss(z, targets, **options), logits)
