"""Reads YAML strictly: text stays text, and whatever readers could disagree about is refused.

Built on the events of PyYAML's C parser, which is about five times as fast as its loaders and
lets nothing be constructed that was not asked for. Scalars stay text, so no digit of a number is
lost; only a plain ``null`` (or an empty value) becomes ``None`` and a plain ``true`` or ``false`` a
boolean. Refused: duplicate keys, anchors and aliases, tags, merge keys, more than one document,
keys that are no text, plain scalars that YAML readers resolve in surprising ways (``no``, ``010``,
``1:30``, dates), files and lines over a limit, nesting over a limit, bytes that are not UTF-8.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

MAXIMUM_BYTES = 32 * 2**20
MAXIMUM_LINE = 8192
MAXIMUM_DEPTH = 24

Node: TypeAlias = "dict[str, Node] | list[Node] | str | bool | None"
Place: TypeAlias = tuple[str | int, ...]

_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_SURPRISES = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null)"  # booleans to some readers, in some spellings
    r"|[-+]?0[0-7_]+|0o[0-7]+|0b[01_]+"  # octal and binary
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"  # base sixty
    r"|[-+]?[0-9]+_[0-9_.]*"  # digit separators
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"  # dates
    r"|[-+]?\.(?i:inf|nan)"
    r"|<<|="
)


class YamlError(ValueError):
    """A YAML file that cannot be used; the message names file, line, field, expected and found."""


@dataclass(frozen=True)
class Document:
    """A file's content together with the line on which each of its fields stands."""

    name: str
    value: Node
    lines: dict[Place, int] = field(repr=False)

    def line(self, place: Place) -> int:
        """The line of a field, or of the nearest enclosing one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def at(self, place: Place) -> Node:
        """The content of a field that is there."""
        value = self.value
        for step in place:
            value = value[step]  # type: ignore[index]
        return value

    def texts(self, place: Place) -> tuple[str, ...]:
        """The content of a field that should be a list of text."""
        value = self.at(place)
        if not isinstance(value, list):
            raise self.error(place, f"expected a list, found {value!r}")
        for index, item in enumerate(value):
            if not isinstance(item, str):
                raise self.error((*place, index), f"expected text, found {item!r}")
        return tuple(item for item in value if isinstance(item, str))

    def error(self, place: Place, problem: str) -> YamlError:
        """An error that names the file, the line and the field."""
        named = spell(place)
        return YamlError(
            f"{self.name}:{self.line(place)}: {named + ': ' if named else ''}{problem}"
        )


def spell(place: Place) -> str:
    """The place of a field as a person writes it: ``cases[2].parameters.gamma``."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(parts).removeprefix(".")


def load(path: Path | str, *, maximum_bytes: int = MAXIMUM_BYTES) -> Any:
    """The content of a YAML file as dictionaries, lists, text, booleans and ``None``.

    Raises YamlError, whose message names the file and the line.
    """
    return parse(read_text(path, maximum_bytes=maximum_bytes), str(path))


def load_document(path: Path | str, name: str | None = None) -> Document:
    """Like ``load``, with the line of every field; ``name`` stands for the file in messages."""
    shown = str(path) if name is None else name
    lines: dict[Place, int] = {}
    value = _Builder(read_text(path, name=shown), shown, lines).document()
    return Document(shown, value, lines)


def parse(text: str, name: str) -> Any:
    """The content of YAML text; ``name`` stands for the file in messages."""
    return _Builder(text, name, None).document()


def read_text(
    path: Path | str, *, name: str | None = None, maximum_bytes: int = MAXIMUM_BYTES
) -> str:
    """The text of a file within the limits of size and encoding."""
    shown = str(path) if name is None else name
    try:
        with Path(path).open("rb") as file:
            data = file.read(maximum_bytes + 1)
    except OSError as error:
        raise YamlError(f"{shown}: cannot be read: {error.strerror}") from error
    return decode(data, shown, maximum_bytes=maximum_bytes)


def decode(data: bytes, name: str, *, maximum_bytes: int = MAXIMUM_BYTES) -> str:
    """The text of bytes that should be UTF-8 within the limit of size."""
    if len(data) > maximum_bytes:
        raise YamlError(f"{name}: expected at most {maximum_bytes} bytes, found more")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlError(
            f"{name}:{line}: expected UTF-8, found byte {error.start} is not"
        ) from error


def is_plain_key(text: str) -> bool:
    """Whether text can stand as a key without quotes and mean itself to every YAML reader."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None
    return plain and _SURPRISES.fullmatch(text) is None


class _Builder:
    """Turns the parser's events into plain values, refusing what the module refuses."""

    def __init__(self, text: str, name: str, lines: dict[Place, int] | None) -> None:
        self.name = name
        self.lines = lines
        self.depth = 0
        self._refuse_long_lines(text)
        try:
            self.next: Callable[[], Any] = CParser(text).get_event
        except yaml.YAMLError as error:
            raise self._syntax_error(error) from error

    def document(self) -> Node:
        try:
            return self._document()
        except yaml.YAMLError as error:
            raise self._syntax_error(error) from error

    def _document(self) -> Node:
        self.next()  # the stream's start
        if type(self.next()) is not DocumentStartEvent:
            raise YamlError(f"{self.name}:1: expected a YAML document, found an empty file")
        value = self._node(self.next(), ())
        self.next()  # the document's end
        following = self.next()
        if type(following) is not StreamEndEvent:
            self._fail(following, "expected one YAML document, found another")
        return value

    def _node(self, event: Any, place: Place) -> Node:
        if self.lines is not None:
            self.lines.setdefault(place, event.start_mark.line + 1)
        kind = type(event)
        if kind is ScalarEvent:
            return self._scalar(event)
        if kind is AliasEvent:
            self._fail(event, f"expected a value, found the alias *{event.anchor}")
        if event.anchor is not None:
            self._fail(event, f"expected a value, found the anchor &{event.anchor}")
        if event.tag is not None:
            self._fail(event, f"expected a value, found the tag {event.tag}")
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self._fail(event, f"expected at most {MAXIMUM_DEPTH} levels, found more")
        value = self._mapping(place) if kind is MappingStartEvent else self._sequence(place)
        self.depth -= 1
        return value

    def _mapping(self, place: Place) -> Node:
        value: dict[str, Node] = {}
        while True:
            event = self.next()
            if type(event) is MappingEndEvent:
                return value
            key = self._key(event)
            if key in value:
                self._fail(event, f"expected each key once, found {key!r} twice")
            inner = place
            if self.lines is not None:
                inner = (*place, key)
                self.lines[inner] = event.start_mark.line + 1
            value[key] = self._node(self.next(), inner)

    def _key(self, event: Any) -> str:
        key = self._scalar(event) if type(event) is ScalarEvent else None
        if not isinstance(key, str):
            self._fail(event, "expected a key of plain text, found something else")
        return key

    def _sequence(self, place: Place) -> Node:
        value: list[Node] = []
        while True:
            event = self.next()
            if type(event) is SequenceEndEvent:
                return value
            inner = place if self.lines is None else (*place, len(value))
            value.append(self._node(event, inner))

    def _scalar(self, event: Any) -> str | bool | None:
        if event.anchor is not None:
            self._fail(event, f"expected a value, found the anchor &{event.anchor}")
        if event.tag is not None:
            self._fail(event, f"expected a value, found the tag {event.tag}")
        text: str = event.value
        if event.style:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _SURPRISES.fullmatch(text):
            self._fail(event, f"expected text or a number, found {text}: put it in quotes")
        return text

    def _fail(self, event: Any, problem: str) -> NoReturn:
        mark = event.start_mark
        raise YamlError(f"{self.name}:{mark.line + 1}: column {mark.column + 1}: {problem}")

    def _syntax_error(self, error: yaml.YAMLError) -> YamlError:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        context = getattr(error, "context", None)
        said = " ".join(part for part in (problem, context) if part) or "unreadable characters"
        return YamlError(f"{self.name}:{line}: expected valid YAML, found: {said}")

    def _refuse_long_lines(self, text: str) -> None:
        lines = text.split("\n")
        longest = max(map(len, lines))
        if longest > MAXIMUM_LINE:
            number = next(index for index, line in enumerate(lines, 1) if len(line) == longest)
            raise YamlError(
                f"{self.name}:{number}: expected lines of at most {MAXIMUM_LINE} characters,"
                f" found one of {longest}"
            )
