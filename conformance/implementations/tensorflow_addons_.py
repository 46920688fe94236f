# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "tensorflow-addons==0.23.0",
#   "tensorflow==2.21.0",
#   "tf-keras==2.21.0",
#   "numpy==2.4.6",
# ]
# [tool.uv]
# override-dependencies = ["typeguard==2.13.3"]
# ///
"""tensorflow_addons.losses: the function of SigmoidFocalCrossEntropy, loaded from its one file.

It is a graph of tf.function, as the library ships it.
"""

from __future__ import annotations

import os

os.environ["TF_USE_LEGACY_KERAS"] = "1"

from support.lone_module import lone_module
from support.tensorflow_arrays import loss_and_gradient
from support.unsupported import offered_reduction

# The module of types asks for an older Keras; the functions only annotate with them.
_focal_loss = lone_module(
    "tensorflow-addons",
    "tensorflow_addons.losses.focal_loss",
    absent=[
        "tensorflow_addons.utils.types:TensorLike",
        "tensorflow_addons.utils.types:FloatTensorLike",
    ],
)

DTYPES = ("float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    return _elementwise(logits, labels, alpha, gamma, reduction, from_logits=True)


def binary_focal_loss(probabilities, labels, *, gamma, alpha=None, reduction="none"):
    return _elementwise(probabilities, labels, alpha, gamma, reduction, from_logits=False)


def _elementwise(first, labels, alpha, gamma, reduction, *, from_logits):
    offered_reduction(reduction, "none")

    def loss_of(y_pred, y_true):
        return _focal_loss.sigmoid_focal_crossentropy(
            y_true, y_pred, alpha=alpha, gamma=gamma, from_logits=from_logits
        )

    if labels.shape != first.shape:
        return loss_and_gradient(lambda y_pred: loss_of(y_pred, labels), first)
    # It sums over the last axis: one of length 1.
    answer = loss_and_gradient(lambda y_pred: loss_of(y_pred, labels[..., None]), first[..., None])
    return {**answer, "gradient": answer["gradient"].reshape(first.shape)}
