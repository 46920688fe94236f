"""The survey page asks every open question once, and groups implementations by their answers."""

from dataclasses import replace

import pytest

from focalspec import spec
from focalspec.conformance.judge import LOSS_ALONE, NO_READING, Verdict
from focalspec.conformance.results import Check, Header, Judged, Results
from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.questions import NOT_SEEN, QUESTIONS
from focalspec.conformance.website.survey_page import NOT_OFFERED, answers, markdown
from focalspec.golden import GoldenCase, Suite, load_suite

CLIPPED = "binary_focal_loss/survey_edges/clipping-gamma=0"


@pytest.fixture(scope="module")
def golden() -> Suite:
    return load_suite(formulas=["binary_focal_loss"])


@pytest.fixture(scope="module")
def case(golden: Suite) -> GoldenCase:
    return next(one for one in golden.cases if one.id == CLIPPED)


def said(name: str, dtype: str = "float64", reading: str = NO_READING, text: str = "") -> Check:
    notes = (f"returns {dtype}", "shape ()")
    about = ("binary_focal_loss", ("BIN-35",), dtype, "loss", Verdict.SURVEY)
    return Check(name, CLIPPED, *about, message=text, notes=notes, reading=reading)


def by_name(*checks: Check) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.implementation, []).append(check)
    return found


def test_every_open_clause_belongs_to_one_question() -> None:
    asked = [clause for question in QUESTIONS for clause in question.clauses]
    assert len(asked) == len(set(asked))
    open_ones = {one.id for one in spec.load().clauses.values() if one.kind == "survey"}
    assert set(asked) | NOT_SEEN == open_ones
    assert not set(asked) & NOT_SEEN


def test_every_question_has_a_case() -> None:
    asked = {
        clause for case in load_suite().cases if case.expect == "survey" for clause in case.clauses
    }
    assert [question.title for question in QUESTIONS if not asked & set(question.clauses)] == []


def test_implementations_stand_beside_the_answer_that_they_share(case: GoldenCase) -> None:
    given = by_name(
        said("one", reading="nan"), said("two", reading="unclipped"), said("three", reading="nan")
    )
    assert answers(given, case, "reading") == [
        ("nan", ["one", "three"]),
        ("unclipped", ["two"]),
    ]


def test_an_answer_that_depends_on_the_dtype_names_the_dtypes(case: GoldenCase) -> None:
    given = by_name(said("one", reading="nan"), said("one", "float16", reading="unclipped"))
    assert answers(given, case, "reading") == [
        ("nan", ["one (float64)"]),
        ("unclipped", ["one (float16)"]),
    ]


def test_numbers_that_differ_by_rounding_alone_are_one_answer(case: GoldenCase) -> None:
    given = by_name(
        said("one", text="loss [1.165, -0.25, …]; gradient [9.0]"),
        said("one", "bfloat16", text="loss [1.156, -0.249]"),
        said("two", text="loss [1.165, -0.25]"),
        said("two", "float16", text="loss [0.5, -0.25]"),
    )
    assert answers(given, case, "reading") == [
        ("another value, 1.165, -0.25", ["one", "two (float64)"]),
        ("another value, 0.5, -0.25", ["two (float16)"]),
    ]


def test_a_loss_in_float64_that_was_computed_in_float32_follows_the_same_reading(
    case: GoldenCase,
) -> None:
    given = by_name(
        said("one", text="loss [1.15832495, 0.28168]"),
        said("one", "float32", reading="mixed", text="loss [1.1583252, 0.28167]"),
        said("one", "float16", text="loss [2.5, 0.28]"),
    )
    assert answers(given, case, "reading") == [
        ("mixed", ["one (float64, float32)"]),
        ("another value, 2.5, 0.28", ["one (float16)"]),
    ]


def test_a_capped_loss_betrays_the_constant(case: GoldenCase) -> None:
    given = by_name(
        said("keras", text="loss [16.11809565095832]"),
        said("keras", "bfloat16", text="loss [16.125]"),
        said("torch", text="loss [36.84136148790473]"),
        said("odd", text="loss [2.0]"),
    )
    assert answers(given, case, "constant") == [
        ("capped, by log 1e-07", ["keras"]),
        ("capped, by log 1e-16", ["torch"]),
        ("another value, 2", ["odd"]),
    ]


def test_the_dtype_and_the_shape_come_from_what_was_returned(case: GoldenCase) -> None:
    wider = replace(said("one", "float16"), notes=("returns float32", "shape (1,)"))
    refused = replace(said("one", "bfloat16", text="TypeError: no"), notes=())
    given = by_name(said("one"), wider, refused, said("two"))
    assert answers(given, case, "dtype") == [
        ("float32 for float16, an error for bfloat16", ["one"]),
        ("as given", ["two"]),
    ]
    assert answers(by_name(said("two"), wider), case, "shape") == [
        ("()", ["two"]),
        ("(1,)", ["one"]),
    ]


def test_errors_empty_results_and_what_is_not_offered_are_told_apart(case: GoldenCase) -> None:
    declined = replace(said("none"), verdict=Verdict.UNSUPPORTED)
    broken = replace(said("crash"), verdict=Verdict.ERROR)
    refused = replace(said("refuses", text="TypeError: no"), notes=())
    given = by_name(declined, broken, refused, said("empty", text="loss []"))
    assert answers(given, case, "reading") == [
        ("the process broke", ["crash"]),
        ("error", ["refuses"]),
        ("an empty array", ["empty"]),
        (NOT_OFFERED, ["none"]),
    ]


def test_a_star_marks_a_loss_whose_derivatives_follow_no_reading(case: GoldenCase) -> None:
    alone = replace(said("one", reading="nan"), notes=("returns float64", LOSS_ALONE))
    assert answers(by_name(alone), case, "reading") == [("nan", ["one*"])]


def test_the_page_links_the_clause_and_names_the_case(golden: Suite) -> None:
    header = Header("0", "digest", "standard", "now", {}, ["one"])
    checks = (said("one", text="loss [16.11809565095832]"),)
    results = Results(header, (Judged("one", "1.0"),), checks)
    facts = Facts(results, {case.id: case for case in golden.cases}, spec.load(), {})
    text = markdown(facts)
    assert "Judged: one 1.0 (golden values `digest`)." in text
    assert "## Probabilities of 0 and 1, and clipping" in text
    (row,) = [line for line in text.splitlines() if CLIPPED in line]
    assert row.startswith("| [BIN-35](../spec/binary_focal_loss.md#bin-35-clipping) |")
    assert row.endswith("| **capped, by log 1e-07**: one |")
    assert "## An empty batch" not in text
