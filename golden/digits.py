"""Decimal digits of exact numbers by integer arithmetic: 40 of them, rounded once, ties to even.

A library's own printing differs between versions on ties; these digits are a fact about a number.
"""

from functools import cache

DIGITS = 40
LARGEST_EXPONENT = 5000  # beyond it a reader would build numbers of thousands of digits
TINY = "tiny"

_POSITIONAL = range(-5, 21)  # exponents that are written without e


def decimal_of_dyadic(mantissa: int, exponent: int) -> str:
    """40 significant digits of ``mantissa`` * 2**``exponent``: ``0.25000…``, ``1.5000…e-10``.

    0 is ``0``. A number below 10**-5000 is ``tiny`` or ``-tiny``; one from 10**5001 on is a
    ValueError. The exponent may be astronomical.
    """
    if mantissa == 0:
        return "0"
    magnitude = abs(mantissa)
    text = _far(magnitude.bit_length() + exponent - 1)
    if text is None:
        whole, digits, power = _scaled_digits(
            magnitude << max(exponent, 0), max(-exponent, 0), 1, DIGITS, 0
        )
        text = _spell(whole, digits, power)
    return "-" + text if mantissa < 0 else text


def decimal_of_ratio(numerator: int, denominator: int, sliver: int = 0) -> str:
    """The same of ``numerator`` / ``denominator`` plus a sliver.

    The sliver, a number of that sign (-1, 0 or 1) smaller than any distance that matters, decides
    what would be a tie. The denominator is positive; a ratio of 0 takes no sliver.
    """
    if numerator == 0:
        return "0"
    magnitude = abs(numerator)
    text = _far(magnitude.bit_length() - denominator.bit_length())
    if text is None:
        outward = -sliver if numerator < 0 else sliver
        whole, digits, power = _scaled_digits(magnitude, 0, denominator, DIGITS, outward)
        text = _spell(whole, digits, power)
    return "-" + text if numerator < 0 else text


def rounded_up(numerator: int, denominator: int) -> str:
    """Two significant digits of a ratio >= 0, rounded away from 0: ``3.2``, ``0.041``, ``1.5e+12``.

    Exponents from -2 to 1 are written without e; 0 is ``0``.
    """
    if numerator == 0:
        return "0"
    power = _decimal_exponent(numerator, denominator)
    above, below = (1 - power, 0) if power <= 1 else (0, power - 1)
    whole = -(-numerator * 10**above // (denominator * 10**below))
    if whole == 100:
        whole, power = 10, power + 1
    text = str(whole)
    if power == 1:
        return text
    if power == 0:
        return f"{text[0]}.{text[1]}"
    if power in (-1, -2):
        return f"0.{'0' * (-power - 1)}{text}"
    return f"{text[0]}.{text[1]}e{power:+d}"


def _far(top: int) -> str | None:
    """What to write for a number whose leading bit's exponent decides it."""
    if top < -16_611:  # 2**-16610 < 10**-5000
        return TINY
    if top > 16_613:
        raise ValueError(
            f"expected a number below 10**{LARGEST_EXPONENT + 1}, found about 2**{top}"
        )
    return None


def _scaled_digits(
    numerator: int, shift: int, denominator: int, digits: int, outward: int
) -> tuple[int, int, int]:
    """``numerator`` / (``denominator`` * 2**``shift``) as an integer of ``digits`` digits.

    Returns the integer, its number of digits, and the decimal exponent of its first digit.
    """
    power = _decimal_exponent(numerator, denominator << shift)
    scale = digits - 1 - power
    top = numerator * _ten(scale) if scale > 0 else numerator
    bottom = denominator * _ten(-scale) if scale < 0 else denominator
    if bottom == 1:  # a dyadic number of moderate size, by far the most frequent
        whole, rest = top >> shift, top & ((1 << shift) - 1)
        full = 1 << shift
    else:
        full = bottom << shift
        whole, rest = divmod(top, full)
    rest <<= 1
    if rest > full or (rest == full and (outward > 0 or (outward == 0 and whole & 1))):
        whole += 1
        if whole == _ten(digits):
            whole, power = whole // 10, power + 1
    return whole, digits, power


def _decimal_exponent(numerator: int, denominator: int) -> int:
    """The floor of log10 of a positive ratio."""
    top = numerator.bit_length() - denominator.bit_length()
    # The ratio is between 2**(top - 1) and 2**(top + 1), so this is right or one too small or two.
    power = (top - 1) * 30_103 // 100_000 - 1
    while _at_least(numerator, denominator, power + 1):
        power += 1
    return power


def _at_least(numerator: int, denominator: int, power: int) -> bool:
    if power >= 0:
        return numerator >= denominator * _ten(power)
    return numerator * _ten(-power) >= denominator


@cache
def _ten(power: int) -> int:
    return int(10**power)


def _spell(whole: int, digits: int, power: int) -> str:
    if power < -LARGEST_EXPONENT:
        return TINY
    if power > LARGEST_EXPONENT:
        raise ValueError(f"expected a number below 10**{LARGEST_EXPONENT + 1}, found 10**{power}")
    text = str(whole)
    if power not in _POSITIONAL:
        return f"{text[0]}.{text[1:]}e{power:+d}"
    if power < 0:
        return f"0.{'0' * (-power - 1)}{text}"
    return f"{text[: power + 1]}.{text[power + 1 :]}"
