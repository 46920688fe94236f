"""The specification as data: formulas, their clauses, and the documents that these come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

ClauseId: TypeAlias = str
"""Such as `SIG-3`: the prefix of a formula and the clause's number on its page."""

DocumentId: TypeAlias = str
FormulaName: TypeAlias = str
ParameterName: TypeAlias = str
FormatName: TypeAlias = str
"""One of `float64`, `float32`, `float16`, `bfloat16`."""

Kind: TypeAlias = Literal["required", "limit", "survey"]
ParameterType: TypeAlias = Literal[
    "number", "array", "number or array", "integer", "integers", "choice"
]
Dtype: TypeAlias = Literal["float", "int64"]
Matters: TypeAlias = Literal["target_equals_it", "reduction_mean_positive"]
ParameterValue: TypeAlias = float | int | str | None


@dataclass(frozen=True)
class Interval:
    """An interval of real numbers, such as `[0, 1]` or `(0, inf)`."""

    lower: float
    upper: float
    lower_closed: bool
    upper_closed: bool

    def __contains__(self, number: float) -> bool:
        above = number >= self.lower if self.lower_closed else number > self.lower
        below = number <= self.upper if self.upper_closed else number < self.upper
        return above and below

    def __str__(self) -> str:
        left, right = "(["[self.lower_closed], ")]"[self.upper_closed]
        return f"{left}{_short(self.lower)}, {_short(self.upper)}{right}"


def _short(number: float) -> str:
    return str(int(number)) if math.isfinite(number) and number == int(number) else str(number)


@dataclass(frozen=True)
class Input:
    """An array that a formula is applied to."""

    name: str
    shape: str
    dtype: Dtype
    domain: str | None
    meaning: str


@dataclass(frozen=True)
class Parameter:
    """What a formula can be told beside its inputs.

    `neutral` is the value at which an implementation without the parameter still computes the
    case. `matters`, where given, says when a value other than the neutral one counts at all:
    `target_equals_it` when a label or target equals the value, `reduction_mean_positive` under
    that reduction.
    """

    name: ParameterName
    type: ParameterType
    required: bool
    default: ParameterValue
    nullable: bool
    domain: Interval | None
    choices: tuple[str, ...]
    shape: str | None
    neutral: ParameterValue
    matters: Matters | None
    meaning: str


@dataclass(frozen=True)
class Output:
    """What a formula gives, with the rules of its shape and its dtype."""

    name: str
    shape: str
    dtype: str
    meaning: str


@dataclass(frozen=True)
class Tolerance:
    """How far an answer in one format may lie from the exact value.

    Standard: |answer - exact| <= absolute + relative |exact|.
    Strict: at most `ulp` (1 + condition number) units in the last place.
    """

    relative: float
    absolute: float
    ulp: float


@dataclass(frozen=True)
class Source:
    """Where a clause comes from: a document and the place in it."""

    document: DocumentId
    place: str


@dataclass(frozen=True)
class Clause:
    """One numbered statement of a formula's page, its displayed formulas apart in `latex`."""

    id: ClauseId
    title: str
    kind: Kind
    formula: FormulaName
    parameters: tuple[ParameterName, ...]
    sources: tuple[Source, ...]
    statement: str
    latex: tuple[str, ...]
    path: Path
    line: int


@dataclass(frozen=True)
class Formula:
    """A formula of the family: its front matter, and the ids of its clauses in their order."""

    name: FormulaName
    title: str
    prefix: str
    introduction: str
    inputs: Mapping[str, Input]
    parameters: Mapping[ParameterName, Parameter]
    outputs: Mapping[str, Output]
    tolerances: Mapping[FormatName, Tolerance]
    documents: tuple[DocumentId, ...]
    clauses: tuple[ClauseId, ...]
    path: Path


@dataclass(frozen=True)
class Statement:
    """A document's own words, with the clauses that hold them or the reason why none does."""

    document: DocumentId
    place: str
    quote: str
    clauses: tuple[ClauseId, ...]
    reason: str | None
    note: str | None
    line: int


@dataclass(frozen=True)
class Document:
    """A source document; `seed` and `sha256` are its stored copy, null for focalspec itself."""

    id: DocumentId
    title: str
    about: str
    seed: str | None
    sha256: str | None
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Spec:
    """All of it."""

    formulas: Mapping[FormulaName, Formula]
    clauses: Mapping[ClauseId, Clause]
    documents: Mapping[DocumentId, Document]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement of every document, in their order."""
        return tuple(row for document in self.documents.values() for row in document.statements)
