# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "autogluon.multimodal==1.6.3", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0",
# ]
# [tool.uv]
# override-dependencies = ["numpy==2.4.6"]
# exclude-dependencies = [
#   "scipy", "pandas", "scikit-learn", "pillow", "tqdm", "boto3", "lightning", "transformers",
#   "accelerate", "fsspec", "requests", "jsonschema", "seqeval", "evaluate", "timm", "torchvision",
#   "scikit-image", "text-unidecode", "torchmetrics", "omegaconf", "autogluon-core",
#   "autogluon-features", "autogluon-common", "pytorch-metric-learning", "nlpaug", "nltk",
#   "openmim", "defusedxml", "jinja2", "tensorboard", "pytesseract", "nvidia-ml-py3", "pdf2image",
# ]
# ///
"""autogluon.multimodal.optim.losses.focal_loss.FocalLoss, loaded from its one file."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import class_axis, offered_reduction, scalar

_focal = lone_module("autogluon.multimodal", "autogluon.multimodal.optim.losses.focal_loss")

DTYPES = ("float32", "float64")


def softmax_focal_loss(logits, targets, *, gamma=2.0, class_weight=None, axis=1, reduction="mean"):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = _focal.FocalLoss(
        alpha=tensor(class_weight), gamma=scalar(gamma, "gamma"), reduction=reduction
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
