"""Expands what a person wrote for an array into its shape and its exact numbers.

Either nested lists, or one of the generators, which use integers and fractions alone, so that they
give the same numbers on every machine:

- ``{grid: {from: -8, to: 8, step: 1/4}}``: both ends included where the steps meet them;
- ``{powers_of_two: {from: -1074, to: 1023, step: 7, sign: both}}``: of each exponent the positive
  power, the negative one (``sign: minus``), or first the one and then the other (``both``);
- ``{integers: {seed: 7, count: 30, low: -64, high: 64, scale: 1/8}}``: pseudo-random, see
  ``integers``;
- ``{repeat: {value: 0.5, count: 3}}``: the value may be a list or a generator;
- ``{concatenate: [...]}``: of lists and generators, in a row;

each with an optional ``shape`` beside it.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import prod
from typing import NamedTuple

from focalspec.golden.exact_text import Exact, NumberError, read_integer, read_number, read_special
from focalspec.golden.strict_yaml import Document, Node, Place
from focalspec.golden.suggest import unknown

MAXIMUM_COUNT = 200_000
MAXIMUM_RANK = 8

Number = Exact | float
"""An exact number, or an infinity or NaN."""


class Expanded(NamedTuple):
    """A shape and the numbers that fill it, in C order."""

    shape: tuple[int, ...]
    numbers: tuple[Number, ...]


def expand(document: Document, node: Node, place: Place) -> Expanded:
    """The array that ``node``, at ``place`` in ``document``, describes.

    Raises YamlError, naming file, line and field, where it describes none.
    """
    return _Expansion(document).array(node, place)


def integers(seed: int, count: int, low: int, high: int) -> Iterator[int]:
    """``count`` pseudo-random integers from ``low`` to ``high``, both included.

    SplitMix64 (Steele, Lea, Flood 2014): a 64-bit state, at first the seed, grows by
    0x9E3779B97F4A7C15 for each draw z, and z is mixed: z ^= z >> 30, times 0xBF58476D1CE4E5B9,
    z ^= z >> 27, times 0x94D049BB133111EB, z ^= z >> 31, all modulo 2**64. With
    span = high - low + 1, a draw at or beyond the largest multiple of the span is dropped, so that
    each integer is equally likely; otherwise the integer is low + z modulo span.
    """
    mask = 2**64 - 1
    state = seed & mask
    span = high - low + 1
    limit = 2**64 - 2**64 % span
    while count > 0:
        state = (state + 0x9E3779B97F4A7C15) & mask
        drawn = state
        drawn = ((drawn ^ (drawn >> 30)) * 0xBF58476D1CE4E5B9) & mask
        drawn = ((drawn ^ (drawn >> 27)) * 0x94D049BB133111EB) & mask
        drawn ^= drawn >> 31
        if drawn < limit:
            count -= 1
            yield low + drawn % span


class _Expansion:
    """One array's expansion; knows the document, for messages."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def array(self, node: Node, place: Place) -> Expanded:
        if isinstance(node, dict):
            return self._generated(node, place)
        if isinstance(node, list):
            return self._nested(node, place)
        return Expanded((), (self.number(node, place),))

    def number(self, node: Node, place: Place) -> Number:
        if not isinstance(node, str):
            raise self.document.error(place, f"expected a number, found {_show(node)}")
        special = read_special(node)
        if special is not None:
            return special
        try:
            return read_number(node)
        except NumberError as error:
            raise self.document.error(place, str(error)) from error

    def _nested(self, node: list[Node], place: Place) -> Expanded:
        parts = [self.array(item, (*place, index)) for index, item in enumerate(node)]
        inner = parts[0].shape if parts else ()
        for index, part in enumerate(parts):
            if part.shape != inner:
                raise self.document.error(
                    (*place, index), f"expected shape {list(inner)}, found {list(part.shape)}"
                )
        shape = (len(parts), *inner)
        if len(shape) > MAXIMUM_RANK:
            raise self.document.error(place, f"expected at most {MAXIMUM_RANK} axes, found more")
        return Expanded(shape, tuple(number for part in parts for number in part.numbers))

    def _generated(self, node: dict[str, Node], place: Place) -> Expanded:
        names = [name for name in node if name != "shape"]
        for name in names:
            if name not in _GENERATORS:
                raise self.document.error(
                    (*place, name), unknown("a generator", name, [*_GENERATORS, "shape"])
                )
        if len(names) != 1:
            raise self.document.error(
                place, f"expected one generator of {', '.join(_GENERATORS)}, found {len(names)}"
            )
        (name,) = names
        numbers = _GENERATORS[name](self, node[name], (*place, name))
        if len(numbers) > MAXIMUM_COUNT:
            raise self.document.error(
                place, f"expected at most {MAXIMUM_COUNT} numbers, found {len(numbers)}"
            )
        if "shape" not in node:
            return Expanded((len(numbers),), numbers)
        shape = self._shape(node["shape"], (*place, "shape"))
        if prod(shape) != len(numbers):
            raise self.document.error(
                (*place, "shape"),
                f"expected a shape of {len(numbers)} numbers, found {list(shape)} of {prod(shape)}",
            )
        return Expanded(shape, numbers)

    def _shape(self, node: Node, place: Place) -> tuple[int, ...]:
        if not isinstance(node, list) or len(node) > MAXIMUM_RANK:
            raise self.document.error(
                place, f"expected a list of at most {MAXIMUM_RANK} sizes, found {_show(node)}"
            )
        return tuple(
            self._integer(size, (*place, index), least=0) for index, size in enumerate(node)
        )

    def grid(self, node: Node, place: Place) -> tuple[Number, ...]:
        fields = self._fields(node, place, ("from", "to", "step"))
        first, last, step = (
            self._finite(fields[name], (*place, name)) for name in ("from", "to", "step")
        )
        if step <= 0:
            raise self.document.error((*place, "step"), f"expected a step above 0, found {step}")
        count = (last - first) // step + 1
        if not 0 < count <= MAXIMUM_COUNT:
            raise self.document.error(
                place, f"expected 1 to {MAXIMUM_COUNT} numbers, found {max(count, 0)}"
            )
        return tuple(Exact(first + index * step) for index in range(count))

    def powers_of_two(self, node: Node, place: Place) -> tuple[Number, ...]:
        fields = self._fields(node, place, ("from", "to"), {"step": "1", "sign": "plus"})
        first = self._integer(fields["from"], (*place, "from"), least=-1074, most=1023)
        last = self._integer(fields["to"], (*place, "to"), least=first, most=1023)
        step = self._integer(fields["step"], (*place, "step"), least=1)
        signs = {"plus": (1,), "minus": (-1,), "both": (1, -1)}
        sign = fields["sign"]
        if not isinstance(sign, str) or sign not in signs:
            raise self.document.error(
                (*place, "sign"), f"expected plus, minus or both, found {_show(sign)}"
            )
        exponents = range(first, last + 1, step)
        return tuple(
            Exact(unit * Fraction(2) ** exponent) for exponent in exponents for unit in signs[sign]
        )

    def integers(self, node: Node, place: Place) -> tuple[Number, ...]:
        required = ("seed", "count", "low", "high")
        fields = self._fields(node, place, required, {"scale": "1"})
        seed = self._integer(fields["seed"], (*place, "seed"), least=0)
        count = self._integer(fields["count"], (*place, "count"), least=0, most=MAXIMUM_COUNT)
        low = self._integer(fields["low"], (*place, "low"))
        high = self._integer(fields["high"], (*place, "high"), least=low)
        scale = self._finite(fields["scale"], (*place, "scale"))
        return tuple(Exact(drawn * scale) for drawn in integers(seed, count, low, high))

    def repeat(self, node: Node, place: Place) -> tuple[Number, ...]:
        fields = self._fields(node, place, ("value", "count"))
        value = self.array(fields["value"], (*place, "value")).numbers
        most = MAXIMUM_COUNT // max(len(value), 1)
        return value * self._integer(fields["count"], (*place, "count"), least=0, most=most)

    def concatenate(self, node: Node, place: Place) -> tuple[Number, ...]:
        if not isinstance(node, list):
            raise self.document.error(place, f"expected a list, found {_show(node)}")
        parts = (self.array(item, (*place, index)) for index, item in enumerate(node))
        return tuple(number for part in parts for number in part.numbers)

    def _fields(
        self,
        node: Node,
        place: Place,
        required: tuple[str, ...],
        optional: dict[str, Node] | None = None,
    ) -> dict[str, Node]:
        if not isinstance(node, dict):
            raise self.document.error(place, f"expected a mapping, found {_show(node)}")
        known = (*required, *(optional or {}))
        for name in node:
            if name not in known:
                raise self.document.error((*place, name), unknown("a field", name, known))
        for name in required:
            if name not in node:
                raise self.document.error(place, f"expected the field {name!r}, found none")
        return {**(optional or {}), **node}

    def _integer(
        self, node: Node, place: Place, *, least: int = -(2**63), most: int = 2**63 - 1
    ) -> int:
        if not isinstance(node, str):
            raise self.document.error(place, f"expected an integer, found {_show(node)}")
        try:
            value = read_integer(node)
        except NumberError as error:
            raise self.document.error(place, str(error)) from error
        if not least <= value <= most:
            raise self.document.error(
                place, f"expected an integer from {least} to {most}, found {value}"
            )
        return value

    def _finite(self, node: Node, place: Place) -> Fraction:
        number = self.number(node, place)
        if not isinstance(number, Exact):
            raise self.document.error(place, f"expected a finite number, found {number}")
        return number.value


_GENERATORS: dict[str, Callable[[_Expansion, Node, Place], tuple[Number, ...]]] = {
    "grid": _Expansion.grid,
    "powers_of_two": _Expansion.powers_of_two,
    "integers": _Expansion.integers,
    "repeat": _Expansion.repeat,
    "concatenate": _Expansion.concatenate,
}


def _show(node: Node) -> str:
    text = "nothing" if node is None else repr(node)
    return text if len(text) <= 60 else text[:60] + "…"
