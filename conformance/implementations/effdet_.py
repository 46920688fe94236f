# /// script
# requires-python = ">=3.11"
# dependencies = ["effdet==0.4.1", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# exclude-dependencies = ["torchvision", "timm", "pycocotools", "omegaconf"]
# ///
"""effdet.loss.new_focal_loss without smoothing, loaded from its one file."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, offered_reduction

_loss = lone_module("effdet", "effdet.loss")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, normalizer=None, reduction="sum"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    offered_reduction(reduction, "none")
    return loss_and_gradient(
        lambda z: _loss.new_focal_loss(
            z,
            tensor(labels),
            alpha,
            gamma,
            1.0 if normalizer is None else normalizer.item(),
            label_smoothing=0.0,
        ),
        logits,
    )
