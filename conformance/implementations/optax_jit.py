# /// script
# requires-python = ">=3.11"
# dependencies = ["optax==0.2.8", "jax==0.10.2", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""optax.losses.sigmoid_focal_loss, compiled by jax.jit (float64 under jax_enable_x64)."""

from __future__ import annotations

from optax.losses import sigmoid_focal_loss as library_loss
from support.jax_arrays import compiled_loss_and_gradient
from support.unsupported import offered_reduction

DTYPES = ("float16", "bfloat16", "float32", "float64")


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    offered_reduction(reduction, "none")
    return compiled_loss_and_gradient(_loss, logits, labels, alpha, gamma)


def _loss(logits, labels, alpha, gamma):
    return library_loss(logits, labels, alpha=alpha, gamma=gamma)
