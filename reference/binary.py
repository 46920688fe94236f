"""The binary focal losses: an independent yes or no for every element."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from focalspec.reference import arguments
from focalspec.reference.blocks import thread_limit
from focalspec.reference.elementwise import Call, evaluate
from focalspec.reference.formats import FLOAT32, FLOAT64
from focalspec.reference.probability_terms import ProbabilityTerms
from focalspec.reference.sigmoid_terms import SigmoidTerms
from focalspec.reference.weights import Weights, label_weights

_LARGEST = float(np.finfo(np.float64).max)


def sigmoid_focal_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    alpha: Any = 0.25,
    gamma: Any = 2.0,
    class_weight: ArrayLike | None = None,
    normalizer: Any = None,
    reduction: str = "sum",
    label_rule: str = "two_term",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
    precision: str = "full",
) -> Any:
    """Focal loss of logits with a sigmoid."""
    x = arguments.float_array("logits", logits)
    y = arguments.label_array(labels, x.shape, "logits")
    exponent = arguments.gamma(gamma)
    rule = arguments.choice("label_rule", label_rule, arguments.LABEL_RULES)
    order = arguments.choice("derivatives", derivatives, (0, 1, 2))
    fast = arguments.choice("precision", precision, arguments.PRECISIONS) == "fast"
    wide = x.dtype == FLOAT64
    call = Call(
        argument=x,
        argument_name="logits",
        argument_range=None,
        labels=y,
        ignore=None,
        reduction=arguments.choice("reduction", reduction, ("none", "sum", "mean")),
        threads=thread_limit(threads),
    )

    def terms(weights: Weights) -> SigmoidTerms:
        return SigmoidTerms(
            gamma=exponent,
            rule=rule,
            derivatives=order,
            work=FLOAT32 if fast and not wide else FLOAT64,
            sharp=wide and not fast and exponent > 0.0,
            weights=weights,
        )

    return evaluate(call, terms, label_weights(alpha, class_weight, normalizer), order, out)


def binary_focal_loss(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    gamma: Any,
    alpha: Any = None,
    class_weight: ArrayLike | None = None,
    ignore_index: float | None = None,
    normalizer: Any = None,
    reduction: str = "none",
    label_rule: str = "two_term",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
) -> Any:
    """Focal loss of the probabilities of label 1."""
    p = arguments.float_array("probabilities", probabilities)
    y = arguments.label_array(labels, p.shape, "probabilities")
    exponent = arguments.gamma(gamma)
    rule = arguments.choice("label_rule", label_rule, arguments.LABEL_RULES)
    order = arguments.choice("derivatives", derivatives, (0, 1))
    reductions = ("none", "sum", "mean", "weighted_mean")
    call = Call(
        argument=p,
        argument_name="probabilities",
        argument_range=(0.0, 1.0),
        labels=y,
        ignore=_ignored_label(ignore_index),
        reduction=arguments.choice("reduction", reduction, reductions),
        threads=thread_limit(threads),
    )

    def terms(weights: Weights) -> ProbabilityTerms:
        return ProbabilityTerms(exponent, rule, order, weights)

    return evaluate(call, terms, label_weights(alpha, class_weight, normalizer), order, out)


def _ignored_label(value: Any) -> float | None:
    if value is None:
        return None
    return arguments.number("ignore_index", value, -_LARGEST, _LARGEST, "a finite number or None")
