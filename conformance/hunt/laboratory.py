"""Asks an implementation, in its own process or in this one, and remembers what it said."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from focalspec.conformance.answers import Answer, Broken
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.hunt.trial import Trial
from focalspec.conformance.inprocess import InProcess
from focalspec.conformance.runner import GivenUpError, Plan, StartError, Worker, start_command
from focalspec.conformance.selection import Task
from focalspec.golden import GoldenCase


class RoundOverError(BaseException):
    """Ends the search of one round. Not an Exception: Hypothesis must let it through."""


class TimeUpError(BaseException):
    """Ends the whole hunt. Not an Exception: Hypothesis must let it through."""


class Asker(Protocol):
    """Whoever can be asked a case."""

    @property
    def formulas(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters that it offers, by formula."""

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that it takes."""

    def ask(self, case: GoldenCase, dtype: str) -> Answer:
        """What it says to one case in one dtype."""


class HereAsker:
    """An adapter in this very process, trusted not to crash or hang."""

    def __init__(self, adapter: InProcess) -> None:
        self._adapter = adapter
        self.dtypes = adapter.adapter.dtypes
        self.formulas = {
            formula: tuple(
                adapter.adapter.offered(formula, len(adapter.signatures[formula].inputs))
            )
            for formula in adapter.adapter.functions
        }

    def ask(self, case: GoldenCase, dtype: str) -> Answer:
        """What the adapter says."""
        return self._adapter.answer(case, dtype)


class WorkerAsker:
    """An implementation in its own process, started anew whenever it broke."""

    def __init__(self, implementation: Implementation, plan: Plan) -> None:
        """Starts it. Raises StartError."""
        self._name = implementation.name
        self._command = start_command(implementation, here=plan.here)
        self._plan = plan
        self._worker = Worker(self._name, self._command, plan)
        self.started = self._worker.start()
        self.formulas = self.started.formulas
        self.dtypes = self.started.dtypes

    def ask(self, case: GoldenCase, dtype: str) -> Answer:
        """What it says; a crash or a hang is an answer. Raises StartError."""
        try:
            return self._worker.ask(Task(case, dtype))
        except GivenUpError:
            # crashes are what a hunt looks for: ten in a row are no reason to stop
            self._worker.close()
            self._worker = Worker(self._name, self._command, self._plan)
            self._worker.start()
            return self._worker.ask(Task(case, dtype))

    def close(self) -> None:
        """Ends the process."""
        self._worker.close()

    def stop(self) -> None:
        """Lets the process end by itself."""
        self._worker.stop()


@dataclass
class Laboratory:
    """Remembers answers, so that repeated calls are free and always say the same."""

    asker: Asker
    seconds: float | None = None
    patience: int = 8  # broken answers in a round; each may cost a deadline and a start
    asked: int = 0
    _answers: dict[str, Answer] = field(default_factory=dict, repr=False)
    _broken: int = 0
    _since: float = field(default_factory=time.monotonic)

    def begin_round(self) -> None:
        """Another round starts with fresh patience."""
        self._broken = 0

    def ask(self, trial: Trial) -> Answer:
        """What the implementation says. Raises RoundOverError, TimeUpError, StartError."""
        key = trial.key()
        known = self._answers.get(key)
        if known is not None:
            return known
        if self._broken >= self.patience:
            raise RoundOverError
        if self.seconds is not None and time.monotonic() - self._since > self.seconds:
            raise TimeUpError
        answer = self.asker.ask(trial.case(), trial.dtype)
        self.asked += 1
        self._broken += isinstance(answer, Broken)
        self._answers[key] = answer
        return answer


__all__ = [
    "Asker",
    "HereAsker",
    "Laboratory",
    "RoundOverError",
    "StartError",
    "TimeUpError",
    "WorkerAsker",
]
