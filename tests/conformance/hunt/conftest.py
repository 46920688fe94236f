"""What the tests of the hunt share: implementations in this process, right and wrong ones."""

import inspect
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import pytest

from focalspec import reference, spec
from focalspec.conformance import pages
from focalspec.conformance.hunt.draws import Offer
from focalspec.conformance.hunt.laboratory import HereAsker, Laboratory
from focalspec.conformance.hunt.search import Budget, Finding, Hunt
from focalspec.conformance.inprocess import InProcess

Function = Callable[..., Any]


def right(formula: str) -> Function:
    """The NumPy loss of a formula, which gives the gradient too."""
    function = getattr(reference, formula)
    if formula in ("sigmoid", "softmax"):
        return function

    def call(*inputs: Any, **parameters: Any) -> Any:
        return function(*inputs, derivatives=1, **parameters)

    taken = dict(inspect.signature(function).parameters)
    for name in ("derivatives", "out", "threads", "precision"):
        taken.pop(name, None)
    call.__signature__ = inspect.Signature(list(taken.values()))  # type: ignore[attr-defined]
    return call


def changed(formula: str, change: Callable[..., Any]) -> Function:
    """The NumPy loss, its answer changed: ``change(answer, inputs, parameters, function)``."""
    function = right(formula)

    def call(*inputs: Any, **parameters: Any) -> Any:
        return change(function(*inputs, **parameters), inputs, parameters, function)

    call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return call


Hunted = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def hunt() -> Hunted:
    """Hunts the right loss of a formula, or what a change makes of it, in float64."""
    book = spec.load()
    signatures = pages.signatures(book)
    rules = pages.rules(book, "standard")

    def run(
        formula: str,
        change: Function | None = None,
        properties: Sequence[str] = (),
        *,
        seed: int = 0,
        examples: int = 40,
        dtypes: tuple[str, ...] = ("float64",),
        count: int | None = None,
    ) -> list[Finding]:
        function = right(formula) if change is None else changed(formula, change)
        asker = HereAsker(InProcess.from_functions("test", {formula: function}, signatures))
        offer = Offer(book.formulas[formula], asker.formulas[formula], dtypes)
        hunting = Hunt(Laboratory(asker), rules, Budget(seed, examples))
        return list(islice(hunting.findings([offer], properties), count))

    return run
