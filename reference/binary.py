"""The binary focal losses: an independent yes or no for every element."""

from typing import Any, Literal, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike

from focalspec.reference import arguments
from focalspec.reference.elementwise import Call, evaluate
from focalspec.reference.formats import FLOAT32, FLOAT64, Array
from focalspec.reference.options import (
    BinaryOptions,
    LabelRule,
    Precision,
    Reduction,
    SigmoidOptions,
    WeightedReduction,
)
from focalspec.reference.probability_terms import ProbabilityTerms
from focalspec.reference.sigmoid_terms import SigmoidTerms
from focalspec.reference.weights import Weights, label_weights

_LARGEST = float(np.finfo(np.float64).max)


@overload
def sigmoid_focal_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    derivatives: Literal[0] = 0,
    **options: Unpack[SigmoidOptions],
) -> Array: ...
@overload
def sigmoid_focal_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    derivatives: Literal[1],
    **options: Unpack[SigmoidOptions],
) -> tuple[Array, Array]: ...
@overload
def sigmoid_focal_loss(
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    derivatives: Literal[2],
    **options: Unpack[SigmoidOptions],
) -> tuple[Array, Array, Array]: ...
def sigmoid_focal_loss(  # noqa: PLR0913 -- the spec's parameters
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    class_weight: ArrayLike | None = None,
    normalizer: ArrayLike | None = None,
    reduction: Reduction = "sum",
    label_rule: LabelRule = "two_term",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
    precision: Precision = "full",
) -> Any:
    """Focal loss of logits with a sigmoid: spec/sigmoid_focal_loss.md.

    With p = 1 / (1 + e^-logit), an element gives label * alpha * (1 - p)**gamma * -log(p)
    plus (1 - label) * (1 - alpha) * p**gamma * -log(1 - p).

    Args:
        logits: float16, bfloat16, float32 or float64 numbers of any shape.
        labels: from 0 to 1, of the same shape; floats, integers or booleans.
        alpha: from 0 to 1, the weight of label 1, or None for no weights.
        gamma: at least 0; the focusing exponent.
        class_weight: of shape (2,), at least 0: further weights of label 0 and label 1.
        normalizer: a positive number, of shape () or (1,), that divides the loss.
        reduction: "none", "sum" or "mean" (over all elements; 0 if there are none).
        label_rule: what a label between 0 and 1 means: "two_term" (above), "mixed",
            "exponential", "margin", "distance" or "nonzero". All agree on labels 0 and 1.
        derivatives: 0 returns the loss, 1 ``(loss, gradient)``, 2 ``(loss, gradient,
            hessian_diagonal)``, each of the derivatives with respect to the logits.
        out: where to write the result: an array, or a tuple with an array or None for each
            output. Undefined after an error.
        threads: how many threads may work; by default the environment variable
            FOCALSPEC_THREADS, or one for each processor. Small inputs use one.
        precision: "full", or "fast" for less accurate and faster arithmetic.

    Returns:
        Arrays of the dtype of the logits: the loss of shape () or, for "none", of their shape,
        and derivatives of their shape. The bits do not depend on threads or memory layout.
        float32 and narrower results are rounded once from float64 (0.501 ulp). float64 results
        with labels 0 and 1 are within 4 ulp (loss) and 5 ulp (gradient) for gamma up to 5, where
        they are normal numbers; with other labels and for the Hessian, where terms cancel, the
        error is within 20 * (1 + gamma) ulp of the largest term. With "fast", losses and
        gradients for labels 0 and 1 and gamma up to 5 are within 40 ulp in float32 and narrower
        formats, and within 20 ulp in float64.

    Raises:
        TypeError: if an argument holds numbers of the wrong kind (logits of integers, say).
        ValueError: if a shape is wrong or a value outside its domain.
    """
    x = arguments.float_array("logits", logits)
    exponent = arguments.gamma(gamma)
    rule = arguments.choice("label_rule", label_rule, arguments.LABEL_RULES)
    order = arguments.choice("derivatives", derivatives, (0, 1, 2))
    fast = arguments.choice("precision", precision, arguments.PRECISIONS) == "fast"
    wide = x.dtype.itemsize == FLOAT64.itemsize
    call = Call(
        argument=x,
        argument_name="logits",
        argument_range=None,
        labels=arguments.label_array(labels, x.shape, "logits"),
        ignore=None,
        reduction=arguments.choice("reduction", reduction, ("none", "sum", "mean")),
        threads=arguments.threads(threads),
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


@overload
def binary_focal_loss(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    gamma: float,
    derivatives: Literal[0] = 0,
    **options: Unpack[BinaryOptions],
) -> Array: ...
@overload
def binary_focal_loss(
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    gamma: float,
    derivatives: Literal[1],
    **options: Unpack[BinaryOptions],
) -> tuple[Array, Array]: ...
def binary_focal_loss(  # noqa: PLR0913 -- the spec's parameters
    probabilities: ArrayLike,
    labels: ArrayLike,
    *,
    gamma: float,
    alpha: float | None = None,
    class_weight: ArrayLike | None = None,
    ignore_index: float | None = None,
    normalizer: ArrayLike | None = None,
    reduction: WeightedReduction = "none",
    label_rule: LabelRule = "two_term",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
) -> Any:
    """Focal loss of the probabilities of label 1: spec/binary_focal_loss.md.

    As sigmoid_focal_loss with p given, and with these differences. At p = 0 and p = 1 the loss
    and its gradient take their limits, inf included; a term whose label or weight is 0 is 0.

    Args:
        probabilities: from 0 to 1, in float16, bfloat16, float32 or float64, of any shape.
        labels: from 0 to 1, or ``ignore_index``; of the same shape.
        gamma: at least 0; the focusing exponent.
        alpha: from 0 to 1, the weight of label 1, or None for no weights.
        class_weight: of shape (2,), at least 0: further weights of label 0 and label 1.
        ignore_index: elements with this label count for nothing, whatever their probability.
        normalizer: a positive number, of shape () or (1,), that divides the loss.
        reduction: "none", "sum", "mean" (over what is not ignored) or "weighted_mean" (over the
            sum of the elements' weights); a denominator of 0 is taken as 1.
        label_rule: what a label between 0 and 1 means; see sigmoid_focal_loss.
        derivatives: 0 returns the loss, 1 ``(loss, gradient)``.
        out: where to write the result; see sigmoid_focal_loss.
        threads: how many threads may work; see sigmoid_focal_loss.

    Returns:
        Arrays of the dtype of the probabilities.

    Raises:
        TypeError: if an argument holds numbers of the wrong kind.
        ValueError: if a shape is wrong or a value outside its domain.
    """
    p = arguments.float_array("probabilities", probabilities)
    exponent = arguments.gamma(gamma)
    rule = arguments.choice("label_rule", label_rule, arguments.LABEL_RULES)
    order = arguments.choice("derivatives", derivatives, (0, 1))
    reductions = ("none", "sum", "mean", "weighted_mean")
    call = Call(
        argument=p,
        argument_name="probabilities",
        argument_range=(0.0, 1.0),
        labels=arguments.label_array(labels, p.shape, "probabilities"),
        ignore=_ignored_label(ignore_index),
        reduction=arguments.choice("reduction", reduction, reductions),
        threads=arguments.threads(threads),
    )

    def terms(weights: Weights) -> ProbabilityTerms:
        return ProbabilityTerms(exponent, rule, order, weights)

    return evaluate(call, terms, label_weights(alpha, class_weight, normalizer), order, out)


def _ignored_label(value: Any) -> float | None:
    if value is None:
        return None
    return arguments.number("ignore_index", value, -_LARGEST, _LARGEST, "a finite number or None")
