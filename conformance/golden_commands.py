"""The commands that make and prove golden values: generate, certify, coverage."""

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from focalspec.conformance.judging import cores
from focalspec.conformance.options import examples, golden_option, jobs_option
from focalspec.golden import load_suite
from focalspec.golden.parallel import in_order


class MissingExtraError(ValueError):
    """A command that needs packages which are not installed."""


@contextmanager
def _needing_extra() -> Iterator[None]:
    """What computes and proves needs the oracle's packages, and says so where they are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith("focalspec"):
            raise
        raise MissingExtraError(
            f"this command needs the module {error.name!r}: pip install 'focalspec[certify]'"
        ) from error


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def register(group: click.Group) -> None:
    """Adds the commands to the command line."""
    for command in (generate, certify, coverage):
        group.add_command(command)


@click.command()
@golden_option
@jobs_option
@click.option("--check", is_flag=True, help="Write nothing; fail where a file would change.")
@click.option("--quick", is_flag=True, help="With --check: trust the hashes of what is unchanged.")
@examples(
    "focalspec generate            compute what changed",
    "focalspec generate --check    compute everything again; differences fail",
)
def generate(golden: Path | None, jobs: int | None, *, check: bool, quick: bool) -> int:
    """Compute and prove the golden values of all cases, and write them."""
    module = importlib.import_module("focalspec.golden.generate")
    with _needing_extra(), _bar() as bar:
        task = bar.add_task("computing", total=None)

        def progress(done: int, total: int, _: str) -> None:
            bar.update(task, completed=done, total=total)

        made = module.generate(
            golden, check=check, quick=quick, jobs=jobs or cores(), progress=progress
        )
    for line in made.differences:
        click.echo(line)
    verb = "would change" if check else "changed"
    click.echo(
        f"{made.cases} cases in {made.topics} files, {made.values} values ({_spelt(made.proofs)});"
        f" {made.computed} computed, {made.reused} kept; {len(made.changed)} files {verb}"
    )
    return int(check and bool(made.changed))


@click.command()
@golden_option
@jobs_option
@click.option("--formula", "formulas", multiple=True, metavar="NAME", help="Only this formula.")
@examples("focalspec certify", "focalspec certify --formula sigmoid")
def certify(golden: Path | None, jobs: int | None, formulas: tuple[str, ...]) -> int:
    """Prove every golden value again, by the enclosure alone.

    Prints how many values of each file hold by which rule, and each that does not hold.
    """
    with _needing_extra():
        prove = importlib.import_module("focalspec.golden.certify").prove
    cases = load_suite(golden, formulas=formulas or None).cases
    tallies: dict[str, Counter[str]] = {}
    failures: list[str] = []
    with _needing_extra(), _bar() as bar:
        task = bar.add_task("proving", total=len(cases))
        for case, proof in zip(cases, in_order(prove, cases, jobs or cores()), strict=True):
            tallies.setdefault(f"{case.formula}/{case.topic}", Counter()).update(proof.tally)
            failures += proof.failures
            bar.update(task, advance=1)
    for name, tally in tallies.items():
        click.echo(f"{name}: {_spelt(tally)}")
    for failure in failures:
        click.echo(f"NOT PROVEN {failure}")
    total = sum(tallies.values(), Counter())
    click.echo(f"{total.total()} values proven ({_spelt(total)}), {len(failures)} not")
    return int(bool(failures))


def _spelt(tally: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {rule}" for rule, count in sorted(tally.items())) or "no values"


@click.command()
@golden_option
@examples("focalspec coverage")
def coverage(golden: Path | None) -> int:
    """Find clauses and bug classes that no case covers."""
    found = importlib.import_module("focalspec.golden.coverage").coverage(golden)
    for message in found.messages():
        click.echo(message)
    clauses, bugs = len(found.cases_by_clause), len(found.cases_by_bug)
    click.echo(
        f"{clauses - len(found.clauses_without_case)} of {clauses} clauses and"
        f" {bugs - len(found.bugs_without_case)} of {bugs} bug classes have cases"
    )
    return int(not found.complete)
