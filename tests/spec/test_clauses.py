"""Clauses and the documents' statements name each other, and nothing stands alone."""

import re

from focalspec.spec import FORMULAS, load

SPEC = load()
CLAUSES = tuple(SPEC.clauses.values())
STATEMENTS = SPEC.statements
OWN = "focalspec"  # the name under which the spec cites itself


def test_every_formula_has_its_page_in_the_family_s_order() -> None:
    assert tuple(SPEC.formulas) == FORMULAS


def test_every_clause_cites_a_source() -> None:
    assert [clause.id for clause in CLAUSES if not clause.sources] == []


def test_a_document_that_a_clause_cites_has_a_statement_that_names_the_clause() -> None:
    unanswered = [
        (clause.id, source.document)
        for clause in CLAUSES
        for source in clause.sources
        if source.document != OWN
        and not (clause.kind == "survey" and source.place == "silent")
        and not any(
            row.document == source.document and clause.id in row.clauses for row in STATEMENTS
        )
    ]
    assert unanswered == []


def test_a_clause_that_a_statement_names_cites_the_statement_s_document() -> None:
    uncited = [
        (name, row.document, row.line)
        for row in STATEMENTS
        for name in row.clauses
        if row.document not in {source.document for source in SPEC.clauses[name].sources}
    ]
    assert uncited == []


def test_a_statement_has_clauses_or_a_reason_but_not_both() -> None:
    assert [row for row in STATEMENTS if bool(row.clauses) == bool(row.reason)] == []


def test_only_survey_clauses_rest_on_silence() -> None:
    resting = [
        clause.id
        for clause in CLAUSES
        if clause.kind != "survey" and any(s.place.startswith("silent") for s in clause.sources)
    ]
    assert resting == []


def test_every_parameter_is_the_subject_of_a_clause_that_is_judged() -> None:
    for formula in SPEC.formulas.values():
        judged = {
            name
            for identity in formula.clauses
            if SPEC.clauses[identity].kind != "survey"
            for name in SPEC.clauses[identity].parameters
        }
        assert judged == set(formula.parameters), formula.name


def test_every_choice_of_a_parameter_is_named_by_a_clause() -> None:
    for formula in SPEC.formulas.values():
        text = " ".join(
            f"{clause.title} {clause.statement}"
            for clause in map(SPEC.clauses.__getitem__, formula.clauses)
            if clause.kind != "survey"
        )
        words = set(re.findall(r"\w+", text))
        for parameter in formula.parameters.values():
            assert set(parameter.choices) <= words, f"{formula.name}: {parameter.name}"


def test_each_reduction_has_a_clause_of_its_own() -> None:
    for formula in SPEC.formulas.values():
        if "reduction" in formula.parameters:
            titles = {SPEC.clauses[identity].title for identity in formula.clauses}
            expected = {f"Reduction {word}" for word in formula.parameters["reduction"].choices}
            assert expected <= titles, formula.name


def test_a_title_names_one_clause_of_its_page() -> None:
    for formula in SPEC.formulas.values():
        titles = [SPEC.clauses[identity].title for identity in formula.clauses]
        assert len(set(titles)) == len(titles)


def test_a_page_opens_with_words_and_a_formula_before_its_first_clause() -> None:
    for formula in SPEC.formulas.values():
        assert len(formula.introduction.split()) >= 15, formula.name
        opening = formula.path.read_text(encoding="utf-8").partition("\n## ")[0]
        assert opening.count("\n$$\n") == 2, formula.name


def test_a_displayed_formula_is_kept_apart_from_the_statement() -> None:
    normalizer = SPEC.clauses["SIG-3"]
    assert normalizer.title == "Normalizer"
    assert normalizer.latex == (r"L \leftarrow \frac{L}{\mathrm{normalizer}}",)
    assert "$$" not in normalizer.statement
    assert normalizer.statement.startswith("Every element is divided by the normalizer")
