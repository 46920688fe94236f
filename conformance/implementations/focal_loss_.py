# /// script
# requires-python = ">=3.11"
# dependencies = ["focal-loss==0.0.7", "tensorflow==2.21.0", "keras==3.15.1", "numpy==2.4.6"]
# ///
"""focal_loss.sparse_categorical_focal_loss (of its document) and binary_focal_loss, TensorFlow."""

from __future__ import annotations

from support.focal_loss_functions import FocalLossFunctions
from support.tensorflow_arrays import loss_and_gradient

DTYPES = ("float32", "float64")

_FUNCTIONS = FocalLossFunctions(loss_and_gradient)

sigmoid_focal_loss = _FUNCTIONS.sigmoid_focal_loss
binary_focal_loss = _FUNCTIONS.binary_focal_loss
softmax_focal_loss = _FUNCTIONS.softmax_focal_loss
categorical_focal_loss = _FUNCTIONS.categorical_focal_loss
