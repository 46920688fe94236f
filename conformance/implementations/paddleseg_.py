# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "paddleseg==2.8.0",
#   "paddlepaddle==3.3.1",
#   "setuptools==84.2.1",
#   "numpy==2.4.6",
# ]
# [tool.uv]
# exclude-dependencies = [
#   "opencv-python", "visualdl", "pyyaml", "tqdm", "filelock", "scipy", "prettytable",
#   "scikit-learn",
# ]
# ///
"""paddleseg.models.losses.focal_loss.MultiClassFocalLoss, loaded from its one file."""

from __future__ import annotations

import paddle
from support.lone_module import lone_module
from support.paddle_losses import loss_and_gradient
from support.unsupported import Unsupported, class_axis, offered_reduction, scalar

lone_module("paddleseg", "paddleseg.cvlibs.manager")  # the register of losses, by itself
_focal_loss = lone_module("paddleseg", "paddleseg.models.losses.focal_loss")

DTYPES = ("float32", "float64")


def softmax_focal_loss(logits, targets, *, gamma=2.0, ignore_index=-100, axis=1, reduction="mean"):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "mean")
    if ignore_index is None:
        raise Unsupported("ignoring cannot be turned off")
    if logits.ndim not in (2, 4):
        raise Unsupported("logits are maps of scores here")
    criterion = _focal_loss.MultiClassFocalLoss(
        logits.shape[1], gamma=scalar(gamma, "gamma"), ignore_index=ignore_index
    )
    if logits.ndim == 4:
        labels = paddle.to_tensor(targets)
        return loss_and_gradient(lambda z: criterion(z, labels), logits)
    labels = paddle.to_tensor(targets[..., None, None])  # a map of one pixel
    return loss_and_gradient(lambda z: criterion(z[..., None, None], labels), logits)
