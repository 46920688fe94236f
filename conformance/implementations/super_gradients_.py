# /// script
# requires-python = ">=3.11"
# dependencies = ["super-gradients==3.7.1", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# override-dependencies = ["numpy==2.4.6"]
# exclude-dependencies = [
#   "tqdm", "boto3", "jsonschema", "deprecated", "scipy", "matplotlib", "psutil", "tensorboard",
#   "setuptools", "coverage", "torchvision", "sphinx", "sphinx-rtd-theme", "torchmetrics",
#   "hydra-core", "omegaconf", "onnxruntime", "onnx", "pillow", "pip-tools", "einops", "protobuf",
#   "treelib", "termcolor", "packaging", "wheel", "pygments", "stringcase", "rapidfuzz",
#   "json-tricks", "onnxsim", "data-gradients", "albumentations", "fonttools", "werkzeug",
# ]
# ///
"""super_gradients.training.losses.focal_loss.FocalLoss, loaded from its one file."""

from __future__ import annotations

import torch
from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported

_focal = lone_module("super-gradients", "super_gradients.training.losses.focal_loss")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    cross_entropy = torch.nn.BCEWithLogitsLoss(reduction=reduction)
    criterion = _focal.FocalLoss(cross_entropy, gamma=gamma, alpha=alpha)
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)
