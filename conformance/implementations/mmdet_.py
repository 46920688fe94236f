# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "mmdet==3.3.0",
#   "mmengine==0.10.7",
#   "opencv-python-headless==5.0.0.93",
#   "torch==2.13.0",
#   "numpy==2.4.6",
#   "ml-dtypes==0.6.0",
# ]
# [tool.uv]
# exclude-dependencies = ["opencv-python", "pycocotools"]
# ///
"""mmdet.models.losses.focal_loss: py_sigmoid_focal_loss and py_focal_loss_with_prob."""

from __future__ import annotations

from support.lone_module import lone_module
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, offered_reduction

# The compiled operators of mmcv are for graphics processors; the Python functions do without.
_focal = lone_module(
    "mmdet", "mmdet.models.losses.focal_loss", absent=["mmcv.ops:sigmoid_focal_loss"]
)

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    options = {"alpha": alpha, "gamma": gamma, "reduction": reduction}
    return _called(_focal.py_sigmoid_focal_loss, logits, labels, options)


def binary_focal_loss(probabilities, labels, *, gamma, alpha=None, reduction="none"):
    options = {"alpha": alpha, "gamma": gamma, "reduction": reduction}
    return _called(_focal.py_focal_loss_with_prob, probabilities, labels, options)


def _called(library_loss, first, labels, options):
    offered_reduction(options["reduction"], "none", "mean", "sum")
    if options["alpha"] is None:
        raise Unsupported("alpha cannot be turned off")
    return loss_and_gradient(lambda x: library_loss(x, tensor(labels), **options), first)
