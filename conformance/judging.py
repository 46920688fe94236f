"""A run from end to end, as the command line asks for it."""

import contextlib
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import IO

import numpy as np

from focalspec import golden, spec
from focalspec.conformance import drafting, expectations, pages
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
    drafts: bool = False  # known deviations may be drafts


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


def known_deviations(implementation: Implementation, *, drafts: bool = False) -> Deviations:
    """The deviations of an implementation that has a file of them. Raises a ValueError."""
    if implementation.deviations is None:
        return Deviations()
    names = pages.outputs(spec.load())
    return expectations.load(implementation.deviations, implementation.name, names, drafts=drafts)


class DeviationsError(ValueError):
    """A file of deviations that does not go with the rest of the command line."""


def with_deviations(
    implementations: Sequence[Implementation], file: Path | None, draft: Path | None
) -> list[Implementation]:
    """The implementations, the only one of them with the deviations that the command line names.

    What is drafted adds to what the file has. Raises DeviationsError.
    """
    if file is None and draft is None:
        return list(implementations)
    if len(implementations) != 1:
        raise DeviationsError("--deviations and --write-deviations: name one implementation")
    if file is not None and draft is not None and draft.exists() and not draft.samefile(file):
        raise DeviationsError(f"--write-deviations: {draft} exists, and is not {file}")
    known = file or (draft if draft is not None and draft.exists() else None)
    return [replace(one, deviations=known or one.deviations) for one in implementations]


def draft(judged: Results, file: Path) -> str:
    """Drafts deviations for what fails in the results of one implementation; says what it did."""
    found = drafting.drafts(judged.checks)
    if not found:
        return f"{file}: nothing to draft"
    drafting.write(file, judged.implementations[0].name, found, pages.outputs(spec.load()))
    return f"{file}: entries drafted: {len(found)}; give each a class and a reason"


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
    pairs = [(one, known_deviations(one, drafts=options.drafts)) for one in implementations]
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
