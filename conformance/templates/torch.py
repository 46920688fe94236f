# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "numpy==2.4.6"]
# ///
"""A focal loss in PyTorch, as focalspec judges it: a starting point that runs as it is.

`focalspec run` builds the environment above, with uv. Pin there what you mean to judge, your own
package too. Replace the functions below the line by an import of your own ones. An adapter converts
and calls: it computes, corrects and guards nothing.
"""

import numpy as np
import torch

DTYPES = ("float32", "float64")


# Inputs arrive as NumPy arrays, parameters by the names of the spec. A parameter that a function
# here does not take is one that your loss does not offer: cases that need it are "unsupported".
# So is a case for which it raises NotImplementedError("why").


def sigmoid(logits):
    return my_sigmoid(torch.tensor(logits)).numpy()


def softmax(logits, *, axis):
    return my_softmax(torch.tensor(logits), axis).numpy()


def sigmoid_focal_loss(logits, labels, *, alpha, gamma, reduction):
    y = torch.tensor(labels)
    return loss_and_gradient(lambda z: my_sigmoid_focal_loss(z, y, alpha, gamma, reduction), logits)


def binary_focal_loss(probabilities, labels, *, alpha, gamma, reduction):
    y = torch.tensor(labels)
    return loss_and_gradient(
        lambda p: my_binary_focal_loss(p, y, alpha, gamma, reduction), probabilities
    )


def softmax_focal_loss(logits, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    y = torch.tensor(targets)
    return loss_and_gradient(lambda z: my_softmax_focal_loss(z, y, gamma, axis, reduction), logits)


def categorical_focal_loss(probabilities, targets, *, gamma, axis, reduction):
    one_for_all_classes(gamma)
    y = torch.tensor(targets)
    return loss_and_gradient(
        lambda p: my_categorical_focal_loss(p, y, gamma, axis, reduction), probabilities
    )


def cross_entropy(logits, targets, *, axis, reduction):
    y = torch.tensor(targets)
    return loss_and_gradient(lambda z: my_cross_entropy(z, y, axis, reduction), logits)


def one_for_all_classes(gamma):
    if np.ndim(gamma):
        raise NotImplementedError("gamma is one number here, not one for each class")


def loss_and_gradient(loss_of, first):
    """The loss, and the gradient of its sum by PyTorch's own autograd."""
    leaf = torch.tensor(first, requires_grad=True)
    loss = loss_of(leaf)
    (gradient,) = torch.autograd.grad(loss.sum(), leaf)
    return loss.detach().numpy(), gradient.numpy()


# ---- REPLACE what follows by your own, for example: from my_package import my_loss ----


def my_sigmoid(logits):
    return torch.sigmoid(logits)


def my_softmax(logits, axis):
    return torch.softmax(logits, axis)


def my_sigmoid_focal_loss(logits, labels, alpha, gamma, reduction):
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    log_p = torch.nn.functional.logsigmoid(logits)
    log_not_p = torch.nn.functional.logsigmoid(-logits)
    on = positive * labels * torch.exp(gamma * log_not_p) * log_p
    off = negative * (1 - labels) * torch.exp(gamma * log_p) * log_not_p
    return _reduce(-on - off, reduction)


def my_binary_focal_loss(probabilities, labels, alpha, gamma, reduction):
    p = probabilities
    positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
    on = positive * torch.special.xlogy(labels, p) * (1 - p) ** gamma
    off = negative * torch.special.xlogy(1 - labels, 1 - p) * p**gamma
    return _reduce(-on - off, reduction)


def my_softmax_focal_loss(logits, targets, gamma, axis, reduction):
    log_p = _of_target(torch.log_softmax(logits, axis), targets, axis)
    return _reduce(-((1 - torch.exp(log_p)) ** gamma) * log_p, reduction)


def my_categorical_focal_loss(probabilities, targets, gamma, axis, reduction):
    p = _of_target(probabilities, targets, axis)
    return _reduce(-((1 - p) ** gamma) * torch.log(p), reduction)


def my_cross_entropy(logits, targets, axis, reduction):
    classes_second = torch.movedim(logits, axis, 1 if logits.ndim > 1 else 0)
    return torch.nn.functional.cross_entropy(classes_second, targets, reduction=_known(reduction))


def _of_target(values, targets, axis):
    return torch.gather(values, axis, targets.unsqueeze(axis)).squeeze(axis)


def _reduce(loss, reduction):
    return {"none": lambda: loss, "sum": loss.sum, "mean": loss.mean}[_known(reduction)]()


def _known(reduction):
    if reduction not in ("none", "sum", "mean"):
        raise NotImplementedError(f"no reduction {reduction!r}")
    return reduction
