"""The command ``focalspec hunt``: looks beyond the golden values for what is wrong."""

import importlib
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from focalspec.conformance import catalogue, judging
from focalspec.conformance.options import examples, limiting
from focalspec.conformance.selection import Selection
from focalspec.conformance.session import Limits

SKIP, REPORT = "skip", "report"


class MissingHuntExtraError(ValueError):
    """A hunt where the packages that it needs are not installed."""


def register(group: click.Group) -> None:
    """Adds the command to the command line."""
    group.add_command(hunt)


@click.command()
@click.argument("implementation", required=False)
@click.option("--formula", "formulas", multiple=True, metavar="NAME", help="Only this formula.")
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    metavar="NAME",
    help="Only in this dtype.  [default: float64 and float32]",
)
@click.option("--property", "properties", multiple=True, metavar="NAME", help="Only this property.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another hunt.")
@click.option(
    "--examples",
    "count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Calls to try for each property of each formula, and again after each finding.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    help="Stop after so long, wherever that is: then two hunts may differ.",
)
@click.option(
    "--known",
    type=click.Choice((SKIP, REPORT)),
    default=SKIP,
    show_default=True,
    help="What becomes of the causes of known deviations.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the scripts and cases there, too.",
)
@limiting
@examples(
    "focalspec hunt paddle --seed 1",
    "focalspec hunt path/to/adapter.py --here --formula sigmoid_focal_loss --dtype float32",
    "focalspec hunt numpy --property inert --examples 1000",
)
def hunt(implementation: str | None, commands: tuple[str, ...], **chosen: Any) -> int:
    """Look beyond the golden values for inputs where an implementation is wrong.

    Calls are made up by a search and held against the oracle and the formulas' properties:
    oracle, gamma-zero, symmetry, shift, permutation, reductions, inert, gradient, between. Each
    failure is shrunk and printed as a script and as a golden case; the hunt then goes on behind it.
    Exit codes: 0 nothing found, 1 something found, 2 the command or an environment is wrong.
    """
    found = catalogue.find_all([implementation] if implementation else [], commands)
    if len(found) != 1:
        raise click.UsageError("name one implementation")
    hunting = _hunting()
    plan = _plan(chosen)
    quarry = hunting.Quarry(
        implementation=found[0],
        properties=chosen["properties"],
        dtypes=chosen["dtypes"],
        formulas=chosen["formulas"],
        skip_known=chosen["known"] == SKIP,
    )
    console = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(f"starting {found[0].name}", total=None)

        def watch(tally: Any) -> None:
            progress.update(
                task,
                description=f"{tally.formula} {tally.property}: {tally.examples} examples,"
                f" {tally.findings} found",
            )

        budget = hunting.Budget(chosen["seed"], chosen["count"])
        hunter = hunting.Hunter(budget, chosen["seconds"], click.echo, watch)
        outcome = hunter.isolated(quarry, plan)
    if chosen["out"] is not None:
        hunting.write(outcome, chosen["out"])
    return int(bool(outcome.findings))


def _plan(chosen: dict[str, Any]) -> Any:
    deadline, memory = chosen["deadline"], chosen["memory"]
    if deadline <= 0:
        raise click.UsageError(f"--deadline: expected more than 0 seconds, found {deadline:g}")
    options = judging.Options(
        selection=Selection(chosen["formulas"], (), (), chosen["dtypes"]),
        limits=Limits(case=deadline, memory=None if memory is None else int(memory * 2**30)),
        here=chosen["here"],
        golden=chosen["golden"],
    )
    return judging.plan(options)[0]


def _hunting() -> Any:
    """The hunt, which needs the oracle's packages and Hypothesis."""
    try:
        return importlib.import_module("focalspec.conformance.hunt.hunting")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("focalspec"):
            raise
        raise MissingHuntExtraError(
            f"this command needs the package {error.name!r}: pip install 'focalspec[hunt]'"
        ) from error
