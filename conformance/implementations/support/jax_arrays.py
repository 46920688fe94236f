"""Gradients by JAX's own autograd, between NumPy arrays."""

from __future__ import annotations

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

__all__ = ["loss_and_gradient"]


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays."""
    loss, pull_back = jax.vjp(loss_of, jax.numpy.asarray(first))
    (gradient,) = pull_back(jax.numpy.ones_like(loss))
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}
