"""What becomes of the losses of the positions: the denominators, exactly."""

from collections.abc import Iterable
from fractions import Fraction


def denominator(reduction: str, valid: int, positive: int, weights: Iterable[Fraction]) -> Fraction:
    """The number that the sum of the losses is divided by.

    ``valid`` counts the positions that are not ignored, ``positive`` those of them that are not
    background, ``weights`` are the weights of the valid ones (SIG-8 to SIG-10, BIN-8 to BIN-11,
    SOF-14 to SOF-18, CAT-6 to CAT-11). Where it is zero the documents are silent; the reference
    divides by 1.
    """
    if reduction == "mean":
        number = Fraction(valid)
    elif reduction == "mean_positive":
        number = Fraction(positive)
    elif reduction == "weighted_mean":
        number = sum(weights, Fraction(0))
    else:
        number = Fraction(1)
    return number or Fraction(1)
