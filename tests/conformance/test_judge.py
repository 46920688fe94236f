"""The judge tells right from wrong, and handles by name what is not an ordinary number."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from focalspec.conformance.answers import Answer, Broken, Declined, Output, Raised, Returned
from focalspec.conformance.comparison import FLUSHED, NOT_QUITE_ZERO, OTHER_ZERO, OVERFLOWED
from focalspec.conformance.judge import LOSS_ALONE, NO_READING, Judge, Judgement, Verdict
from focalspec.golden import Expected, Golden, GoldenCase, Reading
from focalspec.golden.formats import FORMATS, round_to

INF, NAN = math.inf, math.nan


def golden(decimal: str, *, condition: float | None = 1.0) -> Golden:
    """A golden value, the decimal being exactly a float64 or an infinity."""
    value = float(decimal)
    rounded = [round_to(form, value) for form in FORMATS.values()]
    return Golden(decimal, *rounded, condition, "ball")


def case(
    *values: Golden,
    shape: tuple[int, ...] | None = None,
    formula: str = "softmax_focal_loss",
    expect: str = "values",
    readings: Mapping[str, Reading] | None = None,
) -> GoldenCase:
    size = (len(values),) if shape is None else shape
    return GoldenCase(
        id=f"{formula}/made/up",
        formula=formula,
        topic="made",
        about="",
        clauses=(),
        catches=(),
        expect=expect,  # type: ignore[arg-type]
        formats=("float32",),
        needs=(),
        inputs={},
        parameters={},
        expected={"loss": Expected(size, values)} if values else {},
        error="alpha" if expect == "error" else None,
        readings=readings or {},
        path=Path("made/up.yaml"),
    )


def returned(
    *numbers: float, dtype: str = "float32", shape: tuple[int, ...] | None = None
) -> Returned:
    values = np.array(numbers, dtype=np.float64)
    return Returned({"loss": Output(dtype, (len(numbers),) if shape is None else shape, values)})


def verdict(judge: Judge, asked: GoldenCase, answer: Answer, dtype: str = "float32") -> Judgement:
    (judgement,) = judge.judge(asked, dtype, answer)
    return judgement


def test_the_nearest_number_of_the_format_passes(strict: Judge) -> None:
    judged = verdict(strict, case(golden("0.1")), returned(float(np.float32(0.1))))
    assert judged.verdict is Verdict.PASS
    assert judged.worst is not None
    assert judged.worst.error_ulp is not None
    assert judged.worst.error_ulp <= 0.5


def test_a_wrong_number_fails_and_the_message_says_which_and_by_how_much(standard: Judge) -> None:
    judged = verdict(standard, case(golden("1"), golden("2")), returned(1.0, 2.5))
    assert judged.verdict is Verdict.FAIL
    assert judged.message == (
        "loss[1]: expected 2, found 2.5, 2.1e+06 ulp off (1 of 2 elements fail)"
    )
    assert judged.worst is not None
    assert judged.worst.index == (1,)


def test_the_standard_tolerance_is_relative_plus_absolute(standard: Judge) -> None:
    allowed = 1e-5 + 1.3e-6 * 1000
    near, far = 1000 + 0.9 * allowed, 1000 + 1.2 * allowed
    assert verdict(standard, case(golden("1000")), returned(near)).verdict is Verdict.PASS
    assert verdict(standard, case(golden("1000")), returned(far)).verdict is Verdict.FAIL


def test_the_strict_tolerance_widens_with_the_condition_number(strict: Judge) -> None:
    ulp = 2.0**-23
    asked = case(golden("1", condition=1.5))  # 4 ulp times 2.5
    assert verdict(strict, asked, returned(1 + 10 * ulp)).verdict is Verdict.PASS
    assert verdict(strict, asked, returned(1 + 11 * ulp)).verdict is Verdict.FAIL


def test_without_a_condition_number_strict_falls_back_to_standard(strict: Judge) -> None:
    asked = case(golden("1", condition=None))
    assert verdict(strict, asked, returned(1 + 1e-5)).verdict is Verdict.PASS
    assert verdict(strict, asked, returned(1 + 2e-5)).verdict is Verdict.FAIL


def test_an_error_below_one_ulp_counts_the_digits_that_float64_does_not_hold(strict: Judge) -> None:
    beyond = "1.00000000000000011102230246251565404236316680908203"  # 1 + 2**-53, a tie in float64
    asked = case(golden(beyond)._replace(float64=1.0))
    judged = verdict(strict, asked, returned(1.0, dtype="float64"), "float64")
    assert judged.worst is not None
    assert judged.worst.error_ulp == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("wrong", [NAN, INF, -INF])
def test_nan_and_infinities_never_equal_a_number(standard: Judge, wrong: float) -> None:
    judged = verdict(standard, case(golden("1"), golden("2")), returned(1.0, wrong))
    assert judged.verdict is Verdict.FAIL
    assert judged.message == f"loss[1]: expected 2, found {wrong} (1 of 2 elements fail)"


def test_a_failure_names_the_elements_that_a_wider_tolerance_would_have_to_allow(
    standard: Judge,
) -> None:
    asked = case(golden("1"), golden("4"), golden("2"), golden("0.5"), golden("8"))
    judged = verdict(standard, asked, returned(1.0, 4.5, 2.25, 0.25, 9.0))
    # 2 is off by no more than 0.5 is, and any tolerance is wider there
    assert judged.misses == ((0.5, 0.25), (4.0, 0.5), (8.0, 1.0))


@pytest.mark.parametrize(
    "answer",
    [
        returned(NAN, 4.0),
        returned(INF, 4.0),
        returned(1.0, 2.0, 3.0),
        returned(1.5, 2.0, dtype="float16"),
        Raised("ValueError", "no"),
    ],
)
def test_no_tolerance_is_wide_enough_for_what_is_not_a_number_too_far_off(
    standard: Judge, answer: Answer
) -> None:
    judged = verdict(standard, case(golden("1"), golden("2")), answer)
    assert judged.verdict in {Verdict.FAIL, Verdict.ERROR}
    assert judged.misses is None


def test_a_number_in_place_of_an_infinity_is_beyond_any_tolerance(standard: Judge) -> None:
    judged = verdict(standard, case(golden("inf"), golden("2")), returned(1e30, 2.0))
    assert judged.misses is None


@pytest.mark.parametrize("wrong", [NAN, -INF, 3e38, 0.0])
def test_only_the_same_infinity_equals_an_infinity(standard: Judge, wrong: float) -> None:
    asked = case(golden("inf"))
    assert verdict(standard, asked, returned(INF)).verdict is Verdict.PASS
    assert verdict(standard, asked, returned(wrong)).verdict is Verdict.FAIL


def test_a_value_beyond_the_format_may_overflow(standard: Judge) -> None:
    asked = case(golden("1e39"))
    assert verdict(standard, asked, returned(INF)).verdict is Verdict.PASS
    assert verdict(standard, asked, returned(-INF)).verdict is Verdict.FAIL
    assert verdict(standard, asked, returned(3.4e38)).verdict is Verdict.FAIL
    assert verdict(standard, asked, returned(1e39, dtype="float64")).verdict is Verdict.PASS


def test_an_overflow_is_right_only_where_the_tolerance_reaches_the_end(standard: Judge) -> None:
    largest = float(np.finfo(np.float32).max)
    judged = verdict(standard, case(golden(repr(largest))), returned(INF))
    assert judged.verdict is Verdict.PASS
    assert judged.notes == (OVERFLOWED,)
    assert verdict(standard, case(golden("3.4e38")), returned(INF)).verdict is Verdict.FAIL


def test_a_zero_for_a_subnormal_number_passes_by_name(strict: Judge) -> None:
    asked = case(golden("1e-40"), golden("1"))
    judged = verdict(strict, asked, returned(0.0, 1.0))
    assert judged.verdict is Verdict.PASS
    assert judged.notes == (FLUSHED,)
    assert judged.worst is not None
    assert judged.worst.index == (1,)


def test_a_zero_for_the_smallest_normal_number_fails_strictly(strict: Judge) -> None:
    smallest = float(np.finfo(np.float32).smallest_normal)
    assert verdict(strict, case(golden(repr(smallest))), returned(0.0)).verdict is Verdict.FAIL


def test_subnormal_numbers_are_measured_in_their_own_spacing(strict: Judge) -> None:
    exact = 600 * 2.0**-149
    judged = verdict(strict, case(golden(repr(exact))), returned(602 * 2.0**-149))
    assert judged.verdict is Verdict.PASS
    assert judged.worst is not None
    assert judged.worst.error_ulp == pytest.approx(2)


def test_a_zero_of_the_other_sign_passes_with_a_note(strict: Judge) -> None:
    judged = verdict(strict, case(golden("0")), returned(-0.0))
    assert judged.verdict is Verdict.PASS
    assert judged.notes == (OTHER_ZERO,)


def test_what_is_nearly_zero_passes_for_zero_only_beside_values_of_its_size(strict: Judge) -> None:
    beside_one = case(golden("0", condition=None), golden("1"))
    judged = verdict(strict, beside_one, returned(1e-7, 1.0))
    assert judged.verdict is Verdict.PASS
    assert judged.notes == (NOT_QUITE_ZERO,)
    beside_small = case(golden("0", condition=None), golden("1e-10"))
    right = float(np.float32(1e-10))
    assert verdict(strict, beside_small, returned(1e-7, right)).verdict is Verdict.FAIL


def test_a_reduced_output_may_have_one_axis_of_one(standard: Judge) -> None:
    asked = case(golden("1"), shape=())
    judged = verdict(standard, asked, returned(1.0, shape=(1,)))
    assert judged.verdict is Verdict.PASS
    assert judged.notes == ("shape (1,)",)
    wrong = verdict(standard, asked, returned(1.0, shape=(1, 1)))
    assert (wrong.verdict, wrong.message) == (Verdict.FAIL, "expected shape (), found (1, 1)")


def test_an_empty_output_passes_when_it_is_empty(standard: Judge) -> None:
    empty = replace(case(), expected={"loss": Expected((0,), ())})
    assert verdict(standard, empty, returned()).verdict is Verdict.PASS
    assert verdict(standard, empty, returned(1.0)).verdict is Verdict.FAIL


def test_a_wider_dtype_passes_with_a_note_and_a_narrower_one_fails(standard: Judge) -> None:
    asked = case(golden("1"))
    wider = verdict(standard, asked, returned(1.0, dtype="float64"))
    assert (wider.verdict, wider.notes) == (Verdict.PASS, ("returns float64",))
    narrower = verdict(standard, asked, returned(1.0, dtype="float16"))
    assert narrower.verdict is Verdict.FAIL
    assert narrower.message == "expected dtype float32, found float16"


def test_neither_of_the_16_bit_formats_is_wider_than_the_other(standard: Judge) -> None:
    found = verdict(standard, case(golden("1")), returned(1.0, dtype="bfloat16"), "float16")
    assert found.verdict is Verdict.FAIL


def test_a_page_may_require_the_dtype_of_the_inputs(standard: Judge) -> None:
    asked = case(golden("1"), formula="sigmoid_focal_loss")
    judged = verdict(standard, asked, returned(1.0, dtype="float64"))
    assert judged.verdict is Verdict.FAIL
    assert judged.message == "expected dtype float32, found float64"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Declined("no parameter shards"), Verdict.UNSUPPORTED),
        (Raised("ValueError", "no"), Verdict.ERROR),
        (Broken("hang", "no answer within 1 s"), Verdict.ERROR),
        (Returned({}), Verdict.UNSUPPORTED),
    ],
)
def test_a_case_with_values_needs_values(
    standard: Judge, answer: Answer, expected: Verdict
) -> None:
    assert verdict(standard, case(golden("1")), answer).verdict is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Raised("AssertionError", "whatever it says"), Verdict.PASS),
        (Declined("no parameter alpha"), Verdict.UNSUPPORTED),
        (Broken("crash", "ended by SIGSEGV"), Verdict.ERROR),
        (returned(1.0), Verdict.FAIL),
        (returned(NAN), Verdict.FAIL),
    ],
)
def test_a_demanded_error_must_be_raised(
    standard: Judge, answer: Answer, expected: Verdict
) -> None:
    judged = verdict(standard, case(expect="error"), answer)
    assert (judged.output, judged.verdict) == ("error", expected)


def test_a_value_where_an_error_is_demanded_is_told(standard: Judge) -> None:
    judged = verdict(standard, case(expect="error"), returned(1.0))
    assert judged.message == "expected an error about alpha, found loss [1.0]"


def survey() -> GoldenCase:
    loss = {"loss": Expected((1,), (golden("0.5"),))}
    reduced = {"loss": Expected((), (golden("0.5"),))}
    readings = [
        Reading("zero", "zero", {}, {}),
        Reading("nan", "nan", {}, {}),
        Reading("inf", "inf", {}, {}),
        Reading("refused", "error", {}, {}),
        Reading("half", None, {}, loss),
        Reading("half-reduced", None, {}, reduced),
    ]
    return case(expect="survey", readings={reading.name: reading for reading in readings})


@pytest.mark.parametrize(
    ("answer", "reading"),
    [
        (returned(0.0), "zero"),
        (returned(NAN), "nan"),
        (returned(-INF), "inf"),
        (Raised("ValueError", "no"), "refused"),
        (returned(0.5), "half"),
        (returned(0.5, shape=()), "half-reduced"),
        (returned(0.25), NO_READING),
        (returned(0.5, 0.5), NO_READING),
    ],
)
def test_a_survey_says_which_reading_is_followed_and_judges_nothing(
    standard: Judge, answer: Answer, reading: str
) -> None:
    judged = verdict(standard, survey(), answer)
    assert (judged.verdict, judged.reading) == (Verdict.SURVEY, reading)


def test_a_survey_notes_the_dtype_and_shape_of_what_came(standard: Judge) -> None:
    judged = verdict(standard, survey(), returned(0.5, dtype="float64"))
    assert judged.notes == ("returns float64", "shape (1,)")
    assert verdict(standard, survey(), Raised("ValueError", "no")).notes == ()


def rules(*losses: str, gradient: str = "") -> GoldenCase:
    """A survey whose readings have these losses, and the same gradient where one is given."""
    more = {"gradient": Expected((1,), (golden(gradient),))} if gradient else {}
    made = [
        Reading(f"rule {loss}", None, {}, {"loss": Expected((1,), (golden(loss),)), **more})
        for loss in losses
    ]
    return case(expect="survey", readings={reading.name: reading for reading in made})


@pytest.mark.parametrize(
    ("found", "reading"),
    [(0.503, "rule 0.5"), (0.75, NO_READING), (0.252, "rule 0.25")],
)
def test_a_survey_asks_for_the_reading_and_not_for_its_last_digits(
    standard: Judge, found: float, reading: str
) -> None:
    judged = verdict(standard, rules("0.5", "0.25"), returned(found, dtype="float16"), "float16")
    assert judged.reading == reading
    assert LOSS_ALONE not in judged.notes


def test_readings_that_rounding_alone_tells_apart_are_not_guessed_at(standard: Judge) -> None:
    found = returned(0.502, dtype="float16")
    assert verdict(standard, rules("0.5", "0.504"), found, "float16").reading == NO_READING


def test_a_loss_that_follows_a_reading_without_its_gradient_is_told(standard: Judge) -> None:
    answer = returned(0.5)
    answer.outputs["gradient"] = replace(answer.outputs["loss"], values=np.array([NAN]))
    judged = verdict(standard, rules("0.5", "0.25", gradient="1"), answer)
    assert judged.reading == "rule 0.5"
    assert LOSS_ALONE in judged.notes


def test_readings_that_cannot_be_told_apart_are_both_named(standard: Judge) -> None:
    loss = {"loss": Expected((1,), (golden("0"),))}
    readings = {
        "zero": Reading("zero", "zero", {}, {}),
        "values": Reading("values", None, {}, loss),
    }
    judged = verdict(standard, case(expect="survey", readings=readings), returned(0.0))
    assert judged.reading == "zero = values"


def test_a_survey_is_an_error_only_where_the_process_broke(standard: Judge) -> None:
    assert verdict(standard, survey(), Broken("crash", "")).verdict is Verdict.ERROR
    assert verdict(standard, survey(), Declined("no")).verdict is Verdict.UNSUPPORTED


def test_a_message_keeps_the_exponent_of_what_was_expected(standard: Judge) -> None:
    long = golden("1")._replace(decimal="2.238143112837564978041580351145661170247e-309")
    judged = verdict(standard, case(long), returned(2.0))
    assert judged.message.startswith("loss[0]: expected 2.238143112837564978e-309, found 2.0")
