"""A case as its author meant it: everything of a golden case but the values."""

from collections.abc import Mapping
from dataclasses import dataclass

from focalspec.golden.suite import Expectation, Inputs, Outcome, Values


@dataclass(frozen=True, slots=True)
class DraftReading:
    """A reading of a survey case: an outcome by name, or parameters set otherwise than the case.

    Of the latter kind ``outputs`` get golden values.
    """

    outcome: Outcome | None
    overrides: Values
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A case with defaults merged, generators expanded, and parameters resolved.

    ``input_format`` is the one that decimals were rounded to, if any; ``outputs`` are those that
    get golden values; ``printed`` what a document prints of them; ``where`` the file and line of
    the case, for messages.
    """

    id: str
    about: str
    clauses: tuple[str, ...]
    catches: tuple[str, ...]
    expect: Expectation
    input_format: str | None
    formats: tuple[str, ...]
    needs: tuple[str, ...]
    inputs: Inputs
    parameters: Values
    outputs: tuple[str, ...]
    printed: Mapping[str, tuple[str, ...]]
    error: str | None
    readings: Mapping[str, DraftReading]
    where: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One authored file: the cases of a topic of a formula."""

    formula: str
    name: str
    about: str
    drafts: tuple[Draft, ...]

    @property
    def path(self) -> str:
        """The path of its values file within the set."""
        return f"{self.formula}/{self.name}.yaml"
