"""Judges the mutant that is on disk, again and again, in a fork of a process that has all else.

    python server.py SOCKET ADAPTER TESTS

Reading the golden values and preparing them takes seconds; a fork has them at once, imports the
mutated NumPy losses, and stops at the first check that fails. The case that killed the last mutant
is asked first. What the golden set lets live is tried by the losses' own tests.
"""

import contextlib
import os
import random
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from focalspec import spec
from focalspec.conformance import pages
from focalspec.conformance.answers import Output, Returned
from focalspec.conformance.inprocess import InProcess
from focalspec.conformance.judge import Judge, Verdict
from focalspec.golden import load_suite

SECONDS = 120  # until a mutant counts as one that never ends
MEMORY = 6 * 2**30
SEED = 1
KILLING = {Verdict.FAIL, Verdict.ERROR}
# Narrow formats are float64 or float32 rounded once: a part of the cases tells whether they are.
ASKED = ((("float64", "float32"), 1), (("float16", "bfloat16"), 8))
# What takes longest, and tests threads, other libraries and imports, which no mutant touches.
UNASKED = "not example and not bits_do_not and not importing and not several_threads"


class Server:
    """The golden set, prepared, in the order in which it is asked."""

    def __init__(self, adapter: Path, tests: Path) -> None:
        book = spec.load()
        self.adapter, self.tests = adapter, tests
        self.signatures = pages.signatures(book)
        self.judge = Judge(pages.rules(book, "strict"))
        self.cases = [case for case in load_suite().cases if case.expect != "survey"]
        random.Random(SEED).shuffle(self.cases)
        self._prepare()

    def _prepare(self) -> None:
        """Has every golden value read for every format, by judging nonsense."""
        for case in self.cases:
            for dtype in case.formats if case.expect == "values" else ():
                zeros = {
                    name: Output(dtype, wanted.shape, np.zeros(len(wanted.rows)))
                    for name, wanted in case.expected.items()
                }
                self.judge.judge(case, dtype, Returned(zeros))

    def serve(self, path: str) -> None:
        """Answers each connection with who killed the mutant, or that nobody did."""
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen()
            while True:
                connection, _ = listening.accept()
                with connection:
                    answer = self._ask()
                    connection.sendall(answer.encode())
                self._ask_first(answer.removeprefix("golden: "))

    def _ask_first(self, killer: str) -> None:
        found = next((case for case in self.cases if case.id == killer), None)
        if found is not None:
            self.cases.remove(found)
            self.cases.insert(0, found)

    def _ask(self) -> str:
        """What a fork says, or how it ended."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._answer(writing)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as stream:
            said = stream.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return said or f"ended by signal {-status}"

    def _answer(self, writing: int) -> None:
        """Judges the mutant, writes who killed it, and ends the process."""
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            killer = next(self._killers(), "survived")
        except BaseException as error:
            killer = f"import: {type(error).__name__}: {error}"
        os.write(writing, killer.encode())
        os._exit(0)

    def _killers(self) -> Iterator[str]:
        adapter = InProcess.from_adapter(self.adapter, self.signatures)
        for dtypes, step in ASKED:
            for outcome in adapter.outcomes(self.cases[::step], self.judge, dtypes):
                if outcome.judgement.verdict in KILLING:
                    yield f"golden: {outcome.case.id}"
        failed = Failed()
        files = sorted(map(str, self.tests.glob("test_*.py")))
        options = ["-x", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-k", UNASKED]
        code = pytest.main([*options, *files], plugins=[failed])
        if code != pytest.ExitCode.OK:
            yield f"tests: {failed.name or code}"


class Failed:
    """Keeps the name of the first test that failed."""

    name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest after each step of a test."""
        if report.failed and not self.name:
            self.name = report.nodeid.rpartition("/")[2]


if __name__ == "__main__":
    where, adapter_file, tests_folder = sys.argv[1:]
    server = Server(Path(adapter_file), Path(tests_folder))
    if any(name.startswith("focalspec.reference.") for name in sys.modules):
        raise SystemExit("the NumPy losses are imported already: no mutant would be")
    with contextlib.suppress(KeyboardInterrupt):
        server.serve(where)
