# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "segmentation-models-pytorch==0.6.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0",
# ]
# [tool.uv]
# exclude-dependencies = ["huggingface-hub", "pillow", "safetensors", "timm", "torchvision", "tqdm"]
# ///
"""segmentation_models_pytorch.losses.FocalLoss (binary), and its softmax_focal_loss_with_logits."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import class_axis, offered_reduction, scalar

_PACKAGE = "segmentation-models-pytorch"
_focal = lone_module(_PACKAGE, "segmentation_models_pytorch.losses.focal")
_functional = lone_module(_PACKAGE, "segmentation_models_pytorch.losses._functional")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    criterion = _focal.FocalLoss("binary", alpha=alpha, gamma=gamma, reduction=reduction)
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)


def binary_focal_loss(
    probabilities, labels, *, gamma, alpha=None, ignore_index=None, reduction="none"
):
    offered_reduction(reduction, "none", "mean", "sum")
    criterion = _focal.FocalLoss(
        "binary",
        alpha=alpha,
        gamma=gamma,
        ignore_index=ignore_index,
        from_logits=False,
        reduction=reduction,
    )
    return loss_and_gradient(lambda p: criterion(p, tensor(labels)), probabilities)


def softmax_focal_loss(logits, targets, *, gamma=2.0, axis=1, reduction="mean"):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean", "sum")
    return loss_and_gradient(
        lambda z: _functional.softmax_focal_loss_with_logits(
            z, tensor(targets), gamma=scalar(gamma, "gamma"), reduction=reduction
        ),
        logits,
    )
