"""The results file of a sweep: JSON lines with a header, a line a finished shard, and a footer.

A file without its footer belongs to a sweep that was stopped, and can be gone on with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from focalspec.conformance.results import now
from focalspec.conformance.sweep_tally import Outcome, from_json, to_json, together

FORMAT = 1
KIND = "sweep"
OUTPUTS = ("loss", "gradient")


class SweepFileError(ValueError):
    """A results file of a sweep that cannot be used; the message names the file."""


@dataclass(frozen=True)
class Configuration:
    """What is swept: a formula in a dtype, at one hard label, alpha (None is off) and gamma."""

    formula: str
    dtype: str
    label: int
    alpha: float | None
    gamma: float

    @property
    def name(self) -> str:
        """As it is told to people."""
        return f"{self.dtype} label={self.label} alpha={alpha_of(self)} gamma={self.gamma:g}"


def alpha_of(configuration: Configuration) -> str:
    """Alpha as it is told to people."""
    return "off" if configuration.alpha is None else f"{configuration.alpha:g}"


@dataclass(frozen=True)
class Span:
    """Which inputs of a dtype are tried: every ``step``-th ordinal from ``first`` to ``stop``."""

    first: int
    stop: int
    step: int
    low: float  # the numbers of the first and of the last ordinal of the range
    high: float

    @property
    def count(self) -> int:
        """How many inputs are tried."""
        return max(0, -(-(self.stop - self.first) // self.step))

    @property
    def told(self) -> str:
        """What is covered, exactly."""
        which = "every" if self.step == 1 else f"one in {self.step:,}, from the lowest on, of the"
        total = self.stop - self.first
        numbers = f"{which} finite input{'' if self.step == 1 else 's'}"
        between = f"from {self.low:.9g} to {self.high:.9g}"
        return f"{numbers} {between}: {self.count:,}" + ("" if self.step == 1 else f" of {total:,}")


@dataclass(frozen=True)
class Header:
    """What a sweep is made of; ``spans`` are by dtype."""

    focalspec: str
    implementation: str
    version: str
    formula: str
    configurations: tuple[Configuration, ...]
    spans: Mapping[str, Span]
    shard: int  # inputs of one shard
    within: float | None  # the tolerance in ulp; None is correct rounding
    started: str = ""
    platform: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)

    def shards(self, configuration: int) -> int:
        """How many shards a configuration has."""
        return -(-self.spans[self.configurations[configuration].dtype].count // self.shard)


@dataclass(frozen=True)
class Seconds:
    """Time: by the clock, and of the processor, in the implementation's process and in ours."""

    wall: float = 0.0
    processor: float = 0.0
    implementation: float = 0.0

    def __add__(self, other: "Seconds") -> "Seconds":
        """Both together."""
        return Seconds(
            self.wall + other.wall,
            self.processor + other.processor,
            self.implementation + other.implementation,
        )


@dataclass(frozen=True)
class Shard:
    """One finished shard: what it found, or why nothing (``problem``)."""

    configuration: int
    shard: int
    outcome: Outcome
    seconds: Seconds = field(default_factory=Seconds)
    problem: str = ""


@dataclass(frozen=True)
class Swept:
    """One configuration, as far as it was swept."""

    configuration: Configuration
    span: Span
    outcome: Outcome
    seconds: Seconds
    unsupported: str = ""
    problems: tuple[str, ...] = ()

    @property
    def tried(self) -> int:
        """How many inputs were tried."""
        return max((tally.tried for tally in self.outcome.values()), default=0)

    @property
    def fails(self) -> bool:
        """Whether something is beyond the tolerance, or was not swept."""
        return bool(self.problems) or any(tally.beyond for tally in self.outcome.values())


@dataclass(frozen=True)
class Sweep:
    """A whole sweep."""

    header: Header
    swept: tuple[Swept, ...]

    @property
    def exit_code(self) -> int:
        """0 if all is within the tolerance, 1 if not, 2 if nothing was swept."""
        if not any(one.tried for one in self.swept):
            return 2
        return int(any(one.fails for one in self.swept))


class Ledgers:
    """The shards of a sweep as they come, added up; each also written to a stream, if any."""

    def __init__(self, header: Header, stream: IO[str] | None = None) -> None:
        """Starts with nothing."""
        self.header = header
        self._stream = stream
        self._outcomes: dict[int, Outcome] = {}
        self._seconds: dict[int, Seconds] = {}
        self._problems: dict[int, dict[int, str]] = {}
        self._unsupported: dict[int, str] = {}
        self.done: set[tuple[int, int]] = set()

    def onto(self, stream: IO[str] | None) -> "Ledgers":
        """Goes on in a stream that holds what is there already."""
        self._stream = stream
        return self

    def open(self) -> None:
        """Writes the header."""
        self._write({"type": "header", "format": FORMAT, "kind": KIND, **asdict(self.header)})

    def unsupported(self, configuration: int, reason: str) -> None:
        """Records that the implementation does not offer a configuration."""
        self._unsupported[configuration] = reason
        self._write({"type": "unsupported", "configuration": configuration, "reason": reason})

    def add(self, shard: Shard) -> None:
        """Records a shard."""
        self.keep(shard)
        fields = {"configuration": shard.configuration, "shard": shard.shard}
        seconds = {name: round(value, 4) for name, value in asdict(shard.seconds).items()}
        ending = (
            {"problem": shard.problem} if shard.problem else {"outcome": to_json(shard.outcome)}
        )
        self._write({"type": "shard", **fields, "seconds": seconds, **ending})

    def keep(self, shard: Shard) -> None:
        """Adds a shard up, without writing it."""
        at = shard.configuration
        problems = self._problems.setdefault(at, {})
        if shard.problem:
            problems[shard.shard] = shard.problem
            return
        problems.pop(shard.shard, None)
        self.done.add((at, shard.shard))
        self._outcomes[at] = together((self._outcomes.get(at, {}), shard.outcome))
        self._seconds[at] = self._seconds.get(at, Seconds()) + shard.seconds

    def finish(self) -> Sweep:
        """Writes the footer; the whole sweep."""
        self._write({"type": "footer", "shards": len(self.done), "finished": now()})
        return self.sweep()

    def sweep(self) -> Sweep:
        """What there is so far."""
        return Sweep(self.header, tuple(map(self.of, range(len(self.header.configurations)))))

    def of(self, at: int) -> Swept:
        """One configuration, as far as it is known."""
        configuration = self.header.configurations[at]
        return Swept(
            configuration,
            self.header.spans[configuration.dtype],
            self._outcomes.get(at, {}),
            self._seconds.get(at, Seconds()),
            self._unsupported.get(at, ""),
            tuple(text for _, text in sorted(self._problems.get(at, {}).items())),
        )

    def _write(self, message: Mapping[str, Any]) -> None:
        if self._stream is not None:
            self._stream.write(json.dumps(message) + "\n")
            self._stream.flush()


# ---- reading ----


def is_sweep(path: Path) -> bool:
    """Whether a file starts as the results of a sweep do."""
    try:
        with path.open(encoding="utf-8") as stream:
            return bool(json.loads(stream.readline()).get("kind") == KIND)
    except (OSError, ValueError, AttributeError):
        return False


def load(path: Path) -> Sweep:
    """A complete results file. Raises SweepFileError."""
    ledgers, is_complete = read(path)
    if not is_complete:
        shards = sum(map(ledgers.header.shards, range(len(ledgers.header.configurations))))
        raise SweepFileError(
            f"{path}: is incomplete: {len(ledgers.done)} of {shards} shards and no footer; go on"
            " with the same focalspec sweep command and --resume"
        )
    return ledgers.sweep()


def read(path: Path) -> tuple[Ledgers, bool]:
    """The shards of a file added up, and whether the file is complete. Raises SweepFileError."""
    messages = _messages(path)
    number, first = next(messages, (1, {}))
    if first.get("kind") != KIND or first.get("format") != FORMAT:
        raise SweepFileError(f"{path}:1: expected the header of a sweep's results, format {FORMAT}")
    is_complete = False
    try:
        ledgers = Ledgers(header_from(first))
        for number, message in messages:  # noqa: B007  (told where something is wrong)
            is_complete = message["type"] == "footer"
            if message["type"] == "shard":
                ledgers.keep(_shard(message))
            elif message["type"] == "unsupported":
                ledgers.unsupported(message["configuration"], message["reason"])
    except (KeyError, TypeError, ValueError) as error:
        raise SweepFileError(
            f"{path}:{number}: is no line of a sweep's results: {error}"
        ) from error
    return ledgers, is_complete


def _messages(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a file; a last one that was cut short is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text"
        raise SweepFileError(f"{path}: cannot be read: {said}") from error
    for number, line in enumerate(lines, 1):
        if not line.endswith("\n"):
            return
        try:
            message = json.loads(line)
        except ValueError as error:
            raise SweepFileError(f"{path}:{number}: expected a line of JSON: {error}") from error
        if not isinstance(message, dict):
            raise SweepFileError(f"{path}:{number}: expected an object")
        yield number, message


def header_from(fields: Mapping[str, Any]) -> Header:
    """A header from the first line of a file."""
    known = {name: fields[name] for name in Header.__dataclass_fields__}
    return Header(
        **{
            **known,
            "configurations": tuple(Configuration(**one) for one in fields["configurations"]),
            "spans": {name: Span(**one) for name, one in fields["spans"].items()},
        }
    )


def _shard(fields: Mapping[str, Any]) -> Shard:
    return Shard(
        fields["configuration"],
        fields["shard"],
        {} if "problem" in fields else from_json(fields["outcome"]),
        Seconds(**fields["seconds"]),
        fields.get("problem", ""),
    )


def difference(path: Path, found: Header, wanted: Header) -> SweepFileError | None:
    """Why a file cannot be gone on with by a command that makes another header; None if it can."""
    same = replace(
        found, started=wanted.started, platform=wanted.platform, environment=wanted.environment
    )
    for name in Header.__dataclass_fields__:
        ours, theirs = getattr(wanted, name), getattr(same, name)
        if ours != theirs:
            return SweepFileError(
                f"{path}: {name}: this command has {_told(ours)}, the file {_told(theirs)}:"
                " give the command that it was started with, or another file"
            )
    return None


def _told(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(getattr(one, "name", str(one)) for one in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {getattr(one, 'told', one)}" for name, one in value.items())
    return str(value)
