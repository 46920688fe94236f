"""Programs that speak the protocol, well or badly, are judged like adapters."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from focalspec.conformance import judging
from focalspec.conformance.catalogue import program
from focalspec.conformance.judge import Verdict
from focalspec.conformance.progress import Bars
from focalspec.conformance.results import Check, Results
from focalspec.conformance.session import Limits

PROGRAM = Path(__file__).parent / "hostile" / "program.py"

Judged = Callable[[str], Results]


@pytest.fixture
def judged_program(small: Path) -> Judged:
    def run(act: str) -> Results:
        found = program(f"{sys.executable} {PROGRAM} {act}")
        options = judging.Options(limits=Limits(start=2, case=2, answer=1 << 20), golden=small)
        return judging.judge([found], options, Bars([found.name], Console(quiet=True)))

    return run


@pytest.mark.parametrize("act", ["right", "decimals"])
def test_a_program_that_answers_rightly_passes(judged_program: Judged, act: str) -> None:
    (check,) = judged_program(act).checks
    assert check.verdict is Verdict.PASS
    assert check.case == "sigmoid/small/three"


@pytest.mark.parametrize(
    ("act", "message"),
    [
        ("other_id", "garbage: answered 'another' when asked for 'sigmoid/small/three@float64'"),
        ("no_id", "garbage: answered None when asked for 'sigmoid/small/three@float64'"),
        ("not_json", "garbage: wrote 'nan', which is no JSON"),
        ("mute_bytes", "garbage: wrote '��', which is no JSON"),
        ("flood", "flood: wrote more than 1048576 bytes at once"),
        ("other_type", "garbage: expected a result, found a message of type 'reslut'"),
        ("no_outputs", "garbage: outputs: expected an object, found None"),
        ("strings", "garbage: value: data: expected numbers: could not convert"),
        ("too_few", "garbage: value: data: expected a list of 3 numbers"),
        ("negative_shape", "garbage: value: shape: expected a list of sizes, found [-3]"),
        ("no_dtype", "garbage: value: dtype: expected a name, found None"),
        ("no_data", "garbage: sent no numbers for value"),
    ],
)
def test_a_bad_answer_is_an_error_that_says_what_is_wrong(
    judged_program: Judged, act: str, message: str
) -> None:
    (check,) = judged_program(act).checks
    assert check.verdict is Verdict.ERROR
    assert check.message.startswith(message)


def test_a_huge_shape_without_numbers_fails(judged_program: Judged) -> None:
    (check,) = judged_program("huge_shape").checks
    assert check.verdict is Verdict.FAIL
    assert check.message == "expected shape (3,), found (1000000000000, 1000000000000)"


def test_an_answer_without_the_output_is_unsupported(judged_program: Judged) -> None:
    (check,) = judged_program("nothing").checks
    assert check.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        ("silent_at_start", "does not start: no answer within 2 s"),
        ("dies_at_start", "does not start: exited with status 1: no licence found"),
        ("unfinished_line", "does not start: exited with status 0"),
        ("not_json_at_start", "wrote 'Hello!', which is no JSON"),
        ("other_protocol", "started: protocol: expected 1, found 2"),
        ("unknown_formula", "formulas: unknown formula 'sigmoit'; did you mean sigmoid?"),
        ("unknown_dtype", "dtypes: unknown dtype 'float31'; did you mean float32?"),
        ("misspelt_parameter", "softmax: unknown parameter 'axes'; did you mean axis?"),
        ("no_dtypes", "started: dtypes: expected a list of names, found 'float64'"),
        ("no_object", "wrote '[1, 2]', which has no type"),
    ],
)
def test_a_program_that_does_not_start_is_a_problem_of_the_environment(
    judged_program: Judged, act: str, problem: str
) -> None:
    results = judged_program(act)
    assert [judged.problem for judged in results.implementations] == [f"program: {problem}"]
    assert results.exit_code == 2
    assert not results.checks


def test_a_program_that_is_not_there_is_a_problem_of_the_environment(small: Path) -> None:
    found = program("./no-such-program")
    options = judging.Options(golden=small)
    results = judging.judge([found], options, Bars([found.name], Console(quiet=True)))
    problem = results.implementations[0].problem
    assert problem.startswith("no-such-program: does not start: cannot start ./no-such-program: No")


def test_an_implementation_that_keeps_breaking_is_given_up(
    judged: Callable[..., Results], tmp_path: Path
) -> None:
    adapter = tmp_path / "breaking.py"
    adapter.write_text("import os\ndef sigmoid_focal_loss(logits, labels, **_): os._exit(9)\n")
    checks = judged(adapter).checks
    errors = [check for check in checks if check.verdict is Verdict.ERROR]
    left = [check for check in checks if check.verdict is Verdict.NOT_RUN]
    assert len({(check.case, check.dtype) for check in errors}) == 10
    assert left
    assert all(is_given_up(check) for check in left)


def is_given_up(check: Check) -> bool:
    return check.failing and check.message == "not asked: it broke 10 times in a row"
