"""The plain array in which exact numbers pass between the rooms: a shape, and values in C order."""

from typing import Any, NamedTuple


class Tensor(NamedTuple):
    """An array without a library: ``values`` holds the elements of ``shape`` in C order.

    Inputs hold Python floats (each an exact float64) or ints; results hold whatever number
    type the room that computed them works in.
    """

    shape: tuple[int, ...]
    values: tuple[Any, ...]
