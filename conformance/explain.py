"""Everything that is known about one case: what it asks, what is right, and why it is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from focalspec.conformance.comparison import shortened
from focalspec.conformance.names import UnknownNameError, check_name, closest
from focalspec.conformance.results import Check
from focalspec.golden import Array, Expected, GoldenCase, Value
from focalspec.golden.bugs import Bug
from focalspec.spec.model import Spec

ELEMENTS = 12  # of an array that are shown


@dataclass(frozen=True)
class Explanation:
    """A case with the pages and bug classes that it speaks of, and what implementations said."""

    case: GoldenCase
    spec: Spec
    bugs: dict[str, Bug]
    checks: Sequence[Check] = ()

    def lines(self) -> Iterator[str]:
        """The explanation, line by line; headings stand at the margin."""
        yield self.case.id
        if self.case.about:
            yield f"  {self.case.about}"
        yield from self._clauses()
        yield from self._bugs()
        yield ""
        yield "Inputs"
        for name, array in self.case.inputs.items():
            yield f"  {name} = {shown(array)}"
        yield "Parameters"
        for parameter, value in self.case.parameters.items():
            yield f"  {parameter} = {shown(value)}"
        yield from self._expected()
        yield from self._found()

    def _clauses(self) -> Iterator[str]:
        for name in self.case.clauses:
            clause = self.spec.clauses.get(name)
            if clause is None:
                continue
            yield ""
            place = f"spec/{clause.path.name}:{clause.line}"
            yield f"{clause.id} {clause.title} ({clause.kind}), {place}"
            yield from (f"  {line}" for line in clause.statement.splitlines())
            yield from (f"    {line}" for latex in clause.latex for line in latex.splitlines())
            for source in clause.sources:
                document = self.spec.documents.get(source.document)
                title = document.title if document else source.document
                yield f"  source: {title}: {source.place}"

    def _bugs(self) -> Iterator[str]:
        for name in self.case.catches:
            bug = self.bugs.get(name)
            if bug is not None:
                yield ""
                yield f"Catches {bug.id}"
                yield f"  {bug.wrong}"
                yield f"  {bug.effect}"
                yield from (f"  seen: {link}" for link in bug.seen)

    def _expected(self) -> Iterator[str]:
        yield ""
        if self.case.expect == "error":
            yield f"Expected: an error about {self.case.error}"
        for name, expected in self.case.expected.items():
            yield f"Expected {name}, shape {list(expected.shape)}"
            yield from _table(expected, self.case.formats)
        for reading in self.case.readings.values():
            said = reading.outcome or ", ".join(
                f"{name} {_brief(expected)}" for name, expected in reading.expected.items()
            )
            yield f"Reading {reading.name}: {said}"

    def _found(self) -> Iterator[str]:
        for check in self.checks:
            yield ""
            head = f"{check.implementation} [{check.dtype}] {check.output}: {check.verdict}"
            yield f"{head} ({check.reading})" if check.reading else head
            if check.message:
                yield f"  {check.message}"
            if check.worst is not None:
                worst = check.worst
                place = f"at {list(worst.index)}: " if worst.index else ""
                yield f"  {place}expected {worst.expected}"
                yield f"  {' ' * len(place)}found    {worst.found!r} ({worst.found.hex()})"
                error = "-" if worst.error_ulp is None else f"{worst.error_ulp:.3g}"
                condition = "-" if worst.condition is None else f"{worst.condition:.2g}"
                yield f"  error {error} ulp, condition number {condition}"
            if check.notes:
                yield f"  notes: {'; '.join(check.notes)}"
            if check.deviation:
                yield f"  known deviation: {check.deviation}"


def shown(value: Value) -> str:
    """An input or a parameter as a person reads it."""
    if not isinstance(value, Array):
        return "none" if value is None else str(value)
    listed = ", ".join(repr(number) for number in value.values[:ELEMENTS])
    more = f", … ({len(value.values)} in all)" if len(value.values) > ELEMENTS else ""
    return f"[{listed}{more}], shape {list(value.shape)}"


def _table(expected: Expected, formats: Sequence[str]) -> Iterator[str]:
    for index, golden in enumerate(expected.rows[:ELEMENTS]):
        condition = "" if golden.condition is None else f", condition {golden.condition:.2g}"
        printed = f", printed {expected.printed[index]}" if expected.printed else ""
        form = formats[0] if formats else "float64"
        nearest = float(getattr(golden, form))
        yield f"  {golden.decimal}  ({form} {nearest.hex()}{condition}{printed})"
    if len(expected.rows) > ELEMENTS:
        yield f"  … {len(expected.rows)} values in all, in the case's file"


def _brief(expected: Expected) -> str:
    values = [shortened(golden.decimal) for golden in expected.rows[:4]]
    return f"[{', '.join(values)}{', …' if len(expected.rows) > 4 else ''}]"


def find_case(name: str, cases: Sequence[GoldenCase]) -> GoldenCase:
    """The case of that id; UnknownNameError with the closest otherwise."""
    by_id = {case.id: case for case in cases}
    if name not in by_id:
        ending = [known for known in by_id if known.endswith(f"/{name}")]
        if len(ending) == 1:
            return by_id[ending[0]]
        if not closest(name, by_id):
            raise UnknownNameError(
                f"unknown case {name!r}; `focalspec list --cases` shows their ids"
            )
    return by_id[check_name("case", name, by_id)]


def show(explanation: Explanation, console: Console) -> None:
    """Prints the explanation."""
    for line in explanation.lines():
        heading = line and not line.startswith(" ")
        console.print(
            line, style="bold" if heading else None, markup=False, highlight=False, soft_wrap=True
        )
