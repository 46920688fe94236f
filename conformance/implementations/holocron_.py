# /// script
# requires-python = ">=3.11"
# dependencies = ["pylocron==0.3.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# [tool.uv]
# exclude-dependencies = [
#   "torchvision", "tqdm", "fastprogress", "matplotlib", "huggingface-hub", "pillow",
# ]
# ///
"""holocron.nn.functional.focal_loss (package pylocron), loaded from its one file."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import class_axis, offered_reduction, scalar

_functional = lone_module("pylocron", "holocron.nn.functional")

DTYPES = ("float32", "float64")


def softmax_focal_loss(
    logits,
    targets,
    *,
    gamma=2.0,
    class_weight=None,
    ignore_index=-100,
    axis=1,
    reduction="mean",
):
    class_axis(axis, logits.ndim, 1)
    offered_reduction(reduction, "none", "mean", "sum")
    return loss_and_gradient(
        lambda z: _functional.focal_loss(
            z,
            tensor(targets),
            weight=tensor(class_weight, like=logits),
            ignore_index=-100 if ignore_index is None else ignore_index,
            reduction=reduction,
            gamma=scalar(gamma, "gamma"),
        ),
        logits,
    )
