"""Sums that do not depend on blocks or threads: fixed tiles, then one exactly rounded sum.

Within a tile NumPy adds pairwise; the tiles' sums are added without any rounding but the last.
A block is always a whole number of tiles, so that the blocking cannot move a tile's bounds.
"""

import math

import numpy as np

from focalspec.reference.formats import FLOAT64, Array

TILE = 1024

# Scales a sum that overflowed, so that a mean of huge losses is still found.
HUGE_SCALE = 2.0**-64


class TileSums:
    """The sums of the tiles of ``count`` values, filled block by block, in any order."""

    def __init__(self, count: int, tile: int = TILE) -> None:
        self._tile = tile
        self._sums = np.zeros(-(-count // tile))

    def add(self, start: int, values: Array) -> None:
        """Add the block of values that begins at ``start``, which is where a tile begins."""
        first = start // self._tile
        whole = values.size // self._tile
        if whole:
            rows = values[: whole * self._tile].reshape(whole, self._tile)
            np.add.reduce(rows, axis=1, dtype=FLOAT64, out=self._sums[first : first + whole])
        if whole * self._tile < values.size:
            rest = values[whole * self._tile :]
            self._sums[first + whole] = np.add.reduce(rest, dtype=FLOAT64)

    def total(self) -> float:
        """The sum of all tiles; inf where it overflows, and where a value is inf."""
        try:
            return math.fsum(self._sums.tolist())
        except (OverflowError, ValueError):
            with np.errstate(all="ignore"):
                return float(np.add.reduce(self._sums))
