"""Signed numbers that know how much was lost on the way to them.

Two kinds of number pass through the oracle's formulas:

* a plain mpmath number that is never negative and was made without subtracting rounded numbers.
  With P bits of working precision its relative error is at most K 2^-P, where K counts the
  roundings behind it;
* a ``Tracked`` number, for everything that has a sign or comes out of a power. Beside its value it
  carries its ``size``, and its absolute error is at most K 2^-P size. A number that nothing was
  subtracted from has its own magnitude as size; the size of a sum is the sum of the sizes,
  whatever the signs; a power multiplies its size by what it does to a relative error.

So |size / value| tells how many times a result's relative error exceeds that of a single
operation, and ``precision.settle`` needs nothing else to know which of its digits are right.
"""

from focalspec.reference.oracle.exponential import exp
from focalspec.reference.oracle.real import Real, mp

# Roundings behind one number, as a power of two: K is below 2^40 (see precision.py).
GUARD_BITS = 40
# First-order error bounds want relative errors far below one; less than this is not enough.
_LINEAR_BITS = 16
# Whole exponents up to this one are products.
_LARGEST_PRODUCT = 16


class UnsettledError(ArithmeticError):
    """At this precision a divisor or a base cannot be told from zero: use more bits."""


class Tracked:
    """A number with the size that bounds its error: |error| <= K 2^-P size."""

    __slots__ = ("size", "value")

    def __init__(self, value: Real, size: Real) -> None:
        self.value = value
        self.size = size

    def __add__(self, other: "Tracked | Real | int") -> "Tracked":
        value, size = _parts(other)
        return Tracked(self.value + value, self.size + size)

    def __sub__(self, other: "Tracked | Real | int") -> "Tracked":
        value, size = _parts(other)
        return Tracked(self.value - value, self.size + size)

    def __mul__(self, other: "Tracked | Real | int") -> "Tracked":
        value, size = _parts(other)
        if not isinstance(other, Tracked):
            return Tracked(self.value * value, self.size * size)
        # |a| db + |b| da, and da db, which counts where neither is known yet
        first_order = abs(self.value) * size + self.size * abs(value)
        second_order = mp.ldexp(self.size * size, GUARD_BITS - mp.prec)
        return Tracked(self.value * value, first_order + second_order)

    def __truediv__(self, other: "Tracked | Real | int") -> "Tracked":
        value, size = _parts(other)
        if not isinstance(other, Tracked):
            return Tracked(self.value / value, self.size / size)
        # da/b + (a/b) db/b, doubled for what is not of first order
        _need_bits(size, abs(value))
        quotient = self.value / value
        return Tracked(quotient, (self.size + abs(quotient) * size) / abs(value) * 2)

    def __neg__(self) -> "Tracked":
        return Tracked(-self.value, self.size)

    def __abs__(self) -> "Tracked":
        return Tracked(abs(self.value), self.size)

    __radd__ = __add__
    __rmul__ = __mul__


def signed(number: Real) -> Tracked:
    """Track a number that nothing was subtracted from."""
    return Tracked(number, abs(number))


def difference(minuend: Real, subtrahend: Real) -> Tracked:
    """Subtract one non-negative number from another."""
    return Tracked(minuend - subtrahend, minuend + subtrahend)


def power(base: "Tracked | Real", exponent: Real) -> Tracked:
    """Raise a positive base to a non-negative exponent; 0 as exponent gives exactly 1.

    A relative error e of the base becomes exponent * e; in exp(exponent * log(base)) the rounding
    of the logarithm and of the product adds exponent * |log(base)| ulps. Both go into the size.
    """
    if not exponent:
        return signed(mp.one)
    value, size = _parts(base)
    _need_bits(size, value)
    if exponent <= _LARGEST_PRODUCT and mp.isint(exponent):
        result, logarithm = value ** int(exponent), mp.one  # a product of few factors
    else:
        logarithm = mp.log(value)
        result = exp(exponent * logarithm)
    amplification = exponent * (size / value + abs(logarithm))
    _need_bits(amplification, mp.one)
    return Tracked(result, result * (1 + amplification))


def minus_log(base: "Tracked | Real", complement: Real) -> Tracked:
    """Take -log of a base in (0, 1) whose complement, 1 - base, is known without subtraction."""
    value, size = _parts(base)
    if 2 * value <= 1:
        _need_bits(size, value)
        result = -mp.log(value)
        return Tracked(result, result + size / value)
    return signed(-mp.log1p(-complement))


def _parts(number: "Tracked | Real | int") -> tuple[Real, Real]:
    if isinstance(number, Tracked):
        return number.value, number.size
    exact = mp.mpf(number) if isinstance(number, int) else number
    return exact, abs(exact)


def _need_bits(size: Real, value: Real) -> None:
    """Refuse to linearise around a value that its own error reaches."""
    if value <= mp.ldexp(size, GUARD_BITS + _LINEAR_BITS - mp.prec):
        raise UnsettledError
