"""Known deviations are strict expectations, and their file is read strictly."""

from pathlib import Path

import pytest

from focalspec.conformance.expectations import Deviations, load
from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check

OUTPUTS = ("loss", "gradient", "error")
GOOD = """\
implementation: paddle
deviations:
  - id: fractional-labels
    cases: ["sigmoid_focal_loss/labels/fractional-*"]
    outputs: [loss]
    dtypes: [float32]
    class: undocumented choice
    reason: the modulator takes a mixed probability
    evidence: loss.py, line 3182
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "paddle.yaml"
    path.write_text(text)
    return path


def check(
    verdict: Verdict,
    case: str = "sigmoid_focal_loss/labels/fractional-a",
    output: str = "loss",
    dtype: str = "float32",
) -> Check:
    return Check("paddle", case, "sigmoid_focal_loss", (), dtype, output, verdict, "as it was")


@pytest.fixture
def known(tmp_path: Path) -> Deviations:
    return load(write(tmp_path, GOOD), "paddle", OUTPUTS)


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR])
def test_a_failure_that_is_explained_is_a_deviation(known: Deviations, verdict: Verdict) -> None:
    found = known.apply(check(verdict))
    assert (found.verdict, found.deviation) == (Verdict.DEVIATION, "fractional-labels")
    assert found.message == "as it was"
    assert not found.failing


def test_a_deviation_that_no_longer_happens_fails_and_names_the_line(known: Deviations) -> None:
    found = known.apply(check(Verdict.PASS))
    assert found.verdict is Verdict.UNEXPECTED_PASS
    assert found.failing
    assert "paddle.yaml:3 (fractional-labels) says that it deviates" in found.message


@pytest.mark.parametrize(
    "other",
    [
        check(Verdict.FAIL, case="sigmoid_focal_loss/labels/hard"),
        check(Verdict.FAIL, output="gradient"),
        check(Verdict.FAIL, dtype="float64"),
    ],
)
def test_what_an_entry_does_not_cover_keeps_its_verdict(known: Deviations, other: Check) -> None:
    assert known.apply(other) == other


@pytest.mark.parametrize("verdict", [Verdict.UNSUPPORTED, Verdict.SURVEY, Verdict.NOT_RUN])
def test_what_was_not_judged_keeps_its_verdict(known: Deviations, verdict: Verdict) -> None:
    assert known.apply(check(verdict)).verdict is verdict


def test_a_pattern_that_matches_no_case_is_warned_about(known: Deviations) -> None:
    (warning,) = known.warnings(["sigmoid_focal_loss/labels/hard"], whole=False)
    assert warning.endswith(
        "paddle.yaml:3 (fractional-labels): no case matches sigmoid_focal_loss/labels/fractional-*"
    )


def test_an_entry_that_meets_no_judged_check_is_warned_about_after_a_whole_run(
    known: Deviations,
) -> None:
    cases = ["sigmoid_focal_loss/labels/fractional-a"]
    known.apply(check(Verdict.UNSUPPORTED))
    assert known.warnings(cases, whole=False) == ()
    (warning,) = known.warnings(cases, whole=True)
    assert warning.endswith("covers no check that was judged")
    known.apply(check(Verdict.FAIL))
    assert known.warnings(cases, whole=True) == ()


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        (
            "implementation: paddle",
            "implementation: torch",
            ":1: implementation: expected 'paddle'",
        ),
        ("    reason: the", "    raeson: the", ":3: deviations[0]: expected the field 'reason'"),
        ("    outputs: [loss]", "    output: [loss]", ":5: unknown field 'output'; did you mean"),
        (
            "    outputs: [loss]",
            "    outputs: [losss]",
            "unknown output 'losss'; did you mean loss?",
        ),
        ("    outputs: [loss]", "    outputs: loss", "outputs: expected a list of names"),
        ("    dtypes: [float32]", "    dtypes: [float23]", "unknown dtype 'float23'; did you mean"),
        ("undocumented choice", "feature", "class: expected one of documented choice"),
        ("loss.py, line 3182", '""', "evidence: expected text, found ''"),
        (
            '["sigmoid_focal_loss/labels/fractional-*"]',
            "[]",
            "cases: expected at least one pattern",
        ),
        ("implementation: paddle", "implementation: [", "expected valid YAML"),
        ("    reason: the", "    reason: a\n    reason: the", "expected each key once"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_the_place(
    tmp_path: Path, line: str, instead: str, message: str
) -> None:
    assert line in GOOD
    path = write(tmp_path, GOOD.replace(line, instead))
    with pytest.raises(ValueError, match=r"paddle\.yaml:") as caught:
        load(path, "paddle", OUTPUTS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert type(caught.value).__module__.startswith("focalspec.")


def test_an_id_stands_once(tmp_path: Path) -> None:
    twice = GOOD + GOOD.split("deviations:\n")[1]
    with pytest.raises(ValueError, match=r"deviations\[1\].id: expected once"):
        load(write(tmp_path, twice), "paddle", OUTPUTS)
