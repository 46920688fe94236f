# /// script
# requires-python = ">=3.11"
# dependencies = ["keras==3.15.1", "jax==0.10.2", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""keras.losses: BinaryFocalCrossentropy and CategoricalFocalCrossentropy, on JAX, by jax.jit.

So Keras compiles them in training.
"""

from __future__ import annotations

from support.jax_arrays import compiled_loss_and_gradient
from support.keras_losses import KerasLosses, choose_backend

choose_backend("jax")

from keras import losses  # noqa: E402 - after the choice of its backend

DTYPES = ("float32", "float64")

_KERAS = KerasLosses(losses, compiled_loss_and_gradient)

sigmoid_focal_loss = _KERAS.sigmoid_focal_loss
binary_focal_loss = _KERAS.binary_focal_loss
softmax_focal_loss = _KERAS.softmax_focal_loss
categorical_focal_loss = _KERAS.categorical_focal_loss
