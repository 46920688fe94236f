"""Numbers and arrays as people read them."""

import math
from collections.abc import Sequence

from focalspec.golden import Array, Value

LARGEST_SHOWN = 240  # numbers of an array that a page shows


def error(ulp: float | None) -> str:
    """An error in ulp in at most three digits."""
    if ulp is None:
        return "–"
    return f"{ulp:.2g}" if ulp < 10 else f"{ulp:.3g}"


def condition(number: float | None) -> str:
    """A condition number in two digits."""
    return "–" if number is None else f"{number:.2g}"


def value(given: Value) -> str:
    """A parameter."""
    if given is None:
        return "off (null)"
    return nested(given) if isinstance(given, Array) else str(given)


def nested(array: Array) -> str:
    """An array in brackets, a row a line, cut where it becomes long."""
    shown = [repr(number) for number in array.values[:LARGEST_SHOWN]]
    left = len(array.values) - len(shown)
    text = _brackets(shown, array.shape) if not left else f"[{', '.join(shown)}, …"
    return f"{text}\n({left} more)" if left else text


def _brackets(texts: Sequence[str], shape: Sequence[int], depth: int = 1) -> str:
    if not shape:
        return texts[0]
    if len(shape) == 1:
        return f"[{', '.join(texts)}]"
    step = math.prod(shape[1:])
    parts = (texts[row * step : (row + 1) * step] for row in range(shape[0]))
    inner = (_brackets(part, shape[1:], depth + 1) for part in parts)
    return "[" + (",\n" + " " * depth).join(inner) + "]"


def place(index: Sequence[int]) -> str:
    """The place of an element: ``[1, 2]``, nothing for the only one."""
    return str(list(index)) if index else ""


def positions(shape: Sequence[int], count: int) -> list[str]:
    """The places of an array's first elements, in C order."""
    found = []
    for flat in range(count):
        index, left = [], flat
        for size in reversed(shape):
            left, step = divmod(left, size)
            index.append(step)
        found.append(place(index[::-1]))
    return found


def plural(count: int, word: str) -> str:
    """``1 case``, ``1,200 cases``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def digits(decimal: str, count: int = 20) -> str:
    """A golden value cut to so many characters before its exponent, which is kept."""
    mantissa, mark, exponent = decimal.partition("e")
    cut = mantissa if len(mantissa) <= count else f"{mantissa[:count]}…"
    return cut + mark + exponent
