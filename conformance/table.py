"""The terminal's view of results: one row an implementation, the failures below."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check, Judged, Results

LISTED = 10  # failures that are listed of each implementation
COLUMNS = (
    "implementation",
    "version",
    "passes",
    "failures",
    "deviations",
    "unsupported",
    "worst error in ulp",
)


@dataclass(frozen=True)
class Row:
    """One implementation in numbers."""

    name: str
    version: str
    passes: int
    failures: int
    errors: int
    deviations: int
    unsupported: int
    survey: int
    worst: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells under COLUMNS."""
        failures = self.failures + self.errors
        counts = (self.passes, failures, self.deviations, self.unsupported)
        return (self.name, self.version, *map(str, counts), self.worst)


def row(judged: Judged, checks: Sequence[Check]) -> Row:
    """An implementation's row; unexpected passes are failures, what was not run is an error."""
    counts = Counter(check.verdict for check in checks)
    return Row(
        name=judged.name,
        version=judged.version or "-",
        passes=counts[Verdict.PASS],
        failures=counts[Verdict.FAIL] + counts[Verdict.UNEXPECTED_PASS],
        errors=counts[Verdict.ERROR] + counts[Verdict.NOT_RUN],
        deviations=counts[Verdict.DEVIATION],
        unsupported=counts[Verdict.UNSUPPORTED],
        survey=counts[Verdict.SURVEY],
        worst=worst_error(checks),
    )


def worst_error(checks: Iterable[Check]) -> str:
    """The largest error in ulp among the checks that pass, with its dtype.

    Values without a condition number are left out: where terms may cancel to nothing, a distance
    in ulp says nothing by itself.
    """
    errors = [
        (check.worst.error_ulp, check.dtype)
        for check in checks
        if check.verdict is Verdict.PASS
        and check.worst is not None
        and check.worst.error_ulp is not None
        and check.worst.condition is not None
    ]
    if not errors:
        return "-"
    error, dtype = max(errors)
    return f"{short(error)} ({dtype})"


def short(number: float) -> str:
    """A number in at most three digits: 0.5, 12, 1.6e+07."""
    return f"{number:.2g}" if number < 10 else f"{number:.3g}"


def draw(results: Results) -> RenderableType:
    """The whole view."""
    parts: list[RenderableType] = [_table(results), _about(results)]
    for judged in results.implementations:
        checks = results.of(judged.name)
        if judged.problem:
            parts.append(Text(judged.problem, style="bold red"))
        parts += [Text(f"warning: {warning}", style="yellow") for warning in judged.warnings]
        parts += _failures(judged.name, [check for check in checks if check.failing])
    return Group(*parts)


def _table(results: Results) -> Table:
    """The rows, narrow enough for a terminal of 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column in COLUMNS:
        side: Literal["left", "right"] = "left" if column in COLUMNS[:2] else "right"
        heading = column.replace("error in", "error\nin")
        table.add_column(heading, justify=side, no_wrap=column != COLUMNS[-1])
    for judged in results.implementations:
        one = row(judged, results.of(judged.name))
        cells = one.cells
        if judged.problem:
            cells = (one.name, "not started", *["-"] * (len(COLUMNS) - 2))
        wrong = one.failures or one.errors or judged.problem
        name = Text(cells[0], style="bold red" if wrong else "bold green")
        table.add_row(name, *map(Text, cells[1:]))
    return table


def _about(results: Results) -> Text:
    header = results.header
    cases = len({check.case for check in results.checks})
    noun = "case" if cases == 1 else "cases"
    said = f"{cases} golden {noun} ({header.golden[:12]}), tolerance {header.tolerance}"
    return Text(f"focalspec {header.focalspec}: {said}", style="dim")


def _failures(name: str, failing: Sequence[Check]) -> list[RenderableType]:
    if not failing:
        return []
    lines: list[RenderableType] = [Text(f"\n{name}: {len(failing)} checks fail", style="bold red")]
    groups = together(failing)
    for group in groups[:LISTED]:
        first = group[0]
        where = ", ".join(dict.fromkeys(check.dtype for check in group))
        lines.append(Text(f"  {first.verdict.upper()} {first.case} [{where}]", style="red"))
        lines += [Text(f"    {message}") for message in dict.fromkeys(one.message for one in group)]
    left = sum(map(len, groups[LISTED:]))
    if left:
        lines.append(Text(f"  … and {left} checks more (--results FILE keeps them all)"))
    lines.append(Text(f"  next: focalspec explain {failing[0].case} {name}", style="bold"))
    return lines


def together(failing: Iterable[Check]) -> list[list[Check]]:
    """Failures as they are told: those of one case in one dtype at once, or of one message."""
    groups: dict[tuple[str, str, str], list[Check]] = {}
    for check in failing:
        same = "" if check.worst is None else check.dtype
        key = (check.case, check.verdict, same or check.message)
        groups.setdefault(key, []).append(check)
    return list(groups.values())


def show(results: Results, console: Console) -> None:
    """Prints the view."""
    console.print(draw(results), soft_wrap=True, highlight=False)
