"""A misspelled name brings the known one to mind, and a foreign one brings none."""

from focalspec.spec import FORMULAS, closest


def test_a_misspelled_name_suggests_the_nearest_one() -> None:
    assert closest("softmax_focal_los", FORMULAS) == " (did you mean 'softmax_focal_loss'?)"


def test_a_foreign_name_suggests_nothing() -> None:
    assert closest("hinge", FORMULAS) == ""


def test_the_suggestion_does_not_depend_on_the_order_of_the_names() -> None:
    assert closest("ab", {"ac", "ad"}) == closest("ab", ["ad", "ac"])
