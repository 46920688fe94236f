"""The options that several commands share."""

from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def examples(*lines: str) -> Callable[[F], F]:
    """Shows examples below the help of a command, each on a line of its own."""

    def add(command: F) -> F:
        shown = "\n".join(f"  {line}" for line in lines)
        command.__doc__ = f"{cleandoc(command.__doc__ or '')}\n\n\b\nExamples:\n{shown}\n"
        return command

    return add


def jobs_option(command: F) -> F:
    """The option that says how much is done at once."""
    return click.option("--jobs", type=click.IntRange(min=1), help="How many at once.")(command)


def golden_option(command: F) -> F:
    """The option that names another folder of golden values."""
    return click.option(
        "--golden",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="Another folder of golden values (the one that holds values/).",
    )(command)


def choosing(command: F) -> F:
    """The options that choose cases."""
    options = (
        click.option(
            "--formula", "formulas", multiple=True, metavar="NAME", help="Only this formula."
        ),
        click.option("--clause", "clauses", multiple=True, metavar="ID", help="Only this clause."),
        click.option(
            "--case", "cases", multiple=True, metavar="GLOB", help="Only cases whose id matches."
        ),
        click.option(
            "--dtype", "dtypes", multiple=True, metavar="NAME", help="Only in this dtype."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def deviating(command: F) -> F:
    """The options about the known deviations of a person's own implementation."""
    options = (
        click.option(
            "--deviations",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            metavar="FILE",
            help="Known deviations (the default is ADAPTER.deviations.yaml beside the adapter).",
        ),
        click.option(
            "--write-deviations",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Draft the failures of today as known deviations, to be explained.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def limiting(command: F) -> F:
    """The options that say in what an implementation runs, and what it may take."""
    options = (
        click.option(
            "--command",
            "commands",
            multiple=True,
            metavar="COMMAND",
            help="A program that speaks the protocol (docs/protocol.md).",
        ),
        click.option("--here", is_flag=True, help="Run adapters in the present environment."),
        click.option(
            "--deadline", type=float, default=60.0, show_default=True, help="Seconds for one case."
        ),
        click.option(
            "--memory", type=float, metavar="GIB", help="Memory that an implementation may hold."
        ),
        golden_option,
    )
    for option in reversed(options):
        command = option(command)
    return command
