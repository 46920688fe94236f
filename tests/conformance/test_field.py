"""All implementations in one run: environments built at once and once each, none stops the rest."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from focalspec.conformance import catalogue, cli, environments, field_page, judging, results
from focalspec.conformance.environments import Header, NoEnvironmentError
from focalspec.conformance.progress import Bars

RIGHT = """\
import numpy as np


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))
"""
HEADER = "# /// script\n# dependencies = {}\n# ///\n"


@pytest.fixture
def field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts adapters in the place of those that come with the suite: their sources by name."""

    def bundle(**sources: str) -> None:
        paths = {name: tmp_path / f"{name}.py" for name in sources}
        for name, source in sources.items():
            paths[name].write_text(source)
        monkeypatch.setattr(catalogue, "bundled", lambda: paths)
        monkeypatch.setenv("FOCALSPEC_CACHE", str(tmp_path / "cache"))

    return bundle


def test_a_package_that_cannot_be_installed_is_told_and_stops_nothing(
    field: Callable[..., None], small: Path, tmp_path: Path
) -> None:
    absent = HEADER.format(["no-such-package-of-focalspec==1"]) + RIGHT
    field(absent=absent, mine=RIGHT, other=RIGHT)
    file = tmp_path / "field.jsonl"
    done = CliRunner().invoke(
        cli.cli,
        ["run", "--all", "--golden", str(small), "--results", str(file)],
        standalone_mode=False,
    )
    assert done.return_value == 2
    rows = [line.split() for line in done.output.splitlines()]
    assert ["absent", "not", "started", *["-"] * 5] in rows
    assert {row[0]: row[3:5] for row in rows if row[:1] in (["mine"], ["other"])} == {
        "mine": ["0", "0"],
        "other": ["0", "0"],
    }
    told = [line for line in done.output.splitlines() if "cannot install" in line]
    assert len(told) == 1
    assert told[0].startswith("absent: cannot install no-such-package-of-focalspec==1: ")
    assert results.load(file).exit_code == 2


def test_all_leaves_no_room_for_others() -> None:
    done = CliRunner().invoke(cli.cli, ["run", "--all", "numpy"])
    assert done.exit_code == 2
    assert "--all: expected no other implementation beside it" in done.output


def test_environments_are_built_at_the_same_time(
    field: Callable[..., None], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    field(first=HEADER.format(["a==1"]) + RIGHT, second=HEADER.format(["b==1"]) + RIGHT)
    both = threading.Barrier(2, timeout=30)

    def build(name: str, *_: object) -> str:
        both.wait()
        raise NoEnvironmentError(f"{name}: met the other")

    monkeypatch.setattr(environments, "_build", build)
    found = catalogue.find_all(list(catalogue.bundled()), [])
    options = judging.Options(golden=small, jobs=1)
    judged = judging.judge(found, options, Bars([one.name for one in found], Console(quiet=True)))
    assert {one.problem for one in judged.implementations} == {
        "first: met the other",
        "second: met the other",
    }


def test_an_environment_that_several_ask_for_is_built_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOCALSPEC_CACHE", str(tmp_path))
    built: list[str] = []

    def build(name: str, header: Header, folder: Path, *_: object) -> str:
        built.append(name)
        folder.mkdir(parents=True)
        time.sleep(0.05)  # long enough for the others to ask
        return str(Path(__file__))

    monkeypatch.setattr(environments, "_build", build)
    header = Header("", ("a==1",), "one-digest")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: environments.interpreter(f"n{i}", header), range(8)))
    assert found == [str(Path(__file__))] * 8
    assert len(built) == 1


def test_the_bars_show_who_is_busy_and_how_many_are_done() -> None:
    bars = Bars(["first", "second"], Console(quiet=True))
    shown = bars.shown
    assert shown() == {"done": (0, 2)}
    bars.preparing("first")
    assert "first" in shown()
    bars.prepared("first")
    assert "first" not in shown()
    bars.starting("first")
    bars.started("first", 5)
    bars.advanced("first", [])
    assert shown() == {"done": (0, 2), "first": (1, 5)}
    bars.finished("first")
    bars.finished("second")
    assert shown() == {"done": (2, 2)}


def test_the_page_names_every_implementation_as_it_is_today() -> None:
    page = (catalogue.ROOM.parent / "docs" / "field.md").read_text(encoding="utf-8")
    assert field_page.rewritten(page) == page, "make field-page draws it again"
    assert all(f"| {name} |" in page for name in catalogue.bundled())


def test_a_page_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(field_page.PageError, match="expected the lines"):
        field_page.rewritten("# The field\n")
