# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "tf-models-official==2.20.0",
#   "tensorflow==2.21.0",
#   "tf-keras==2.21.0",
#   "numpy==2.4.6",
# ]
# [tool.uv]
# override-dependencies = ["tensorflow==2.21.0"]
# exclude-dependencies = [
#   "google-api-python-client", "kaggle", "oauth2client", "pandas", "psutil", "py-cpuinfo", "scipy",
#   "tensorflow-hub", "tensorflow-model-optimization", "tensorflow-datasets", "gin-config",
#   "tf-slim", "cython", "matplotlib", "pyyaml", "opencv-python-headless", "pillow", "pycocotools",
#   "seqeval", "sentencepiece", "sacrebleu", "immutabledict", "ai-edge-litert", "tensorflow-text",
# ]
# ///
"""official.vision.losses.focal_loss.FocalLoss of tf-models-official, loaded from its one file."""

from __future__ import annotations

from support.lone_module import lone_module
from support.tensorflow_arrays import loss_and_gradient
from support.unsupported import Unsupported

_focal_loss = lone_module("tf-models-official", "official.vision.losses.focal_loss")

DTYPES = ("float32", "float64")

_REDUCTIONS = {"none": "none", "sum": "sum", "mean": "sum_over_batch_size"}


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    criterion = _focal_loss.FocalLoss(alpha, gamma, reduction=_REDUCTIONS[reduction])
    return loss_and_gradient(lambda y_pred: criterion(labels, y_pred), logits)
