"""A focal loss in NumPy, as focalspec judges it: a starting point that runs as it is.

Replace the functions below the line by an import of your own ones. An adapter converts and calls:
it computes, corrects and guards nothing.
"""

import numpy as np

DTYPES = ("float32", "float64")  # of float16, bfloat16, float32, float64


# Inputs arrive as NumPy arrays, parameters by the names of the spec. A parameter that a function
# here does not take is one that your loss does not offer: cases that need it are "unsupported".
# So is a case for which it raises NotImplementedError("why").
# Return the loss, or (loss, gradient) to have the gradient judged too.


def sigmoid(logits):
    return my_sigmoid(logits)


def softmax(logits, *, axis):
    return my_softmax(logits, axis)


def sigmoid_focal_loss(logits, labels, *, alpha, gamma, reduction):
    return my_sigmoid_focal_loss(logits, labels, alpha, gamma, reduction)


def binary_focal_loss(probabilities, labels, *, alpha, gamma, reduction):
    return my_binary_focal_loss(probabilities, labels, alpha, gamma, reduction)


def softmax_focal_loss(logits, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    return my_softmax_focal_loss(logits, targets, gamma, axis, reduction)


def categorical_focal_loss(probabilities, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    return my_categorical_focal_loss(probabilities, targets, gamma, axis, reduction)


def cross_entropy(logits, targets, *, axis, reduction):
    return my_softmax_focal_loss(logits, targets, 0.0, axis, reduction)


def one_for_all_classes(gamma):
    if np.ndim(gamma):
        raise NotImplementedError("gamma is one number here, not one for each class")


# ---- REPLACE what follows by your own, for example: from my_package import my_loss ----


def my_sigmoid(logits):
    return np.exp(-np.logaddexp(0, -logits))


def my_softmax(logits, axis):
    return np.exp(_log_softmax(logits, axis))


def my_sigmoid_focal_loss(logits, labels, alpha, gamma, reduction):
    log_p, log_not_p = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    loss = -positive * labels * np.exp(gamma * log_not_p) * log_p
    loss -= negative * (1 - labels) * np.exp(gamma * log_p) * log_not_p
    return _reduce(loss, reduction)


def my_binary_focal_loss(probabilities, labels, alpha, gamma, reduction):
    p = probabilities
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    on, off = positive * labels, negative * (1 - labels)
    log_p = np.log(p, where=on > 0, out=np.zeros_like(p))
    log_not_p = np.log1p(-p, where=off > 0, out=np.zeros_like(p))
    return _reduce(-on * (1 - p) ** gamma * log_p - off * p**gamma * log_not_p, reduction)


def my_softmax_focal_loss(logits, targets, gamma, axis, reduction):
    log_p = _log_softmax(logits, axis)
    others = np.array(log_p)
    np.put_along_axis(others, np.expand_dims(targets, axis), -np.inf, axis)
    not_p = np.exp(others).sum(axis)  # 1 - p without cancellation
    return _reduce(-(not_p**gamma) * _of_target(log_p, targets, axis), reduction)


def my_categorical_focal_loss(probabilities, targets, gamma, axis, reduction):
    p = _of_target(probabilities, targets, axis)
    return _reduce(-((1 - p) ** gamma) * np.log(p), reduction)


def _log_softmax(logits, axis):
    shifted = logits - logits.max(axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def _of_target(values, targets, axis):
    return np.take_along_axis(values, np.expand_dims(targets, axis), axis).squeeze(axis)


def _reduce(loss, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise NotImplementedError(f"no reduction {reduction!r}")
    if reduction == "none":
        return loss
    # in float64, for a mean may be a float32 where the sum is none
    return getattr(loss, reduction)(dtype=np.float64).astype(loss.dtype)
