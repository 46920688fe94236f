"""The results file: JSON lines with a header, a line a check, and a footer.

A file without its footer is incomplete, whoever was interrupted while writing it, and is refused.
Everything that a person reads about a run is drawn from this file.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from focalspec.conformance.judge import Verdict, Worst

FORMAT = 1
FAILING = frozenset({Verdict.FAIL, Verdict.ERROR, Verdict.UNEXPECTED_PASS, Verdict.NOT_RUN})


class ResultsError(ValueError):
    """A results file that cannot be used; the message names the file and line."""


@dataclass(frozen=True)
class Check:
    """One line of a results file: a case in a dtype, one output of it, and its verdict."""

    implementation: str
    case: str
    formula: str
    clauses: tuple[str, ...]
    dtype: str
    output: str
    verdict: Verdict
    message: str = ""
    notes: tuple[str, ...] = ()
    reading: str = ""  # survey: which reading of the documents it follows
    deviation: str = ""  # the id of the known deviation that it belongs to
    worst: Worst | None = None

    @property
    def failing(self) -> bool:
        """Whether it keeps the implementation from conforming."""
        return self.verdict in FAILING


@dataclass(frozen=True)
class Known:
    """A known deviation as a run was judged by it, for those who read its results."""

    id: str
    kind: str
    reason: str
    evidence: str
    place: str  # file and line
    within: str = ""  # the bound within which its checks may pass or miss


@dataclass(frozen=True)
class Judged:
    """An implementation as it was judged; ``problem`` where it could not be started."""

    name: str
    version: str = ""
    language: str = ""
    formulas: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dtypes: Sequence[str] = ()
    environment: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    warnings: Sequence[str] = ()  # of its deviations
    deviations: Sequence[Known] = ()


@dataclass(frozen=True)
class Header:
    """What a run was made of."""

    focalspec: str
    golden: str  # the digest of the golden values
    tolerance: str
    started: str
    platform: Mapping[str, str]
    implementations: Sequence[str]


@dataclass(frozen=True)
class Results:
    """A whole run."""

    header: Header
    implementations: tuple[Judged, ...]
    checks: tuple[Check, ...]

    def of(self, implementation: str) -> tuple[Check, ...]:
        """The checks of one implementation."""
        return tuple(check for check in self.checks if check.implementation == implementation)

    @property
    def exit_code(self) -> int:
        """0 if all conform, 1 if one does not, 2 if one could not be started."""
        if any(judged.problem for judged in self.implementations):
            return 2
        return int(any(check.failing for check in self.checks))


def now() -> str:
    """The time, as results files have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Recorder:
    """Collects a run's results, writing each to streams as it comes; safe among threads."""

    def __init__(self, header: Header, streams: Sequence[IO[str]] = ()) -> None:
        self.header = header
        self._streams = tuple(streams)
        self._lock = threading.Lock()
        self._implementations: list[Judged] = []
        self._checks: list[Check] = []
        self._write("header", asdict(header), format=FORMAT)

    def implementation(self, judged: Judged) -> None:
        """Records an implementation, as it starts or as it fails to."""
        with self._lock:
            self._implementations.append(judged)
            self._write("implementation", asdict(judged))

    def check(self, check: Check) -> None:
        """Records one check."""
        with self._lock:
            self._checks.append(check)
            if self._streams:
                self._write("check", check_to_json(check))

    def finish(self) -> Results:
        """Writes the footer; the results of the whole run, in the order it was asked for."""
        self._write("footer", {"checks": len(self._checks), "finished": now()})
        order = {name: index for index, name in enumerate(self.header.implementations)}
        implementations = sorted(self._implementations, key=lambda judged: order[judged.name])
        return Results(self.header, tuple(implementations), tuple(self._checks))

    def interrupted(self) -> None:
        """Says that no more comes."""
        self._write("interrupted", {"checks": len(self._checks)})

    def _write(self, kind: str, fields: Mapping[str, Any], **more: Any) -> None:
        line = json.dumps({"type": kind, **more, **fields}) + "\n" if self._streams else ""
        for stream in self._streams:
            stream.write(line)
            if kind != "check":
                stream.flush()


def check_to_json(check: Check) -> dict[str, Any]:
    """A check as its line has it: empty fields left out, numbers exact."""
    fields = {
        name: value
        for name, value in vars(check).items()
        if name != "worst" and (value not in ("", ()))
    }
    if check.worst is not None:
        fields["worst"] = _worst_to_json(check.worst)
    return fields


def _worst_to_json(worst: Worst) -> dict[str, Any]:
    return {
        "index": worst.index,
        "expected": worst.expected,
        "nearest": worst.nearest.hex(),
        "found": worst.found.hex(),
        "error_ulp": worst.error_ulp,
        "condition": None if worst.condition is None else worst.condition.hex(),
        "allowed": worst.allowed.hex(),
    }


# ---- reading ----


def load(path: Path) -> Results:
    """A complete results file. Raises ResultsError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text"
        raise ResultsError(f"{path}: cannot be read: {said}") from error
    messages = [_message(path, number, line) for number, line in enumerate(lines, 1)]
    kinds = Counter(message["type"] for message in messages)
    if not messages or messages[0]["type"] != "header":
        raise ResultsError(f"{path}:1: expected the header of a results file")
    if messages[0].get("format") != FORMAT:
        found = messages[0].get("format")
        raise ResultsError(f"{path}:1: format: expected {FORMAT}, found {found!r}")
    if messages[-1]["type"] != "footer" or messages[-1].get("checks") != kinds["check"]:
        raise ResultsError(
            f"{path}: is incomplete: it has {kinds['check']} checks and no footer that counts them"
            " (the run was interrupted, or still goes on); run it again"
        )
    return Results(
        _read(path, 1, messages[0], _header),
        tuple(_each(path, messages, "implementation", _judged)),
        tuple(_each(path, messages, "check", _check)),
    )


def _message(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise ResultsError(f"{path}:{number}: expected a line of JSON: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ResultsError(f"{path}:{number}: expected an object with a type")
    return message


def _each(
    path: Path, messages: Sequence[Mapping[str, Any]], kind: str, read: Callable[..., Any]
) -> list[Any]:
    return [
        _read(path, number, message, read)
        for number, message in enumerate(messages, 1)
        if message["type"] == kind
    ]


def _read(path: Path, number: int, message: Mapping[str, Any], read: Callable[..., Any]) -> Any:
    fields = {name: value for name, value in message.items() if name not in {"type", "format"}}
    try:
        return read(**fields)
    except (TypeError, ValueError, KeyError) as error:
        raise ResultsError(f"{path}:{number}: {message['type']}: {error}") from error


def _header(**fields: Any) -> Header:
    return Header(**{**fields, "implementations": tuple(fields["implementations"])})


def _judged(**fields: Any) -> Judged:
    formulas = {name: tuple(offered) for name, offered in fields["formulas"].items()}
    lists = {name: tuple(fields[name]) for name in ("dtypes", "warnings")}
    known = tuple(Known(**entry) for entry in fields.get("deviations", ()))
    return Judged(**{**fields, **lists, "formulas": formulas, "deviations": known})


def _check(**fields: Any) -> Check:
    for name in ("clauses", "notes"):
        fields[name] = tuple(fields.get(name, ()))
    if fields.get("worst") is not None:
        fields["worst"] = _worst(**fields["worst"])
    return Check(**{**fields, "verdict": Verdict(fields["verdict"])})


def _worst(**fields: Any) -> Worst:
    for name in ("nearest", "found", "condition", "allowed"):
        if fields[name] is not None:
            fields[name] = float.fromhex(fields[name])
    return Worst(**{**fields, "index": tuple(fields["index"])})
