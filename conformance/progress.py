"""Shows how far a run is: bars on a terminal, nothing elsewhere."""

import threading
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from focalspec.conformance.results import Check

_ALL = "done"


class Bars:
    """A bar for each implementation that is busy, and one for how many are done.

    A watcher of runs, and a context manager.
    """

    def __init__(self, names: Sequence[str], console: Console) -> None:
        self._lock = threading.Lock()
        self._progress = Progress(
            TextColumn("{task.fields[name]:>{task.fields[width]}}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[state]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        width = max(map(len, [*names, _ALL]))
        self._all = self._progress.add_task(
            "", total=len(names), name=_ALL, width=width, state="", visible=len(names) > 1
        )
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(
                "", total=None, name=name, width=width, state="waiting", visible=False
            )
            for name in names
        }
        self._failing = dict.fromkeys(names, 0)

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def shown(self) -> dict[str, tuple[int, int | None]]:
        """The bars that stand there: how many are done, of how many, by name."""
        return {
            task.fields["name"]: (
                int(task.completed),
                None if task.total is None else int(task.total),
            )
            for task in self._progress.tasks
            if task.visible
        }

    def preparing(self, name: str) -> None:
        """Its environment is being built."""
        self._progress.update(self._tasks[name], state="building its environment", visible=True)

    def prepared(self, name: str) -> None:
        """Its environment is there."""
        self._progress.update(self._tasks[name], state="waiting for its turn", visible=False)

    def starting(self, name: str) -> None:
        """Its worker is being started."""
        self._progress.update(self._tasks[name], state="starting", visible=True)

    def started(self, name: str, tasks: int) -> None:
        """It has started and will be asked this many tasks."""
        self._progress.update(self._tasks[name], total=tasks, state="")

    def advanced(self, name: str, checks: Sequence[Check]) -> None:
        """One more task is done."""
        self._failing[name] += sum(check.failing for check in checks)
        failing = self._failing[name]
        state = f"[red]{failing} failing[/red]" if failing else ""
        self._progress.update(self._tasks[name], advance=1, state=state)

    def finished(self, name: str) -> None:
        """All its tasks are done, or given up."""
        self._progress.update(self._tasks[name], visible=False)
        self._progress.advance(self._all)
