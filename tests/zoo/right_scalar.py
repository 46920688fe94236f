"""The family in plain Python: one number at a time, with the math module and exact sums."""

import itertools
import math

import numpy as np
from refusals import require_one_per_class, require_same_shape, require_targets, require_word

DTYPES = ("float64", "float32", "float16", "bfloat16")


def log_logistic(x):
    if x >= 0:
        return -math.log1p(math.exp(-x))
    return x - math.log1p(math.exp(x))


def log_or_minus_infinity(p):
    return math.log(p) if p > 0 else -math.inf


def raised(logarithm, exponent):
    """The power of a number that is given by its logarithm; 0**0 is 1."""
    return 1.0 if exponent == 0 else math.exp(exponent * logarithm)


def product(*factors):
    return 0.0 if 0 in factors else math.prod(factors)


def mean_or_sum(values, count):
    return math.fsum(values) / (count or 1)


def finite_sum(values):
    """Add up exactly, or give the infinity that is among the terms."""
    infinite = [value for value in values if math.isinf(value)]
    return infinite[0] if infinite else math.fsum(values)


# ---- one element ----


def of_logit(x, gamma):
    """(1 - p)**gamma * -log(p) at a logit, and its slope."""
    log_p, log_q = log_logistic(x), log_logistic(-x)
    modulator = raised(log_q, gamma)
    slope_of_log = -math.exp(log_q)
    slope_of_modulator = -gamma * math.exp(log_p)
    return modulator * -log_p, modulator * (slope_of_log - slope_of_modulator * log_p)


def of_probability(p, gamma):
    """(1 - p)**gamma * -log(p) at a probability, and its slope."""
    log_p = log_or_minus_infinity(p)
    log_q = math.log1p(-p) if p < 1 else -math.inf
    if p == 1:
        return 0.0, -1.0 if gamma == 0 else 0.0
    modulator = raised(log_q, gamma)
    slope = product(gamma * raised(log_q, gamma - 1), log_p)
    return modulator * -log_p, (-math.inf if p == 0 else slope - divided(modulator, p))


def of_rest_probability(p, gamma):
    """p**gamma * -log(1 - p) at a probability, and its slope."""
    if p == 0:
        return 0.0, 1.0 if gamma == 0 else 0.0
    if p == 1:
        return math.inf, math.inf
    modulator, log_q = p**gamma, math.log1p(-p)
    return modulator * -log_q, modulator / (1 - p) - gamma * raised(math.log(p), gamma - 1) * log_q


def divided(numerator, denominator):
    """A quotient that overflows to infinity, as arrays do."""
    try:
        result = numerator / denominator
    except OverflowError:
        return math.inf
    return result


def weights(alpha, class_weight):
    balance = (1.0, 1.0) if alpha is None else (1.0 - alpha, alpha)
    factors = (1.0, 1.0) if class_weight is None else class_weight.tolist()
    return [a * float(b) for a, b in zip(balance, factors, strict=True)]


def element(x, y, gamma, weight, positive, negative):
    loss, slope = 0.0, 0.0
    if y * weight[1] != 0:
        value, gradient = positive(x, gamma)
        loss, slope = y * weight[1] * value, y * weight[1] * gradient
    if (1 - y) * weight[0] != 0:
        value, gradient = negative(x, gamma)
        loss, slope = loss + (1 - y) * weight[0] * value, slope + (1 - y) * weight[0] * gradient
    return loss, slope


def elements(xs, ys, ignored, gamma, weight, scale, positive, negative):
    for x, y in zip(xs.ravel().tolist(), ys.ravel().tolist(), strict=True):
        if y == ignored:
            yield 0.0, 0.0
        else:
            loss, slope = element(float(x), float(y), gamma, weight, positive, negative)
            yield loss / scale, slope / scale


def finished(losses, slopes, divisor, like, shape):
    """Arrays of the outputs; ``divisor`` is None where nothing is reduced."""
    with np.errstate(over="ignore"):
        if divisor is None:
            loss = np.array(losses, dtype=np.float64).reshape(shape)
        else:
            loss = np.float64(finite_sum([loss / (divisor or 1) for loss in losses]))
            slopes = [slope / (divisor or 1) for slope in slopes]
        gradient = np.array(slopes, dtype=np.float64).reshape(like.shape)
        return np.asarray(loss).astype(like.dtype), gradient.astype(like.dtype)


def scale_of(normalizer):
    return 1.0 if normalizer is None else float(np.reshape(normalizer, ()))


def sigmoid_focal_loss(
    logits, labels, *, alpha=0.25, gamma=2.0, class_weight=None, normalizer=None, reduction="sum"
):
    require_same_shape(logits, labels, "labels")
    require_word(reduction, ("none", "mean", "sum"), "reduction")
    weight = weights(alpha, class_weight)

    def mirrored(x, exponent):
        loss, slope = of_logit(-x, exponent)
        return loss, -slope

    pairs = list(
        elements(logits, labels, None, gamma, weight, scale_of(normalizer), of_logit, mirrored)
    )
    divisor = {"none": None, "sum": 1, "mean": len(pairs)}[reduction]
    return finished([a for a, _ in pairs], [b for _, b in pairs], divisor, logits, logits.shape)


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
    weight, scale = weights(alpha, class_weight), scale_of(normalizer)
    functions = (of_probability, of_rest_probability)
    pairs = list(elements(probabilities, labels, ignore_index, gamma, weight, scale, *functions))
    counted = [float(y) for y in labels.ravel().tolist() if y != ignore_index]
    divisor = {
        "none": None,
        "sum": 1,
        "mean": len(counted),
        "weighted_mean": math.fsum(y * weight[1] + (1 - y) * weight[0] for y in counted),
    }[reduction]
    losses, slopes = [a for a, _ in pairs], [b for _, b in pairs]
    return finished(losses, slopes, divisor, probabilities, probabilities.shape)


# ---- one row of classes ----


def logit_row(row, target, gamma, epsilon):
    """Loss of a row of logits and its slopes, by running through the classes."""
    top = max(row)
    total = math.fsum(math.exp(z - top) for z in row)
    log_total = math.log(total)
    probabilities = [math.exp((z - top) - log_total) for z in row]
    others = [k for k in range(len(row)) if k != target]
    rest = math.fsum(probabilities[k] for k in others)
    if probabilities[target] > 0.5:
        surprise = -math.log1p(-rest)
    else:
        surprise = log_total + (top - row[target])
    entropy = surprise
    if epsilon:
        surprises = [log_total + (top - z) for z in row]
        surprises[target] = surprise
        spread = math.fsum(one / len(row) for one in surprises)
        entropy = (1 - epsilon) * surprise + epsilon * spread
    modulator = rest**gamma
    slopes = []
    for k, p in enumerate(probabilities):
        if k == target:
            step = -(1 - epsilon) * rest + epsilon * (p - 1 / len(row))
            pull = modulator * product(p, entropy)
            slopes.append(modulator * step - gamma * pull)
        else:
            step = (1 - epsilon) * p + epsilon * (p - 1 / len(row))
            share = p / rest if rest else 0.0
            pull = modulator * share * product(probabilities[target], entropy)
            slopes.append(modulator * step + gamma * pull)
    return modulator * entropy, slopes


def probability_row(row, target, gamma, epsilon):
    """Loss of a row of probabilities and its slopes."""
    own, count = row[target], len(row)
    desired = [(1 - epsilon) * (k == target) + epsilon / count for k in range(count)]
    surprises = [
        0.0 if t == 0 else -t * log_or_minus_infinity(p) for t, p in zip(desired, row, strict=True)
    ]
    entropy = finite_sum(surprises)
    rest = 1 - own
    modulator = rest**gamma
    slopes = []
    for k, (t, p) in enumerate(zip(desired, row, strict=True)):
        slope = 0.0
        if t:
            slope = -math.inf if p == 0 else -divided(modulator * t, p)
        if k == target and rest and gamma:
            slope -= gamma * rest ** (gamma - 1) * entropy
        slopes.append(slope)
    return (0.0 if entropy == 0 else modulator * entropy), slopes


def over_rows(scores, targets, axis, row_of, gamma, options):
    require_targets(scores, targets, axis, options["ignore_index"])
    count = scores.shape[axis]
    class_weight = options["class_weight"]
    require_one_per_class(class_weight, count, "class_weight")
    require_one_per_class(gamma, count, "gamma")
    moved = np.moveaxis(scores, axis, -1)
    losses, slopes, divisor = [], np.zeros(moved.shape), 0.0
    for place in itertools.product(*map(range, targets.shape)):
        target = int(targets[place])
        if target == options["ignore_index"]:
            losses.append(0.0)
            continue
        weight = 1.0 if class_weight is None else float(class_weight[target])
        divisor += {
            "mean": 1,
            "mean_positive": target != options["background_class"],
            "weighted_mean": weight,
        }.get(options["reduction"], 0)
        if weight == 0:
            losses.append(0.0)
            continue
        exponent = float(gamma[target]) if np.ndim(gamma) else gamma
        row = [float(value) for value in moved[place].tolist()]
        loss, steps = row_of(row, target, exponent, options["label_smoothing"])
        losses.append(weight * loss)
        slopes[place] = [weight * step for step in steps]
    if options["reduction"] in ("none", "sum"):
        divisor = None if options["reduction"] == "none" else 1
    loss, gradient = finished(losses, slopes.ravel().tolist(), divisor, moved, targets.shape)
    return loss, np.moveaxis(gradient, -1, axis)


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
    return over_rows(logits, targets, axis, logit_row, gamma, options)


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
    return over_rows(probabilities, targets, axis, probability_row, gamma, options)


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
    return over_rows(logits, targets, axis, logit_row, 0.0, options)


def sigmoid(logits):
    values = [math.exp(log_logistic(float(x))) for x in logits.ravel().tolist()]
    return np.array(values, dtype=np.float64).reshape(logits.shape).astype(logits.dtype)


def softmax(logits, *, axis=-1):
    moved = np.moveaxis(logits, axis, -1)
    result = np.zeros(moved.shape)
    for place in itertools.product(*map(range, moved.shape[:-1])):
        row = [float(value) for value in moved[place].tolist()]
        odds = [math.exp(z - max(row)) for z in row]
        result[place] = [value / math.fsum(odds) for value in odds]
    return np.moveaxis(result, -1, axis).astype(logits.dtype)
