"""The summary, the badge, and the numbers and axes of the pages."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Known, Recorder, Results
from focalspec.conformance.website import axes, numbers
from focalspec.conformance.website.badge import badge
from focalspec.conformance.website.summary import markdown
from focalspec.conformance.website.verdicts import Tally
from focalspec.golden import Array

ALL = (Verdict.PASS, Verdict.DEVIATION, Verdict.FAIL, Verdict.UNSUPPORTED)


def run_of(results: Results, *verdicts: Verdict) -> Results:
    """A run of one implementation with these verdicts."""
    first = results.checks[0]
    checks = tuple(replace(first, verdict=verdict, deviation="own-rule") for verdict in verdicts)
    return Results(results.header, results.implementations[:1], checks)


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        ((Verdict.PASS, Verdict.PASS), "conforms (2/2)"),
        ((Verdict.PASS, Verdict.UNSUPPORTED, Verdict.SURVEY), "conforms (1/1)"),
        ((Verdict.PASS, Verdict.DEVIATION), "conforms with 1 known deviation (1/2)"),
        ((Verdict.PASS, Verdict.FAIL, Verdict.ERROR), "differs (1/3)"),
        ((Verdict.UNEXPECTED_PASS,), "differs (0/1)"),
        ((Verdict.UNSUPPORTED,), "not judged"),
    ],
)
def test_the_badge_says_how_many_of_the_judged_checks_pass(
    results: Results, verdicts: tuple[Verdict, ...], message: str
) -> None:
    made = badge(run_of(results, *verdicts))
    assert made["message"] == message
    assert (made["schemaVersion"], made["label"]) == (1, "focal loss")


def test_the_badges_colours_tell_conforming_deviating_and_differing_apart(
    results: Results,
) -> None:
    endings = [(Verdict.PASS,), (Verdict.DEVIATION,), (Verdict.FAIL,), ()]
    assert len({badge(run_of(results, *ending))["color"] for ending in endings}) == 4


def test_the_badge_of_what_does_not_start_is_not_green(results: Results) -> None:
    made = badge(Results(results.header, results.implementations[-1:], ()))
    assert made["message"] == "does not start"


def test_the_summary_lists_deviations_with_reasons_in_one_row(results: Results) -> None:
    entry = Known("own-rule", "wrong result", "one | two\nthree <b>", "evidence", "place")
    judged = [replace(one, deviations=(entry,)) for one in results.implementations]
    text = markdown(run_of(replace(results, implementations=tuple(judged)), *ALL))
    assert "| good | own-rule | wrong result | 1 | one \\| two three &lt;b> |" in text


def test_the_summary_of_a_run_without_deviations_says_nothing_of_them(results: Results) -> None:
    assert "deviation |" not in markdown(run_of(results, Verdict.PASS)).lower()


def test_a_tally_shows_the_verdict_that_counts_most() -> None:
    tally = Tally()
    assert (tally.shown, tally.code, tally.label) == (None, "", "")
    tally.add("float32", Verdict.PASS)
    tally.add("float64", Verdict.PASS)
    assert tally.shown is Verdict.PASS
    tally.add("float64", Verdict.FAIL)
    assert tally.shown is Verdict.FAIL
    assert tally.label == "1 fail, 2 pass"
    assert tally.share == 67
    assert {part[0]: part[1:] for part in tally.code.split()} == {"0": "p1f1", "1": "p1"}


def test_a_golden_value_is_never_cut_before_its_exponent() -> None:
    assert numbers.digits("5.148200222412013484917e-131", 8) == "5.148200…e-131"
    assert numbers.digits("0.5", 8) == "0.5"


def test_arrays_are_shown_in_brackets_row_by_row() -> None:
    assert numbers.nested(Array("int64", (2, 2), (1, 2, 3, 4))) == "[[1, 2],\n [3, 4]]"
    assert numbers.nested(Array("float", (), (0.5,))) == "0.5"
    assert numbers.nested(Array("float", (0,), ())) == "[]"
    assert numbers.nested(Array("float", (2, 0), ())) == "[[],\n []]"
    assert numbers.positions((2, 2), 4) == ["[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"]
    assert "(760 more)" in numbers.nested(Array("int64", (1000,), (7,) * 1000))


@pytest.mark.parametrize("scale", [axes.SYMMETRIC, axes.ODDS, axes.LOGARITHMIC])
def test_an_axis_keeps_the_order_of_numbers_and_its_ends(scale: axes.Scale) -> None:
    given = [1e-9, 1e-3, 0.25, 0.5, 0.75, 0.999]
    axis = axes.axis("x", scale, axes.around(scale, given), (0.0, 100.0))
    places = [axis.place(number) for number in given]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0.0, 100.0)
    assert axis.place(0.0) == 0.0
    assert all(0 <= tick.at <= 100 for tick in axis.ticks)


def test_numbers_far_away_do_not_stretch_an_axis() -> None:
    assert axes.around(axes.SYMMETRIC, [-9.0, 9.0, 1e300])[1] == pytest.approx(1.0)


def written(results: Results, path: Path) -> Path:
    with path.open("w", encoding="utf-8") as stream:
        recorder = Recorder(results.header, [stream])
        for judged in results.implementations:
            recorder.implementation(judged)
        for check in results.checks:
            recorder.check(check)
        recorder.finish()
    return path


def focalspec(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "focalspec.conformance.cli", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def test_one_command_draws_every_form(results: Results, small: Path, tmp_path: Path) -> None:
    file = written(results, tmp_path / "results.jsonl")
    done = focalspec(
        *("report", file, "--golden", small, "--html", tmp_path / "site"),
        *("--markdown", tmp_path / "new" / "summary.md"),
        *("--junit", tmp_path / "junit.xml", "--badge", tmp_path / "badge.json"),
    )
    assert done.returncode == 2, done.stderr  # one of its implementations did not start
    assert (tmp_path / "site" / "index.html").exists()
    assert "| good | 1.0 |" in (tmp_path / "new" / "summary.md").read_text()
    assert "<testsuites" in (tmp_path / "junit.xml").read_text()
    assert json.loads((tmp_path / "badge.json").read_text())["schemaVersion"] == 1


def test_a_badge_without_a_file_is_printed(results: Results, tmp_path: Path) -> None:
    file = written(run_of(results, Verdict.PASS), tmp_path / "results.jsonl")
    done = focalspec("report", file, "--badge")
    assert json.loads(done.stdout)["message"] == "conforms (1/1)"
    assert done.returncode == 0


def test_results_of_other_golden_values_are_refused(results: Results, tmp_path: Path) -> None:
    file = written(run_of(results, Verdict.PASS), tmp_path / "results.jsonl")
    done = focalspec("report", file, "--html", tmp_path / "site")
    assert done.returncode == 2
    assert "name theirs with --golden" in done.stderr
    assert not (tmp_path / "site").exists()
