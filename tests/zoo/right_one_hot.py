"""The family in extended precision as sums over one-hot labels, written with einsum.

A binary question is a choice between two classes whose logits are 0 and x.
"""

import numpy as np
from refusals import require_one_per_class, require_same_shape, require_targets, require_word

DTYPES = ("float64", "float32", "float16", "bfloat16")
WIDE = np.longdouble


def masked(mask, value):
    return np.where(mask, value, 0)


def log_softmax(z):
    # Shifted first: at the largest logits the logarithm of the sum is lost in their last digit.
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.logaddexp.reduce(shifted, axis=-1, keepdims=True)


def to_dtype(loss, gradient, dtype):
    return np.asarray(loss, dtype=np.float64).astype(dtype), gradient.astype(np.float64).astype(
        dtype
    )


# ---- two classes ----


def two_classes(logs, slopes, shares, gamma):
    """Loss and slope from log probabilities, their slopes, and the share of each class."""
    present = shares != 0
    modulator = np.ones_like(logs) if gamma == 0 else np.exp(gamma * logs[..., ::-1])
    factor = masked(present, shares * modulator)
    loss = masked(present & (logs != 0), factor * logs)
    direct = masked(present & (factor != 0), factor * slopes)
    bent = masked(present & (logs != 0) & (factor != 0), gamma * factor * logs * slopes[..., ::-1])
    if gamma == 0:
        bent = np.zeros_like(direct)
    ones = np.ones(2, dtype=logs.dtype)
    return -np.einsum("...c,c->...", loss, ones), -np.einsum("...c,c->...", direct + bent, ones)


def shares_of(labels, alpha, class_weight, valid):
    require_one_per_class(class_weight, 2, "class_weight")
    y = masked(valid, labels.astype(WIDE))
    weights = np.array([1, 1] if alpha is None else [1 - WIDE(alpha), WIDE(alpha)], dtype=WIDE)
    if class_weight is not None:
        weights = weights * class_weight.astype(WIDE)
    hot = np.stack([1 - y, y], axis=-1)
    return np.einsum("...c,c,...->...c", hot, weights, valid.astype(WIDE))


def finished(loss, gradient, shares, valid, normalizer, reduction, dtype):
    if normalizer is not None:
        scale = np.reshape(normalizer, ()).astype(WIDE)
        loss, gradient = loss / scale, gradient / scale
    if reduction != "none":
        divisor = {"sum": 1, "mean": valid.sum(), "weighted_mean": shares.sum()}[reduction]
        loss, gradient = loss.sum() / (divisor or 1), gradient / (divisor or 1)
    return to_dtype(loss, gradient, dtype)


def sigmoid_focal_loss(
    logits, labels, *, alpha=0.25, gamma=2.0, class_weight=None, normalizer=None, reduction="sum"
):
    require_same_shape(logits, labels, "labels")
    require_word(reduction, ("none", "mean", "sum"), "reduction")
    x, valid = logits.astype(WIDE), np.full(logits.shape, True)
    with np.errstate(all="ignore"):
        logs = log_softmax(np.stack([np.zeros_like(x), x], axis=-1))
        p = np.exp(logs)
        slopes = np.stack([-p[..., 1], p[..., 0]], axis=-1)
        shares = shares_of(labels, alpha, class_weight, valid)
        loss, gradient = two_classes(logs, slopes, shares, gamma)
        return finished(loss, gradient, shares, valid, normalizer, reduction, logits.dtype)


def binary_focal_loss(
    probabilities,
    labels,
    *,
    gamma,
    alpha=None,
    class_weight=None,
    ignore_index=None,
    normalizer=None,
    reduction="none",
):
    require_same_shape(probabilities, labels, "labels")
    p = probabilities.astype(WIDE)
    valid = np.full(p.shape, True) if ignore_index is None else labels != ignore_index
    with np.errstate(all="ignore"):
        logs = np.stack([np.log1p(-p), np.log(p)], axis=-1)
        slopes = np.stack([-1 / (1 - p), 1 / p], axis=-1)
        shares = shares_of(labels, alpha, class_weight, valid)
        loss, gradient = two_classes(logs, slopes, shares, gamma)
        return finished(loss, gradient, shares, valid, normalizer, reduction, probabilities.dtype)


# ---- many classes ----


def logit_rows(z, hot, gamma, epsilon):
    count = z.shape[1]
    logs = log_softmax(z)
    p = np.exp(logs)
    rest = np.einsum("nk,kc->nc", p, 1 - np.eye(count, dtype=WIDE))
    q = np.einsum("nc,nc->n", hot, rest)[:, None]
    own = np.einsum("nc,nc->n", hot, p)[:, None]
    surprise = np.where(own > 0.5, -np.log1p(-q), -np.where(hot == 1, logs, 0).sum(1)[:, None])
    entropy = surprise
    if epsilon:
        logs = np.where(hot == 1, -surprise, logs)
        entropy = (1 - epsilon) * surprise - epsilon * logs.mean(axis=1, keepdims=True)
    modulator = np.where(gamma == 0, 1, q**gamma)
    away = hot * rest - (1 - hot) * p
    slope = -(1 - epsilon) * away + epsilon * (p - WIDE(1) / count)
    pull = masked((q > 0) & (own > 0), away / q * own * entropy)
    return modulator * entropy, modulator * slope - gamma * modulator * pull


def probability_rows(p, hot, gamma, epsilon):
    count = p.shape[1]
    q = 1 - np.einsum("nc,nc->n", hot, p)[:, None]
    desired = (1 - epsilon) * hot + WIDE(epsilon) / count
    entropy = -masked(desired != 0, desired * np.log(p)).sum(axis=1, keepdims=True)
    modulator = np.where(gamma == 0, 1, q**gamma)
    direct = masked(desired != 0, desired * modulator / p)
    sharp = masked((gamma != 0) & (q != 0), gamma * q ** (gamma - 1) * entropy)
    loss = masked(entropy != 0, modulator * entropy)
    return loss, -direct - masked(hot == 1, sharp)


def over_positions(scores, targets, axis, rows_of, gamma, options):
    require_targets(scores, targets, axis, options["ignore_index"])
    count = scores.shape[axis]
    weight = options["class_weight"]
    require_one_per_class(weight, count, "class_weight")
    require_one_per_class(gamma, count, "gamma")
    moved = np.moveaxis(scores, axis, -1)
    flat = targets.reshape(-1)
    valid = np.full(flat.shape, True)
    if options["ignore_index"] is not None:
        valid = flat != options["ignore_index"]
    hot = np.eye(count, dtype=WIDE)[np.where(valid, flat, 0)]
    weights = np.ones(count, dtype=WIDE) if weight is None else weight.astype(WIDE)
    exponents = np.broadcast_to(np.asarray(gamma).astype(WIDE), (count,))
    of_target = np.einsum("nc,c->n", hot, weights) * valid
    with np.errstate(all="ignore"):
        exponent = np.einsum("nc,c->n", hot, exponents)[:, None]
        rows = moved.reshape(-1, count).astype(WIDE)
        loss, gradient = rows_of(rows, hot, exponent, options["label_smoothing"])
        column = of_target[:, None]
        loss = masked(column != 0, column * loss)[:, 0]
        gradient = masked(column != 0, column * gradient)
        shape = targets.shape
        if options["reduction"] != "none":
            positive = valid & (flat != options["background_class"])
            divisors = {
                "sum": 1,
                "mean": valid.sum(),
                "mean_positive": positive.sum(),
                "weighted_mean": of_target.sum(),
            }
            divisor = divisors[options["reduction"]] or 1
            loss, gradient, shape = loss.sum() / divisor, gradient / divisor, ()
        gradient = np.moveaxis(gradient.reshape(moved.shape), -1, axis)
        return to_dtype(np.reshape(loss, shape), gradient, scores.dtype)


def softmax_focal_loss(
    logits,
    targets,
    *,
    gamma=2.0,
    class_weight=None,
    label_smoothing=0.0,
    ignore_index=-100,
    background_class=0,
    axis=1,
    reduction="mean",
):
    options = {
        "class_weight": class_weight,
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "background_class": background_class,
        "reduction": reduction,
    }
    return over_positions(logits, targets, axis, logit_rows, gamma, options)


def categorical_focal_loss(
    probabilities,
    targets,
    *,
    gamma,
    class_weight=None,
    label_smoothing=0.0,
    ignore_index=None,
    background_class=0,
    axis=-1,
    reduction="none",
):
    options = {
        "class_weight": class_weight,
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "background_class": background_class,
        "reduction": reduction,
    }
    return over_positions(probabilities, targets, axis, probability_rows, gamma, options)


def cross_entropy(
    logits,
    targets,
    *,
    class_weight=None,
    label_smoothing=0.0,
    ignore_index=-100,
    axis=1,
    reduction="mean",
):
    options = {
        "class_weight": class_weight,
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "background_class": 0,
        "reduction": reduction,
    }
    return over_positions(logits, targets, axis, logit_rows, 0.0, options)


def sigmoid(logits):
    x = logits.astype(WIDE)
    with np.errstate(all="ignore"):
        logs = log_softmax(np.stack([np.zeros_like(x), x], axis=-1))
        return np.exp(logs[..., 1]).astype(np.float64).astype(logits.dtype)


def softmax(logits, *, axis=-1):
    with np.errstate(all="ignore"):
        logs = log_softmax(np.moveaxis(logits, axis, -1).astype(WIDE))
        return np.moveaxis(np.exp(logs), -1, axis).astype(np.float64).astype(logits.dtype)
