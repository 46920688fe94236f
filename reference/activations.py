"""Sigmoid and softmax: the probabilities that logits stand for."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from focalspec.reference import arguments
from focalspec.reference.blocks import BLOCK, Scratch, run
from focalspec.reference.formats import FLOAT64, Array, store
from focalspec.reference.results import Results, Sink, Source


def sigmoid(logits: ArrayLike, *, out: Any = None, threads: int | None = None) -> Array:
    """1 / (1 + e^-x) of every logit."""
    x = arguments.float_array("logits", logits)
    results = Results(out, [x.shape], x.dtype, (x,))
    source, sink = Source(x), Sink(results.arrays[0])

    def task(start: int, stop: int, scratch: Scratch) -> None:
        block = source.read(start, stop, scratch, FLOAT64)
        small = np.exp(np.minimum(block, 0.0))
        sink.write(start, small / (1.0 + np.exp(-np.abs(block))))

    run(task, x.size, BLOCK, 1, arguments.threads(threads))
    final: Array = results.finish()
    return final


def softmax(
    logits: ArrayLike, *, axis: int = -1, out: Any = None, threads: int | None = None
) -> Array:
    """e^z_k over the sum of them along the class axis."""
    z = arguments.float_array("logits", logits)
    along = arguments.class_axis(axis, z.ndim, "logits")
    results = Results(out, [z.shape], z.dtype, (z,))
    source = np.moveaxis(z, along, -1)
    target = np.moveaxis(results.arrays[0], along, -1)
    with np.errstate(all="ignore"):
        wide = source.astype(FLOAT64)
        top = np.max(wide, axis=-1, keepdims=True, initial=-np.finfo(np.float64).max)
        e = np.exp(wide - top)
        store(e / np.add.reduce(e, axis=-1, keepdims=True), target)
    final: Array = results.finish()
    return final
