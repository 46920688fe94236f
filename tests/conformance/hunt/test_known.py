"""What deviations explain is learned from the golden cases that they cover, and not reported."""

import numpy as np
import pytest

from focalspec import reference, spec
from focalspec.conformance import pages
from focalspec.conformance.expectations import Deviation, Deviations
from focalspec.conformance.hunt.causes import Cause
from focalspec.conformance.hunt.draws import Offer
from focalspec.conformance.hunt.known import Subject, learn
from focalspec.conformance.hunt.laboratory import HereAsker, Laboratory
from focalspec.conformance.hunt.search import Budget, Hunt
from focalspec.conformance.inprocess import InProcess
from focalspec.golden import load_suite

FORMULA = "sigmoid_focal_loss"
RULES = pages.rules(spec.load(), "standard")


def _nan_at_zero(logits, labels, *, alpha=0.25, gamma=2.0):
    loss, gradient = reference.sigmoid_focal_loss(
        logits, labels, alpha=alpha, gamma=gamma, reduction="none", derivatives=1
    )
    return loss, np.where(logits == 0, np.nan, gradient)


@pytest.fixture(scope="module")
def subject() -> Subject:
    book = spec.load()
    signatures = pages.signatures(book)
    functions = {FORMULA: _nan_at_zero}
    asker = HereAsker(InProcess.from_functions("test", functions, signatures))
    offer = Offer(book.formulas[FORMULA], asker.formulas[FORMULA], ("float64",))
    return Subject("test", asker, [offer], RULES)


def _deviations(*patterns: str) -> Deviations:
    entry = Deviation("zero", patterns, ("gradient",), (), "wrong result", "", "", "test:1")
    return Deviations((entry,) if patterns else ())


def test_the_cause_is_told_in_its_plainest_form(subject):
    cases = load_suite(formulas=[FORMULA]).cases
    known = list(learn(subject, _deviations(f"{FORMULA}/gamma/*"), cases))
    assert known == [Cause(FORMULA, "gradient", "nan", frozenset({"logit 0"}))]


def test_nothing_is_learned_where_nothing_is_known(subject):
    assert list(learn(subject, _deviations(), load_suite(formulas=[FORMULA]).cases)) == []


@pytest.mark.parametrize(("known", "found"), [([], 1), (["logit 0"], 0)])
def test_a_known_cause_is_counted_and_not_reported(subject, known, found):
    hunt = Hunt(Laboratory(subject.asker), RULES, Budget(0, 40))
    hunt.known += [Cause(FORMULA, "gradient", "nan", frozenset({trait})) for trait in known]
    causes = [one.cause for one in hunt.findings(subject.offers, ["oracle"])]
    assert [cause.kind for cause in causes].count("nan") == found
    assert hunt.tallies[0].explained > 0
