"""What a hunt tries to break: agreement with the oracle, and the properties of the formulas.

Each property draws one or more related calls, and says where their answers contradict it. Its
bounds follow from the tolerances of the page: answers that are each within tolerance cannot break
it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import inf, nan, sqrt
from typing import TypeAlias

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from focalspec.conformance.answers import Returned
from focalspec.conformance.hunt import curvature
from focalspec.conformance.hunt.cross_entropy import cross_entropy, divisor
from focalspec.conformance.hunt.draws import Draw, Offer, Wish, trials
from focalspec.conformance.hunt.positions import denominator, gamma_at, positions
from focalspec.conformance.hunt.relations import Break, Related, numbers, same, slack
from focalspec.conformance.hunt.trial import Trial, floats, held
from focalspec.conformance.pages import Rules
from focalspec.conformance.ulp import Floats
from focalspec.golden import Array, Value
from focalspec.golden.formats import FORMATS, round_to

SIGMOID, BINARY = "sigmoid_focal_loss", "binary_focal_loss"
ELEMENTWISE = (SIGMOID, BINARY)
FOCAL = (*ELEMENTWISE, "softmax_focal_loss", "categorical_focal_loss")
LOSSES = (*FOCAL, "cross_entropy")
ON_LOGITS = ("softmax_focal_loss", "cross_entropy", "softmax")
OF_CLASSES = (*ON_LOGITS, "categorical_focal_loss")

Calls: TypeAlias = tuple[Trial, ...]
Experiments: TypeAlias = Callable[[Offer], st.SearchStrategy[Calls]]
Breaks: TypeAlias = Callable[[Sequence[Trial], Sequence[Returned], Rules], Iterator[Break]]


@dataclass(frozen=True)
class Property:
    """One thing that is true of right implementations.

    ``breaks`` is None for agreement with the oracle, which is judged call by call. ``titles`` are
    those of the clauses that say it.
    """

    name: str
    claim: str
    formulas: tuple[str, ...]
    experiments: Experiments
    breaks: Breaks | None = None
    titles: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # parameters without which it says nothing

    def applies(self, offer: Offer) -> bool:
        """Whether it says something about a formula with the parameters that are offered."""
        if self.formulas and offer.page.name not in self.formulas:
            return False
        return all(offer.takes(name) for name in self.needs)


# ---- agreement with the oracle ----


@st.composite
def _single(draw: Draw, offer: Offer) -> Calls:
    return (draw(trials(offer)),)


# ---- gamma 0 is cross entropy ----


@st.composite
def _at_gamma_zero(draw: Draw, offer: Offer) -> Calls:
    trial = draw(trials(offer, Wish(gamma=0.0)))
    if "label_rule" in trial.parameters:  # the other rules weigh fractional labels otherwise
        trial = trial.with_parameters(label_rule="two_term")
    return (trial,)


def _is_cross_entropy(
    calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules
) -> Iterator[Break]:
    (trial,), (answer,) = calls, answers
    exact, scale = cross_entropy(trial), divisor(trial)
    losses = np.array(exact.losses)
    if trial.parameters.get("reduction", "none") != "none":
        losses = losses.sum(keepdims=True)
    for output, wanted in (("loss", losses), ("gradient", np.array(exact.gradient))):
        found = numbers(answer, output, wanted.size)
        if found is not None:
            with np.errstate(over="ignore"):
                wanted = wanted / scale  # noqa: PLW2901
            room = slack(wanted, trial, rules)
            related = Related(0, trial.dtype, output, wanted, room, "cross entropy")
            yield from related.breaks(found)


# ---- symmetry ----


@st.composite
def _mirrored(draw: Draw, offer: Offer) -> Calls:
    if offer.page.name == "sigmoid":
        trial = draw(trials(offer))
        first = trial.first
        return trial, trial.with_inputs(floats(first.shape, [-x for x in first.values]))
    trial = draw(trials(offer, Wish(exact=True)))
    ignored = trial.parameters.get("ignore_index")
    assume(ignored not in (0, 1))
    first, labels = trial.inputs.values()
    if trial.parameters.get("label_rule") == "nonzero":  # it tells 0 from all other labels
        assume(set(labels.values) <= {0, 1, ignored})
    shape = first.shape
    turned = [-x if trial.formula == SIGMOID else 1 - x for x in first.values]
    other = [y if y == ignored else 1 - y for y in labels.values]
    changes: dict[str, Value] = {}
    alpha, weights = trial.parameters.get("alpha"), trial.parameters.get("class_weight")
    if isinstance(alpha, float):
        assume(held("float64", 1 - alpha) and 1 - (1 - alpha) == alpha)
        changes["alpha"] = 1 - alpha
    if isinstance(weights, Array):
        changes["class_weight"] = floats((2,), weights.values[::-1])
    mirrored = trial.with_inputs(floats(shape, turned), floats(shape, other))
    return trial, mirrored.with_parameters(**changes)


def _symmetric(
    calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules
) -> Iterator[Break]:
    claim = "mirrored"
    if calls[0].formula == "sigmoid":
        size = len(calls[0].first.values)
        plain, turned = (numbers(answer, "value", size) for answer in answers)
        if plain is not None and turned is not None:
            room = slack(plain, calls[0], rules) + slack(turned, calls[1], rules)
            related = Related(1, calls[1].dtype, "value", 1 - plain, room, claim)
            yield from related.breaks(turned)
        return
    yield from same("loss", answers, calls, rules, claim)
    size = len(calls[0].first.values)
    plain, turned = (numbers(answer, "gradient", size) for answer in answers)
    if plain is not None and turned is not None:
        room = slack(plain, calls[0], rules) + slack(turned, calls[1], rules)
        related = Related(1, calls[1].dtype, "gradient", -plain, room, claim)
        yield from related.breaks(turned)


# ---- shift and permutation of the classes ----


@st.composite
def _shifted(draw: Draw, offer: Offer) -> Calls:
    trial = draw(trials(offer, Wish(exact=True)))
    by = draw(
        st.one_of(
            st.integers(-64, 64),
            st.integers(-2000, 2000),
            st.integers(5, 16).map(lambda k: 2**k),
        )
    )
    moved = [number + by for number in trial.first.values]
    assume(by != 0 and all(held(trial.dtype, number) for number in moved))
    second = [] if trial.second is None else [trial.second]
    return trial, trial.with_inputs(floats(trial.first.shape, moved), *second)


def _unmoved(calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules) -> Iterator[Break]:
    for output in ("loss", "gradient", "value"):
        yield from same(output, answers, calls, rules, "shifted logits")


@st.composite
def _permuted(draw: Draw, offer: Offer) -> Calls:
    trial = draw(trials(offer))
    axis = trial.axis or 0
    order = draw(st.permutations(range(trial.first.shape[axis])))
    assume(list(order) != sorted(order))
    return trial, permuted(trial, order)


def permuted(trial: Trial, order: Sequence[int]) -> Trial:
    """The same call with its classes in another order: class ``order[k]`` becomes class k."""
    new = {old: k for k, old in enumerate(order)}

    def renamed(value: Value) -> Value:
        return new.get(value, value) if isinstance(value, int) else value

    flat = list(trial.first.values)
    for position in positions(trial):
        for k, index in enumerate(position.indices):
            flat[index] = position.numbers[order[k]]
    arrays = [floats(trial.first.shape, flat)]
    if trial.second is not None:
        targets = tuple(new.get(int(target), int(target)) for target in trial.second.values)
        arrays.append(Array("int64", trial.second.shape, targets))
    changes: dict[str, Value] = {}
    for name in ("class_weight", "gamma"):
        value = trial.parameters.get(name)
        if isinstance(value, Array):
            changes[name] = floats(value.shape, [value.values[old] for old in order])
    for name in ("ignore_index", "background_class"):
        if name in trial.parameters:
            changes[name] = renamed(trial.parameters[name])
    return trial.with_inputs(*arrays).with_parameters(**changes)


def _equivariant(
    calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules
) -> Iterator[Break]:
    claim = "permuted classes"
    yield from same("loss", answers, calls, rules, claim)
    # the classes of the second call, found by its own numbers' places
    order = _order_between(*calls)
    size = len(calls[0].first.values)
    for output in ("gradient", "value"):
        plain, turned = (numbers(answer, output, size) for answer in answers)
        if plain is None or turned is None or order is None:
            continue
        wanted = plain.copy()
        for position in positions(calls[0]):
            for k, index in enumerate(position.indices):
                wanted[index] = plain[position.indices[order[k]]]
        room = slack(wanted, calls[0], rules) + slack(turned, calls[1], rules)
        related = Related(1, calls[1].dtype, output, wanted, room, claim)
        yield from related.breaks(turned)


def _order_between(plain: Trial, turned: Trial) -> Sequence[int] | None:
    """An order of the classes that turns one call into the other."""
    classes = plain.first.shape[plain.axis or 0]
    columns = [
        [tuple(p.numbers[k] for p in positions(trial)) for k in range(classes)]
        for trial in (plain, turned)
    ]
    for order in permutations(range(classes)):
        matches = [columns[0][old] for old in order] == columns[1]
        if matches and permuted(plain, order).key() == turned.key():
            return order
    return None


# ---- reductions agree with none ----


@st.composite
def _reduced(draw: Draw, offer: Offer) -> Calls:
    choices = [c for c in offer.page.parameters["reduction"].choices if c != "none"]
    trial = draw(trials(offer, Wish(reductions=choices)))
    return trial.with_parameters(reduction="none"), trial


def _agree_with_none(
    calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules
) -> Iterator[Break]:
    every, trial = calls
    scale = denominator(trial)
    claim = f"reduction {trial.parameters['reduction']}"
    single = numbers(answers[0], "loss", len(positions(every)))
    reduced = numbers(answers[1], "loss", 1)
    if single is not None and reduced is not None and np.isfinite(single).all():
        room = slack(single, every, rules).sum(keepdims=True) / scale
        room = room + slack(reduced, trial, rules)
        wanted = single.sum(keepdims=True) / scale
        related = Related(1, trial.dtype, "loss", wanted, room, claim)
        yield from related.breaks(reduced)
    size = len(every.first.values)
    plain, divided = (numbers(answer, "gradient", size) for answer in answers)
    if plain is not None and divided is not None:
        room = slack(plain, every, rules) / scale + slack(divided, trial, rules)
        related = Related(1, trial.dtype, "gradient", plain / scale, room, claim)
        yield from related.breaks(divided)


# ---- ignored positions are inert ----


@st.composite
def _with_anything_ignored(draw: Draw, offer: Offer) -> Calls:
    trial = draw(trials(offer, Wish(ignoring=True)))
    every = positions(trial)
    assume(any(position.ignored for position in every))
    largest = FORMATS[trial.dtype].largest
    if "probabilities" in trial.inputs:
        fills: tuple[float, ...] = (0.0, 1.0, 0.5, -1.0, 2.0, inf, nan)
    else:
        fills = (0.0, 40.0, -40.0, 1000.0, largest, -largest, inf, -inf, nan)
    flat = list(trial.first.values)
    for position in every:
        if position.ignored:
            for index in position.indices:
                flat[index] = draw(st.sampled_from(fills))
    assume(flat != list(trial.first.values))
    second = [] if trial.second is None else [trial.second]
    return trial, trial.with_inputs(floats(trial.first.shape, flat), *second)


def _inert(calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules) -> Iterator[Break]:
    trial, answer = calls[1], answers[1]
    every = positions(trial)
    gone = [position for position in every if position.ignored]
    gradient = numbers(answer, "gradient", len(trial.first.values))
    for index in (index for position in gone for index in position.indices):
        if gradient is not None and gradient[index] != 0:
            said = f"an ignored position has the gradient {float(gradient[index])!r}"
            yield Break(1, "gradient", said, index)
    losses = numbers(answer, "loss", len(every))
    if losses is not None and trial.parameters["reduction"] == "none":
        for place, position in enumerate(every):
            if position.ignored and losses[place] != 0:
                said = f"an ignored position has the loss {float(losses[place])!r}"
                yield Break(1, "loss", said, place)
    for output in ("loss", "gradient"):
        yield from same(output, answers, calls, rules, "ignored positions hold something else")


# ---- the gradient agrees with the loss ----


@st.composite
def _two_points(draw: Draw, offer: Offer) -> Calls:
    """A call, and the same with one number a little further: hard labels, no smoothing."""
    wish = Wish(reductions=("none",), fractions=False, smoothing=False, exact=True)
    trial = draw(trials(offer, wish))
    index = draw(st.integers(0, len(trial.first.values) - 1))
    direction = draw(st.sampled_from((1, -1)))
    number = float(trial.first.values[index])
    step = direction * _step(trial, index)
    moved = round_to(FORMATS[trial.dtype], number + step)
    assume(moved != number and ("probabilities" not in trial.inputs or 0 < moved < 1))
    flat = list(trial.first.values)
    flat[index] = moved
    second = [] if trial.second is None else [trial.second]
    return trial, trial.with_inputs(floats(trial.first.shape, flat), *second)


def _step(trial: Trial, index: int) -> float:
    """A step at which tolerance and curvature cost about the same."""
    number = float(trial.first.values[index])
    bounds = {"float64": 1e-7}.get(trial.dtype, 1e-5)
    most = min(number, 1 - number) / 2 if "probabilities" in trial.inputs else 0.5
    curve = _curve(trial, index, number - most, number + most)
    return min(most, sqrt(4 * bounds / curve)) if curve else most


def _curve(trial: Trial, index: int, low: float, high: float) -> float:
    """A bound of the second derivative of a position's loss by one of its numbers."""
    position = next(one for one in positions(trial) if index in one.indices)
    if position.ignored:
        return 0.0
    gamma = gamma_at(trial, position)
    normalizer = trial.parameters.get("normalizer")
    weight = position.weight
    weight /= float(normalizer.values[0]) if isinstance(normalizer, Array) else 1.0
    if trial.formula == SIGMOID:
        return weight * curvature.of_sigmoid(gamma)
    if trial.formula == BINARY:
        ends = (low, high) if position.label == 1 else (1 - high, 1 - low)
        return weight * curvature.of_probability(gamma, *ends)
    return weight * curvature.of_softmax(gamma)


def _is_the_slope(
    calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules
) -> Iterator[Break]:
    """|L(x + h) - L(x) - h L'(x)| <= h^2 max|L''| / 2, beside what the tolerances allow."""
    here, there = calls
    pairs = zip(here.first.values, there.first.values, strict=True)
    index = next(k for k, (one, other) in enumerate(pairs) if one != other)
    every = positions(here)
    place = next(k for k, position in enumerate(every) if index in position.indices)
    losses = [numbers(answer, "loss", len(every)) for answer in answers]
    slopes = numbers(answers[0], "gradient", len(here.first.values))
    if losses[0] is None or losses[1] is None or slopes is None:
        return
    one, other = float(here.first.values[index]), float(there.first.values[index])
    step = other - one
    curve = _curve(here, index, min(one, other), max(one, other))
    rise, slope = losses[1][place] - losses[0][place], slopes[index]
    room = curve * step**2 / 2 * (1 + 1e-9)
    room += float(slack(losses[0], here, rules)[place] + slack(losses[1], there, rules)[place])
    room += abs(step) * float(slack(slopes, here, rules)[index])
    if not abs(rise - step * slope) <= room:
        said = (
            f"the loss rises by {float(rise):.6g} over {step:.6g},"
            f" where the gradient {float(slope):.6g} says {float(step * slope):.6g}"
            f" (at most {room:.2g} off)"
        )
        yield Break(0, "gradient", said, index)


# ---- a soft label lies between its hard neighbours ----


@st.composite
def _soft_and_hard(draw: Draw, offer: Offer) -> Calls:
    wish = Wish(reductions=("none",), fractions=True, ignoring=False)
    trial = draw(trials(offer, wish))
    first, labels = trial.inputs.values()
    assume(not set(labels.values) <= {0, 1})
    assume(is_between(trial))
    negative, positive = (
        trial.with_inputs(
            first, floats(labels.shape, [y if y in (0, 1) else end for y in labels.values])
        )
        for end in (0.0, 1.0)
    )
    return trial, negative, positive


def is_between(trial: Trial) -> bool:
    """Whether it is a theorem that a soft label's loss lies between those of its hard neighbours.

    The rule two_term is linear in the label, whatever the weights. In mixed, exponential and margin
    cross entropy and modulating factor move in the same direction as the label, in nonzero the
    factor is that of one end, and its product with any mixture stays between: but only where both
    labels weigh the same, for else the weight may move the other way. The rule distance is 0 where
    the label is the probability, so that it is no theorem there (except at gamma 0).
    """
    rule = trial.parameters.get("label_rule", "two_term")
    if rule == "two_term":
        return True
    alpha, weights = trial.parameters.get("alpha"), trial.parameters.get("class_weight")
    even = alpha in (None, 0.5) and (
        not isinstance(weights, Array) or len(set(weights.values)) == 1
    )
    return even and (rule != "distance" or trial.parameters.get("gamma") == 0)


def _between(calls: Sequence[Trial], answers: Sequence[Returned], rules: Rules) -> Iterator[Break]:
    size = len(calls[0].first.values)
    found = [numbers(answer, "loss", size) for answer in answers]
    soft, negative, positive = found
    if soft is None or negative is None or positive is None:
        return
    room: Floats = sum(
        (
            slack(values, call, rules)
            for values, call in zip((soft, negative, positive), calls, strict=True)
        ),
        start=np.zeros(size),
    )
    low, high = np.minimum(negative, positive), np.maximum(negative, positive)
    with np.errstate(all="ignore"):
        inside = (soft >= low - room) & (soft <= high + room)
    inside |= (soft == low) | (soft == high)
    for index in map(int, np.flatnonzero(~inside)):
        said = (
            f"a soft label has the loss {float(soft[index])!r},"
            f" its hard neighbours {float(negative[index])!r} and {float(positive[index])!r}"
        )
        yield Break(0, "loss", said, index)


PROPERTIES: tuple[Property, ...] = (
    Property("oracle", "value, gradient, dtype and shape are those of the formula", (), _single),
    Property(
        "gamma-zero",
        "at gamma 0 the loss is cross entropy",
        FOCAL,
        _at_gamma_zero,
        _is_cross_entropy,
        ("Gamma zero is cross entropy",),
    ),
    Property(
        "symmetry",
        "x to -x, y to 1 - y, alpha to 1 - alpha changes nothing but the gradient's sign",
        (*ELEMENTWISE, "sigmoid"),
        _mirrored,
        _symmetric,
        ("Symmetry",),
    ),
    Property(
        "shift",
        "one number added to all logits of a position changes nothing",
        ON_LOGITS,
        _shifted,
        _unmoved,
        ("Shift invariance",),
    ),
    Property(
        "permutation",
        "the order of the classes changes nothing",
        OF_CLASSES,
        _permuted,
        _equivariant,
    ),
    Property(
        "reductions",
        "a reduction is that of the losses without reduction",
        LOSSES,
        _reduced,
        _agree_with_none,
        needs=("reduction",),
    ),
    Property(
        "inert",
        "ignored positions have no loss and no gradient, whatever stands there",
        (BINARY, "softmax_focal_loss", "categorical_focal_loss", "cross_entropy"),
        _with_anything_ignored,
        _inert,
        ("Ignored positions are inert",),
        ("ignore_index",),
    ),
    Property(
        "gradient",
        "the gradient is the slope of the loss",
        (*ELEMENTWISE, "softmax_focal_loss", "cross_entropy"),
        _two_points,
        _is_the_slope,
        ("Gradient",),
    ),
    Property(
        "between",
        "the loss of a soft label lies between those of its hard neighbours",
        ELEMENTWISE,
        _soft_and_hard,
        _between,
        ("Fractional labels",),
    ),
)
NAMES = tuple(one.name for one in PROPERTIES)
