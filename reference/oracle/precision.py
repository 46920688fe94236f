"""How many bits a value is computed with, and why that is enough.

A formula transcribed at a fixed number of digits is silently wrong: at 50 digits
-log(sigmoid(115)) has an error of 6 per cent and -log(sigmoid(120)) is 0. Three things go wrong,
and each has its own remedy.

1. *Subtracting rounded numbers.* The formulas here subtract no rounded number where the answer is
   of one sign: 1 - p is the exact 1 - p for a probability and exp(-x)/(1 + exp(-x)) for a logit,
   -log p is max(-x, 0) + log1p(exp(-|x|)), the difference of two logits is taken exactly (2,098
   bits in the worst case), and what belongs to all classes but one is a sum over the others. Every
   such quantity then has a relative error of at most K 2^-P at P bits, K counting roundings: fewer
   than 2^20 (the number of classes) in each of fewer than 2^10 factors, ten more bits to spare.
   Hence GUARD_BITS = 40.

2. *Exponents.* base^gamma multiplies the relative error of its base by gamma, and that of the
   logarithm of its base by gamma |log base|. With |log base| below 2^m and gamma below 2^n it costs
   m + n bits, which ``bits_for`` reads off the exponents of the inputs: few for ordinary inputs,
   2,048 for 1e308 and 1e308.

3. *Cancellation that is in the formula.* Second derivatives, gradients under fractional or smoothed
   labels and derivatives by alpha change sign. Their ``Tracked`` size tells how many bits were
   lost. ``settle`` accepts a value when the bits left are the promised ones, and otherwise starts
   again with more, up to a cap. Two tiny logits lose 1,074 bits each, which the cap covers. A value
   that does not settle is an OracleError. One that is exactly zero would never settle: zeros are
   decided beforehand, by exact arithmetic (see zeros.py), or are sums without terms, of size 0.

mpmath's exp, log, log1p and expm1 are taken at their word (one or two units in the last place);
that the whole is right is proven for each golden value by the Arb enclosure, which shares no code
with this.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from math import frexp

from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.oracle.real import Real, mp
from focalspec.reference.oracle.tracked import GUARD_BITS, Tracked, UnsettledError

# What callers get: 160 bits, 48 digits, of which 45 are promised.
ANSWER_BITS = 160
# What each part of a reduced value is right to: sums of up to 2^16 parts keep the answer's bits.
KEPT_BITS = 176
# Bits that may cancel, tried in turn.
SPARE_BITS = (24, 256, 1280, 2560, 5120)


def bits_for(numbers: Iterable[float], gamma: float) -> int:
    """Bits that base^gamma costs where |log base| is at most twice the largest of ``numbers``."""
    largest = max((frexp(number)[1] for number in numbers), default=0)
    return 1 + max(largest, 0) + max(frexp(gamma)[1], 0)


def settle(
    evaluate: Callable[[], Sequence[Tracked]], bits: int, name: Callable[[], str]
) -> list[Real]:
    """Evaluate at rising precision until each number has KEPT_BITS right bits.

    Args:
        evaluate: computes all numbers at mpmath's current precision.
        bits: what exponents cost (``bits_for``).
        name: says what is being computed, for the error.

    Raises:
        OracleError: some number did not settle.
    """
    settled: dict[int, Real] = {}
    for spare in SPARE_BITS:
        with starting_precision(bits + spare - SPARE_BITS[0]):
            try:
                numbers = evaluate()
            except UnsettledError:
                continue
            for index, number in enumerate(numbers):
                if index not in settled and _is_settled(number, bits + spare):
                    settled[index] = rounded(number.value, KEPT_BITS)
        if len(settled) == len(numbers):
            return [settled[index] for index in range(len(numbers))]
    raise OracleError(
        f"{name()} cannot be told from zero with {SPARE_BITS[-1]} bits of cancellation"
    )


def approximate(evaluate: Callable[[], Tracked], bits: int) -> Real:
    """Evaluate once, for a few digits: what has lost all its bits counts as zero."""
    with starting_precision(bits):
        try:
            number = evaluate()
        except UnsettledError:
            return mp.zero
        return number.value if _is_settled(number, KEPT_BITS // 2) else mp.zero


def starting_precision(bits: int) -> AbstractContextManager[None]:
    """The precision that ``settle`` starts with."""
    return mp.workprec(KEPT_BITS + GUARD_BITS + bits + SPARE_BITS[0])


def rounded(number: Real, bits: int) -> Real:
    """Round to nearest."""
    with mp.workprec(bits):
        return +number


def as_real(number: Fraction) -> Real:
    """Round an exact rational to the working precision."""
    return mp.mpf(number.numerator) / number.denominator


def one_minus(number: Real) -> Real:
    """Subtract an exact number from 1 exactly."""
    return mp.fsub(1, number, exact=True)


def _is_settled(number: Tracked, bits_lost: int) -> bool:
    return number.size <= mp.ldexp(abs(number.value), bits_lost)
