"""Take typed values out of a YAML mapping, or say in one line what is wrong with it and where."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

from focalspec.spec.model import Interval
from focalspec.spec.strict_yaml import Node, SpecError
from focalspec.spec.suggest import closest

_INTERVAL = re.compile(r"([\[(])([^,\[\]()]+), ([^,\[\]()]+)([\])])")


class Fields:
    """One mapping of a file; `name` is its place in the file, such as `parameters.alpha`."""

    def __init__(self, node: Node, file: str, name: str) -> None:
        self.file = file
        self.name = name
        self.line = node.line
        if not isinstance(node.value, Mapping):
            raise SpecError(f"{file}:{node.line}: {name}: expected a mapping, found {_show(node)}")
        self.entries: Mapping[str, Node] = node.value

    def only(self, names: Iterable[str]) -> None:
        """Raise `SpecError` for a field of another name."""
        known = tuple(names)
        for key, node in self.entries.items():
            if key not in known:
                raise SpecError(
                    f"{self.file}:{node.line}: {self.name}: unknown field {key!r}"
                    f"{closest(key, known)}"
                )

    def has(self, key: str) -> bool:
        return key in self.entries

    def node(self, key: str) -> Node:
        if key not in self.entries:
            raise SpecError(f"{self.file}:{self.line}: {self.name}: the field {key!r} is missing")
        return self.entries[key]

    def text(self, key: str) -> str:
        value = self.node(key).value
        if not isinstance(value, str) or not value.strip():
            self.fail(key, "a text")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def one_of(self, key: str, names: Iterable[str]) -> str:
        value, known = self.text(key), tuple(names)
        if value not in known:
            self.fail(key, "one of " + ", ".join(known), closest(value, known))
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean that is false unless given."""
        if not self.has(key):
            return False
        value = self.node(key).value
        if not isinstance(value, bool):
            self.fail(key, "true or false")
        return value

    def number(self, key: str) -> float:
        """Return a finite number, written as one or as a quoted decimal."""
        value = self.node(key).value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.fail(key, "a number")
        try:
            number = float(value)
        except ValueError:
            self.fail(key, "a number")
        if not math.isfinite(number):
            self.fail(key, "a finite number")
        return number

    def integer(self, key: str) -> int:
        value = self.node(key).value
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(key, "an integer")
        return value

    def is_null(self, key: str) -> bool:
        return self.node(key).value is None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts that is empty unless given."""
        if not self.has(key):
            return ()
        items: list[str] = []
        for item in self.nodes(key):
            if not isinstance(item.value, str) or not item.value.strip():
                self.fail(key, "a list of texts")
            items.append(item.value)
        return tuple(items)

    def nodes(self, key: str) -> tuple[Node, ...]:
        value = self.node(key).value
        if not isinstance(value, tuple):
            self.fail(key, "a list")
        return value

    def fields(self, key: str) -> Fields:
        return Fields(self.node(key), self.file, self._path(key))

    def each(self, key: str) -> Mapping[str, Fields]:
        """Return a mapping of mappings."""
        inner = self.fields(key)
        return {name: inner.fields(name) for name in inner.entries}

    def interval(self, key: str) -> Interval | None:
        """Return an interval written as `[0, 1)`, or nothing where the field is absent."""
        if not self.has(key):
            return None
        match = _INTERVAL.fullmatch(self.text(key))
        if match is None:
            self.fail(key, "an interval such as [0, 1] or (0, inf)")
        left, lower, upper, right = match.groups()
        try:
            interval = Interval(float(lower), float(upper), left == "[", right == "]")
        except ValueError:
            self.fail(key, "an interval of two numbers")
        if not interval.lower < interval.upper:
            self.fail(key, "an interval whose lower end is below its upper end")
        return interval

    def fail(self, key: str, expected: str, hint: str = "") -> NoReturn:
        node = self.node(key)
        raise SpecError(
            f"{self.file}:{node.line}: {self._path(key)}: expected {expected},"
            f" found {_show(node)}{hint}"
        )

    def _path(self, key: str) -> str:
        return key if self.name == "front matter" else f"{self.name}.{key}"


def _show(node: Node) -> str:
    if isinstance(node.value, Mapping):
        return "a mapping"
    if isinstance(node.value, tuple):
        return "a list"
    return "null" if node.value is None else repr(node.value)
