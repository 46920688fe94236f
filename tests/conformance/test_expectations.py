"""Known deviations are strict expectations, and their file is read strictly."""

from pathlib import Path

import pytest

from focalspec.conformance.comparison import Miss
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
WIDER = GOOD.replace("    class:", "    within: {relative: 0.05, absolute: 1e-3}\n    class:")
NEAR, FAR = Miss(2.0, 0.1), Miss(2.0, 0.102)  # 0.05 * 2 + 0.001 lies between them


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


@pytest.fixture
def wider(tmp_path: Path) -> Deviations:
    return load(write(tmp_path, WIDER), "paddle", OUTPUTS)


def test_within_a_wider_tolerance_a_failure_is_a_deviation_and_a_pass_is_a_pass(
    wider: Deviations,
) -> None:
    found = wider.apply(check(Verdict.FAIL), [Miss(0.0, 1e-3), NEAR])
    assert (found.verdict, found.deviation) == (Verdict.DEVIATION, "fractional-labels")
    assert wider.apply(check(Verdict.PASS), []) == check(Verdict.PASS)


def test_beyond_a_wider_tolerance_a_failure_stays_one_and_names_the_bound(
    wider: Deviations,
) -> None:
    found = wider.apply(check(Verdict.FAIL), [Miss(0.0, 1e-3), FAR])
    assert found.verdict is Verdict.FAIL
    assert found.message.startswith("as it was; beyond what is known: relative 0.05, absolute 0.00")
    assert found.message.endswith("paddle.yaml:3, fractional-labels)")


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.ERROR, Verdict.NOT_RUN])
def test_no_tolerance_covers_what_is_not_merely_too_far_off(
    wider: Deviations, verdict: Verdict
) -> None:
    assert wider.apply(check(verdict), None).verdict is verdict


def test_an_entry_whose_checks_must_fail_comes_before_one_that_widens(tmp_path: Path) -> None:
    strict = GOOD.split("deviations:\n")[1].replace("fractional-labels", "wrong")
    both = load(write(tmp_path, WIDER + strict), "paddle", OUTPUTS)
    assert both.apply(check(Verdict.FAIL), [NEAR]).deviation == "wrong"
    assert both.apply(check(Verdict.PASS), []).verdict is Verdict.UNEXPECTED_PASS


def test_of_several_wider_tolerances_the_first_that_holds_explains(tmp_path: Path) -> None:
    second = WIDER.split("deviations:\n")[1].replace("fractional-labels", "worse")
    both = load(write(tmp_path, WIDER + second.replace("0.05", "0.5")), "paddle", OUTPUTS)
    assert both.apply(check(Verdict.FAIL), [NEAR]).deviation == "fractional-labels"
    assert both.apply(check(Verdict.FAIL), [FAR]).deviation == "worse"


def test_a_wider_tolerance_that_nothing_needs_is_no_mistake_one_that_meets_nothing_is(
    wider: Deviations,
) -> None:
    cases = ["sigmoid_focal_loss/labels/fractional-a"]
    (warning,) = wider.warnings(cases, whole=True)
    assert warning.endswith("covers no check that was judged")
    wider.apply(check(Verdict.PASS), [])
    assert wider.warnings(cases, whole=True) == ()


@pytest.mark.parametrize(
    ("within", "message"),
    [
        ("{relative: 0.05, absolut: 1}", "unknown field 'absolut'; did you mean absolute?"),
        ("{relative: much}", "within.relative: expected a number that is not negative, found 'mu"),
        ("{absolute: -1}", "within.absolute: expected a number that is not negative, found '-1'"),
        ("{absolute: 1e999}", "within.absolute: expected a number that is not negative"),
        ("{}", "within: expected relative, absolute or both, more than zero"),
        ("{relative: 0}", "within: expected relative, absolute or both, more than zero"),
        ("0.05", "within: expected a mapping"),
    ],
)
def test_a_mistaken_bound_is_one_line_that_names_the_place(
    tmp_path: Path, within: str, message: str
) -> None:
    path = write(tmp_path, WIDER.replace("{relative: 0.05, absolute: 1e-3}", within))
    with pytest.raises(ValueError, match=r"paddle\.yaml:") as caught:
        load(path, "paddle", OUTPUTS)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


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
