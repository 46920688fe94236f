"""Every clause and every bug class has a case, and what is missing is named."""

from pathlib import Path

from focalspec.golden.authoring import load_topics
from focalspec.golden.bugs import load_bugs
from focalspec.golden.coverage import coverage, of
from focalspec.spec import load


def test_every_clause_and_bug_class_has_a_case() -> None:
    assert coverage().messages() == []


def test_clauses_and_bug_classes_without_a_case_are_named(root: Path) -> None:
    found = coverage(root)
    assert not found.complete
    without = {clause.id for clause in found.clauses_without_case}
    assert {"SIG-2", "SOF-1"} <= without
    assert not {"SIG-1", "SMX-1"} & without
    assert found.cases_by_clause["SMX-1"] == ("softmax/few/rows",)
    assert "gamma-dropped" not in {bug.id for bug in found.bugs_without_case}
    messages = found.messages()
    assert "clause SIG-2 (Sigmoid, required) has no case" in messages
    assert any(line.startswith("bug class alpha-dropped has no case: alpha") for line in messages)


def test_a_survey_covers_no_clause_that_is_judged(root: Path) -> None:
    # The small set's survey names SIG-1, a required clause, and nothing else.
    assert coverage(root).misplaced == ("sigmoid_focal_loss/small/asked",)


def test_a_judged_case_covers_no_survey_clause(root: Path) -> None:
    path = root / "cases" / "softmax" / "few.yaml"
    clauses = load().clauses
    survey = next(clause.id for clause in clauses.values() if clause.kind == "survey")
    path.write_text(path.read_text().replace("SMX-1", survey))
    found = of(load_topics(root), clauses.values(), load_bugs(root).values())
    assert "softmax/few/rows" in found.misplaced
    assert survey in {clause.id for clause in found.clauses_without_case}
