# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "segmentation-models==1.0.1",
#   "tensorflow==2.21.0",
#   "tf-keras==2.21.0",
#   "numpy==2.4.6",
# ]
# [tool.uv]
# exclude-dependencies = ["keras-applications", "image-classifiers", "efficientnet"]
# ///
"""segmentation_models.losses: the functions of its focal losses (Keras), loaded from their file."""

from __future__ import annotations

import tf_keras
from support.lone_module import lone_module
from support.one_hot import one_hot
from support.tensorflow_arrays import loss_and_gradient
from support.unsupported import Unsupported, offered_reduction, scalar

_functional = lone_module("segmentation-models", "segmentation_models.base.functional")

DTYPES = ("float32", "float64")


def binary_focal_loss(probabilities, labels, *, gamma, alpha=None, reduction="none"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    offered_reduction(reduction, "mean")
    return loss_and_gradient(
        lambda pr: _functional.binary_focal_loss(
            labels, pr, gamma=gamma, alpha=alpha, backend=tf_keras.backend
        ),
        probabilities,
    )


def categorical_focal_loss(probabilities, targets, *, gamma, axis=-1, reduction="none"):
    offered_reduction(reduction, "mean")
    labels = one_hot(targets, probabilities, axis)
    options = {"gamma": scalar(gamma, "gamma"), "alpha": 1.0, "backend": tf_keras.backend}
    return loss_and_gradient(
        lambda pr: _functional.categorical_focal_loss(labels, pr, **options), probabilities
    )
