"""Cuts out of a Python source what some of its functions need, the rest left out as it is read.

A top-level function or class stays where it is wanted, or named by something that stays; imports
stay where a name of theirs is. Everything else at the top level stays, comments and all.
"""

import ast
from collections.abc import Collection, Iterator

_Definition = ast.FunctionDef | ast.ClassDef
_Import = ast.Import | ast.ImportFrom


def functions(source: str) -> list[str]:
    """The names that a source defines at its top level by ``def``. Raises SyntaxError."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def cut(source: str, wanted: Collection[str]) -> str:
    """The source with those definitions only that the wanted ones need. Raises SyntaxError."""
    body = ast.parse(source).body
    definitions = {node.name: node for node in body if isinstance(node, _Definition)}
    others = [node for node in body if not isinstance(node, _Definition | _Import)]
    needed = {name for node in others for name in _names(node)} & definitions.keys()
    waiting = [*needed, *(name for name in wanted if name in definitions)]
    kept: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept.add(name)
            waiting.extend(_names(definitions[name]) & definitions.keys())
    used = {name for node in others for name in _names(node)}
    used |= {name for one in kept for name in _names(definitions[one])}
    dropped: list[ast.stmt] = [node for name, node in definitions.items() if name not in kept]
    dropped += [node for node in body if isinstance(node, _Import) and not _binds(node, used)]
    return _without(source, dropped)


def _names(node: ast.AST) -> set[str]:
    """Every name that stands in a piece of code; ``__all__`` lists names and uses none."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _binds(node: _Import, used: Collection[str]) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return True
    return any((name.asname or name.name).partition(".")[0] in used for name in node.names)


def _without(source: str, nodes: Collection[ast.stmt]) -> str:
    """The source without some of its statements and the blank lines behind them."""
    lines = source.splitlines(keepends=True)
    gone = {number for node in nodes for number in _lines(node, lines)}
    kept = [line for number, line in enumerate(lines, 1) if number not in gone]
    return "".join(kept).rstrip("\n") + "\n"


def _lines(node: ast.stmt, lines: list[str]) -> Iterator[int]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    last = node.end_lineno or node.lineno
    yield from range(first, last + 1)
    if isinstance(node, _Definition):
        while last < len(lines) and not lines[last].strip():
            last += 1
            yield last
