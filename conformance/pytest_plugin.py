"""The pytest plugin: ``pytest --focalspec ADAPTER`` makes every golden case a test item.

An item is one case in one dtype, named after its clauses, so that ``-k SIG-3``, ``--lf``, ``-x``,
xdist and ``--junitxml`` work as on any test. The adapter is called in pytest's own process, in the
present environment: that is where a maintainer's working tree is importable. ``focalspec run``
is the way to judge what may crash or hang.

An item is skipped where the adapter does not offer the case, and expected to fail where a known
deviation covers it; a deviation that no longer happens fails. A survey case passes whatever the
implementation does, and carries the reading that it follows as a property of the item.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from focalspec import golden, spec
from focalspec.conformance import expectations, pages, worker
from focalspec.conformance.catalogue import adapter_name
from focalspec.conformance.expectations import Deviations
from focalspec.conformance.inprocess import InProcess
from focalspec.conformance.judge import Judge, Verdict
from focalspec.conformance.results import Check
from focalspec.conformance.runner import check_of
from focalspec.conformance.selection import Selection, Task

TARGETS = pytest.StashKey[dict[Path, str]]()


class NonConformanceError(Exception):
    """A golden case that the implementation does not meet; the message is shown as it is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the plugin's options."""
    group = parser.getgroup("focalspec", "focal-loss conformance")
    group.addoption(
        "--focalspec",
        action="append",
        default=[],
        metavar="ADAPTER",
        help="judge this adapter (a .py file or a module) by every golden case",
    )
    group.addoption(
        "--focalspec-deviations",
        metavar="FILE",
        help="known deviations of the adapter, as `focalspec run --write-deviations` drafts them",
    )
    group.addoption(
        "--focalspec-tolerance",
        choices=("standard", "strict"),
        default="standard",
        help="the tolerance to judge by (default: standard)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Has pytest collect the adapters' files beside what it was asked to collect."""
    config.stash[TARGETS] = {}
    for target in config.getoption("focalspec"):
        path = _file_of(target)
        config.stash[TARGETS][path] = target
        if str(path) not in config.args:
            config.args.append(str(path))


def _file_of(target: str) -> Path:
    if worker.is_path(target):
        path = Path(target).resolve()
        if not path.is_file():
            raise pytest.UsageError(f"--focalspec: {target}: no such adapter file")
        return path
    try:
        found = find_spec(target)
    except (ImportError, ValueError) as error:
        raise pytest.UsageError(f"--focalspec: {target}: no such module: {error}") from error
    if found is None or found.origin is None:
        raise pytest.UsageError(
            f"--focalspec: {target}: no such module (an adapter's file ends in .py)"
        )
    return Path(found.origin).resolve()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "AdapterFile | None":
    """The collector of an adapter that the command line names."""
    if file_path.resolve() in parent.config.stash[TARGETS]:
        return AdapterFile.from_parent(parent, path=file_path)
    return None


class AdapterFile(pytest.File):
    """An adapter as pytest collects it."""

    def collect(self) -> Iterator["CaseItem"]:
        """One item for each golden case and dtype that the adapter's formulas have."""
        target = self.config.stash[TARGETS][self.path.resolve()]
        book = spec.load()
        try:
            implementation = InProcess.from_adapter(target, pages.signatures(book))
            known = self._deviations()
        except ValueError as error:
            raise self.CollectError(str(error)) from error
        judge = _judge(self.config.getoption("focalspec_tolerance"))
        functions, dtypes = implementation.adapter.functions, implementation.adapter.dtypes
        for task in Selection().tasks(_suite().cases, functions, dtypes):
            yield CaseItem.from_parent(
                self,
                name=f"{'+'.join(task.case.clauses)}-{task.case.id}[{task.dtype}]",
                task=task,
                implementation=implementation,
                judge=judge,
                known=known,
            )

    def _deviations(self) -> Deviations:
        file = self.config.getoption("focalspec_deviations")
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
        return [self.known.apply(check_of(name, self.task, judgement)) for judgement in judgements]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A case that fails is told in its own lines, without a traceback through the judge."""
        if isinstance(excinfo.value, NonConformanceError):
            return f"{excinfo.value}\n`focalspec explain {self.task.case.id}` tells more"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the item comes from, for pytest's reports."""
        return self.path, None, self.name
