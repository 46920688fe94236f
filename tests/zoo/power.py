"""Measures the suite's own power: what catches each mutant, and what only one case catches.

    python tests/zoo/power.py [--markdown FILE] [NAME...]

With names it lists every case that catches those mutants. Exits 1 where a mutant survives the
clause that it breaks, or a right implementation fails.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import click
import menagerie
from rich.console import Console
from rich.progress import track
from rich.table import Table

from focalspec import spec

Result = TypeVar("Result")


@click.command()
@click.option("--markdown", type=click.Path(path_type=Path), help="write the whole as Markdown too")
@click.argument("names", nargs=-1)
def main(markdown: Path | None, names: tuple[str, ...]) -> None:
    """Show for each mutant which cases and clauses catch it."""
    console = Console()
    chosen = [one for one in menagerie.mutants() if not names or one.name in names]
    unknown = set(names) - {one.name for one in chosen}
    if unknown:
        raise click.UsageError(f"no such mutant: {', '.join(sorted(unknown))}")
    with ProcessPoolExecutor() as pool:
        catches = measured(pool.map(menagerie.caught, chosen), len(chosen), "mutants")
        alarms = 0
        if not names:
            pairs = [(name, formula) for name in menagerie.RIGHT for formula in formulas()]
            alarms = sum(measured(pool.map(alarms_of, pairs), len(pairs), "right implementations"))
    console.print(table(catches))
    if names:
        for one in catches:
            console.print(f"\n{one.mutant.name}:", *sorted(one.cases), sep="\n  ", soft_wrap=True)
    survivors = [one for one in catches if not one.named]
    for line in closing(catches, survivors, alarms):
        console.print(line, soft_wrap=True, highlight=False)
    if markdown is not None:
        markdown.write_text(page(catches, survivors, alarms), encoding="utf-8")
    sys.exit(1 if survivors or alarms else 0)


def measured(running: Iterable[Result], total: int, what: str) -> list[Result]:
    """All results, with a progress bar on standard error while they come."""
    return list(track(running, what, total, console=Console(stderr=True), transient=True))


def formulas() -> list[str]:
    """The names of all formulas."""
    return sorted(spec.load().formulas)


def alarms_of(pair: tuple[str, str]) -> int:
    """The judged checks of a formula that a right implementation fails."""
    name, formula = pair
    adapter = menagerie.implementation(name)
    return sum(1 for _ in menagerie.failures(adapter, formula, "standard"))


def table(catches: Sequence[menagerie.Catch]) -> Table:
    """One row a mutant, the least caught first within its formula."""
    result = Table("mutant", "breaks", "cases", "clauses that catch it", "bug class", box=None)
    result.columns[0].no_wrap = True
    for one in ordered(catches):
        strictly = " (strict)" if one.mutant.tolerance == "strict" else ""
        survives = "" if one.named else "[red]survives[/red] "
        result.add_row(
            one.mutant.name,
            survives + one.mutant.clause + strictly,
            str(len(one.cases)),
            condensed(one.clauses),
            one.mutant.bug,
        )
    return result


def ordered(catches: Iterable[menagerie.Catch]) -> list[menagerie.Catch]:
    """By formula, then by the number of cases that catch them."""
    return sorted(catches, key=lambda one: (one.mutant.formula, len(one.cases), one.mutant.name))


def condensed(clauses: Iterable[str]) -> str:
    """Clauses of one formula with runs of numbers joined: SIG-1 to 4, 8."""
    numbers = sorted(int(clause.rpartition("-")[2]) for clause in clauses)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    prefix = next(iter(clauses), "").partition("-")[0]
    texts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"{prefix}-{', '.join(texts)}" if texts else "none"


def closing(
    catches: Sequence[menagerie.Catch], survivors: Sequence[menagerie.Catch], alarms: int
) -> list[str]:
    """What needs care, and the counts."""
    counts = Counter(case for one in catches for case in one.cases)
    lines = ["", f"{len(counts)} cases catch at least one mutant."]
    lines += [f"Caught by one case alone: {name} by {case}" for name, case in only_one(catches)]
    lines += [
        f"Survives {one.mutant.clause}: {one.mutant.name}, caught by {condensed(one.clauses)}"
        for one in survivors
    ]
    right = len(menagerie.RIGHT)
    lines.append(
        f"{len(catches)} mutants, {len(survivors)} survivors;"
        f" {right} right implementations, {alarms} false alarms"
    )
    return lines


def only_one(catches: Iterable[menagerie.Catch]) -> list[tuple[str, str]]:
    """The mutants that a single case catches, with that case: nobody may delete it."""
    return [(one.mutant.name, *one.cases) for one in ordered(catches) if len(one.cases) == 1]


def page(
    catches: Sequence[menagerie.Catch], survivors: Sequence[menagerie.Catch], alarms: int
) -> str:
    """The same as Markdown, for the documentation."""
    lines = [
        *closing(catches, survivors, alarms)[-1:],
        "",
        "| mutant | breaks | tolerance | cases | clauses that catch it | bug class |",
        "|---|---|---|---:|---|---|",
    ]
    lines += [
        f"| {one.mutant.name} | {one.mutant.clause} | {one.mutant.tolerance} | {len(one.cases)} |"
        f" {condensed(one.clauses)} | {one.mutant.bug} |"
        for one in ordered(catches)
    ]
    lines += ["", "Caught by one case alone:", ""]
    lines += [f"- {name}: `{case}`" for name, case in only_one(catches)] or ["- none"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
