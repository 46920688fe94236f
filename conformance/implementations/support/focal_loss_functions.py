"""The functions of the TensorFlow package focal-loss as adapter functions, eager or compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from focal_loss import binary_focal_loss, sparse_categorical_focal_loss
from support.unsupported import offered_reduction, positive_class_weight

__all__ = ["FocalLossFunctions"]


@dataclass(frozen=True)
class FocalLossFunctions:
    """sparse_categorical_focal_loss (of its document) and binary_focal_loss.

    `gradients` takes a function and its argument, and gives loss and gradient.
    """

    gradients: Any

    def sigmoid_focal_loss(self, logits, labels, *, gamma=2.0, class_weight=None, reduction="sum"):
        return self._binary(logits, labels, gamma, class_weight, reduction, from_logits=True)

    def binary_focal_loss(
        self, probabilities, labels, *, gamma, class_weight=None, reduction="none"
    ):
        return self._binary(
            probabilities, labels, gamma, class_weight, reduction, from_logits=False
        )

    def softmax_focal_loss(
        self, logits, targets, *, gamma=2.0, class_weight=None, axis=1, reduction="mean"
    ):
        options = {"gamma": gamma, "class_weight": class_weight, "from_logits": True}
        return self._sparse(logits, targets, axis, reduction, options)

    def categorical_focal_loss(
        self, probabilities, targets, *, gamma, class_weight=None, axis=-1, reduction="none"
    ):
        options = {"gamma": gamma, "class_weight": class_weight, "from_logits": False}
        return self._sparse(probabilities, targets, axis, reduction, options)

    def _binary(self, first, labels, gamma, class_weight, reduction, *, from_logits):
        offered_reduction(reduction, "none")
        pos_weight = positive_class_weight(class_weight)
        return self.gradients(
            lambda y_pred: binary_focal_loss(
                labels, y_pred, float(gamma), pos_weight=pos_weight, from_logits=from_logits
            ),
            first,
        )

    def _sparse(self, first, targets, axis, reduction, options):
        offered_reduction(reduction, "none")
        return self.gradients(
            lambda y_pred: sparse_categorical_focal_loss(targets, y_pred, axis=axis, **options),
            first,
        )
