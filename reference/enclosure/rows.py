"""Positions of an array with a class axis: which numbers make up each, by index arithmetic."""

from dataclasses import dataclass
from math import prod

from focalspec.reference.enclosure.arguments import Arguments


@dataclass(frozen=True, slots=True)
class Rows:
    """How an array of shape [*before, classes, *after] falls into rows of ``classes`` numbers.

    ``shape`` is the array's without the class axis; row number r of it, in C order, is position r
    of the targets and of the elementwise losses.
    """

    shape: tuple[int, ...]
    classes: int
    after: int

    @property
    def count(self) -> int:
        """The number of rows."""
        return prod(self.shape)

    def index(self, row: int, label: int) -> int:
        """Where class ``label`` of a row lies in the array."""
        outer, inner = divmod(row, self.after)
        return (outer * self.classes + label) * self.after + inner

    def place(self, index: int) -> tuple[int, int]:
        """The row and the class of an index of the array."""
        block, inner = divmod(index, self.after)
        outer, label = divmod(block, self.classes)
        return outer * self.after + inner, label


def rows_of(arguments: Arguments, shape: tuple[int, ...]) -> Rows:
    """The rows along the parameter `axis`, negative axes counting from the end."""
    axis = arguments.value("axis")
    rank = len(shape)
    if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
        raise arguments.error("axis", f"an axis of an array of rank {rank}", axis)
    axis %= rank
    before, after = shape[:axis], shape[axis + 1 :]
    # An empty array has no rows to index, but its arithmetic must not divide by zero.
    return Rows((*before, *after), shape[axis], max(prod(after), 1))
