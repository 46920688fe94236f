# /// script
# requires-python = ">=3.11"
# dependencies = ["focal-loss-torch==0.1.2", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""focal_loss.focal_loss.FocalLoss, the class of the PyTorch article (package focal-loss-torch)."""

from __future__ import annotations

from focal_loss.focal_loss import FocalLoss
from support.torch_arrays import loss_and_gradient, tensor
from support.unsupported import Unsupported, class_axis, hard_labels, scalar

DTYPES = ("float16", "bfloat16", "float32", "float64")


def binary_focal_loss(
    probabilities, labels, *, gamma, class_weight=None, ignore_index=None, reduction="none"
):
    targets = tensor(hard_labels(labels))
    criterion = _criterion(gamma, class_weight, ignore_index, reduction, probabilities)
    if probabilities.ndim == 1 or labels.shape != probabilities.shape:
        return loss_and_gradient(lambda p: criterion(p, targets), probabilities)
    # Two axes and more would be read as probabilities of classes, the last axis theirs.
    answer = loss_and_gradient(lambda p: criterion(p, targets.flatten()), probabilities.ravel())
    if reduction == "none":
        answer["loss"] = answer["loss"].reshape(labels.shape)
    answer["gradient"] = answer["gradient"].reshape(probabilities.shape)
    return answer


def categorical_focal_loss(
    probabilities,
    targets,
    *,
    gamma,
    class_weight=None,
    ignore_index=None,
    axis=-1,
    reduction="none",
):
    class_axis(axis, probabilities.ndim, -1)
    criterion = _criterion(gamma, class_weight, ignore_index, reduction, probabilities)
    return loss_and_gradient(lambda p: criterion(p, tensor(targets)), probabilities)


def _criterion(gamma, class_weight, ignore_index, reduction, probabilities):
    options = {} if ignore_index is None else {"ignore_index": ignore_index}
    if class_weight is not None:
        options["weights"] = tensor(class_weight, like=probabilities)
    return FocalLoss(
        scalar(gamma, "gamma"), reduction=_reduction(reduction, class_weight), **options
    )


def _reduction(reduction, class_weight):
    # Its mean divides by the sum of the weights, which is the number of positions without weights.
    if reduction == "weighted_mean" or (reduction == "mean" and class_weight is None):
        return "mean"
    if reduction in ("none", "sum"):
        return reduction
    raise Unsupported(f"no reduction {reduction!r} with class weights {class_weight is not None}")
