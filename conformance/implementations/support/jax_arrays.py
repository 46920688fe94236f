"""Gradients by JAX's own autograd, between NumPy arrays."""

from __future__ import annotations

import functools

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

__all__ = ["compiled_loss_and_gradient", "loss_and_gradient"]


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays; operation by operation."""
    loss, gradient = _both(loss_of, jax.numpy.asarray(first))
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}


def compiled_loss_and_gradient(loss_of, first):
    """The same, compiled as one by jax.jit."""
    loss, gradient = jax.jit(functools.partial(_both, loss_of))(jax.numpy.asarray(first))
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}


def _both(loss_of, leaf):
    loss, pull_back = jax.vjp(loss_of, leaf)
    (gradient,) = pull_back(jax.numpy.ones_like(loss))
    return loss, gradient
