"""Measures what the suite itself costs in a run: per case, and as a share of the wall time.

    python benchmarks/overhead.py [IMPLEMENTATION]...

Each implementation (by default the bundled NumPy losses) is judged by the whole golden set as
`focalspec run` does it. The time in which its worker imports, and in which the worker works on a
case, is measured in the worker's own process, by a copy of the worker that notes it; all else
(loading the golden values, encoding, pipes, judging, recording) is the suite's. Both ends take
turns, so that the two add up to the wall time, whatever else the machine does.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from focalspec.conformance import catalogue, environments, judging
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.progress import Bars

WORKER = Path(catalogue.__file__).with_name("worker.py")
# In front of the worker's own start: every call of an adapter, and its import, is timed.
NOTES = """
import atexit, importlib.util, json, sys, time
from pathlib import Path
spec = importlib.util.spec_from_file_location("worker", {worker!r})
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
spent = {{"import": 0.0, "computation": 0.0, "cases": 0}}
def timed(kind, call):
    def wrapper(*arguments, **named):
        start = time.perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            spent[kind] += time.perf_counter() - start
            spent["cases"] += kind == "computation"
            if kind == "import" or spent["cases"] % 50 == 0:
                note()
    return wrapper
def note():
    Path({notes!r}).write_text(json.dumps(spent))
worker.Conversation.start = timed("import", worker.Conversation.start)
worker.Adapter.call = timed("computation", worker.Adapter.call)
atexit.register(note)
worker.main()
"""


class Cost(NamedTuple):
    """Seconds of one run: all of it, and what the implementation took of that."""

    cases: int
    wall: float
    importing: float
    computing: float
    processor: float  # of the suite's own process, which a busy machine does not stretch

    @property
    def own(self) -> float:
        """What is the suite's."""
        return self.wall - self.importing - self.computing


def measured(implementation: Implementation, folder: Path) -> Cost:
    """Judge an implementation once, and see where the time went."""
    notes = folder / f"{implementation.name}.json"
    noting = folder / f"noting_{implementation.name}.py"
    noting.write_text(NOTES.format(worker=str(WORKER), notes=str(notes)), encoding="utf-8")
    interpreter = environments.interpreter(implementation.name, implementation.header)
    _, *words = implementation.command(interpreter)
    command = " ".join([interpreter, str(noting), *words[1:]])
    program = replace(implementation, target=command, program=True, header=None)
    console = Console(quiet=True)
    start, busy = time.perf_counter(), time.process_time()
    with Bars([implementation.name], console) as bars:
        results = judging.judge([program], judging.Options(jobs=1), bars)
    wall, processor = time.perf_counter() - start, time.process_time() - busy
    problem = results.implementations[0].problem
    if problem:
        raise SystemExit(problem)
    spent = json.loads(notes.read_text(encoding="utf-8"))
    return Cost(spent["cases"], wall, spent["import"], spent["computation"], processor)


def row(name: str, cost: Cost) -> Sequence[str]:
    """A cost as the table shows it."""
    return (
        name,
        str(cost.cases),
        f"{cost.wall:.2f}",
        f"{cost.importing:.2f}",
        f"{cost.computing:.2f}",
        f"{cost.own:.2f}",
        f"{cost.processor:.2f}",
        f"{1000 * cost.processor / cost.cases:.2f}",
        f"{100 * cost.own / cost.wall:.0f} %",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("implementations", nargs="*", default=["numpy"])
    names = parser.parse_args().implementations
    table = Table("implementation", "cases", "wall s", "import s", "computation s", "suite s")
    table.add_column("its processor s")
    table.add_column("ms a case")
    table.add_column("suite's share")
    with tempfile.TemporaryDirectory() as folder:
        for implementation in catalogue.find_all(names, []):
            table.add_row(*row(implementation.name, measured(implementation, Path(folder))))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


if __name__ == "__main__":
    main()
