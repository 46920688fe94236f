"""Runs implementations against golden cases: workers, restarts, verdicts, side by side."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol

from focalspec.conformance import environments, protocol
from focalspec.conformance.answers import Answer, Broken
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.environments import NoEnvironmentError
from focalspec.conformance.expectations import Deviations
from focalspec.conformance.judge import Judge, Judgement, Verdict
from focalspec.conformance.protocol import ProtocolError, Signature, Started
from focalspec.conformance.results import Check, Judged, Recorder
from focalspec.conformance.selection import Selection, Task
from focalspec.conformance.session import CancelledError, Limits, Session, SessionError, never
from focalspec.golden import GoldenCase

STARTS = 2  # tries to start a worker before it is given up
BROKEN_IN_A_ROW = 10  # cases, after which an implementation is given up
BUILDERS = 4  # environments that are built at once, ahead of the judging: mostly downloads


class StartError(ValueError):
    """An implementation that cannot be started; the message is one line that says why."""


class GivenUpError(Exception):
    """An implementation that breaks again and again."""


class Watcher(Protocol):
    """Whoever shows the progress of a run."""

    def preparing(self, name: str) -> None:
        """Its environment is being built."""

    def prepared(self, name: str) -> None:
        """Its environment is there."""

    def starting(self, name: str) -> None:
        """Its worker is being started."""

    def started(self, name: str, tasks: int) -> None:
        """It has started and will be asked this many tasks."""

    def advanced(self, name: str, checks: Sequence[Check]) -> None:
        """One more task is done."""

    def finished(self, name: str) -> None:
        """All its tasks are done, or given up."""


@dataclass
class Plan:
    """What a run is made of, the same for all its implementations."""

    every_case: Sequence[str]  # the ids of the golden set that the known deviations speak of
    cases: Sequence[GoldenCase]
    selection: Selection
    signatures: dict[str, Signature]
    judge: Judge
    limits: Limits = field(default_factory=Limits)
    here: bool = False
    _requests: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def request(self, task: Task) -> bytes:
        """The line that asks for a task; spelt once for all implementations."""
        key = (task.case.id, task.dtype)
        if key not in self._requests:
            self._requests[key] = protocol.run_request(*task)
        return self._requests[key]


class Worker:
    """An implementation's process, started again after it broke."""

    def __init__(
        self, name: str, command: Sequence[str], plan: Plan, cancelled: Callable[[], bool] = never
    ) -> None:
        self.name = name
        self.command = command
        self.plan = plan
        self.cancelled = cancelled
        self._session: Session | None = None
        self._broken = 0

    def start(self) -> Started:
        """Starts the process. Raises StartError."""
        problem = ""
        for _ in range(STARTS):
            try:
                return self._start()
            except SessionError as error:
                problem = f"{self.name}: does not start: {error}"
            except ValueError as error:  # it says what is wrong: no second try would change it
                raise StartError(f"{self.name}: {error}") from error
        raise StartError(problem)

    def _start(self) -> Started:
        session = Session(self.command, self.plan.limits, cancelled=self.cancelled)
        try:
            request = protocol.start_request(self.plan.signatures)
            line = session.exchange(request, self.plan.limits.start)
            started = protocol.read_started(line, self.plan.signatures)
        except BaseException:
            session.close()
            raise
        self._session = session
        return started

    def ask(self, task: Task) -> Answer:
        """The answer to a task. Raises GivenUpError where the process broke too often."""
        if self._broken >= BROKEN_IN_A_ROW:
            raise GivenUpError(f"not asked: it broke {self._broken} times in a row")
        if self._session is None:
            try:
                self.start()
            except StartError as error:
                raise GivenUpError(str(error)) from error
        answer = self._exchange(task)
        self._broken = self._broken + 1 if isinstance(answer, Broken) else 0
        return answer

    def _exchange(self, task: Task) -> Answer:
        if self._session is None:
            raise RuntimeError("no worker")
        try:
            line = self._session.exchange(self.plan.request(task), self.plan.limits.case)
            return protocol.read_answer(line, protocol.run_id(*task))
        except SessionError as error:
            self.close()
            return Broken(error.kind, str(error))
        except ProtocolError as error:
            self.close()
            return Broken("garbage", str(error))

    def close(self) -> None:
        """Ends the process."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def stop(self) -> None:
        """Lets the process end by itself, if it does so soon."""
        if self._session is not None:
            self._session.say(protocol.STOP)
        self.close()


@dataclass
class Run:
    """Judges implementations, recording each check as it comes."""

    plan: Plan
    recorder: Recorder
    watcher: Watcher
    _stop: threading.Event = field(default_factory=threading.Event)

    def all(self, pairs: Sequence[tuple[Implementation, Deviations]], jobs: int) -> None:
        """Judges implementations side by side, ``jobs`` at a time.

        Their environments are built ahead of them. Interrupted (KeyboardInterrupt), it ends every
        process before it raises.
        """
        with (
            ThreadPoolExecutor(max_workers=BUILDERS) as builders,
            ThreadPoolExecutor(max_workers=max(1, jobs)) as pool,
        ):
            futures: set[Future[None]] = {
                pool.submit(self._judge, one, known, builders.submit(self._prepare, one))
                for one, known in pairs
            }
            try:
                pending = futures
                while pending:
                    done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
            except BaseException:
                self._stop.set()
                for future in futures:
                    future.cancel()
                raise

    def _prepare(self, implementation: Implementation) -> list[str]:
        """The command that starts an implementation, when its environment is there."""
        if self._stop.is_set():
            raise CancelledError
        self.watcher.preparing(implementation.name)
        command = start_command(implementation, here=self.plan.here, cancelled=self._stop.is_set)
        self.watcher.prepared(implementation.name)
        return command

    def _judge(
        self, implementation: Implementation, known: Deviations, command: Future[list[str]]
    ) -> None:
        name = implementation.name
        try:
            self._judge_by(name, known, command.result())
        except CancelledError:
            pass
        except StartError as error:
            self.recorder.implementation(Judged(name, problem=str(error)))
        finally:
            self.watcher.finished(name)

    def _judge_by(self, name: str, known: Deviations, command: Sequence[str]) -> None:
        self.watcher.starting(name)
        worker = Worker(name, command, self.plan, self._stop.is_set)
        try:
            started = worker.start()
            self._ask(name, worker, started, known)
            worker.stop()
        finally:
            worker.close()
        self.recorder.implementation(_judged(name, started, known, self.plan))

    def _ask(self, name: str, worker: Worker, started: Started, known: Deviations) -> None:
        plan = self.plan
        tasks = plan.selection.tasks(plan.cases, started.formulas, started.dtypes)
        if not tasks:
            raise StartError(nothing(name, started))
        self.watcher.started(name, len(tasks))
        for task, judgements in _judgements(worker, tasks, plan.judge):
            checks = [
                known.apply(check_of(name, task, judgement), judgement.misses)
                for judgement in judgements
            ]
            for check in checks:
                self.recorder.check(check)
            self.watcher.advanced(name, checks)


def start_command(
    implementation: Implementation, *, here: bool, cancelled: Callable[[], bool] = never
) -> list[str]:
    """The command that starts an implementation, in its environment. Raises StartError."""
    try:
        interpreter = environments.interpreter(
            implementation.name, implementation.header, here=here, cancelled=cancelled
        )
    except NoEnvironmentError as error:
        raise StartError(str(error)) from error
    return implementation.command(interpreter)


def _judged(name: str, started: Started, known: Deviations, plan: Plan) -> Judged:
    return Judged(
        name=name,
        version=started.version,
        language=started.language,
        formulas=started.formulas,
        dtypes=started.dtypes,
        environment=started.environment,
        warnings=known.warnings(plan.every_case, whole=plan.selection.whole),
        deviations=tuple(entry.known for entry in known.entries),
    )


def _judgements(
    worker: Worker, tasks: Sequence[Task], judge: Judge
) -> Iterator[tuple[Task, Sequence[Judgement]]]:
    """The verdicts of all tasks, in their order."""
    for done, task in enumerate(tasks):
        try:
            answer = worker.ask(task)
        except GivenUpError as error:
            for left in tasks[done:]:
                yield left, not_run(left.case, str(error))
            return
        yield task, judge.judge(task.case, task.dtype, answer)


def not_run(case: GoldenCase, why: str) -> tuple[Judgement, ...]:
    """The verdicts of a case that nobody was asked."""
    names = list(case.expected) or ["error" if case.expect == "error" else "loss"]
    return tuple(Judgement(name, Verdict.NOT_RUN, why) for name in names)


def nothing(name: str, started: Started) -> str:
    """Why there is nothing to judge."""
    formulas, dtypes = ", ".join(started.formulas), ", ".join(started.dtypes)
    return f"{name}: no case to judge: it offers {formulas} in {dtypes}"


def check_of(name: str, task: Task, judgement: Judgement) -> Check:
    """The line of results that a judgement becomes."""
    return Check(
        implementation=name,
        case=task.case.id,
        formula=task.case.formula,
        clauses=task.case.clauses,
        dtype=task.dtype,
        output=judgement.output,
        verdict=judgement.verdict,
        message=judgement.message,
        notes=judgement.notes,
        reading=judgement.reading,
        worst=judgement.worst,
    )
