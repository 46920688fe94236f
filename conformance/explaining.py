"""The command that explains: finds the case and its judgements, prints the explanation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from focalspec import golden, spec
from focalspec.conformance import catalogue, judging, results
from focalspec.conformance.explain import Explanation, find_case, show
from focalspec.conformance.progress import Bars
from focalspec.conformance.reproducing import Reproduction
from focalspec.conformance.results import Check, Judged
from focalspec.conformance.selection import Selection
from focalspec.golden.bugs import load_bugs


class Who(NamedTuple):
    """The implementations of a command line, by name or path, and by command."""

    implementations: Sequence[str]
    commands: Sequence[str]


class ScriptError(ValueError):
    """A script that cannot be written; the message says why."""


def explain(
    name: str,
    who: Who,
    file: Path | None,
    options: judging.Options,
    script: Path | None = None,
) -> int:
    """Prints all about one case; the exit code is that of the implementations named.

    With one implementation, also the script that reproduces the case, which goes to the file
    ``script`` where that is given. Raises ScriptError, or another ValueError.
    """
    named = catalogue.find_all(who.implementations, who.commands)
    if script is not None and (len(named) != 1 or file is not None):
        raise ScriptError("--script: name one implementation, and no --results")
    console = Console()
    case = find_case(name, golden.load_suite(options.golden).cases)
    checks: list[Check] = []
    judgements: Sequence[Judged] = ()
    status = 0
    if file is not None:
        checks += [check for check in results.load(file).checks if check.case == case.id]
        if who.implementations:
            checks = [check for check in checks if check.implementation in who.implementations]
    elif who.implementations or who.commands:
        selection = Selection(cases=(case.id,), dtypes=options.selection.dtypes)
        with Bars([one.name for one in named], Console(stderr=True)) as bars:
            judged = judging.judge(named, replace(options, selection=selection), bars)
        checks += judged.checks
        judgements = judged.implementations
        status = judged.exit_code
        for answered in judgements:
            if answered.problem:
                console.print(answered.problem, style="red", markup=False, highlight=False)
    show(Explanation(case, spec.load(), load_bugs(), checks), console)
    if len(named) == 1 and checks and judgements and not judgements[0].problem:
        _reproduce(Reproduction.of(named[0], case, checks, judgements[0]), script, console)
    return status


def _reproduce(reproduction: Reproduction, file: Path | None, console: Console) -> None:
    """Writes the script, or prints it."""
    text = reproduction.script()
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        console.print(f"\nScript written to {file}", markup=False, highlight=False)
        return
    console.print("\nScript that reproduces it (--script FILE writes it)", style="bold")
    console.print(text, markup=False, highlight=False, soft_wrap=True)
