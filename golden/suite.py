"""The golden cases as Python values: what the loader returns and everyone else reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, overload

Expectation: TypeAlias = Literal["values", "error", "survey"]
Outcome: TypeAlias = Literal["zero", "nan", "inf", "error"]


@dataclass(frozen=True, slots=True)
class Array:
    """An exact array: ``values`` in C order, as many as ``shape`` multiplies to.

    ``dtype`` is "float" (numbers that each of the case's formats holds exactly; it is handed over
    in the format being run) or "int64".
    """

    dtype: Literal["float", "int64"]
    shape: tuple[int, ...]
    values: tuple[float, ...] | tuple[int, ...]


Value: TypeAlias = Array | float | int | str | None
Inputs: TypeAlias = Mapping[str, Array]
Values: TypeAlias = Mapping[str, Value]


class Golden(NamedTuple):
    """One certified value: 40 digits of it, and its correct rounding into each format.

    ``condition`` is its relative condition number with respect to the first argument, where that
    is defined; ``proof`` says how it was certified (the words are in golden/README.md).
    """

    decimal: str
    float64: float
    float32: float
    bfloat16: float
    float16: float
    condition: float | None
    proof: str


class Rows(Sequence[Golden]):
    """The rows of a table, read when first looked at: most of a suite's numbers never are."""

    __slots__ = ("_count", "_rows", "_text")

    def __init__(self, text: str) -> None:
        """Keep the text of a table in the canonical form, which the loader has checked."""
        self._text = text
        self._count = text.count("\n") + 1 if text else 0
        self._rows: tuple[Golden, ...] | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return self._count

    @overload
    def __getitem__(self, index: int) -> Golden: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Golden, ...]: ...
    def __getitem__(self, index: int | slice) -> Golden | tuple[Golden, ...]:
        """One row, or some."""
        return self._read()[index]

    def __iter__(self) -> Iterator[Golden]:
        """The rows in C order of the output."""
        return iter(self._read())

    def __eq__(self, other: object) -> bool:
        """Whether the rows are those of another table or tuple."""
        return isinstance(other, Sequence) and self._read() == tuple(other)

    def __hash__(self) -> int:
        """The hash of the tuple of rows."""
        return hash(self._read())

    def __repr__(self) -> str:
        """The rows as a tuple prints them."""
        return repr(self._read())

    def _read(self) -> tuple[Golden, ...]:
        if self._rows is None:
            fields = self._text.split()
            width = len(Golden._fields)
            binary = (map(float.fromhex, fields[index::width]) for index in range(1, 5))
            conditions = (None if text == "-" else float(text) for text in fields[5::width])
            self._rows = tuple(map(Golden, fields[::width], *binary, conditions, fields[6::width]))
        return self._rows


@dataclass(frozen=True, slots=True)
class Expected:
    """The golden values of one output, in C order; ``printed`` is what a document shows."""

    shape: tuple[int, ...]
    rows: Sequence[Golden]
    printed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read what the documents leave open: an outcome by name, or values.

    ``parameters`` are those that this reading sets otherwise than the case.
    """

    name: str
    outcome: Outcome | None
    parameters: Mapping[str, Value]
    expected: Mapping[str, Expected]


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """One golden case: inputs and parameters, and what comes of them.

    ``expected`` maps output names to values where ``expect`` is "values"; ``error`` names the
    argument at fault where it is "error"; ``readings`` maps names to readings where it is "survey".
    ``formats`` are those that hold every number of the inputs; ``needs`` the parameters that an
    implementation must offer.
    """

    id: str
    formula: str
    topic: str
    about: str
    clauses: tuple[str, ...]
    catches: tuple[str, ...]
    expect: Expectation
    formats: tuple[str, ...]
    needs: tuple[str, ...]
    inputs: Mapping[str, Array]
    parameters: Mapping[str, Value]
    expected: Mapping[str, Expected]
    error: str | None
    readings: Mapping[str, Reading]
    path: Path


@dataclass(frozen=True, slots=True)
class Suite:
    """A set of golden cases; ``digest`` (SHA-256 of its MANIFEST) names the whole set."""

    root: Path
    digest: str
    cases: tuple[GoldenCase, ...]

    def __iter__(self) -> Iterator[GoldenCase]:
        """The cases, in the order of their files and within them."""
        return iter(self.cases)

    def __len__(self) -> int:
        """The number of cases."""
        return len(self.cases)
