# /// script
# requires-python = ">=3.11"
# dependencies = ["jax==0.10.2", "numpy==2.4.6"]
# ///
"""A focal loss in JAX, as focalspec judges it: a starting point that runs as it is.

`focalspec run` builds the environment above, with uv. Pin there what you mean to judge, your own
package too. Replace the functions below the line by an import of your own ones. An adapter converts
and calls: it computes, corrects and guards nothing.
"""

import jax
import numpy as np
from jax import numpy as jnp

jax.config.update("jax_enable_x64", True)

DTYPES = ("float32", "float64")


# Inputs arrive as NumPy arrays, parameters by the names of the spec. A parameter that a function
# here does not take is one that your loss does not offer: cases that need it are "unsupported".
# So is a case for which it raises NotImplementedError("why").


def sigmoid(logits):
    return np.asarray(my_sigmoid(jnp.asarray(logits)))


def softmax(logits, *, axis):
    return np.asarray(my_softmax(jnp.asarray(logits), axis))


def sigmoid_focal_loss(logits, labels, *, alpha, gamma, reduction):
    y = jnp.asarray(labels)
    return loss_and_gradient(lambda z: my_sigmoid_focal_loss(z, y, alpha, gamma, reduction), logits)


def binary_focal_loss(probabilities, labels, *, alpha, gamma, reduction):
    y = jnp.asarray(labels)
    return loss_and_gradient(
        lambda p: my_binary_focal_loss(p, y, alpha, gamma, reduction), probabilities
    )


def softmax_focal_loss(logits, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    y = jnp.asarray(targets)
    return loss_and_gradient(lambda z: my_softmax_focal_loss(z, y, gamma, axis, reduction), logits)


def categorical_focal_loss(probabilities, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    y = jnp.asarray(targets)
    return loss_and_gradient(
        lambda p: my_categorical_focal_loss(p, y, gamma, axis, reduction), probabilities
    )


def cross_entropy(logits, targets, *, axis, reduction):
    y = jnp.asarray(targets)
    return loss_and_gradient(lambda z: my_cross_entropy(z, y, axis, reduction), logits)


def one_for_all_classes(gamma):
    if np.ndim(gamma):
        raise NotImplementedError("gamma is one number here, not one for each class")


def loss_and_gradient(loss_of, first):
    """The loss, and the gradient of its sum by JAX's own autograd."""
    loss, pull_back = jax.vjp(loss_of, jnp.asarray(first))
    (gradient,) = pull_back(jnp.ones_like(loss))
    return np.asarray(loss), np.asarray(gradient)


# ---- REPLACE what follows by your own, for example: from my_package import my_loss ----


def my_sigmoid(logits):
    return jax.nn.sigmoid(logits)


def my_softmax(logits, axis):
    return jax.nn.softmax(logits, axis)


def my_sigmoid_focal_loss(logits, labels, alpha, gamma, reduction):
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    log_p, log_not_p = jax.nn.log_sigmoid(logits), jax.nn.log_sigmoid(-logits)
    on = positive * labels * jnp.exp(gamma * log_not_p) * log_p
    off = negative * (1 - labels) * jnp.exp(gamma * log_p) * log_not_p
    return _reduce(-on - off, reduction)


def my_binary_focal_loss(probabilities, labels, alpha, gamma, reduction):
    p = probabilities
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    on = positive * jax.scipy.special.xlogy(labels, p) * (1 - p) ** gamma
    off = negative * jax.scipy.special.xlogy(1 - labels, 1 - p) * p**gamma
    return _reduce(-on - off, reduction)


def my_softmax_focal_loss(logits, targets, gamma, axis, reduction):
    log_p = _of_target(jax.nn.log_softmax(logits, axis), targets, axis)
    return _reduce(-((1 - jnp.exp(log_p)) ** gamma) * log_p, reduction)


def my_categorical_focal_loss(probabilities, targets, gamma, axis, reduction):
    p = _of_target(probabilities, targets, axis)
    return _reduce(-((1 - p) ** gamma) * jnp.log(p), reduction)


def my_cross_entropy(logits, targets, axis, reduction):
    return _reduce(-_of_target(jax.nn.log_softmax(logits, axis), targets, axis), reduction)


def _of_target(values, targets, axis):
    return jnp.take_along_axis(values, jnp.expand_dims(targets, axis), axis).squeeze(axis)


def _reduce(loss, reduction):
    reductions = {"none": lambda values: values, "sum": jnp.sum, "mean": jnp.mean}
    if reduction not in reductions:
        raise NotImplementedError(f"no reduction {reduction!r}")
    return reductions[reduction](loss)
