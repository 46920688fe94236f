"""Golden cases as pytest items: an item is one case in one dtype, named after its clauses.

So ``-k SIG-3``, ``--lf``, ``-x``, xdist and ``--junitxml`` work as on any test. The adapter is
called in pytest's own process, in the present environment: that is where a maintainer's working
tree is importable. ``focalspec run`` is the way to judge what may crash or hang.

An item is skipped where the adapter does not offer the case, and expected to fail where a known
deviation covers it; a deviation that no longer happens fails. A survey case passes whatever the
implementation does, and carries the reading that it follows as a property of the item.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from focalspec import golden, spec
from focalspec.conformance import expectations, pages
from focalspec.conformance.catalogue import adapter_name
from focalspec.conformance.expectations import Deviations
from focalspec.conformance.inprocess import InProcess
from focalspec.conformance.judge import Judge, Verdict
from focalspec.conformance.results import Check
from focalspec.conformance.runner import check_of
from focalspec.conformance.selection import Selection, Task


class NonConformanceError(Exception):
    """A golden case that the implementation does not meet; the message is shown as it is."""


class AdapterFile(pytest.File):
    """An adapter as pytest collects it."""

    def __init__(self, *, target: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target = target

    def collect(self) -> Iterator["CaseItem"]:
        """One item for each golden case and dtype that the adapter's formulas have."""
        book = spec.load()
        try:
            implementation = InProcess.from_adapter(self.target, pages.signatures(book))
            known = self._deviations()
        except ValueError as error:
            raise self.CollectError(str(error)) from error
        judge = _judge(self.config.getoption("focalspec_tolerance"))
        functions, dtypes = implementation.adapter.functions, implementation.adapter.dtypes
        for task in Selection().tasks(_suite().cases, functions, dtypes):
            # no brackets: in an item's name pytest would take them for a test's parameters
            yield CaseItem.from_parent(
                self,
                name=f"{'+'.join(task.case.clauses)}-{task.case.id}@{task.dtype}",
                task=task,
                implementation=implementation,
                judge=judge,
                known=known,
            )

    def _deviations(self) -> Deviations:
        file = self.config.getoption("focalspec_deviations") or expectations.beside(self.path)
        if file is None:
            return Deviations()
        names = pages.outputs(spec.load())
        return expectations.load(Path(file), adapter_name(self.path), names)


@lru_cache
def _suite() -> golden.Suite:
    return golden.load_suite()


@lru_cache
def _judge(tolerance: Any) -> Judge:
    return Judge(pages.rules(spec.load(), tolerance))


class CaseItem(pytest.Item):
    """One golden case in one dtype."""

    def __init__(
        self,
        *,
        task: Task,
        implementation: InProcess,
        judge: Judge,
        known: Deviations,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.implementation = implementation
        self.judge = judge
        self.known = known

    def runtest(self) -> None:
        """Judges the case; raises NonConformanceError, or skips, or expects the failure."""
        checks = self._checks()
        for check in checks:
            if check.verdict is Verdict.SURVEY:
                self.user_properties.append(("reading", check.reading))
        failing = [check for check in checks if check.failing]
        if failing:
            raise NonConformanceError("\n".join(check.message for check in failing))
        deviating = [check for check in checks if check.verdict is Verdict.DEVIATION]
        if deviating:
            pytest.xfail("; ".join(f"{check.deviation}: {check.message}" for check in deviating))
        if all(check.verdict is Verdict.UNSUPPORTED for check in checks):
            pytest.skip(checks[0].message)

    def _checks(self) -> Sequence[Check]:
        case, dtype = self.task
        name = self.implementation.adapter.name
        answer = self.implementation.answer(case, dtype)
        judgements = self.judge.judge(case, dtype, answer)
        return [
            self.known.apply(check_of(name, self.task, judgement), judgement.misses)
            for judgement in judgements
        ]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A case that fails is told in its own lines, without a traceback through the judge."""
        if isinstance(excinfo.value, NonConformanceError):
            return f"{excinfo.value}\n`focalspec explain {self.task.case.id}` tells more"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the item comes from, for pytest's reports."""
        return self.path, None, self.name
