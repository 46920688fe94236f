"""The family in logarithms: every factor is the exponential of a sum made with logaddexp."""

import numpy as np
from refusals import require_one_per_class, require_same_shape, require_targets, require_word

DTYPES = ("float64", "float32", "float16", "bfloat16")


def exponent_of(gamma, logarithm):
    """gamma * logarithm, where gamma 0 counts 0 even of minus infinity."""
    return np.where(gamma == 0, 0.0, gamma * logarithm)


def log_shares(logarithms):
    """The logarithms less that of their sum, and the largest of them with that of the sum to it.

    Shifted first: at the largest logits the logarithm of the sum is lost in their last digit.
    """
    top = logarithms.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    over = np.logaddexp.reduce(logarithms - top, axis=-1, keepdims=True)
    return (logarithms - top) - over, top, over


def two_terms(log_p, log_q, slope_p, slope_q, y, weights, gamma):
    """Loss and slope of the two-term formula, from the logarithms of p and 1 - p.

    ``slope_p`` and ``slope_q`` are the logarithms of how fast log p grows and log(1 - p) falls.
    """
    total, slope = 0.0, 0.0
    sides = ((y, weights[1], log_p, log_q, slope_p, slope_q, -1.0),
             (1.0 - y, weights[0], log_q, log_p, slope_q, slope_p, 1.0))  # fmt: skip
    for share, weight, log_right, log_wrong, slope_right, slope_wrong, sign in sides:
        log_weight = np.log(share * weight)
        log_surprise = np.log(-log_right)
        modulator = exponent_of(gamma, log_wrong)
        direct = modulator + slope_right
        bent = np.log(gamma) + modulator + slope_wrong + log_surprise
        bent = np.where(np.isnan(bent), -np.inf, bent)
        loss = np.where(log_weight == -np.inf, -np.inf, log_weight + modulator + log_surprise)
        step = np.where(log_weight == -np.inf, -np.inf, log_weight + np.logaddexp(direct, bent))
        total = total + np.exp(np.where(np.isnan(loss), -np.inf, loss))
        slope = slope + sign * np.exp(step)
    return total, slope


def label_weights(alpha, class_weight):
    weights = (1.0, 1.0) if alpha is None else (1.0 - alpha, alpha)
    factors = (1.0, 1.0) if class_weight is None else class_weight.astype(np.float64)
    return weights[0] * factors[0], weights[1] * factors[1]


def divided(loss, gradient, divisor):
    return (loss / divisor).sum(), gradient / divisor


def sigmoid_focal_loss(
    logits, labels, *, alpha=0.25, gamma=2.0, class_weight=None, normalizer=None, reduction="sum"
):
    require_same_shape(logits, labels, "labels")
    require_word(reduction, ("none", "mean", "sum"), "reduction")
    x, y = logits.astype(np.float64), labels.astype(np.float64)
    with np.errstate(all="ignore"):
        log_p, log_q = -np.logaddexp(0.0, -x), -np.logaddexp(0.0, x)
        weights = label_weights(alpha, class_weight)
        loss, gradient = two_terms(log_p, log_q, log_q, log_p, y, weights, gamma)
        if normalizer is not None:
            scale = np.float64(np.reshape(normalizer, ()))
            loss, gradient = loss / scale, gradient / scale
        if reduction != "none":
            loss, gradient = divided(loss, gradient, x.size or 1 if reduction == "mean" else 1)
        return np.asarray(loss).astype(logits.dtype), gradient.astype(logits.dtype)


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
    p, y = probabilities.astype(np.float64), labels.astype(np.float64)
    valid = y == y if ignore_index is None else y != ignore_index
    y = np.where(valid, y, 0.0)
    with np.errstate(all="ignore"):
        log_p, log_q = np.log(p), np.log1p(-p)
        weights = label_weights(alpha, class_weight)
        loss, gradient = two_terms(log_p, log_q, -log_p, -log_q, y, weights, gamma)
        loss, gradient = np.where(valid, loss, 0.0), np.where(valid, gradient, 0.0)
        if normalizer is not None:
            scale = np.float64(np.reshape(normalizer, ()))
            loss, gradient = loss / scale, gradient / scale
        divisors = {
            "sum": 1,
            "mean": valid.sum(),
            "weighted_mean": (y * weights[1] + (1.0 - y) * weights[0])[valid].sum(),
        }
        if reduction != "none":
            loss, gradient = divided(loss, gradient, divisors[reduction] or 1)
        return np.asarray(loss).astype(p.dtype).astype(probabilities.dtype), gradient.astype(
            probabilities.dtype
        )


def logit_rows(z, classes, gamma, epsilon):
    """Loss and gradient of rows of logits whose targets are ``classes``."""
    count = z.shape[-1]
    log_p, _, _ = log_shares(z)
    mine = np.arange(count) == classes[:, None]
    own = z[mine][:, None]
    rivals = np.where(mine, -np.inf, z)
    log_share, top, over = log_shares(rivals)
    lead = (own - top) - over
    log_own, log_rest = -np.logaddexp(0.0, -lead), -np.logaddexp(0.0, lead)
    log_p = np.where(mine, log_own, log_p)
    entropy = -log_own
    if epsilon:
        entropy = (1.0 - epsilon) * entropy - epsilon * (log_p / count).sum(axis=-1, keepdims=True)
    modulator = np.exp(exponent_of(gamma, log_rest))
    slope = (1.0 - epsilon) * np.where(mine, -np.exp(log_rest), np.exp(log_p))
    slope = slope + epsilon * (np.exp(log_p) - 1.0 / count)
    toward = np.where(mine, 1.0, -np.exp(log_share))
    pull = np.exp(log_own + np.log(entropy))
    pull = np.where((log_own == -np.inf) | (entropy == 0), 0.0, pull)
    return modulator * entropy, modulator * (slope - gamma * toward * pull)


def probability_rows(p, classes, gamma, epsilon):
    """Loss and gradient of rows of probabilities whose targets are ``classes``."""
    count = p.shape[-1]
    mine = np.arange(count) == classes[:, None]
    log_p = np.log(p)
    log_rest = np.log1p(-p[mine])[:, None]
    desired = (1.0 - epsilon) * mine + epsilon / count
    parts = np.where(desired == 0, 0.0, desired * log_p)
    entropy = -parts.sum(axis=-1, keepdims=True)
    exponent = exponent_of(gamma, log_rest)
    loss = np.where(entropy == 0, 0.0, np.exp(exponent) * entropy)
    direct = np.where(desired == 0, 0.0, np.exp(np.log(desired) + exponent - log_p))
    bent = np.exp(np.log(gamma) + exponent_of(gamma - 1.0, log_rest) + np.log(entropy))
    bent = np.where((gamma == 0) | (entropy == 0), 0.0, bent)
    return loss, -direct - np.where(mine, bent, 0.0)


def over_positions(scores, targets, axis, rows_of, gamma, class_weight, epsilon, ignored, rule):
    require_targets(scores, targets, axis, ignored)
    reduction, background = rule
    moved = np.moveaxis(scores, axis, -1)
    count = moved.shape[-1]
    require_one_per_class(class_weight, count, "class_weight")
    require_one_per_class(gamma, count, "gamma")
    flat = targets.reshape(-1)
    valid = flat == flat if ignored is None else flat != ignored
    classes = np.where(valid, flat, 0)
    weight = np.ones(count) if class_weight is None else class_weight.astype(np.float64)
    weight = weight[classes]
    exponent = np.full(count, gamma, dtype=np.float64)[classes][:, None]
    with np.errstate(all="ignore"):
        rows = moved.reshape(-1, count).astype(np.float64)
        loss, gradient = rows_of(rows, classes, exponent, epsilon)
        counted = valid & (weight != 0)
        loss = np.where(counted, weight * loss[:, 0], 0.0)
        gradient = np.where(counted[:, None], weight[:, None] * gradient, 0.0)
        if reduction == "none":
            loss = loss.reshape(targets.shape)
        else:
            denominators = {
                "sum": 1,
                "mean": valid.sum(),
                "mean_positive": (valid & (flat != background)).sum(),
                "weighted_mean": weight[valid].sum(),
            }
            loss, gradient = divided(loss, gradient, denominators[reduction] or 1)
        gradient = np.moveaxis(gradient.reshape(moved.shape), -1, axis)
        return np.asarray(loss).astype(scores.dtype), gradient.astype(scores.dtype)


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
    rule = (reduction, background_class)
    return over_positions(
        logits, targets, axis, logit_rows, gamma, class_weight, label_smoothing, ignore_index, rule
    )


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
    rule, ignored = (reduction, background_class), ignore_index
    rows, epsilon = probability_rows, label_smoothing
    return over_positions(
        probabilities, targets, axis, rows, gamma, class_weight, epsilon, ignored, rule
    )


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
    rule = (reduction, 0)
    return over_positions(
        logits, targets, axis, logit_rows, 0.0, class_weight, label_smoothing, ignore_index, rule
    )


def sigmoid(logits):
    with np.errstate(all="ignore"):
        return np.exp(-np.logaddexp(0.0, -logits.astype(np.float64))).astype(logits.dtype)


def softmax(logits, *, axis=-1):
    with np.errstate(all="ignore"):
        z = np.moveaxis(logits, axis, -1).astype(np.float64)
        return np.moveaxis(np.exp(log_shares(z)[0]), -1, axis).astype(logits.dtype)
