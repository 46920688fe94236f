"""Read YAML strictly: one document of plain values, no key twice, each value with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

Scalar: TypeAlias = str | int | float | bool | None

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALAR_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")
)


class SpecError(ValueError):
    """Something in the specification's files cannot be read; the message names file and line."""


@dataclass(frozen=True)
class Node:
    """A value of a YAML text and the line on which it stands."""

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    line: int


def parse(text: str, name: str, first_line: int = 1) -> Node:
    """Return the one document of a YAML text.

    `name` is the file to be named in errors and `first_line` the line of it on which the text
    begins. Raises `SpecError` for what YAML cannot read, keys given twice, keys that are not
    strings, aliases, and values other than strings, numbers, booleans and null.
    """
    return _Reader(name, first_line).read(text)


class _Reader:
    def __init__(self, name: str, first_line: int) -> None:
        self.name = name
        self.first_line = first_line
        self.seen: set[int] = set()

    def read(self, text: str) -> Node:
        loader = None
        try:
            loader = _LOADER(text)
            root = loader.get_single_node()
            if root is None:
                raise SpecError(f"{self.name}:{self.first_line}: expected YAML, found nothing")
            return self._node(loader, root)
        except yaml.YAMLError as error:
            raise SpecError(self._explain(error)) from None
        finally:
            if loader is not None:
                loader.dispose()

    def _explain(self, error: yaml.YAMLError) -> str:
        mark = getattr(error, "problem_mark", None)
        line = self.first_line + (mark.line if mark is not None else 0)
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        return f"{self.name}:{line}: not valid YAML: {problem}"

    def _node(self, loader: Any, node: yaml.Node) -> Node:
        line = self.first_line + node.start_mark.line
        if id(node) in self.seen:
            raise SpecError(f"{self.name}:{line}: aliases are not allowed; write the value again")
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return Node(self._mapping(loader, node), line)
        if isinstance(node, yaml.SequenceNode):
            return Node(tuple(self._node(loader, item) for item in node.value), line)
        return Node(self._scalar(loader, node, line), line)

    def _scalar(self, loader: Any, node: yaml.Node, line: int) -> Scalar:
        if node.tag not in _SCALAR_TAGS:
            raise SpecError(
                f"{self.name}:{line}: expected a string, a number, true, false or null,"
                f" found {node.value!r} ({node.tag}); quote it"
            )
        try:
            value: Scalar = loader.construct_object(node)
        except ValueError as error:
            raise SpecError(f"{self.name}:{line}: cannot read {node.value!r}: {error}") from None
        return value

    def _mapping(self, loader: Any, node: yaml.MappingNode) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key = self._node(loader, key_node)
            if not isinstance(key.value, str):
                raise SpecError(
                    f"{self.name}:{key.line}: expected a string as key, found {key_node.value!r}"
                )
            if key.value in entries:
                raise SpecError(f"{self.name}:{key.line}: the key {key.value!r} is given twice")
            entries[key.value] = self._node(loader, value_node)
        return entries
