"""Gradients by TensorFlow's own tape, between NumPy arrays."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

__all__ = ["loss_and_gradient"]


def loss_and_gradient(loss_of, first):
    """The loss at `first` and the gradient of its sum, as arrays."""
    variable = tf.constant(first)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        loss = loss_of(variable)
    gradient = tf.convert_to_tensor(tape.gradient(loss, variable))
    return {"loss": np.asarray(loss), "gradient": np.asarray(gradient)}
