"""A sweep's results are drawn as a table, as Markdown, and as a page with an error map."""

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from focalspec.conformance import sweep_results, sweep_table
from focalspec.conformance.cli import cli
from focalspec.conformance.sweep.inputs import total
from focalspec.conformance.sweep_results import Configuration, Header, Ledgers, Seconds, Shard, Span
from focalspec.conformance.website import error_map, sweep_site
from focalspec.golden.formats import FLOAT16

HOSTILE = "<script>window.broken=1</script>\"'&"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
CONFIGURATIONS = (
    Configuration("sigmoid_focal_loss", "float16", 1, 0.25, 2.0),
    Configuration("sigmoid_focal_loss", "float16", 0, None, 0.0),
    Configuration("sigmoid_focal_loss", "float16", 1, None, 1.0),
)


def wrong(inputs: np.ndarray, loss: np.ndarray, gradient: np.ndarray) -> None:
    gradient[(inputs > 2.99) & (inputs < 3.01)] = np.nan
    loss[(inputs > -41) & (inputs < -39)] *= inputs.dtype.type(1.25)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty place for a results file."""
    return tmp_path_factory.mktemp("sweep") / "sweep.jsonl"


@pytest.fixture
def results(file: Path, counted: Callable[..., sweep_results.Outcome]) -> Path:
    """The results of one configuration with faults, one without, one that is not offered."""
    if file.exists():
        return file
    span = Span(0, total(FLOAT16), 1, -FLOAT16.largest, FLOAT16.largest)
    header = Header(
        focalspec="0.0",
        implementation=HOSTILE,
        version="1",
        formula="sigmoid_focal_loss",
        configurations=CONFIGURATIONS,
        spans={"float16": span},
        shard=span.count,
        within=None,
        started="2026-01-01T00:00:00+00:00",
        platform={"system": HOSTILE},
    )
    with file.open("w", encoding="utf-8") as stream:
        ledgers = Ledgers(header, stream)
        ledgers.open()
        for at, fault in enumerate((wrong, None)):
            outcome = counted(CONFIGURATIONS[at], 0, span.count, fault)
            ledgers.add(Shard(at, 0, outcome, Seconds(2.0, 1.0, 0.5)))
        ledgers.unsupported(2, HOSTILE)
        ledgers.finish()
    return file


def test_the_map_shows_the_worst_error_of_every_exponent(results: Path) -> None:
    (drawn,) = error_map.maps(sweep_results.load(results))
    loss, gradient, *others = drawn.rows
    assert [row.output for row in drawn.rows] == ["loss", "gradient"] * 2
    assert [run.level for row in others for run in row.runs if run.level > 1] == []
    (lost,) = [run for run in gradient.runs if run.level == len(error_map.LEVELS) - 1]
    assert lost.title.startswith("inputs from 2¹ to 2²: no number; ")
    (far,) = [run for run in loss.runs if run.level > 1]
    assert re.match(r"inputs from −2⁶ to −2⁵: worst \d+ ulp; \d+ of 1,024", far.title)
    for row in drawn.rows:  # side by side, from the first bin to the last
        for before, after in zip(row.runs, row.runs[1:], strict=False):
            assert after.x == pytest.approx(before.x + before.width, abs=0.02)
        assert row.runs[0].x == error_map.LEFT
        last = row.runs[-1]
        assert last.x + last.width == pytest.approx(error_map.LEFT + error_map.WIDTH, abs=0.02)
    assert "0" in {tick.label for tick in drawn.ticks}


def test_the_page_is_well_formed_and_escaped(results: Path) -> None:
    page = sweep_site.render(sweep_results.load(results))
    assert "<script>window" not in page
    assert "&lt;script&gt;window" in page
    (drawing,) = re.findall(r"<svg class=\"errors\".*?</svg>", page, re.DOTALL)
    shapes = ElementTree.fromstring(drawing)
    assert len(shapes.findall(".//rect")) == len(shapes.findall(".//rect/title")) > 8
    ids: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            ids.extend(value or "" for name, value in attrs if name == "id")

    Reader().feed(page)
    assert len(ids) == len(set(ids))


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page_without_complaint(
    results: Path, tmp_path: Path, scheme: str
) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    sweep_site.write_sweep(sweep_results.load(results), tmp_path / "site")
    said: list[str] = []
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(color_scheme=scheme)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("requestfailed", lambda request: said.append(request.url))
        page.goto((tmp_path / "site" / "index.html").as_uri())
        filled = page.evaluate(
            "[...document.querySelectorAll('.errors rect')].map(r => getComputedStyle(r).fill)"
        )
        wide = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        broken = page.evaluate("window.broken")
        browser.close()
    assert (said, broken, wide) == ([], None, True)
    assert len(set(filled)) >= 4


def test_the_table_and_the_markdown_have_every_configuration(results: Path) -> None:
    sweep = sweep_results.load(results)
    assert sweep.exit_code == 1
    console = Console(width=120, record=True, quiet=False, file=(results.parent / "out").open("w"))
    sweep_table.show(sweep, console)
    shown = console.export_text()
    assert "every finite input from -65504 to 65504: 63,488" in shown
    assert f"not swept: float16 label=1 alpha=off gamma=1: {HOSTILE}" in shown
    assert "found nan" in shown
    assert "  worst input -" in shown
    console.file.close()
    told = sweep_table.markdown(sweep)
    assert told.count("\n|") == 6
    assert re.search(r"\| 1 \| 0.25 \| 2 \| loss \| \d+ \| -\d+", told)


def test_report_knows_a_sweep_by_its_file(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def report(*words: object) -> int:
        status: int = cli.main(["report", str(results), *map(str, words)], standalone_mode=False)
        return status

    assert report("--html", tmp_path / "site") == 1
    assert (tmp_path / "site" / "index.html").is_file()
    assert report("--markdown") == 1
    assert "## Sweep of" in capsys.readouterr().out
    with pytest.raises(sweep_results.SweepFileError, match="holds a sweep, not a run"):
        report("--junit")


def test_an_unfinished_file_is_refused_with_what_to_do(results: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.jsonl"
    part.write_text("".join(results.read_text().splitlines(keepends=True)[:2]))
    with pytest.raises(sweep_results.SweepFileError, match="1 of 3 shards and no footer"):
        sweep_results.load(part)
    part.write_text(results.read_text().replace('"outcome"', '"out"'))
    with pytest.raises(sweep_results.SweepFileError, match=re.escape(f"{part}:")):
        sweep_results.load(part)
