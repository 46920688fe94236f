"""The family in decimal arithmetic of 60 digits, with both derivatives carried along as jets."""

import decimal
import itertools
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from refusals import require_one_per_class, require_same_shape, require_targets, require_word

DTYPES = ("float64",)

CONTEXT = decimal.Context(
    prec=60, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[decimal.InvalidOperation]
)
ZERO, ONE, INFINITY = Decimal(0), Decimal(1), Decimal("Infinity")


class Unsupported(Exception):  # noqa: N818 - the name is what the judge knows it by
    """What these jets have no derivative for."""


def log1p(t):
    """ln(1 + t) to full relative accuracy, by its series where t is small."""
    if abs(t) > Decimal("1e-12"):
        return (1 + t).ln()
    terms = [(-t) ** k / -k for k in range(1, 7)] if t else [ZERO]
    return sum(terms, ZERO)


class Jet(NamedTuple):
    """A value with its first and second derivative."""

    value: Decimal
    first: Decimal
    second: Decimal

    def after(self, value, first, second):
        """The jet of f(self), from f and its derivatives at the value."""
        bend = second * self.first**2 + first * self.second
        return Jet(value, first * self.first, bend)

    def plus(self, other):
        return Jet(*(a + b for a, b in zip(self, other, strict=True)))

    def scaled(self, factor):
        return Jet(*(factor * a for a in self))

    def by(self, other):
        return Jet(
            self.value * other.value,
            self.first * other.value + self.value * other.first,
            self.second * other.value + 2 * self.first * other.first + self.value * other.second,
        )

    def exp(self):
        value = self.value.exp()
        return self.after(value, value, value)

    def ln(self):
        return self.after(self.value.ln(), 1 / self.value, -1 / self.value**2)

    def raised(self, exponent):
        return constant(ONE) if exponent == 0 else self.ln().scaled(exponent).exp()

    def log1p_of_exp(self):
        """ln(1 + exp(self)), whose derivative is the logistic function."""
        tail = (-abs(self.value)).exp()
        value = max(self.value, ZERO) + log1p(tail)
        rise = (ONE if self.value >= 0 else tail) / (1 + tail)
        fall = (tail if self.value >= 0 else ONE) / (1 + tail)
        return self.after(value, rise, rise * fall)


def constant(value):
    return Jet(value, ZERO, ZERO)


NOTHING = constant(ZERO)


# ---- one element ----


class Element(NamedTuple):
    """The logarithms of p and 1 - p, and the logit, as jets in the input."""

    log_p: Jet
    log_q: Jet
    logit: Jet


def of_logit(x):
    logit = Jet(x, ONE, ZERO)
    return Element(
        logit.scaled(Decimal(-1)).log1p_of_exp().scaled(Decimal(-1)),
        logit.log1p_of_exp().scaled(Decimal(-1)),
        logit,
    )


def of_probability(p):
    log_p = Jet(p, ONE, ZERO).ln()
    rest = 1 - p
    log_q = Jet(log1p(-p), -1 / rest, -1 / rest**2)
    return Element(log_p, log_q, log_p.plus(log_q.scaled(Decimal(-1))))


def modulator(element, y, gamma, rule):
    """The one factor of the rules that have one, to the power gamma."""
    p, q = element.log_p.exp(), element.log_q.exp()
    surprise = element.log_p.scaled(-y).plus(element.log_q.scaled(y - 1))
    if gamma == 0:
        return constant(ONE)
    if y in (0, 1) or rule == "nonzero":
        return (element.log_q if y else element.log_p).scaled(gamma).exp()
    if rule == "mixed":
        return p.scaled(1 - y).plus(q.scaled(y)).raised(gamma)
    if rule == "exponential":
        modulating = constant(ONE).plus(surprise.scaled(Decimal(-1)).exp().scaled(Decimal(-1)))
        return modulating.raised(gamma)
    if rule == "margin":
        turned = element.logit.scaled(2 * y - 1)
        return turned.log1p_of_exp().scaled(-gamma).exp()
    distance = p.plus(constant(-y))
    return distance.scaled(ONE.copy_sign(distance.value)).raised(gamma)


def focal(element, y, gamma, weights, rule):
    """The loss of one element as a jet."""
    positive, negative = y * weights[1], (1 - y) * weights[0]
    if rule == "two_term":
        total = NOTHING
        if positive:
            factor = modulator(element, ONE, gamma, rule)
            total = total.plus(factor.by(element.log_p).scaled(-positive))
        if negative:
            factor = modulator(element, ZERO, gamma, rule)
            total = total.plus(factor.by(element.log_q).scaled(-negative))
        return total
    factor = modulator(element, y, gamma, rule)
    if rule == "nonzero":
        parts = element.log_p.scaled(-positive).plus(element.log_q.scaled(-negative))
        return factor.by(parts)
    surprise = element.log_p.scaled(-y).plus(element.log_q.scaled(y - 1))
    return factor.by(surprise).scaled(positive + negative)


def at_the_ends(p, y, gamma, weights, rule):
    """The limits of loss and slope at probability 0 and 1, of the two-term rule."""
    if rule != "two_term" and y not in (0, 1):
        raise Unsupported("certain probabilities under other label rules")
    loss, slope = ZERO, ZERO
    for share, certain, sign in ((y * weights[1], p == 1, -1), ((1 - y) * weights[0], p == 0, 1)):
        if share and certain:
            slope += sign * share if gamma == 0 else 0
        elif share:
            loss, slope = INFINITY, sign * INFINITY
    return Jet(loss, slope, ZERO)


def label_weights(alpha, class_weight):
    balance = (ONE, ONE) if alpha is None else (1 - Decimal(alpha), Decimal(alpha))
    factors = (1, 1) if class_weight is None else class_weight.tolist()
    return [a * Decimal(float(b)) for a, b in zip(balance, factors, strict=True)]


# ---- arrays in and out ----


def to_array(numbers, shape, dtype):
    values = np.array([float(number) for number in numbers], dtype=np.float64)
    with np.errstate(over="ignore"):
        return values.reshape(shape).astype(dtype)


def total_of(numbers):
    return INFINITY if INFINITY in numbers else sum(numbers, ZERO)


def elementwise(inputs, labels, jet_of, ignored, divisor, scale, names):
    """All outputs; ``divisor`` is None where nothing is reduced."""
    jets = []
    for x, y in zip(inputs.ravel().tolist(), labels.ravel().tolist(), strict=True):
        jets.append(NOTHING if y == ignored else jet_of(Decimal(float(x)), Decimal(float(y))))
    by = scale * (divisor if divisor else 1)
    columns = [[number / by for number in column] for column in zip(*jets, strict=True)]
    columns = columns or [[], [], []]
    outputs = {}
    for name, column in zip(names, columns, strict=False):
        if name == "loss" and divisor is not None:
            outputs[name] = to_array([total_of(column)], (), inputs.dtype)
        else:
            outputs[name] = to_array(column, inputs.shape, inputs.dtype)
    return outputs


def exact(normalizer):
    return ONE if normalizer is None else Decimal(float(np.reshape(normalizer, ())))


def sigmoid_focal_loss(
    logits,
    labels,
    *,
    alpha=0.25,
    gamma=2.0,
    class_weight=None,
    normalizer=None,
    reduction="sum",
    label_rule="two_term",
):
    require_same_shape(logits, labels, "labels")
    require_word(reduction, ("none", "mean", "sum"), "reduction")
    weights, exponent = label_weights(alpha, class_weight), Decimal(gamma)
    divisor = {"none": None, "sum": ONE, "mean": Decimal(logits.size)}[reduction]
    names = ("loss", "gradient", "hessian_diagonal")
    with decimal.localcontext(CONTEXT):

        def jet_of(x, y):
            return focal(of_logit(x), y, exponent, weights, label_rule)

        return elementwise(logits, labels, jet_of, None, divisor, exact(normalizer), names)


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
    label_rule="two_term",
):
    require_same_shape(probabilities, labels, "labels")
    weights, exponent = label_weights(alpha, class_weight), Decimal(gamma)
    counted = [Decimal(float(y)) for y in labels.ravel().tolist() if y != ignore_index]
    divisor = {
        "none": None,
        "sum": ONE,
        "mean": Decimal(len(counted)),
        "weighted_mean": total_of([y * weights[1] + (1 - y) * weights[0] for y in counted]),
    }[reduction]
    with decimal.localcontext(CONTEXT):

        def jet_of(p, y):
            if p in (0, 1):
                return at_the_ends(p, y, exponent, weights, label_rule)
            return focal(of_probability(p), y, exponent, weights, label_rule)

        scale, names = exact(normalizer), ("loss", "gradient")
        return elementwise(probabilities, labels, jet_of, ignore_index, divisor, scale, names)


# ---- one row of classes, by the formulas of the page ----


def power(base, exponent):
    if exponent == 0:
        return ONE
    if base == 0:
        return ZERO
    return (base.ln() * exponent).exp()


def logit_row(row, target, gamma, epsilon):
    """Loss, gradient and Hessian diagonal of a row of logits."""
    count, top = len(row), max(row)
    odds = [(z - top).exp() for z in row]
    total = sum(odds, ZERO)
    p = [value / total for value in odds]
    rest = [sum((q for j, q in enumerate(p) if j != target), ZERO) if k == target else 1 - p[k]
            for k in range(count)]  # fmt: skip
    u, own = rest[target], p[target]
    surprise = -log1p(-u) if own > Decimal("0.5") else total.ln() + (top - row[target])
    entropy = surprise
    if epsilon:
        surprises = [total.ln() + (top - z) for z in row]
        entropy = (1 - epsilon) * surprise + epsilon * sum(surprises, ZERO) / count
    if u == 0:
        slopes = [epsilon * (q - ONE / count) if gamma == 0 else ZERO for q in p]
        bends = [q * (1 - q) if gamma == 0 else ZERO for q in p]
        return power(u, gamma) * entropy, slopes, bends
    modulator = power(u, gamma)
    slopes, bends = [], []
    for k in range(count):
        # delta - p_k, which is 1 - p_k of the target by the sum of the others
        away = u if k == target else -p[k]
        step = -(1 - epsilon) * away + epsilon * (p[k] - ONE / count)
        slope_of_modulator = -gamma * modulator / u * own * away
        product = p[k] * rest[k]
        bend_of_modulator = gamma * (gamma - 1) * modulator / u**2 * (own * away) ** 2
        bend_of_modulator -= gamma * modulator / u * own * (away**2 - product)
        slopes.append(modulator * step + slope_of_modulator * entropy)
        bends.append(
            modulator * product + 2 * slope_of_modulator * step + bend_of_modulator * entropy
        )
    return modulator * entropy, slopes, bends


def probability_row(row, target, gamma, epsilon):
    """Loss and gradient of a row of probabilities; the bends are left out."""
    count, u = len(row), 1 - row[target]
    desired = [(1 - epsilon) * (k == target) + epsilon / count for k in range(count)]
    surprises = [ZERO if t == 0 else INFINITY if p == 0 else -t * p.ln()
                 for t, p in zip(desired, row, strict=True)]  # fmt: skip
    entropy = total_of(surprises)
    modulator = power(u, gamma)
    slopes = []
    for k, (t, p) in enumerate(zip(desired, row, strict=True)):
        slope = ZERO if t == 0 else -INFINITY if p == 0 else -modulator * t / p
        if k == target and gamma and u and slope.is_finite():
            slope -= gamma * power(u, gamma - 1) * entropy
        slopes.append(slope)
    return (ZERO if entropy == 0 else modulator * entropy), slopes, [ZERO] * count


def over_rows(scores, targets, axis, row_of, gamma, options):
    require_targets(scores, targets, axis, options["ignore_index"])
    require_word(options["reduction"], options["words"], "reduction")
    count, class_weight = scores.shape[axis], options["class_weight"]
    require_one_per_class(class_weight, count, "class_weight")
    require_one_per_class(gamma, count, "gamma")
    moved = np.moveaxis(scores, axis, -1)
    losses, slopes, bends, divisor = [], [], [], ZERO
    for place in itertools.product(*map(range, targets.shape)):
        target, row = int(targets[place]), [Decimal(float(z)) for z in moved[place].tolist()]
        valid = target != options["ignore_index"]
        weight = ZERO
        if valid:
            weight = ONE if class_weight is None else Decimal(float(class_weight[target]))
        counts = {"mean": int(valid), "weighted_mean": weight}
        counts["mean_positive"] = int(valid and target != options["background_class"])
        divisor += counts.get(options["reduction"], 0)
        if weight == 0:
            found = ZERO, [ZERO] * count, [ZERO] * count
        else:
            exponent = Decimal(float(gamma[target] if np.ndim(gamma) else gamma))
            found = row_of(row, target, exponent, Decimal(options["label_smoothing"]))
        losses.append(weight * found[0] if weight else ZERO)
        slopes += [weight * slope if weight else ZERO for slope in found[1]]
        bends += [weight * bend if weight else ZERO for bend in found[2]]
    by = ONE if options["reduction"] in ("none", "sum") else divisor or ONE
    shape = targets.shape
    if options["reduction"] != "none":
        losses, shape = [total_of(losses)], ()
    outputs = {"loss": to_array([number / by for number in losses], shape, scores.dtype)}
    for name, numbers in (("gradient", slopes), ("hessian_diagonal", bends)):
        array = to_array([number / by for number in numbers], moved.shape, scores.dtype)
        outputs[name] = np.moveaxis(array, -1, axis)
    return outputs


WORDS = ("none", "sum", "mean", "mean_positive", "weighted_mean")


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
        "words": WORDS,
    }
    with decimal.localcontext(CONTEXT):
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
        "words": WORDS,
    }
    with decimal.localcontext(CONTEXT):
        outputs = over_rows(probabilities, targets, axis, probability_row, gamma, options)
    del outputs["hessian_diagonal"]
    return outputs


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
        "words": ("none", "sum", "mean", "weighted_mean"),
    }
    with decimal.localcontext(CONTEXT):
        outputs = over_rows(logits, targets, axis, logit_row, 0, options)
    del outputs["hessian_diagonal"]
    return outputs


def sigmoid(logits):
    with decimal.localcontext(CONTEXT):
        values = [of_logit(Decimal(float(x))).log_p.value.exp() for x in logits.ravel().tolist()]
        return to_array(values, logits.shape, logits.dtype)


def softmax(logits, *, axis=-1):
    moved = np.moveaxis(logits, axis, -1)
    values = []
    with decimal.localcontext(CONTEXT):
        for place in itertools.product(*map(range, moved.shape[:-1])):
            row = [Decimal(float(z)) for z in moved[place].tolist()]
            odds = [(z - max(row)).exp() for z in row]
            values += [value / sum(odds, ZERO) for value in odds]
        return np.moveaxis(to_array(values, moved.shape, logits.dtype), -1, axis)
