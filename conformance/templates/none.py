"""A focal loss in plain Python, as focalspec judges it: a starting point that runs as it is.

For losses of single numbers and lists, and for what is reached by ctypes or a subprocess. Replace
the functions below the line by an import of your own ones. An adapter converts and calls: it
computes, corrects and guards nothing.
"""

import math

import numpy as np

DTYPES = ("float64",)  # Python's numbers; of float16, bfloat16, float32, float64


# Inputs arrive as NumPy arrays, parameters by the names of the spec. A parameter that a function
# here does not take is one that your loss does not offer: cases that need it are "unsupported".
# So is a case for which it raises NotImplementedError("why").
# Return the loss, or (loss, gradient) to have the gradient judged too.


def sigmoid(logits):
    return each(my_sigmoid, logits)


def softmax(logits, *, axis):
    rows = np.moveaxis(logits, axis, -1)
    values = [my_softmax(row) for row in rows.reshape(-1, rows.shape[-1]).tolist()]
    return np.moveaxis(np.reshape(values, rows.shape), -1, axis)


def sigmoid_focal_loss(logits, labels, *, alpha, gamma, reduction):
    loss = each(lambda x, y: my_sigmoid_focal_loss(x, y, alpha, gamma), logits, labels)
    return reduced(loss, reduction)


def binary_focal_loss(probabilities, labels, *, alpha, gamma, reduction):
    loss = each(lambda p, y: my_binary_focal_loss(p, y, alpha, gamma), probabilities, labels)
    return reduced(loss, reduction)


def softmax_focal_loss(logits, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    loss = each_row(lambda z, y: my_softmax_focal_loss(z, y, gamma), logits, targets, axis)
    return reduced(loss, reduction)


def categorical_focal_loss(probabilities, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    loss = each_row(
        lambda p, y: my_categorical_focal_loss(p, y, gamma), probabilities, targets, axis
    )
    return reduced(loss, reduction)


def cross_entropy(logits, targets, *, axis, reduction):
    loss = each_row(lambda z, y: my_softmax_focal_loss(z, y, 0.0), logits, targets, axis)
    return reduced(loss, reduction)


def one_for_all_classes(gamma):
    if np.ndim(gamma):
        raise NotImplementedError("gamma is one number here, not one for each class")


def each(call, *arrays):
    """What a function of single numbers gives at each place of arrays of one shape."""
    columns = np.stack(arrays).reshape(len(arrays), -1).T.tolist()
    return np.reshape([call(*numbers) for numbers in columns], arrays[0].shape)


def each_row(call, first, targets, axis):
    """What a function of a list of classes and a target gives at each position."""
    rows = np.moveaxis(first, axis, -1)
    pairs = zip(rows.reshape(-1, rows.shape[-1]).tolist(), targets.ravel().tolist(), strict=True)
    return np.reshape([call(row, target) for row, target in pairs], targets.shape)


def reduced(loss, reduction):
    if reduction not in ("none", "sum", "mean"):
        raise NotImplementedError(f"no reduction {reduction!r}")
    return loss if reduction == "none" else getattr(loss, reduction)()


# ---- REPLACE what follows by your own, for example: from my_package import my_loss ----


def my_sigmoid(x):
    return math.exp(_log_sigmoid(x))


def my_softmax(row):
    return [math.exp(_log_softmax(row, index)) for index in range(len(row))]


def my_sigmoid_focal_loss(x, label, alpha, gamma):
    log_p, log_not_p = _log_sigmoid(x), _log_sigmoid(-x)
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    on = positive * label * math.exp(gamma * log_not_p) * log_p
    return -on - negative * (1 - label) * math.exp(gamma * log_p) * log_not_p


def my_binary_focal_loss(p, label, alpha, gamma):
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    on = positive * label * (1 - p) ** gamma
    off = negative * (1 - label) * p**gamma
    return -_times_log(on, p) - _times_log(off, 1 - p)


def my_softmax_focal_loss(row, target, gamma):
    log_p = _log_softmax(row, target)
    return -((1 - math.exp(log_p)) ** gamma) * log_p


def my_categorical_focal_loss(row, target, gamma):
    return -_times_log((1 - row[target]) ** gamma, row[target])


def _log_sigmoid(x):
    return min(x, 0.0) - math.log1p(math.exp(-abs(x)))


def _log_softmax(row, index):
    largest = max(row)
    return row[index] - largest - math.log(math.fsum(math.exp(x - largest) for x in row))


def _times_log(factor, p):
    if not factor:
        return 0.0
    return factor * math.log(p) if p else -math.inf
