"""Tells a broken adapter or protocol from a wrong implementation, in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from focalspec.conformance.answers import Answer, Broken, Declined, Raised, Returned
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.judge import Verdict
from focalspec.conformance.protocol import Started
from focalspec.conformance.runner import GivenUpError, Plan, StartError, Worker, start_command
from focalspec.conformance.selection import Task
from focalspec.golden import GoldenCase


@dataclass(frozen=True)
class Finding:
    """One thing that was tried: what, whether it works, and what a person should know of it."""

    works: bool
    text: str
    wrong: bool = False  # it works, and its numbers are wrong


def try_out(implementation: Implementation, plan: Plan) -> Iterator[Finding]:
    """Starts an implementation and asks it the simplest case of each of its formulas."""
    worker = None
    try:
        worker = Worker(implementation.name, start_command(implementation, here=plan.here), plan)
        started = worker.start()
        yield Finding(True, _greeting(started))
        for formula in started.formulas:
            yield _try_formula(worker, plan, formula, started)
    except StartError as error:
        yield Finding(False, f"it does not start: {error}")
    except GivenUpError as error:
        yield Finding(False, str(error))
    finally:
        if worker is not None:
            worker.stop()


def _greeting(started: Started) -> str:
    formulas = ", ".join(started.formulas) or "no formula"
    version = f" {started.version}" if started.version else ""
    return f"it starts: {started.name}{version}, {formulas} in {', '.join(started.dtypes)}"


def simplest(cases: Sequence[GoldenCase], formula: str, started: Started) -> Task | None:
    """The case of a formula that needs the fewest parameters, then the fewest numbers."""
    offered = started.formulas[formula]
    candidates = [
        Task(case, dtype)
        for case in cases
        if case.formula == formula and case.expect == "values"
        for dtype in case.formats
        if dtype in started.dtypes and ("*" in offered or set(case.needs) <= set(offered))
    ]
    return min(candidates, key=_size, default=None)


def _size(task: Task) -> tuple[int, int, str]:
    numbers = sum(len(array.values) for array in task.case.inputs.values())
    return len(task.case.needs), numbers, task.case.id


def _try_formula(worker: Worker, plan: Plan, formula: str, started: Started) -> Finding:
    task = simplest(plan.cases, formula, started)
    if task is None:
        return Finding(True, f"{formula}: no case to try with what it offers")
    answer = worker.ask(task)
    where = f"{formula}: {task.case.id} in {task.dtype}"
    problem = _problem(answer)
    if problem:
        return Finding(False, f"{where}: {problem}")
    judgements = plan.judge.judge(task.case, task.dtype, answer)
    wrong = [one for one in judgements if one.verdict is Verdict.FAIL]
    if wrong:
        return Finding(True, f"{where}: it answers, wrongly: {wrong[0].message}", wrong=True)
    said = ", ".join(answer.outputs) if isinstance(answer, Returned) else "nothing"
    return Finding(True, f"{where}: it answers, rightly ({said})")


def _problem(answer: Answer) -> str:
    """What is broken about an answer to a case that an implementation says it offers."""
    if isinstance(answer, Broken):
        return f"{answer.kind}: {answer.message}"
    if isinstance(answer, Raised):
        return f"it raises {answer.kind}: {answer.message}"
    if isinstance(answer, Declined):
        return f"it declines the simplest case: {answer.reason}"
    if not answer.outputs:
        return "it returns no output that was asked for"
    return ""


def conclusion(findings: Sequence[Finding]) -> str:
    """What the findings come to."""
    if not all(finding.works for finding in findings):
        return "The adapter is broken (or the program behind --command): see the line above."
    if any(finding.wrong for finding in findings):
        return (
            "The adapter works. The numbers are wrong: the implementation, or how the adapter"
            " hands it parameters, differs from the spec."
        )
    return "The adapter works; `focalspec run` judges the implementation."
