"""The formulas in Arb balls: rigorous enclosures that prove golden values."""

from focalspec.reference.enclosure.arguments import ArgumentError
from focalspec.reference.enclosure.forms import UndefinedValueError
from focalspec.reference.enclosure.formulas import enclose
from focalspec.reference.enclosure.results import (
    Ball,
    Dyadic,
    Enclosure,
    Exact,
    Infinite,
    Sliver,
    Unknown,
)

__all__ = [
    "ArgumentError",
    "Ball",
    "Dyadic",
    "Enclosure",
    "Exact",
    "Infinite",
    "Sliver",
    "UndefinedValueError",
    "Unknown",
    "enclose",
]
