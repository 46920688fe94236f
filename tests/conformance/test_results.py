"""A results file is whole or refused, and says again what the run said."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from focalspec.conformance.judge import Verdict, Worst
from focalspec.conformance.results import (
    Check,
    Header,
    Judged,
    Known,
    Recorder,
    Results,
    ResultsError,
    load,
)

HEADER = Header("0.1", "ab" * 32, "standard", "2026-01-01T00:00:00+00:00", {"python": "3"}, ("a",))
WORST = Worst((1, 0), "0.1", 0.1, float("nan"), None, 2.5, 1e-5)
CHECKS = (
    Check(
        "a", "f/t/one", "f", ("F-1",), "float32", "loss", Verdict.FAIL, "off", ("n",), worst=WORST
    ),
    Check("a", "f/t/two", "f", (), "float64", "loss", Verdict.SURVEY, reading="zero"),
)


def record(path: Path, *, finish: bool = True) -> Results | None:
    with path.open("w") as stream:
        recorder = Recorder(HEADER, [stream])
        for check in CHECKS:
            recorder.check(check)
        known = Known("own-rule", "crash", "because", "line 7", "a.yaml:3", "relative 0.05")
        judged = Judged("a", "1", "C", {"f": ("x",)}, ("float32",), {"cc": "gcc"})
        recorder.implementation(replace(judged, deviations=(known,)))
        if finish:
            return recorder.finish()
        recorder.interrupted()
        return None


def test_a_file_says_again_what_the_run_said(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    told = record(path)
    assert told is not None
    read = load(path)
    assert repr(read) == repr(told)  # a NaN equals nothing, itself included
    assert read.exit_code == told.exit_code == 1
    kinds = [json.loads(line)["type"] for line in path.read_text().splitlines()]
    assert kinds == ["header", "check", "check", "implementation", "footer"]


def test_an_interrupted_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    record(path, finish=False)
    with pytest.raises(ResultsError, match=r"r\.jsonl: is incomplete: it has 2 checks and no foo"):
        load(path)


def test_a_file_that_lost_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    record(path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]))
    with pytest.raises(ResultsError, match="is incomplete: it has 1 checks"):
        load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "r.jsonl:1: expected the header"),
        ("{\n", "r.jsonl:1: expected a line of JSON"),
        ("[]\n", "r.jsonl:1: expected an object with a type"),
        ('{"type": "check"}\n', "r.jsonl:1: expected the header"),
        ('{"type": "header", "format": 2}\n', "r.jsonl:1: format: expected 1, found 2"),
    ],
)
def test_what_is_no_results_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    with pytest.raises(ResultsError) as caught:
        load(path)
    assert message in str(caught.value)


def test_an_unknown_verdict_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    record(path)
    path.write_text(path.read_text().replace('"fail"', '"flail"'))
    with pytest.raises(ResultsError, match=r"r\.jsonl:2: check: 'flail' is not a valid Verdict"):
        load(path)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.PASS, 0),
        (Verdict.SURVEY, 0),
        (Verdict.DEVIATION, 0),
        (Verdict.UNSUPPORTED, 0),
        (Verdict.FAIL, 1),
        (Verdict.ERROR, 1),
        (Verdict.UNEXPECTED_PASS, 1),
        (Verdict.NOT_RUN, 1),
    ],
)
def test_the_exit_code_follows_the_verdicts(verdict: Verdict, code: int) -> None:
    recorder = Recorder(HEADER, [io.StringIO()])
    recorder.check(Check("a", "f/t/one", "f", (), "float32", "loss", verdict))
    assert recorder.finish().exit_code == code


def test_an_implementation_that_does_not_start_makes_it_two() -> None:
    recorder = Recorder(HEADER)
    recorder.check(Check("a", "f/t/one", "f", (), "float32", "loss", Verdict.FAIL))
    recorder.implementation(Judged("a", problem="a: does not start"))
    assert recorder.finish().exit_code == 2
