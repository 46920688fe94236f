"""What came back from an implementation for one case, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from focalspec.conformance.ulp import Floats


@dataclass(frozen=True)
class Output:
    """One returned array: the dtype and shape that the implementation gave it, and its numbers.

    ``values`` are flat, in C order, as the float64 numbers that they exactly are; None where the
    dtype is not numeric or the array is too large to be right, so that nobody sent the numbers.
    """

    dtype: str
    shape: tuple[int, ...]
    values: Floats | None


@dataclass(frozen=True)
class Returned:
    """The implementation returned these outputs."""

    outputs: Mapping[str, Output]


@dataclass(frozen=True)
class Declined:
    """The adapter says that its implementation does not offer the case."""

    reason: str


@dataclass(frozen=True)
class Raised:
    """The implementation raised an exception."""

    kind: str
    message: str


@dataclass(frozen=True)
class Broken:
    """No answer to judge: the process crashed, hung, or said something that is no answer."""

    kind: str
    message: str


Answer: TypeAlias = Returned | Declined | Raised | Broken
