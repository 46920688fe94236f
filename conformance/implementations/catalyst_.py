# /// script
# requires-python = ">=3.11"
# dependencies = ["catalyst==22.4", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# exclude-dependencies = ["accelerate", "hydra-slayer", "tqdm", "tensorboardx"]
# ///
"""catalyst.metrics.functional.sigmoid_focal_loss, loaded from its one file."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor

_focal = lone_module("catalyst", "catalyst.metrics.functional._focal")

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    return loss_and_gradient(
        lambda z: _focal.sigmoid_focal_loss(
            z, tensor(labels), gamma=gamma, alpha=alpha, reduction=reduction
        ),
        logits,
    )
