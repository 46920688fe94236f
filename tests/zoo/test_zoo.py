"""The suite passes what is right and catches what is wrong, in value, gradient, shape and dtype."""

import menagerie
import pytest

from focalspec import spec
from focalspec.golden.bugs import load_bugs

MUTANTS = menagerie.mutants()


@pytest.mark.parametrize("formula", sorted(spec.load().formulas))
@pytest.mark.parametrize("name", menagerie.RIGHT)
def test_a_right_implementation_passes_everything_that_is_judged(name, formula):
    found = list(menagerie.failures(menagerie.implementation(name), formula, "standard"))
    assert [(menagerie.key(one), one.judgement.message) for one in found] == []


@pytest.mark.parametrize("formula", sorted(spec.load().formulas))
def test_decimal_arithmetic_passes_under_the_strict_tolerance_too(formula):
    adapter = menagerie.implementation("right_decimal")
    found = list(menagerie.failures(adapter, formula, "strict"))
    assert [(menagerie.key(one), one.judgement.message) for one in found] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_the_clause_that_it_breaks(mutant):
    first = next(menagerie.catching(mutant, menagerie.cases_of_clause(mutant)), None)
    assert first is not None, f"no case of {mutant.clause} catches {mutant.name}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_a_case_that_names_its_bug_class(mutant):
    first = next(menagerie.catching(mutant, menagerie.cases_of_bug(mutant)), None)
    assert first is not None, f"no case that names {mutant.bug} catches {mutant.name}"


def test_the_zoo_is_as_large_as_promised():
    assert len(menagerie.RIGHT) >= 5
    assert len(MUTANTS) >= 100
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_every_formula_has_mutants():
    assert {mutant.formula for mutant in MUTANTS} == set(spec.load().formulas)


def test_a_mutant_differs_from_its_base_in_one_line():
    for mutant in MUTANTS:
        base = (menagerie.HERE / f"{mutant.base}.py").read_text(encoding="utf-8").split("\n")
        changed = mutant.source().split("\n")
        assert len(base) == len(changed)
        assert sum(a != b for a, b in zip(base, changed, strict=True)) == 1, mutant.name


def test_a_mutant_of_a_line_that_is_gone_is_an_error():
    lost = menagerie.Mutant("lost", "sigmoid", "right_stable", "return 42", "", "SGM-1", "log-base")
    with pytest.raises(menagerie.ZooError, match=r"lost: line: expected in right_stable\.py"):
        lost.source()


def test_every_bug_class_that_can_be_judged_has_a_mutant():
    # What happens outside the domain is for surveys: the documents do not say what is right there.
    surveyed = {"invalid-parameter-accepted", "out-of-range-target"}
    assert set(load_bugs()) - {mutant.bug for mutant in MUTANTS} == surveyed
