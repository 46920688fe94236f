"""Gradients by TensorFlow's own tape, between NumPy arrays."""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

__all__ = ["compiled_loss_and_gradient", "loss_and_gradient"]


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays; operation by operation."""
    loss, gradient = _both(loss_of, tf.constant(first))
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}


def compiled_loss_and_gradient(loss_of, first):
    """The same, as one graph of tf.function."""
    loss, gradient = tf.function(functools.partial(_both, loss_of))(tf.constant(first))
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}


def _both(loss_of, leaf):
    with tf.GradientTape() as tape:
        tape.watch(leaf)
        loss = loss_of(leaf)
    return loss, tf.convert_to_tensor(tape.gradient(loss, leaf))
