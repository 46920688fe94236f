"""focalspec.reference, the NumPy losses of this project, in the present environment."""

from __future__ import annotations

from importlib import metadata
from inspect import Parameter, Signature, signature

from focalspec import reference
from focalspec.reference import sigmoid, softmax

__all__ = [
    "binary_focal_loss",
    "categorical_focal_loss",
    "cross_entropy",
    "sigmoid",
    "sigmoid_focal_loss",
    "softmax",
    "softmax_focal_loss",
]

VERSION = metadata.version("focalspec")
DTYPES = ("float16", "bfloat16", "float32", "float64")

_ORDERS = {"loss": 0, "gradient": 1, "hessian_diagonal": 2}


def _offered(loss, highest):
    """The loss with the derivatives that are wanted, up to the highest that it has."""

    def call(*arrays, outputs=tuple(_ORDERS), **parameters):
        order = max(_ORDERS.get(name, 0) for name in outputs)
        return loss(*arrays, derivatives=min(order, highest), **parameters)

    *own, options = signature(loss).parameters.values()
    outputs = Parameter("outputs", Parameter.KEYWORD_ONLY)
    call.__signature__ = Signature([*own, outputs, options])
    return call


sigmoid_focal_loss = _offered(reference.sigmoid_focal_loss, 2)
binary_focal_loss = _offered(reference.binary_focal_loss, 1)
softmax_focal_loss = _offered(reference.softmax_focal_loss, 2)
categorical_focal_loss = _offered(reference.categorical_focal_loss, 1)
cross_entropy = _offered(reference.cross_entropy, 1)
