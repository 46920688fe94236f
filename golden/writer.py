"""Writes the content of a values file in its one canonical form.

Mappings in blocks, in the order given; lists of text in brackets on one line; every text in double
quotes; the bulk (fields named ``values``) as literal blocks. So equal contents are equal bytes, and
what a YAML reader makes of them is text alone, whatever its opinion about numbers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from focalspec.golden.strict_yaml import is_plain_key

BULK = "values"
"""The name of the fields that are written as literal blocks."""


def render(content: Mapping[str, Any]) -> str:
    """The canonical text of a content of mappings, lists, text and ``None``."""
    return "\n".join(_mapping(content, "")) + "\n"


def quote(text: str) -> str:
    """Text as a double-quoted YAML scalar on one line."""
    unprintable = next((character for character in text if not character.isprintable()), None)
    if unprintable is not None:
        raise ValueError(f"expected text that can be printed, found {unprintable!r} in {text!r}")
    return json.dumps(text, ensure_ascii=False)


def _mapping(content: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in content.items():
        name = key if is_plain_key(key) else quote(key)
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}:"
            yield from _mapping(value, indent + "  ")
        elif key == BULK and value:
            yield f"{indent}{name}: |-"
            yield from (f"{indent}  {line}" for line in value.split("\n"))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{name}:"
            for item in value:
                yield from _item(item, indent)
        else:
            yield f"{indent}{name}: {_inline(value)}"


def _item(item: Mapping[str, Any], indent: str) -> Iterator[str]:
    """A mapping within a list: its first line carries the dash."""
    lines = _mapping(item, indent + "  ")
    first = next(lines)
    yield f"{indent}- {first.lstrip()}"
    yield from lines


def _inline(value: str | Sequence[str] | Mapping[str, Any] | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Mapping):
        return "{}"
    return f"[{', '.join(map(quote, value))}]"
