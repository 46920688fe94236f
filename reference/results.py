"""The arrays that a call reads and returns, seen as flat sequences of elements."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from focalspec.reference.arguments import outputs
from focalspec.reference.blocks import Scratch
from focalspec.reference.formats import Array, Dtype, store


class Source:
    """An input of any layout and format, read block by block."""

    def __init__(self, array: Array) -> None:
        self._contiguous = array.flags.c_contiguous
        self._flat: Any = array.reshape(-1) if self._contiguous else array.flat
        self._dtype = array.dtype

    def read(self, start: int, stop: int, scratch: Scratch, dtype: Dtype) -> Array:
        """The elements of a block in a dtype.

        They are never to be written to, for they may be the caller's own.
        """
        if self._contiguous and self._dtype == dtype:
            block: Array = self._flat[start:stop]
            return block
        wide = scratch.array(stop - start, dtype)
        np.copyto(wide, self._flat[start:stop], casting="unsafe")
        return wide


class Sink:
    """A contiguous output of any format, written block by block."""

    def __init__(self, array: Array) -> None:
        self._flat = array.reshape(-1)

    def write(self, start: int, values: Array, sign: Array | None = None) -> None:
        """Round a block of values to the output's format, give them their sign, and store them."""
        place = self._flat[start : start + values.size]
        if sign is None:
            store(values, place)
        elif values.dtype == sign.dtype == place.dtype:
            np.multiply(values, sign, place)
        else:
            store(values, place)
            np.multiply(place, sign, place, casting="unsafe")


class Results:
    """The loss and the derivatives of a call: where to write them, and what to return."""

    def __init__(
        self,
        out: Any,
        shapes: Sequence[tuple[int, ...]],
        dtype: Dtype,
        inputs: Sequence[Array],
    ) -> None:
        self._given: Sequence[Array | None] = ()
        if out is None:
            self.arrays = tuple([np.empty(shape, dtype) for shape in shapes])
            return
        given = outputs(out, shapes, dtype)
        self._given = given
        self.arrays = tuple(
            array if array is not None and _at_once(array, inputs) else np.empty(shape, dtype)
            for array, shape in zip(given, shapes, strict=True)
        )

    def sinks(self) -> list[Sink | None]:
        """One sink an output, in order."""
        return [Sink(array) for array in self.arrays]

    def set_loss(self, value: float) -> None:
        """Write a reduced loss."""
        with np.errstate(all="ignore"):
            store(np.array(value), self.arrays[0])

    def finish(self) -> Any:
        """The loss, or the tuple of loss and derivatives."""
        final = self.arrays
        if self._given:
            final = tuple(map(_delivered, self._given, self.arrays))
        return final[0] if len(final) == 1 else final


def _delivered(given: Array | None, written: Array) -> Array:
    """The caller's own array where there is one, filled."""
    if given is None or given is written:
        return written
    np.copyto(given, written)
    return given


def _at_once(array: Array, inputs: Sequence[Array]) -> bool:
    """Whether an output can be written block by block: not where that would change an input."""
    overlaps = any(np.may_share_memory(array, one) for one in inputs)
    return array.flags.c_contiguous and not overlaps
