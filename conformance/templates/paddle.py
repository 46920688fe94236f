# /// script
# requires-python = ">=3.11"
# dependencies = ["paddlepaddle==3.3.1", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""A focal loss in Paddle, as focalspec judges it: a starting point that runs as it is.

`focalspec run` builds the environment above, with uv. Pin there what you mean to judge, your own
package too. Replace the functions below the line by an import of your own ones. An adapter converts
and calls: it computes, corrects and guards nothing.
"""

import numpy as np
import paddle
from paddle.nn import functional

DTYPES = ("float32", "float64")


# Inputs arrive as NumPy arrays, parameters by the names of the spec. A parameter that a function
# here does not take is one that your loss does not offer: cases that need it are "unsupported".
# So is a case for which it raises NotImplementedError("why").


def sigmoid(logits):
    return my_sigmoid(paddle.to_tensor(logits)).numpy()


def softmax(logits, *, axis):
    return my_softmax(paddle.to_tensor(logits), axis).numpy()


def sigmoid_focal_loss(logits, labels, *, alpha, gamma, reduction):
    y = paddle.to_tensor(labels)
    return loss_and_gradient(lambda z: my_sigmoid_focal_loss(z, y, alpha, gamma, reduction), logits)


def binary_focal_loss(probabilities, labels, *, alpha, gamma, reduction):
    y = paddle.to_tensor(labels)
    return loss_and_gradient(
        lambda p: my_binary_focal_loss(p, y, alpha, gamma, reduction), probabilities
    )


def softmax_focal_loss(logits, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    y = paddle.to_tensor(targets)
    return loss_and_gradient(lambda z: my_softmax_focal_loss(z, y, gamma, axis, reduction), logits)


def categorical_focal_loss(probabilities, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    y = paddle.to_tensor(targets)
    return loss_and_gradient(
        lambda p: my_categorical_focal_loss(p, y, gamma, axis, reduction), probabilities
    )


def cross_entropy(logits, targets, *, axis, reduction):
    y = paddle.to_tensor(targets)
    return loss_and_gradient(lambda z: my_cross_entropy(z, y, axis, reduction), logits)


def one_for_all_classes(gamma):
    if np.ndim(gamma):
        raise NotImplementedError("gamma is one number here, not one for each class")


def loss_and_gradient(loss_of, first):
    """The loss, and the gradient of its sum by Paddle's own autograd."""
    leaf = paddle.to_tensor(first, stop_gradient=False)
    loss = loss_of(leaf)
    (gradient,) = paddle.grad([loss], [leaf])
    return loss.numpy(), gradient.numpy()


# ---- REPLACE what follows by your own, for example: from my_package import my_loss ----


def my_sigmoid(logits):
    return functional.sigmoid(logits)


def my_softmax(logits, axis):
    return functional.softmax(logits, axis)


def my_sigmoid_focal_loss(logits, labels, alpha, gamma, reduction):
    if alpha is None:
        raise NotImplementedError("alpha cannot be turned off")
    return functional.sigmoid_focal_loss(
        logits, labels, alpha=alpha, gamma=gamma, reduction=reduction
    )


def my_binary_focal_loss(probabilities, labels, alpha, gamma, reduction):
    p = probabilities
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    on = positive * labels * (1 - p) ** gamma * paddle.log(p)
    off = negative * (1 - labels) * p**gamma * paddle.log(1 - p)
    return _reduce(-on - off, reduction)


def my_softmax_focal_loss(logits, targets, gamma, axis, reduction):
    log_p = _of_target(functional.log_softmax(logits, axis), targets, axis)
    return _reduce(-((1 - paddle.exp(log_p)) ** gamma) * log_p, reduction)


def my_categorical_focal_loss(probabilities, targets, gamma, axis, reduction):
    p = _of_target(probabilities, targets, axis)
    return _reduce(-((1 - p) ** gamma) * paddle.log(p), reduction)


def my_cross_entropy(logits, targets, axis, reduction):
    return _reduce(-_of_target(functional.log_softmax(logits, axis), targets, axis), reduction)


def _of_target(values, targets, axis):
    return paddle.take_along_axis(values, targets.unsqueeze(axis), axis).squeeze(axis)


def _reduce(loss, reduction):
    reductions = {"none": lambda values: values, "sum": paddle.sum, "mean": paddle.mean}
    if reduction not in reductions:
        raise NotImplementedError(f"no reduction {reduction!r}")
    return reductions[reduction](loss)
