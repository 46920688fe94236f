"""The exponential function, as fast at huge whole numbers as elsewhere."""

from focalspec.reference.oracle.real import Real, mp

# From here on mpmath raises e to whole arguments by multiplication, a hundred times as slow.
_SLOW_BITS = 500


def exp(x: Real) -> Real:
    """Raise e to x; for a huge whole x by way of 2^n times e^(x - n log 2), n next to x / log 2.

    The bits in front of the point cancel in that difference, so it is taken with as many more.
    """
    if mp.prec < _SLOW_BITS or not mp.isint(x):
        return mp.exp(x)
    with mp.workprec(mp.prec + max(0, mp.mag(x)) + 10):
        n = int(mp.nint(x / mp.ln2))
        rest = x - n * mp.ln2
    return mp.ldexp(mp.exp(rest), n)
