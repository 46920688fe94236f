"""A run from end to end, as the command line asks for it."""

import contextlib
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import IO

import numpy as np

from focalspec import golden, spec
from focalspec.conformance import expectations, pages
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.expectations import Deviations
from focalspec.conformance.judge import Judge
from focalspec.conformance.results import Header, Recorder, Results, now
from focalspec.conformance.runner import Plan, Run, Watcher
from focalspec.conformance.selection import Selection
from focalspec.conformance.session import Limits
from focalspec.conformance.tolerances import Kind


@dataclass(frozen=True)
class Options:
    """What a run is asked to do, beside its implementations."""

    selection: Selection = field(default_factory=Selection)
    tolerance: Kind = "standard"
    limits: Limits = field(default_factory=Limits)
    here: bool = False
    jobs: int = 0  # side by side; 0 is one a core
    golden: Path | None = None  # another folder of golden values


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def version() -> str:
    """The version of focalspec that runs."""
    try:
        return metadata.version("focalspec")
    except metadata.PackageNotFoundError:
        return "unknown"


def plan(options: Options) -> tuple[Plan, str]:
    """The plan of a run, and the digest of the golden values that it stands on.

    Raises a ValueError where a page, a golden file or the selection is wrong.
    """
    book = spec.load()
    options.selection.check(book.formulas, book.clauses)
    suite = golden.load_suite(options.golden)
    return (
        Plan(
            every_case=() if options.golden else tuple(case.id for case in suite.cases),
            cases=options.selection.choose(suite.cases),
            selection=options.selection,
            signatures=pages.signatures(book),
            judge=Judge(pages.rules(book, options.tolerance)),
            limits=options.limits,
            here=options.here,
        ),
        suite.digest,
    )


def known_deviations(implementation: Implementation) -> Deviations:
    """The deviations of an implementation that has a file of them. Raises a ValueError."""
    if implementation.deviations is None:
        return Deviations()
    names = pages.outputs(spec.load())
    return expectations.load(implementation.deviations, implementation.name, names)


def judge(
    implementations: Sequence[Implementation],
    options: Options,
    watcher: Watcher,
    streams: Sequence[IO[str]] = (),
) -> Results:
    """Judges implementations and returns the results, writing them to streams as they come.

    Interrupted (KeyboardInterrupt), it leaves no process, and streams that say so.
    """
    prepared, digest = plan(options)
    header = Header(
        focalspec=version(),
        golden=digest,
        tolerance=options.tolerance,
        started=now(),
        platform={
            "python": platform.python_version(),
            "numpy": np.__version__,
            "system": platform.platform(),
            "machine": platform.machine(),
        },
        implementations=tuple(implementation.name for implementation in implementations),
    )
    pairs = [(one, known_deviations(one)) for one in implementations]
    recorder = Recorder(header, streams)
    try:
        Run(prepared, recorder, watcher).all(pairs, options.jobs or cores())
    except BaseException:
        recorder.interrupted()
        raise
    return recorder.finish()


@contextlib.contextmanager
def writing(path: Path | None) -> Iterator[list[IO[str]]]:
    """The results file, if one is asked for, opened for writing; folders are made as needed."""
    if path is None:
        yield []
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        yield [stream]
