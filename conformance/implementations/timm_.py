# /// script
# requires-python = ">=3.11"
# dependencies = ["timm==1.0.31", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# exclude-dependencies = ["torchvision", "pyyaml", "huggingface-hub", "safetensors"]
# ///
"""timm.loss.AsymmetricLossMultiLabel and AsymmetricLossSingleLabel with equal gammas, unclipped."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import (
    Unsupported,
    class_axis,
    offered_reduction,
    positive_class_weight,
    scalar,
)

_loss = lone_module("timm", "timm.loss.asymmetric_loss")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, gamma=2.0, class_weight=None, reduction="sum"):
    criterion = _loss.AsymmetricLossMultiLabel(
        gamma_neg=gamma,
        gamma_pos=gamma,
        clip=0,
        reduction=reduction,
        pos_weight=positive_class_weight(class_weight),
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(labels)), logits)


def softmax_focal_loss(
    logits, targets, *, gamma=2.0, label_smoothing=0.0, axis=1, reduction="mean"
):
    if logits.ndim != 2:
        raise Unsupported("logits have two axes here")
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean")
    gamma = scalar(gamma, "gamma")
    criterion = _loss.AsymmetricLossSingleLabel(
        gamma_pos=gamma, gamma_neg=gamma, eps=label_smoothing, reduction=reduction
    )
    return loss_and_gradient(lambda z: criterion(z, tensor(targets)), logits)
