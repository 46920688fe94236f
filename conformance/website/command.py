"""The command ``focalspec report``: draws the results of a run in every form that people read."""

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from focalspec.conformance import report as drawing
from focalspec.conformance import results, sweep_results, sweep_table, table
from focalspec.conformance.options import F, examples, golden_option
from focalspec.conformance.results import Results
from focalspec.conformance.website import badge as badges
from focalspec.conformance.website import summary

if TYPE_CHECKING:
    from focalspec.golden import Suite

STDOUT = "-"


class MissingExtraError(ValueError):
    """The site, where the packages that it is made with are not installed."""


def register(group: click.Group, console: Callable[[], Console] = Console) -> None:
    """Adds the command to the command line; ``console`` makes the console that the table uses."""
    group.add_command(_command(console))


def _command(console: Callable[[], Console]) -> click.Command:
    @click.command()
    @click.argument("results_file", metavar="RESULTS", type=click.Path(path_type=Path))
    @click.option("--html", type=click.Path(path_type=Path), metavar="FOLDER", help="A site.")
    @_file_option("--markdown", "Markdown, as the summary of a CI job")
    @_file_option("--junit", "JUnit XML")
    @_file_option("--badge", "A badge, as an endpoint file of shields")
    @_file_option("--survey", "What is done where the documents are silent, as Markdown")
    @golden_option
    @examples(
        "focalspec report results.jsonl --html site/",
        'focalspec report results.jsonl --markdown >> "$GITHUB_STEP_SUMMARY"',
        "focalspec report results.jsonl --junit junit.xml --badge badge.json",
        "focalspec report results.jsonl --survey survey.md",
        "focalspec report sweep.jsonl --html site/",
    )
    def report(results_file: Path, html: Path | None, golden: Path | None, **files: Any) -> int:
        """Draw the results of a run again: as a table, or as a site, Markdown, JUnit XML, a badge.

        Markdown, JUnit XML, the badge and the survey go to standard output where no FILE is named.
        The results of a sweep are drawn as a table, as Markdown, or as a page with an error map.
        """
        if sweep_results.is_sweep(results_file):
            return _report_sweep(results_file, html, files, console())
        loaded = results.load(results_file)
        for name, text in _texts(loaded, files, golden).items():
            _put(files[name], text)
        if html is not None:
            count = write_html(loaded, html, golden)
            click.echo(f"{html / 'index.html'}: {count} pages", err=True)
        if html is None and not any(files.values()):
            table.show(loaded, console())
        return loaded.exit_code

    return report


def _report_sweep(
    file: Path, html: Path | None, files: Mapping[str, str | None], console: Console
) -> int:
    """Draws the results of a sweep: as a table, or as a page with its error map."""
    wrong = [name for name, text in files.items() if text and name != "markdown"]
    if wrong:
        raise sweep_results.SweepFileError(f"--{wrong[0]}: {file} holds a sweep, not a run")
    sweep = sweep_results.load(file)
    if files["markdown"]:
        _put(files["markdown"], sweep_table.markdown(sweep))
    if html is not None:
        _site("sweep_site").write_sweep(sweep, html)
        click.echo(f"{html / 'index.html'}: 1 page", err=True)
    elif not files["markdown"]:
        sweep_table.show(sweep, console)
    return sweep.exit_code


def _file_option(name: str, what: str) -> Callable[[F], F]:
    text = f"{what}; into FILE, or to standard output."
    return click.option(
        name, is_flag=False, flag_value=STDOUT, metavar="[FILE]", type=click.Path(), help=text
    )


def _texts(loaded: Results, files: Mapping[str, str | None], golden: Path | None) -> dict[str, str]:
    texts = {}
    if files["markdown"]:
        texts["markdown"] = summary.markdown(loaded)
    if files["junit"]:
        texts["junit"] = drawing.junit(loaded)
    if files["badge"]:
        texts["badge"] = json.dumps(badges.badge(loaded)) + "\n"
    if files["survey"]:
        texts["survey"] = survey(loaded, golden)
    return texts


def _put(file: str, text: str) -> None:
    if file == STDOUT:
        click.echo(text, nl=False)
        return
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def survey(loaded: Results, golden: Path | None) -> str:
    """The survey of a run as a page of Markdown. Raises ResultsError."""
    from focalspec import spec  # noqa: PLC0415  (slow to read, and rarely wanted)
    from focalspec.conformance.website import survey_page  # noqa: PLC0415
    from focalspec.conformance.website.facts import Facts  # noqa: PLC0415

    cases = {case.id: case for case in _suite(loaded, golden).cases}
    return survey_page.markdown(Facts(loaded, cases, spec.load(), bugs={}))


def _suite(loaded: Results, golden: Path | None) -> "Suite":
    """The golden values that results were judged by. Raises ResultsError where they are others."""
    from focalspec import golden as values  # noqa: PLC0415  (slow to read, and rarely wanted)

    suite = values.load_suite(golden)
    if suite.digest != loaded.header.golden:
        raise results.ResultsError(
            f"the results were judged by the golden values {loaded.header.golden[:12]}, and these"
            f" are {suite.digest[:12]}: name theirs with --golden, or run again"
        )
    return suite


def _site(name: str) -> Any:
    """A module that writes pages. Raises MissingExtraError."""
    try:
        return importlib.import_module(f"focalspec.conformance.website.{name}")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("focalspec"):
            raise
        raise MissingExtraError(
            f"--html needs the package {error.name!r}: pip install 'focalspec[report]'"
        ) from error


def write_html(loaded: Results, folder: Path, golden: Path | None) -> int:
    """Write the site of a run; the number of its pages. Raises MissingExtraError, SiteError."""
    from focalspec import spec  # noqa: PLC0415  (slow to read, and rarely wanted)
    from focalspec.golden.bugs import load_bugs  # noqa: PLC0415

    site = _site("site")
    count: int = site.write_site(
        loaded, folder, golden=_suite(loaded, golden), spec=spec.load(), bugs=load_bugs()
    )
    return count
