"""Values as rational combinations of atoms, in which equal terms meet and cancel exactly.

No precision shows that a value is 0, or rational. So an output is first written as a sum of exact
rational coefficients times atoms (a logarithm, a power, the loss at a logit), equal atoms being
merged; what is left without an atom is known exactly, and only the rest is computed in balls.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from flint import arb, fmpq

from focalspec.reference.enclosure.results import Enclosure, Exact, Infinite
from focalspec.reference.enclosure.split import (
    ONE,
    ZERO,
    Split,
    ball,
    enclosure_of,
    exact_ball,
    key_of,
    log_of,
    rational,
    rational_power,
)

T = TypeVar("T")


class UndefinedValueError(ValueError):
    """The formula has no value at a point: a kink, or 0 times infinity without a limit."""


class Memo:
    """What was computed at the present precision, for atoms that share it.

    ``order`` is the highest derivative that the outputs need.
    """

    def __init__(self, order: int) -> None:
        self.order = order
        self._known: dict[Any, Any] = {}

    def get(self, key: Any, compute: Callable[[], T]) -> T:
        """The value under ``key``, computed at the first call."""
        try:
            return self._known[key]  # type: ignore[no-any-return]
        except KeyError:
            value = self._known[key] = compute()
            return value


class Atom(Protocol):
    """A number that is computed as a ball. Equal atoms (by ==, and hash) are equal numbers."""

    def evaluate(self, memo: Memo) -> Split:
        """The number, at the working precision."""


@dataclass(frozen=True, slots=True)
class Term:
    """A product of powers base**exponent of rationals and of logarithms -log(argument).

    The empty product is the number 1.
    """

    powers: tuple[tuple[fmpq, fmpq], ...]
    logarithms: tuple[fmpq, ...]

    def __hash__(self) -> int:
        return hash(key_of(*(base for base, _ in self.powers), *self.logarithms))

    def evaluate(self, memo: Memo) -> Split:
        """The product, at the working precision."""
        if self is UNIT:
            return rational(ONE)
        result = arb(1)
        for base, exponent in self.powers:
            result *= memo.get(key_of(base, exponent), partial(_power, base, exponent))
        for argument in self.logarithms:
            result *= memo.get(key_of(argument), partial(_surprise, argument))
        return ball(result)


def _surprise(argument: fmpq) -> arb:
    return -log_of(argument)


def _power(base: fmpq, exponent: fmpq) -> arb:
    return (log_of(base) * exact_ball(exponent)).exp()


UNIT = Term((), ())


class Form:
    """A sum of atoms with exact coefficients; or infinite; or the limit 0.

    ``infinite`` is the sign of an infinite value, else 0. ``limit`` says that a term was replaced
    by its limit, 0.
    """

    __slots__ = ("infinite", "limit", "terms")

    def __init__(
        self, terms: dict[Atom, fmpq] | None = None, *, infinite: int = 0, limit: bool = False
    ) -> None:
        self.terms = {} if terms is None else terms
        self.infinite = infinite
        self.limit = limit

    def times(self, factor: fmpq) -> "Form":
        """The value times an exact rational; a factor of 0 leaves nothing, even of infinity."""
        if not factor:
            return Form()
        if factor == 1:
            return self
        sign = -1 if factor < 0 else 1
        terms = {atom: coefficient * factor for atom, coefficient in self.terms.items()}
        return Form(terms, infinite=sign * self.infinite, limit=self.limit)

    def evaluate(self, memo: Memo) -> Enclosure:
        """What is known of the value at the working precision."""
        if self.infinite:
            return Infinite(self.infinite)
        main, rest = ZERO, arb(0)
        for atom, coefficient in self.terms.items():
            number = atom.evaluate(memo)
            if number.main:
                main += number.main * coefficient
            rest += number.rest * coefficient
        result = enclosure_of(Split(main, rest))
        if self.limit and isinstance(result, Exact) and result.rule == "zero":
            return Exact(result.value, "limit")
        return result


def total(forms: Iterable[Form]) -> Form:
    """The sum of values; UndefinedValueError where infinities of both signs meet."""
    terms: dict[Atom, fmpq] = {}
    infinite, limit = 0, False
    for form in forms:
        if form.infinite * infinite < 0:
            raise UndefinedValueError("infinity minus infinity")
        infinite = infinite or form.infinite
        limit = limit or form.limit
        for atom, coefficient in form.terms.items():
            merged = terms.get(atom)
            merged = coefficient if merged is None else merged + coefficient
            if merged:
                terms[atom] = merged
            else:
                terms.pop(atom, None)
    return Form(terms, infinite=infinite, limit=limit)


def single(atom: Atom, coefficient: fmpq = ONE) -> Form:
    """The value of one atom."""
    return Form({atom: coefficient} if coefficient else {})


def constant(value: fmpq) -> Form:
    """An exact rational."""
    return single(UNIT, value)


def infinity(sign: int) -> Form:
    """An infinite value."""
    return Form(infinite=sign)


def vanishing() -> Form:
    """A value of the form 0 times infinity whose limit is 0."""
    return Form(limit=True)


def term(
    coefficient: fmpq,
    powers: Sequence[tuple[fmpq, fmpq]] = (),
    logarithms: Sequence[fmpq] = (),
) -> Form:
    """``coefficient`` times powers base**exponent times -log of each argument, simplified.

    Bases are >= 0 (0**0 is 1, and 0 has no negative powers), arguments are positive. Powers that
    are rational become part of the coefficient, -log(1) is 0.
    """
    kept = []
    for base, exponent in powers:
        if not base and exponent:
            return Form()
        known = ONE if not exponent else rational_power(base, exponent)
        if known is None:
            kept.append((base, exponent))
        else:
            coefficient *= known
    if any(argument == 1 for argument in logarithms):
        return Form()
    if not kept and not logarithms:
        return constant(coefficient)
    # The order is by the exact numbers: equal products must be equal atoms.
    return single(Term(tuple(sorted(kept)), tuple(sorted(logarithms))), coefficient)
