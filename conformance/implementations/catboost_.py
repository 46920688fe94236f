# /// script
# requires-python = ">=3.11"
# dependencies = ["catboost==1.2.10", "numpy==2.4.6"]
# [tool.uv]
# exclude-dependencies = ["matplotlib", "plotly", "graphviz"]
# ///
"""catboost.utils.eval_metric with "Focal": the mean loss of margins, and each by a call of its own.

Its gradients stay inside the training.
"""

from __future__ import annotations

import numpy as np
from catboost.utils import eval_metric
from support.unsupported import Unsupported, hard_labels, offered_reduction

DTYPES = ("float64",)


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    if alpha is None:
        raise Unsupported("alpha cannot be turned off")
    offered_reduction(reduction, "mean", "none")
    metric = f"Focal:focal_alpha={alpha!r};focal_gamma={gamma!r}"
    labels = hard_labels(labels)
    if labels.shape != logits.shape:
        return {"loss": np.array(_mean(logits, labels, metric))}
    if reduction == "mean":
        return {"loss": np.array(_mean(logits.ravel(), labels.ravel(), metric))}
    pairs = zip(logits.ravel(), labels.ravel(), strict=True)
    losses = [_mean([logit], [label], metric) for logit, label in pairs]
    return {"loss": np.array(losses).reshape(logits.shape)}


def _mean(logits, labels, metric):
    (loss,) = eval_metric(labels, logits, metric)
    return loss
