"""Hypothesis strategies for the calls that the documents give a value: plain ones are simplest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isfinite, prod
from typing import Any, TypeAlias

from hypothesis import assume
from hypothesis import strategies as st

from focalspec.conformance.hunt.positions import denominator, positions
from focalspec.conformance.hunt.trial import Trial, floats
from focalspec.golden import Array, Value
from focalspec.golden.domains import faults
from focalspec.golden.formats import FORMATS, round_to
from focalspec.spec.model import Formula

Draw: TypeAlias = Any
ANY = "*"  # offered instead of names: any parameter

# The first shape is the simplest one.
_ELEMENTWISE = ((1, 1), (2, 1), (1, 3), (2, 2), (1,), (3,), (1, 2, 1), (2, 1, 2))
_POSITIONS = ((1,), (2,), (3,), (4,), (1, 2), (2, 2))
_WIDTHS = {"float64": 64, "float32": 32, "float16": 16}


@dataclass(frozen=True)
class Offer:
    """What an implementation takes: a formula, the parameters that it offers, its dtypes."""

    page: Formula
    parameters: Collection[str]
    dtypes: tuple[str, ...]

    def takes(self, name: str) -> bool:
        """Whether a parameter may be set otherwise than neutrally."""
        return name in self.page.parameters and (name in self.parameters or ANY in self.parameters)


@dataclass(frozen=True)
class Wish:
    """What a property needs of its calls; None leaves the choice to chance."""

    reductions: Sequence[str] | None = None
    gamma: float | None = None
    ignoring: bool | None = None
    fractions: bool | None = None
    smoothing: bool | None = None
    exact: bool = False  # numbers that stay exact when they are mirrored or shifted a little


@st.composite
def trials(draw: Draw, offer: Offer, wish: Wish | None = None) -> Trial:
    """A call whose value the documents give; ignored positions hold ordinary numbers."""
    wish = wish or Wish()
    dtype = draw(st.sampled_from(offer.dtypes))
    drawing = _Drawing(draw, offer, wish, dtype)
    trial = drawing.trial()
    assume(not any(faults(trial.page, trial.inputs, trial.parameters)))
    assume(settled(trial))
    return trial


def settled(trial: Trial) -> bool:
    """Whether the documents leave nothing about a call open."""
    every = positions(trial)
    if trial.second is not None and all(position.ignored for position in every):
        return False
    if denominator(trial) == 0:
        return False
    # a certain row under smoothing has no value (CAT-47)
    certain = "probabilities" in trial.inputs and trial.parameters.get("label_smoothing")
    return not (certain and any({0.0, 1.0} & set(position.numbers) for position in every))


class _Drawing:
    """One call being drawn."""

    def __init__(self, draw: Draw, offer: Offer, wish: Wish, dtype: str) -> None:
        self.draw = draw
        self.offer = offer
        self.page = offer.page
        self.wish = wish
        self.dtype = dtype
        self.probabilities = "probabilities" in self.page.inputs

    def trial(self) -> Trial:
        ignored = self._ignore_index()
        parameters: dict[str, Value] = {"ignore_index": ignored}
        if "axis" in self.page.parameters:
            classes = self.draw(st.sampled_from((2, 3, 1, 4, 5)))
            places = self.draw(st.sampled_from(_POSITIONS))
            axis = self._axis(len(places) + 1)
            inputs = self._rows(classes, places, axis % (len(places) + 1), ignored)
            parameters["axis"] = axis
        else:
            classes = 2
            inputs = self._elements(self.draw(st.sampled_from(_ELEMENTWISE)), ignored)
        for name in self.page.parameters:
            if name not in parameters:
                parameters[name] = self._parameter(name, classes)
        # the order of the page, and nothing that the page does not have
        ordered = {name: parameters[name] for name in self.page.parameters}
        return Trial(self.page, self.dtype, inputs, ordered)

    # ---- inputs ----

    def _elements(self, shape: tuple[int, ...], ignored: int | None) -> dict[str, Array]:
        size = prod(shape)
        number = self._probabilities() if self.probabilities else self._logits()
        names = list(self.page.inputs)
        inputs = {names[0]: floats(shape, [self.draw(number) for _ in range(size)])}
        if len(names) > 1:
            wish = self.wish.fractions
            soft = wish or (wish is None and self.draw(st.booleans()))
            labels = [self.draw(_labels(fractions=soft)) for _ in range(size)]
            labels = self._with_ignored(labels, ignored)
            inputs[names[1]] = floats(shape, labels)
        return inputs

    def _rows(
        self, classes: int, places: tuple[int, ...], axis: int, ignored: int | None
    ) -> dict[str, Array]:
        shape = (*places[:axis], classes, *places[axis:])
        count, inner = prod(places), prod(places[axis:])
        flat = [0.0] * (count * classes)
        for place in range(count):
            row = self._row(classes)
            start = (place // inner) * classes * inner + place % inner
            for k, number in enumerate(row):
                flat[start + k * inner] = number
        names = list(self.page.inputs)
        inputs = {names[0]: floats(shape, flat)}
        if len(names) > 1:
            targets = [self.draw(st.integers(0, classes - 1)) for _ in range(count)]
            held = self._with_ignored(targets, ignored)
            inputs[names[1]] = Array("int64", places, tuple(int(target) for target in held))
        return inputs

    def _row(self, classes: int) -> list[float]:
        if not self.probabilities:
            number = self._logits()
            return [self.draw(number) for _ in range(classes)]
        return list(self.draw(distributions(self.dtype, classes)))

    def _probabilities(self) -> st.SearchStrategy[float]:
        if self.wish.exact:
            return _thirty_seconds()
        return probabilities(self.dtype)

    def _logits(self) -> st.SearchStrategy[float]:
        return eighths() if self.wish.exact else logits(self.dtype)

    def _with_ignored(self, labels: list[Any], ignored: int | None) -> list[Any]:
        """Some labels, but not all of them, replaced by the ignored one."""
        if ignored is None or len(labels) < 2:
            return labels
        kept = self.draw(st.integers(0, len(labels) - 1))
        return [
            label if place == kept or self.draw(st.booleans()) else ignored
            for place, label in enumerate(labels)
        ]

    # ---- parameters ----

    def _ignore_index(self) -> int | None:
        if not self.offer.takes("ignore_index") or self.wish.ignoring is False:
            return None
        if self.wish.ignoring is None and not self.draw(st.booleans()):
            return None
        return int(self.draw(st.sampled_from((-100, -1, 255, 0, 1))))

    def _axis(self, rank: int) -> int:
        neutral = self.page.parameters["axis"].neutral
        if not isinstance(neutral, int) or not self.offer.takes("axis"):
            return neutral if isinstance(neutral, int) else -1
        others = [axis for axis in range(-rank, rank) if axis != neutral]
        return int(self.draw(st.sampled_from([neutral, *others])))

    def _parameter(self, name: str, classes: int) -> Value:
        parameter = self.page.parameters[name]
        if name == "gamma" and self.wish.gamma is not None:
            return self.wish.gamma
        if name == "shards" or not self.offer.takes(name):
            return parameter.neutral
        if name == "reduction" and self.wish.reductions is not None:
            return str(self.draw(st.sampled_from(self.wish.reductions)))
        if parameter.choices:
            plain = sorted(parameter.choices, key=lambda choice: choice != parameter.neutral)
            return str(self.draw(st.sampled_from(plain)))
        if name == "label_smoothing":
            return self._smoothing()
        return self._number(name, classes)

    def _number(self, name: str, classes: int) -> Value:
        draw, value = self.draw, self.page.parameters[name].neutral
        if name == "gamma":
            return self._gamma(classes)
        if name == "alpha":
            exact = st.integers(0, 16).map(lambda k: k / 16)
            other = exact if self.wish.exact else st.sampled_from((0.1, 0.3, 0.9))
            value = draw(st.one_of(st.none(), st.just(0.25), exact, other))
        elif name == "class_weight" and draw(st.booleans()):
            return floats((classes,), [draw(_weights()) for _ in range(classes)])
        elif name == "normalizer" and draw(st.booleans()):
            return floats(draw(st.sampled_from(((1,), ()))), [draw(st.integers(1, 64)) / 4])
        elif name == "background_class":
            value = draw(st.integers(0, classes - 1))
        return value

    def _gamma(self, classes: int) -> Value:
        if self.page.parameters["gamma"].type == "number" or not self.draw(_seldom()):
            return float(self.draw(gammas()))
        return floats((classes,), [self.draw(_eighth_gammas()) for _ in range(classes)])

    def _smoothing(self) -> float:
        wish = self.wish.smoothing
        if wish is False or (wish is None and not self.draw(st.booleans())):
            return 0.0
        return float(self.draw(st.integers(1, 16).map(lambda k: k / 16)))


@cache
def _seldom() -> st.SearchStrategy[bool]:
    return st.sampled_from((False, False, False, True))


@cache
def _labels(*, fractions: bool) -> st.SearchStrategy[float]:
    hard = st.sampled_from((0.0, 1.0))
    return st.one_of(hard, st.integers(1, 7).map(lambda k: k / 8)) if fractions else hard


@cache
def _thirty_seconds() -> st.SearchStrategy[float]:
    return st.integers(1, 31).map(lambda k: k / 32)


@cache
def _weights() -> st.SearchStrategy[float]:
    return st.one_of(st.just(1.0), st.integers(0, 16).map(lambda k: k / 4))


# ---- numbers ----


@cache
def gammas() -> st.SearchStrategy[float]:
    """Focusing exponents, 2 the plainest."""
    return st.one_of(
        st.sampled_from((2.0, 0.0, 1.0, 0.5, 1.5, 3.0, 5.0, 0.1, 2.2)), _eighth_gammas()
    )


@cache
def _eighth_gammas() -> st.SearchStrategy[float]:
    return st.one_of(st.just(2.0), st.integers(0, 64).map(lambda k: k / 8))


@cache
def eighths() -> st.SearchStrategy[float]:
    """Logits of few digits; 1 is the plainest, for 0 is a place of its own."""
    return st.one_of(
        st.sampled_from((1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.0, 0.5, -0.5)),
        st.integers(-128, 128).map(lambda k: k / 8),
        st.integers(-120, 120).map(float),
    )


@cache
def logits(dtype: str) -> st.SearchStrategy[float]:
    """Finite logits of a dtype: plain ones, tails, the ends of the range, anything between."""
    form = FORMATS[dtype]
    powers = st.builds(
        lambda exponent, sign: sign * 2.0**exponent,
        st.integers(form.emin - form.precision + 1, form.emax),
        st.sampled_from((1.0, -1.0)),
    )
    anything = st.floats(allow_nan=False, allow_infinity=False, width=_width(dtype))
    found = st.one_of(
        eighths(),
        st.integers(-1200, 1200).map(float),
        st.integers(-(2**20), 2**20).map(lambda k: k / 2**15),
        powers,
        st.sampled_from((form.largest, -form.largest)),
        anything,
    )
    return found.map(lambda number: _rounded(dtype, number)).filter(isfinite)


@cache
def probabilities(dtype: str) -> st.SearchStrategy[float]:
    """Probabilities of a dtype: plain ones, both ends, their neighbourhoods."""
    form = FORMATS[dtype]
    found = st.one_of(
        st.integers(1, 15).map(lambda k: k / 16),
        st.integers(0, 64).map(lambda k: k / 64),
        st.sampled_from((0.0, 1.0)),
        st.integers(1, form.precision).map(lambda k: 1 - 2.0**-k),
        st.integers(1, min(1000, -form.emin)).map(lambda k: 2.0**-k),
        st.floats(0, 1, width=_width(dtype)),
    )
    return found.map(lambda number: _rounded(dtype, number))


@st.composite
def distributions(draw: Draw, dtype: str, classes: int) -> tuple[float, ...]:
    """Rows of probabilities that add up to 1 exactly."""
    if classes == 1:
        return (1.0,)
    precision = FORMATS[dtype].precision
    if draw(_seldom()):  # two classes share everything, unequally
        share = 2.0 ** -draw(st.integers(1, precision))
        row = [0.0] * classes
        first = draw(st.integers(0, classes - 1))
        second = (first + draw(st.integers(1, classes - 1))) % classes
        row[first], row[second] = 1 - share, share
        return tuple(row)
    whole = 2 ** draw(st.sampled_from((3, 4, 6, min(precision, 12))))
    cuts = sorted(draw(st.integers(0, whole)) for _ in range(classes - 1))
    ends = [0, *cuts, whole]
    return tuple((ends[k + 1] - ends[k]) / whole for k in range(classes))


def _width(dtype: str) -> Any:
    return _WIDTHS.get(dtype, 32)


def _rounded(dtype: str, number: float) -> float:
    if number == 0 or not isfinite(number):
        return number
    return round_to(FORMATS[dtype], Fraction(number))
