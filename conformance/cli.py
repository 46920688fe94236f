"""The command line, ``focalspec``: reads what is asked, calls the modules that do it, prints."""

import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from focalspec.conformance import (
    golden_commands,
    hunt_command,
    judging,
    starting,
    sweep_command,
)
from focalspec.conformance.options import choosing, deviating, examples, golden_option, limiting
from focalspec.conformance.selection import Selection
from focalspec.conformance.session import Limits
from focalspec.conformance.tolerances import KINDS
from focalspec.conformance.website import command as website_command

CONFORMS, DIFFERS, USAGE, INTERRUPTED = 0, 1, 2, 130
WIDTH = 120  # columns of output that nobody reads on a terminal
TRACEBACK = "FOCALSPEC_TRACEBACK"

HELP = """The reference specification, golden values and conformance suite of focal losses.

\b
  focalspec run numpy                  judge the losses that come with the suite
  focalspec run path/to/adapter.py     judge your own
  focalspec explain CASE numpy         all about one case, and what numpy says to it
  focalspec list                       what can be judged, and by what
  focalspec init                       write a starter adapter, which runs as it is

Exit codes: 0 conforms, 1 does not, 2 the command or an environment is wrong.

\b
Completion of commands and options, in bash (zsh and fish likewise):
  eval "$(_FOCALSPEC_COMPLETE=bash_source focalspec)"
"""


class Commands(click.Group):
    """The commands, which end well where the next program in a pipe has read enough."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return CONFORMS


@click.group(cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(judging.version(), prog_name="focalspec")
def cli() -> None:
    """The group of all commands."""


def _console() -> Console:
    """Standard output; not a terminal, it has room for every column."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


def _options(chosen: dict[str, Any]) -> judging.Options:
    memory = chosen.get("memory")
    deadline = chosen["deadline"]
    if deadline <= 0:
        raise click.UsageError(f"--deadline: expected more than 0 seconds, found {deadline:g}")
    return judging.Options(
        selection=Selection(
            *(chosen.get(name, ()) for name in ("formulas", "clauses", "cases", "dtypes"))
        ),
        tolerance=chosen.get("tolerance", "standard"),
        limits=Limits(case=deadline, memory=None if memory is None else int(memory * 2**30)),
        here=chosen["here"],
        jobs=chosen.get("jobs") or 0,
        golden=chosen["golden"],
        drafts=chosen.get("write_deviations") is not None,
    )


@cli.command()
@click.argument("implementations", nargs=-1)
@choosing
@limiting
@deviating
@click.option("--tolerance", type=click.Choice(KINDS), default="standard", show_default=True)
@click.option(
    "--results", type=click.Path(path_type=Path, dir_okay=False), help="Keep all results in FILE."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON lines instead.")
@click.option("--jobs", type=click.IntRange(min=1), help="Implementations side by side.")
@click.option("--all", "everyone", is_flag=True, help="All that come with the suite.")
@examples(
    "focalspec run numpy paddle",
    "focalspec run --all --results results/field.jsonl",
    "focalspec run path/to/adapter.py --here --results results.jsonl",
    "focalspec run mypackage.losses --formula sigmoid_focal_loss --dtype float32",
    "focalspec run path/to/adapter.py --write-deviations path/to/adapter.deviations.yaml",
    'focalspec run --command "./mine --fast"',
)
def run(
    implementations: tuple[str, ...],
    commands: tuple[str, ...],
    results: Path | None,
    as_json: bool,
    everyone: bool,
    **chosen: Any,
) -> int:
    """Judge implementations by the golden values.

    An IMPLEMENTATION is a name of `focalspec list`, the path of an adapter, or a module.
    """
    from focalspec.conformance import catalogue, table  # noqa: PLC0415
    from focalspec.conformance.progress import Bars  # noqa: PLC0415

    if everyone and (implementations or commands):
        raise click.UsageError("--all: expected no other implementation beside it")
    if everyone:
        implementations = tuple(catalogue.bundled())
    if not implementations and not commands:
        names = ", ".join(catalogue.bundled())
        raise click.UsageError(f"name an implementation: {names}, or the path of an adapter")
    found = catalogue.find_all(implementations, commands)
    draft: Path | None = chosen["write_deviations"]
    found = judging.with_deviations(found, chosen["deviations"], draft)
    with judging.writing(results) as streams:
        if as_json:
            streams.append(sys.stdout)
        with Bars([one.name for one in found], Console(stderr=True)) as bars:
            judged = judging.judge(found, _options(chosen), bars, streams)
    if not as_json:
        table.show(judged, _console())
    if draft is not None:
        click.echo(judging.draft(judged, draft), err=True)
    return judged.exit_code


@cli.command(name="list")
@choosing
@golden_option
@click.option("--cases", "show_cases", is_flag=True, help="The ids of the cases, one a line.")
@examples(
    "focalspec list",
    "focalspec list --cases --clause SIG-3",
)
def list_(show_cases: bool, golden: Path | None, **chosen: Any) -> int:
    """List what can be judged, and by what."""
    from focalspec.conformance import listing  # noqa: PLC0415

    selection = Selection(chosen["formulas"], chosen["clauses"], chosen["cases"], chosen["dtypes"])
    if show_cases:
        for name in listing.cases(selection, golden):
            click.echo(name)
    else:
        listing.show(_console(), golden)
    return CONFORMS


@cli.command()
@click.argument("case")
@click.argument("implementations", nargs=-1)
@limiting
@click.option("--dtype", "dtypes", multiple=True, metavar="NAME", help="Only in this dtype.")
@click.option("--tolerance", type=click.Choice(KINDS), default="standard", show_default=True)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Show what implementations returned in a run, by its file.",
)
@click.option(
    "--script",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the script that reproduces the case with the implementation.",
)
@examples(
    "focalspec explain sigmoid_focal_loss/documents/paddle-example",
    "focalspec explain sigmoid_focal_loss/documents/paddle-example paddle",
    "focalspec explain sigmoid/values/large-float64 adapter.py --script report.py",
)
def explain(
    case: str,
    implementations: tuple[str, ...],
    commands: tuple[str, ...],
    results: Path | None,
    script: Path | None,
    **chosen: Any,
) -> int:
    """Explain a case: formula, clause, document, inputs, golden values, bug class.

    Name implementations to see what they make of it; of one, also a script that reproduces it.
    """
    from focalspec.conformance import explaining  # noqa: PLC0415

    who = explaining.Who(implementations, commands)
    return explaining.explain(case, who, results, _options(chosen), script)


@cli.command()
@click.argument("implementation", required=False)
@limiting
@examples(
    "focalspec smoke path/to/adapter.py",
    "focalspec smoke --command ./mine",
)
def smoke(implementation: str | None, commands: tuple[str, ...], **chosen: Any) -> int:
    """Tell a broken adapter from a wrong implementation, in plain words."""
    from focalspec.conformance import catalogue  # noqa: PLC0415
    from focalspec.conformance import smoke as trying  # noqa: PLC0415

    found = catalogue.find_all([implementation] if implementation else [], commands)
    if len(found) != 1:
        raise click.UsageError("name one implementation")
    prepared, _ = judging.plan(_options(chosen))
    findings = []
    for finding in trying.try_out(found[0], prepared):
        mark = "no " if not finding.works else "bad" if finding.wrong else "ok "
        click.echo(f"{mark} {finding.text}")
        findings.append(finding)
    click.echo(trying.conclusion(findings))
    if not all(finding.works for finding in findings):
        return USAGE
    return DIFFERS if any(finding.wrong for finding in findings) else CONFORMS


@cli.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="adapter.py")
@click.option(
    "--formula", "formulas", multiple=True, metavar="NAME", help="sigmoid_focal_loss, or others."
)
@click.option(
    "--framework", default="numpy", show_default=True, metavar="NAME", help=starting.NAMES
)
@examples(
    "focalspec init",
    "focalspec init --framework torch --formula softmax_focal_loss losses/adapter.py",
)
def init(path: Path, formulas: tuple[str, ...], framework: str) -> int:
    """Write a starter adapter, which runs as it is: replace its loss by your own."""
    starting.write(path, starting.starter(framework, formulas))
    click.echo(f"{path}: written; next: focalspec run {path}")
    return CONFORMS


website_command.register(cli, _console)
golden_commands.register(cli)
hunt_command.register(cli)
sweep_command.register(cli, _console)


def main() -> None:
    """The entry point: every end of a command becomes one line and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: leave no process behind
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        status = end.exit_code
    except click.ClickException as error:
        status = _say(error.format_message(), USAGE)
    except (KeyboardInterrupt, click.Abort):
        status = _say("interrupted", INTERRUPTED)
    except Exception as error:
        status = _say(_message(error), USAGE)
    sys.exit(status or 0)


def _message(error: Exception) -> str:
    """What is said of an exception: ours are written for people, any other is our mistake."""
    if os.environ.get(TRACEBACK):
        traceback.print_exc()
    if isinstance(error, ValueError) and type(error).__module__.startswith("focalspec."):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    where = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"internal error in {Path(where.filename).name}:{where.lineno}:"
        f" {type(error).__name__}: {error}; {TRACEBACK}=1 shows the traceback"
    )


def _say(message: str, status: int) -> int:
    click.echo(f"focalspec: {' '.join(message.split())}", err=True)
    return status


if __name__ == "__main__":
    main()
