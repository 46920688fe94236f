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


def compiled_loss_and_gradient(loss_of, first, *others):
    """The same of `loss_of(first, *others)`, compiled as one by jax.jit.

    It is compiled again for each shape, and for each function: give it one that stays.
    """
    loss, gradient = _compiled(loss_of)(jax.numpy.asarray(first), *others)
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}


@functools.lru_cache(maxsize=4)
def _compiled(loss_of):
    return jax.jit(functools.partial(_both, loss_of))


def _both(loss_of, leaf, *others):
    loss, pull_back = jax.vjp(lambda first: loss_of(first, *others), leaf)
    (gradient,) = pull_back(jax.numpy.ones_like(loss))
    return loss, gradient
