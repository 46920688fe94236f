"""Which golden cases a run is about, in which dtypes."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

from focalspec.conformance.names import UnknownNameError, check_name, closest
from focalspec.golden import GoldenCase
from focalspec.golden.formats import FORMATS


class Task(NamedTuple):
    """One case in one dtype: what is asked of an implementation at once."""

    case: GoldenCase
    dtype: str


@dataclass(frozen=True)
class Selection:
    """What the command line asks for; an empty field leaves nothing out."""

    formulas: Sequence[str] = ()
    clauses: Sequence[str] = ()
    cases: Sequence[str] = ()  # ids, or globs over them
    dtypes: Sequence[str] = ()

    @property
    def whole(self) -> bool:
        """Whether it leaves nothing out."""
        return not (self.formulas or self.clauses or self.cases or self.dtypes)

    def check(self, formulas: Collection[str], clauses: Collection[str]) -> None:
        """Raises UnknownNameError, with the closest name, where it asks for what does not exist."""
        for name in self.formulas:
            check_name("formula", name, formulas, "--formula")
        for name in self.clauses:
            check_name("clause", name, clauses, "--clause")
        for name in self.dtypes:
            check_name("dtype", name, FORMATS, "--dtype")

    def choose(self, cases: Iterable[GoldenCase]) -> tuple[GoldenCase, ...]:
        """The cases that it asks for. Raises UnknownNameError where a pattern matches none."""
        everything = tuple(cases)
        for pattern in self.cases:
            check_pattern(pattern, [case.id for case in everything])
        return tuple(case for case in everything if self._wants(case))

    def _wants(self, case: GoldenCase) -> bool:
        return (
            (not self.formulas or case.formula in self.formulas)
            and (not self.clauses or any(clause in self.clauses for clause in case.clauses))
            and (not self.cases or any(fnmatchcase(case.id, glob) for glob in self.cases))
        )

    def tasks(
        self, cases: Iterable[GoldenCase], formulas: Collection[str], dtypes: Collection[str]
    ) -> tuple[Task, ...]:
        """What to ask of an implementation that has these formulas and takes these dtypes."""
        return tuple(
            Task(case, dtype)
            for case in cases
            if case.formula in formulas
            for dtype in case.formats
            if dtype in dtypes and (not self.dtypes or dtype in self.dtypes)
        )


def check_pattern(pattern: str, ids: Sequence[str]) -> None:
    """Raises UnknownNameError, with the closest id, where a pattern matches no case."""
    if any(fnmatchcase(name, pattern) for name in ids):
        return
    alike = closest(pattern, ids)
    hint = f"; did you mean {alike}?" if alike else "; `focalspec list --cases` shows their ids"
    raise UnknownNameError(f"--case: no case matches {pattern!r}{hint}")
