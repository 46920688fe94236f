"""The focal losses of Keras as adapter functions, whatever the backend and its gradients."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import Any

from support.one_hot import one_hot
from support.unsupported import Unsupported, scalar

__all__ = ["KerasLosses", "choose_backend"]

_REDUCTIONS = {"none": None, "sum": "sum", "mean": "sum_over_batch_size"}


def choose_backend(name):
    """Called before keras is imported; its file of settings is kept out of the user's home."""
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("KERAS_HOME", tempfile.mkdtemp(prefix="keras-"))


@dataclass(frozen=True)
class KerasLosses:
    """BinaryFocalCrossentropy and CategoricalFocalCrossentropy of the module `losses`.

    `gradients` is the backend's loss_and_gradient.
    """

    losses: Any
    gradients: Any

    def sigmoid_focal_loss(self, logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
        return self._binary(logits, labels, alpha, gamma, reduction, from_logits=True)

    def binary_focal_loss(self, probabilities, labels, *, gamma, alpha=None, reduction="none"):
        return self._binary(probabilities, labels, alpha, gamma, reduction, from_logits=False)

    def softmax_focal_loss(
        self,
        logits,
        targets,
        *,
        gamma=2.0,
        class_weight=None,
        label_smoothing=0.0,
        axis=1,
        reduction="mean",
    ):
        options = {"gamma": gamma, "label_smoothing": label_smoothing, "axis": axis}
        options |= {"class_weight": class_weight, "reduction": reduction}
        return self._categorical(logits, targets, options, from_logits=True)

    def categorical_focal_loss(
        self,
        probabilities,
        targets,
        *,
        gamma,
        class_weight=None,
        label_smoothing=0.0,
        axis=-1,
        reduction="none",
    ):
        options = {"gamma": gamma, "label_smoothing": label_smoothing, "axis": axis}
        options |= {"class_weight": class_weight, "reduction": reduction}
        return self._categorical(probabilities, targets, options, from_logits=False)

    def _binary(self, first, labels, alpha, gamma, reduction, *, from_logits):
        criterion = self.losses.BinaryFocalCrossentropy(
            apply_class_balancing=alpha is not None,
            alpha=0.25 if alpha is None else alpha,
            gamma=gamma,
            from_logits=from_logits,
            reduction=_reduction(reduction),
            dtype=first.dtype.name,
        )
        if labels.shape == first.shape:  # it takes the mean over the last axis: one of length 1
            answer = self.gradients(lambda x: criterion(labels[..., None], x), first[..., None])
            return {**answer, "gradient": answer["gradient"].reshape(first.shape)}
        return self.gradients(lambda x: criterion(labels, x), first)

    def _categorical(self, first, targets, options, *, from_logits):
        class_weight = options["class_weight"]
        criterion = self.losses.CategoricalFocalCrossentropy(
            # Its alpha is one weight for all classes or one for each.
            alpha=1.0 if class_weight is None else class_weight.tolist(),
            gamma=scalar(options["gamma"], "gamma"),
            label_smoothing=options["label_smoothing"],
            axis=options["axis"],
            reduction=_reduction(options["reduction"]),
            from_logits=from_logits,
            dtype=first.dtype.name,
        )
        labels = one_hot(targets, first, options["axis"])
        return self.gradients(lambda x: criterion(labels, x), first)


def _reduction(reduction):
    if reduction not in _REDUCTIONS:
        raise Unsupported(f"no reduction {reduction!r}")
    return _REDUCTIONS[reduction]
