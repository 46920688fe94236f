"""Drafts known deviations from the failures of a run, for a person to explain.

A draft groups failing checks by formula, topic and output, those that fail alike in several dtypes
together. It is refused by every other run until each entry has a class and a reason. Entries that a
file has already stay as they are, comments and all.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from focalspec.conformance import expectations
from focalspec.conformance.expectations import CLASSES, UNEXPLAINED
from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check
from focalspec.golden.formats import FORMATS

EVIDENCE = 300  # characters of a message that are kept
HEAD = """\
# Known deviations: failures that somebody has explained. Each check that an entry covers must fail.
# A draft needs a class and a reason before a run takes it.
implementation: {name}
deviations:
"""


class DraftError(ValueError):
    """A file that drafts cannot be added to; the message names it."""


class Draft(NamedTuple):
    """One entry that is not explained yet."""

    formula: str
    topic: str
    output: str
    dtypes: tuple[str, ...]
    cases: tuple[str, ...]
    evidence: str

    @property
    def id(self) -> str:
        """A name that says what the entry is about."""
        return "-".join((self.formula, self.topic, self.output, *self.dtypes)).replace("_", "-")


def drafts(checks: Iterable[Check]) -> list[Draft]:
    """The entries that would cover all checks that fail and that no deviation covers."""
    failing: dict[tuple[str, str, str], dict[str, list[Check]]] = defaultdict(dict)
    for check in checks:
        if check.verdict in {Verdict.FAIL, Verdict.ERROR}:
            topic = check.case.split("/")[1]
            by_dtype = failing[check.formula, topic, check.output]
            by_dtype.setdefault(check.dtype, []).append(check)
    return [
        Draft(*key, dtypes, cases, evidence)
        for key, by_dtype in failing.items()
        for dtypes, cases, evidence in _alike(by_dtype)
    ]


def _alike(
    by_dtype: dict[str, list[Check]],
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """The dtypes in which the same cases fail, those cases, and what the first of them says."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for dtype in sorted(by_dtype, key=list(FORMATS).index):
        groups[tuple(check.case for check in by_dtype[dtype])].append(dtype)
    for cases, dtypes in groups.items():
        first = by_dtype[dtypes[0]][0]
        name = first.case.rpartition("/")[2]
        yield tuple(dtypes), cases, f"{name} [{first.dtype}]: {first.message}"[:EVIDENCE]


def write(path: Path, name: str, found: Sequence[Draft], outputs: Iterable[str]) -> None:
    """Adds drafts to a file of deviations, or starts one. Raises ValueError.

    The file is replaced only by one that can be read again.
    """
    before, indent, taken = _existing(path, name, frozenset(outputs))
    text = before
    for draft in found:
        entry_id = _free(draft.id, taken)
        taken.add(entry_id)
        text += "".join(f"{indent}{line}\n" for line in _entry(draft, entry_id))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    try:
        expectations.load(part, name, frozenset(outputs), drafts=True)
    except ValueError as error:
        raise DraftError(f"{path}: cannot be added to: {error}") from error
    else:
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _existing(path: Path, name: str, outputs: frozenset[str]) -> tuple[str, str, set[str]]:
    """What a file holds, how far its entries are indented, and their ids."""
    if path.exists():
        entries = expectations.load(path, name, outputs, drafts=True).entries
        text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
        marker = re.search(r"(?m)^( *)- ", text)
        if entries and marker:
            return text, marker[1], {entry.id for entry in entries}
    return HEAD.format(name=json.dumps(name)), "  ", set()


def _free(name: str, taken: set[str]) -> str:
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _pattern(case: str) -> str:
    """The pattern that matches this case alone."""
    return re.sub(r"([*?[])", r"[\1]", case)


def _entry(draft: Draft, entry_id: str) -> Iterator[str]:
    yield f"- id: {entry_id}"
    yield "  cases:"
    for case in draft.cases:
        yield f"    - {json.dumps(_pattern(case), ensure_ascii=False)}"
    yield f"  outputs: [{draft.output}]"
    yield f"  dtypes: [{', '.join(draft.dtypes)}]"
    yield f"  class: {json.dumps(UNEXPLAINED)}  # {' | '.join(CLASSES)}"
    yield '  reason: ""'
    yield f"  evidence: {json.dumps(draft.evidence, ensure_ascii=False)}"
