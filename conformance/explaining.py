"""The command that explains: finds the case and its judgements, and prints the explanation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from focalspec import golden, spec
from focalspec.conformance import catalogue, judging, results
from focalspec.conformance.explain import Explanation, find_case, show
from focalspec.conformance.progress import Bars
from focalspec.conformance.results import Check
from focalspec.conformance.selection import Selection
from focalspec.golden.bugs import load_bugs


class Who(NamedTuple):
    """The implementations of a command line, by name or path, and by command."""

    implementations: Sequence[str]
    commands: Sequence[str]


def explain(
    name: str,
    who: Who,
    file: Path | None,
    options: judging.Options,
) -> int:
    """Prints all about one case; the exit code is that of the implementations named."""
    console = Console()
    case = find_case(name, golden.load_suite(options.golden).cases)
    checks: list[Check] = []
    status = 0
    if file is not None:
        checks += [check for check in results.load(file).checks if check.case == case.id]
        if who.implementations:
            checks = [check for check in checks if check.implementation in who.implementations]
    elif who.implementations or who.commands:
        found = catalogue.find_all(who.implementations, who.commands)
        selection = Selection(cases=(case.id,), dtypes=options.selection.dtypes)
        with Bars([one.name for one in found], Console(stderr=True)) as bars:
            judged = judging.judge(found, replace(options, selection=selection), bars)
        checks += judged.checks
        status = judged.exit_code
        for one in judged.implementations:
            if one.problem:
                console.print(one.problem, style="red", markup=False, highlight=False)
    show(Explanation(case, spec.load(), load_bugs(), checks), console)
    return status
