"""How far a result may be from the exact value, as the formula's page says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from focalspec.conformance.ulp import Floats, spacing
from focalspec.golden.formats import Format
from focalspec.spec.model import Tolerance as Bounds

Kind: TypeAlias = Literal["standard", "strict"]
KINDS: tuple[Kind, ...] = ("standard", "strict")


@dataclass(frozen=True)
class Tolerance:
    """A page's bounds by format, and which of them hold.

    Standard, what users of frameworks expect, allows a relative and an absolute part; strict
    allows some units in the last place, times one plus the value's condition number.
    """

    kind: Kind
    bounds: Mapping[str, Bounds]


def allowance(tolerance: Tolerance, form: Format, high: Floats, condition: Floats) -> Floats:
    """The largest absolute error allowed at each exact value.

    Strict in two places needs a rule of its own. A value without a condition number has nothing to
    widen by: the standard tolerance applies. An exact zero has no spacing of its own: what is
    allowed is that of the largest value beside it (of 1 where all are zero), because a zero that
    terms cancel to is as uncertain as they are.
    """
    bounds = tolerance.bounds[form.name]
    with np.errstate(all="ignore"):
        standard = bounds.absolute + bounds.relative * np.abs(high)
        if tolerance.kind == "standard":
            return standard
        strict = bounds.ulp * (1.0 + condition) * spacing(high, form)
    largest = np.max(np.abs(high[np.isfinite(high)]), initial=0.0) or 1.0
    at_zero = bounds.ulp * spacing(np.array([largest]), form)
    return np.where(high == 0, at_zero, np.where(np.isnan(condition), standard, strict))
