"""The commands that make and prove golden values: generate, certify, coverage."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from focalspec.conformance.judging import cores
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class MissingExtraError(ValueError):
    """A command that needs packages which are not installed."""


def _import(name: str) -> ModuleType:
    """A module of the golden room, which needs the oracle's packages."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("focalspec"):
            raise
        raise MissingExtraError(
            f"this command needs the package {error.name!r}: pip install 'focalspec[certify]'"
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


def register(group: click.Group, golden_option: Callable[..., Any]) -> None:
    """Adds the commands to the command line."""
    group.command()(golden_option(_jobs_option(_check_option(generate))))


def _jobs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--jobs", type=click.IntRange(min=1), help="Processes side by side.")(
        command
    )


def _check_option(command: Callable[..., Any]) -> Callable[..., Any]:
    quick = click.option(
        "--quick", is_flag=True, help="With --check: trust the hashes of what is unchanged."
    )
    check = click.option(
        "--check", is_flag=True, help="Write nothing; fail where a file would change."
    )
    return check(quick(command))


def generate(golden: Path | None, jobs: int | None, *, check: bool, quick: bool) -> int:
    r"""Compute and prove the golden values of all cases, and write them.

    \b
      focalspec generate            compute what changed
      focalspec generate --check    compute everything again; differences fail
    """
    module = _import("focalspec.golden.generate")
    with _bar() as bar:
        task = bar.add_task("computing", total=None)

        def progress(done: int, total: int, _: str) -> None:
            bar.update(task, completed=done, total=total)

        made = module.generate(
            golden, check=check, quick=quick, jobs=jobs or cores(), progress=progress
        )
    for line in made.differences:
        click.echo(line)
    proofs = ", ".join(f"{count} {rule}" for rule, count in sorted(made.proofs.items()))
    verb = "would change" if check else "changed"
    click.echo(
        f"{made.cases} cases in {made.topics} files, {made.values} values ({proofs});"
        f" {made.computed} computed, {made.reused} kept; {len(made.changed)} files {verb}"
    )
    return int(check and bool(made.changed))
