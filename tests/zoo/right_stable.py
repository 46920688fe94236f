"""The family in plain NumPy, written for stability; most mutants are one line away from it."""

import numpy as np
from refusals import require_one_per_class, require_same_shape, require_targets, require_word

DTYPES = ("float64", "float32", "float16", "bfloat16")
REDUCTIONS = ("none", "sum", "mean", "mean_positive", "weighted_mean")


# ---- building blocks ----


def softplus(x):
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def logistic(x):
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, tail) / (1.0 + tail)


def times(weight, value):
    """Multiply, where a weight of nothing counts 0 even of infinity."""
    return np.where(weight == 0, 0.0, weight * value)


def power_or_one(base, exponent):
    """The power, and 1 where the base is 0: what multiplies it is 0 there."""
    return np.where(base == 0, 1.0, base) ** exponent


def cast(outputs, dtype):
    return {name: np.asarray(value).astype(dtype) for name, value in outputs.items()}


# ---- the two terms, of a logit and of a probability ----


def positive_of_logit(x, gamma):
    """(1 - p)**gamma * -log(p), and its derivatives by x, twice by x, and by gamma."""
    p = logistic(x)
    q = logistic(-x)
    surprise = softplus(-x)
    modulator = q**gamma
    bend = (2.0 * gamma + 1.0) * p * q + gamma * (p * surprise) * (gamma * p - q)
    return {
        "loss": modulator * surprise,
        "gradient": -modulator * (gamma * (p * surprise) + q),
        "hessian_diagonal": modulator * bend,
        "gamma_derivative": -modulator * surprise * softplus(x),
    }


def negative_of_logit(x, gamma):
    """The mirror image: p**gamma * -log(1 - p)."""
    outputs = positive_of_logit(-x, gamma)
    outputs["gradient"] = -outputs["gradient"]
    return outputs


def positive_of_probability(p, gamma):
    """(1 - p)**gamma * -log(p), and its derivatives by p and by gamma."""
    q = 1.0 - p
    surprise = -np.log(p)
    modulator = q**gamma
    steepness = times(gamma * power_or_one(q, gamma - 1.0), surprise)
    certain = (p == 0) | (q == 0)
    return {
        "loss": modulator * surprise,
        "gradient": -modulator / p - steepness,
        "gamma_derivative": np.where(certain, 0.0, modulator * surprise * np.log1p(-p)),
    }


def negative_of_probability(p, gamma):
    """The mirror image: p**gamma * -log(1 - p)."""
    q = 1.0 - p
    surprise = -np.log1p(-p)
    modulator = p**gamma
    steepness = times(gamma * power_or_one(p, gamma - 1.0), surprise)
    certain = (p == 0) | (q == 0)
    return {
        "loss": modulator * surprise,
        "gradient": modulator / q + steepness,
        "gamma_derivative": np.where(certain, 0.0, modulator * surprise * np.log(p)),
    }


# ---- weights and reductions of the elementwise losses ----


def label_weights(alpha, class_weight):
    """The weights of label 1 and of label 0."""
    of_positives, of_negatives = 1.0, 1.0
    if alpha is not None:
        of_positives, of_negatives = alpha, 1.0 - alpha
    if class_weight is None:
        return of_positives, of_negatives
    return of_positives * class_weight[1], of_negatives * class_weight[0]


def elementwise(x, y, terms, alpha, gamma, class_weight, normalizer):
    """The outputs of the two-term formula, unreduced."""
    of_positives, of_negatives = label_weights(alpha, class_weight)
    share, rest = y * of_positives, (1.0 - y) * of_negatives
    positive, negative = terms[0](x, gamma), terms[1](x, gamma)
    outputs = {
        name: times(share, positive[name]) + times(rest, negative[name]) for name in positive
    }
    if alpha is not None:
        of_positives, of_negatives = label_weights(None, class_weight)
        gain = times(y * of_positives, positive["loss"])
        cost = times((1.0 - y) * of_negatives, negative["loss"])
        outputs["alpha_derivative"] = gain - cost
    if normalizer is not None:
        outputs = {name: value / normalizer for name, value in outputs.items()}
    return outputs


def reduced(outputs, divisor):
    """The sum of the losses, divided; derivatives by the inputs stay unsummed."""
    result = {name: value / divisor for name, value in outputs.items()}
    for name in ("loss", "gamma_derivative", "alpha_derivative"):
        if name in outputs:
            result[name] = (outputs[name] / divisor).sum()
    return result


def sigmoid_focal_loss(
    logits, labels, *, alpha=0.25, gamma=2.0, class_weight=None, normalizer=None, reduction="sum"
):
    require_same_shape(logits, labels, "labels")
    require_word(reduction, ("none", "mean", "sum"), "reduction")
    x, y = logits.astype(np.float64), labels.astype(np.float64)
    weight = None if class_weight is None else class_weight.astype(np.float64)
    scale = None if normalizer is None else np.float64(np.reshape(normalizer, ()))
    with np.errstate(all="ignore"):
        terms = (positive_of_logit, negative_of_logit)
        outputs = elementwise(x, y, terms, alpha, gamma, weight, scale)
        if reduction == "mean":
            outputs = reduced(outputs, max(x.size, 1))
        elif reduction == "sum":
            outputs = reduced(outputs, 1)
        return cast(outputs, logits.dtype)


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
    require_word(reduction, ("none", "sum", "mean", "weighted_mean"), "reduction")
    p, y = probabilities.astype(np.float64), labels.astype(np.float64)
    weight = None if class_weight is None else class_weight.astype(np.float64)
    scale = None if normalizer is None else np.float64(np.reshape(normalizer, ()))
    valid = np.full(y.shape, True) if ignore_index is None else y != ignore_index
    y = np.where(valid, y, 0.0)
    with np.errstate(all="ignore"):
        terms = (positive_of_probability, negative_of_probability)
        outputs = elementwise(p, y, terms, alpha, gamma, weight, scale)
        outputs = {name: np.where(valid, value, 0.0) for name, value in outputs.items()}
        if reduction == "sum":
            outputs = reduced(outputs, 1)
        elif reduction == "mean":
            outputs = reduced(outputs, max(valid.sum(), 1))
        elif reduction == "weighted_mean":
            outputs = weighted_mean(outputs, y, valid, alpha, weight)
        return cast(outputs, probabilities.dtype)


def weighted_mean(outputs, y, valid, alpha, class_weight):
    """The sum over the sum of weights, which itself depends on alpha."""
    of_positives, of_negatives = label_weights(alpha, class_weight)
    total = np.sum((y * of_positives + (1.0 - y) * of_negatives) * valid)
    result = reduced(outputs, total or 1.0)
    if alpha is not None and total:
        of_positives, of_negatives = label_weights(None, class_weight)
        slope = np.sum((y * of_positives - (1.0 - y) * of_negatives) * valid)
        result["alpha_derivative"] = result["alpha_derivative"] - result["loss"] * slope / total
    return result


# ---- rows of logits or probabilities, each with its target ----


def softmax_rows(z, hot, gamma, epsilon):
    """Loss, gradient and Hessian diagonal of rows of logits; ``hot`` marks the targets."""
    classes = z.shape[1]
    own = z[hot][:, None]
    # The target against its rivals together: a sigmoid of the difference of two logits.
    rivals = np.where(hot, -np.inf, z)
    top = rivals.max(axis=1, keepdims=True, initial=np.finfo(z.dtype).min)
    odds = np.exp(rivals - top)
    lead = (own - top) - np.log(odds.sum(axis=1, keepdims=True))
    p_own = logistic(lead)
    q_own = logistic(-lead)
    share = odds / odds.sum(axis=1, keepdims=True)  # of a rival among the rivals
    p = np.where(hot, p_own, q_own * share)
    surprise = softplus(-lead)
    entropy = surprise
    if epsilon:
        surprises = np.where(hot, surprise, surprise + (own - z))
        spread = (surprises / classes).sum(axis=1, keepdims=True)
        entropy = (1.0 - epsilon) * surprise + epsilon * spread
    modulator = q_own**gamma
    slope = (1.0 - epsilon) * np.where(hot, -q_own, p) + epsilon * (p - 1.0 / classes)
    toward = np.where(hot, 1.0, -share)
    pull = times(p_own, entropy)
    curve = np.where(hot, p_own * q_own, p * (1.0 - p))
    rival_bend = share * (1.0 - 2.0 * p + (gamma - 1.0) * p_own * share)
    bend = np.where(hot, gamma * p_own - q_own, rival_bend)
    mixed = 2.0 * gamma * toward * p_own * slope
    return {
        "loss": modulator * entropy,
        "gradient": modulator * (slope - gamma * toward * pull),
        "hessian_diagonal": modulator * (curve - mixed + gamma * bend * pull),
    }


def categorical_rows(p, hot, gamma, epsilon):
    """Loss and gradient of rows of probabilities; ``hot`` marks the targets."""
    classes = p.shape[1]
    own = p[hot][:, None]
    q = 1.0 - own
    surprise = -np.log(own)
    entropy = surprise
    if epsilon:
        entropy = times(1.0 - epsilon, surprise) - epsilon * np.log(p).mean(axis=1, keepdims=True)
    modulator = q**gamma
    desired = (1.0 - epsilon) * hot + epsilon / classes
    steepness = times(gamma * power_or_one(q, gamma - 1.0), entropy)
    return {
        "loss": modulator * entropy,
        "gradient": -times(desired, modulator / p) - np.where(hot, steepness, 0.0),
    }


def over_positions(scores, targets, axis, rows_of, options):
    """What the losses over classes share: the class axis, masks, weights and reductions."""
    require_targets(scores, targets, axis, options["ignore_index"])
    require_word(options["reduction"], REDUCTIONS, "reduction")
    moved = np.moveaxis(scores, axis, -1)
    classes = moved.shape[-1]
    require_one_per_class(options["class_weight"], classes, "class_weight")
    require_one_per_class(options["gamma"], classes, "gamma")
    rows = moved.astype(np.float64).reshape(-1, classes)
    flat = targets.reshape(-1)
    valid = np.full(flat.shape, True)
    if options["ignore_index"] is not None:
        valid = flat != options["ignore_index"]
    chosen = np.where(valid, flat, 0)
    hot = np.arange(classes) == chosen[:, None]
    gamma = at_target(options["gamma"], hot)[:, None]
    weight = np.ones(flat.shape)
    if options["class_weight"] is not None:
        weight = at_target(options["class_weight"], hot)
    with np.errstate(all="ignore"):
        outputs = rows_of(rows, hot, gamma, options["label_smoothing"])
        counted = np.where(valid, weight, 0.0)[:, None]
        outputs = {name: times(counted, value) for name, value in outputs.items()}
        outputs["loss"] = outputs["loss"][:, 0]
        if options["reduction"] != "none":
            divisor = position_divisor(flat, valid, weight, options)
            outputs = reduced(outputs, divisor or 1)
    return shaped(outputs, moved.shape, targets.shape, axis, scores.dtype)


def at_target(values, hot):
    """One value for each position: that of its target's class."""
    per_class = np.broadcast_to(np.asarray(values, dtype=np.float64), hot.shape[1:])
    return np.where(hot, per_class, 0.0).sum(axis=1)


def position_divisor(targets, valid, weight, options):
    """What a reduction divides by, over the positions of a batch or of one rank's share."""
    if options["reduction"] == "mean":
        return valid.sum()
    if options["reduction"] == "mean_positive":
        return (valid & (targets != options["background_class"])).sum()
    if options["reduction"] == "weighted_mean":
        return weight[valid].sum()
    return 1


def shaped(outputs, moved_shape, target_shape, axis, dtype):
    """The outputs in the shapes and the dtype that were given."""
    result = {}
    for name, value in outputs.items():
        if name == "loss":
            result[name] = value.reshape(target_shape) if value.ndim else value
        else:
            result[name] = np.moveaxis(value.reshape(moved_shape), -1, axis)
    return cast(result, dtype)


def over_ranks(scores, targets, axis, rows_of, options, shards):
    """The same from each rank's share: numerators and denominators are added, then divided."""
    ends = np.cumsum(shards)[:-1]
    sums, divisor = [], 0.0
    for piece, classes in zip(np.split(scores, ends), np.split(targets, ends), strict=True):
        summing = {**options, "reduction": "sum"}
        sums.append(over_positions(piece.astype(np.float64), classes, axis, rows_of, summing))
        valid = classes != options["ignore_index"]
        weight = np.ones(classes.shape)
        if options["class_weight"] is not None:
            weight = options["class_weight"].astype(np.float64)[np.where(valid, classes, 0)]
        divisor += position_divisor(classes, valid, weight, options)
    divisor = 1.0 if options["reduction"] == "sum" else divisor or 1.0
    result = {"loss": sum(one["loss"] for one in sums) / divisor}
    for name in sums[0]:
        if name != "loss":
            result[name] = np.concatenate([one[name] for one in sums]) / divisor
    return cast(result, scores.dtype)


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
    shards=None,
):
    options = {
        "gamma": gamma,
        "class_weight": class_weight,
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "background_class": background_class,
        "reduction": reduction,
    }
    if shards is None:
        return over_positions(logits, targets, axis, softmax_rows, options)
    return over_ranks(logits, targets, axis, softmax_rows, options, shards)


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
    shards=None,
):
    options = {
        "gamma": gamma,
        "class_weight": class_weight,
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "background_class": background_class,
        "reduction": reduction,
    }
    if shards is None:
        return over_positions(probabilities, targets, axis, categorical_rows, options)
    return over_ranks(probabilities, targets, axis, categorical_rows, options, shards)


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
        "gamma": 0.0,
        "class_weight": class_weight,
        "label_smoothing": label_smoothing,
        "ignore_index": ignore_index,
        "background_class": 0,
        "reduction": reduction,
    }
    outputs = over_positions(logits, targets, axis, softmax_rows, options)
    return {"loss": outputs["loss"], "gradient": outputs["gradient"]}


def sigmoid(logits):
    with np.errstate(all="ignore"):
        return logistic(logits.astype(np.float64)).astype(logits.dtype)


def softmax(logits, *, axis=-1):
    with np.errstate(all="ignore"):
        z = logits.astype(np.float64)
        odds = np.exp(z - z.max(axis=axis, keepdims=True))
        return (odds / odds.sum(axis=axis, keepdims=True)).astype(logits.dtype)
