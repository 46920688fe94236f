"""The NumPy losses of this project, and the least that any NumPy code could do."""

import numpy as np

from focalspec.reference import sigmoid_focal_loss, softmax_focal_loss


def prepare(cell, x, y, variant, threads):
    if variant.startswith("limit"):
        return limit(x, y, variant)
    function = sigmoid_focal_loss if cell["family"] == "sigmoid" else softmax_focal_loss
    options = {
        "reduction": "sum" if cell["gradient"] else "none",
        "derivatives": int(cell["gradient"]),
        "threads": threads,
        "precision": "fast" if variant == "fast" else "full",
    }
    return lambda: function(x, y, **options)


def limit(x, y, variant):
    """Reading both arrays and writing one, or one exp and one log1p, in blocks."""
    flat, other = x.reshape(-1), y.reshape(-1)
    if variant == "limit-memory":
        if flat.size != other.size:
            return lambda: np.add(flat, 1)
        return lambda: np.add(flat, other)
    scratch = np.empty(min(16_384, flat.size), x.dtype)

    def blocks():
        for start in range(0, flat.size, scratch.size):
            block = flat[start : start + scratch.size]
            out = scratch[: block.size]
            np.exp(block, out)
            np.log1p(out, out)

    return blocks
