"""The formulas of the focal-loss family as numbered clauses, and their loader."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from focalspec.spec.loader import FORMATS, FORMULAS, load_spec
from focalspec.spec.model import (
    Clause,
    ClauseId,
    Document,
    DocumentId,
    FormatName,
    Formula,
    FormulaName,
    Input,
    Interval,
    Kind,
    Output,
    Parameter,
    ParameterName,
    ParameterValue,
    Source,
    Spec,
    Statement,
    Tolerance,
)
from focalspec.spec.strict_yaml import SpecError
from focalspec.spec.suggest import closest

__all__ = [
    "FORMATS",
    "FORMULAS",
    "Clause",
    "ClauseId",
    "Document",
    "DocumentId",
    "FormatName",
    "Formula",
    "FormulaName",
    "Input",
    "Interval",
    "Kind",
    "Output",
    "Parameter",
    "ParameterName",
    "ParameterValue",
    "Source",
    "Spec",
    "SpecError",
    "Statement",
    "Tolerance",
    "closest",
    "load",
    "load_spec",
]


@cache
def load() -> Spec:
    """Return the specification that this package ships, read once.

    Raises `SpecError` where its files cannot be read.
    """
    return load_spec(Path(__file__).parent)
