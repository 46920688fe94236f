"""Says where a committed values file differs from what would be generated."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from focalspec.golden.loader import COLUMNS
from focalspec.golden.strict_yaml import YamlError, parse
from focalspec.golden.writer import BULK

_MOST = 5


def differences(name: str, committed: str, generated: str) -> list[str]:
    """What differs in a values file, at most five places, each naming file, case and field."""
    if committed == generated:
        return []
    try:
        content = parse(committed, name)
    except YamlError as error:
        return [str(error)]
    found = list(_between(content, parse(generated, name), ()))
    if not found:
        where = _line(committed, generated)
        return [f"{name}: expected the canonical layout, found another: {where}"]
    shown = [f"{name}: {place}: generated {new}, committed {old}" for place, old, new in found]
    if len(shown) > _MOST:
        shown[_MOST:] = [f"{name}: and {len(shown) - _MOST} differences more"]
    return shown


def _between(old: Any, new: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*new, *old)):
            yield from _between(old.get(key), new.get(key), (*place, key))
    elif place == ("cases",) and isinstance(old, list) and isinstance(new, list):
        yield from _between(_by_id(old), _by_id(new), ())
    elif place and place[-1] == BULK and isinstance(old, str) and isinstance(new, str):
        yield from _between_tables(old, new, place)
    else:
        yield ".".join(place) or "the file", _show(old), _show(new)


def _between_tables(old: str, new: str, place: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    rows = zip_longest(old.split("\n"), new.split("\n"), fillvalue="")
    for number, (old_row, new_row) in enumerate(rows, 1):
        fields = zip_longest(old_row.split(), new_row.split(), fillvalue="nothing")
        wide = len(new_row.split()) == len(COLUMNS) and "expected" in place
        for index, (old_field, new_field) in enumerate(fields):
            if old_field != new_field:
                column = COLUMNS[index] if wide and index < len(COLUMNS) else f"field {index + 1}"
                yield f"{'.'.join(place)} row {number} {column}", old_field, new_field


def _by_id(cases: list[Any]) -> dict[str, Any]:
    return {str(case.get("id")): case for case in cases if isinstance(case, Mapping)}


def _line(committed: str, generated: str) -> str:
    lines = zip_longest(committed.split("\n"), generated.split("\n"), fillvalue="")
    for number, (old, new) in enumerate(lines, 1):
        if old != new:
            return f"line {number} should read {new!r}"
    return "line endings"


def _show(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:80] + "…"
