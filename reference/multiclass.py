"""The multiclass focal losses: one of several classes for every position."""

from dataclasses import replace
from typing import Any, Literal, Unpack, overload

from numpy.typing import ArrayLike

from focalspec.reference import arguments
from focalspec.reference.categorical_terms import CategoricalTerms
from focalspec.reference.formats import FLOAT32, FLOAT64, Array
from focalspec.reference.options import (
    CategoricalOptions,
    ClassReduction,
    CrossEntropyOptions,
    Precision,
    SoftmaxOptions,
)
from focalspec.reference.positions import Call, evaluate
from focalspec.reference.softmax_terms import SoftmaxTerms

# Up to here a weight times a sum of float32 exponentials' reciprocal is a float32.
_MODERATE_WEIGHT = 1e20

_REDUCTIONS = ("none", "sum", "mean", "mean_positive", "weighted_mean")


@overload
def softmax_focal_loss(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    derivatives: Literal[0] = 0,
    **options: Unpack[SoftmaxOptions],
) -> Array: ...
@overload
def softmax_focal_loss(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    derivatives: Literal[1],
    **options: Unpack[SoftmaxOptions],
) -> tuple[Array, Array]: ...
@overload
def softmax_focal_loss(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    derivatives: Literal[2],
    **options: Unpack[SoftmaxOptions],
) -> tuple[Array, Array, Array]: ...
def softmax_focal_loss(  # noqa: PLR0913 -- the spec's parameters
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    gamma: ArrayLike = 2.0,
    class_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    background_class: int = 0,
    axis: int = 1,
    reduction: ClassReduction = "mean",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
    precision: Precision = "full",
) -> Any:
    """Focal loss of logits with a softmax over their class axis: spec/softmax_focal_loss.md.

    A position with target y gives ``class_weight[y] * (1 - p[y])**gamma * entropy``, the entropy
    being ``(1 - label_smoothing) * -log(p[y]) + label_smoothing * mean(-log(p))``.

    Args:
        logits: float16, bfloat16, float32 or float64 numbers with a class axis. A logit of -inf
            takes its class out.
        targets: integers of the logits' shape without the class axis: classes, counted from 0,
            or ``ignore_index``.
        gamma: at least 0; the focusing exponent, or one for each class as target.
        class_weight: of shape (classes,), at least 0.
        label_smoothing: from 0 to 1; the modulator (1 - p[y])**gamma is not smoothed.
        ignore_index: positions with this target count for nothing, whatever their logits.
        background_class: the class that "mean_positive" leaves out of its denominator.
        axis: the class axis.
        reduction: "none", "sum", "mean" (over the positions that are not ignored),
            "mean_positive" (over those whose target is not the background class either) or
            "weighted_mean" (over the sum of their class weights); a denominator of 0 is taken
            as 1.
        derivatives: 0 returns the loss, 1 ``(loss, gradient)``, 2 ``(loss, gradient,
            hessian_diagonal)``, each of the derivatives with respect to the logits.
        out: where to write the result: an array, or a tuple with an array or None for each
            output. Undefined after an error.
        threads: how many threads may work; see sigmoid_focal_loss.
        precision: "full", or "fast" for less accurate and faster arithmetic.

    Returns:
        Arrays of the dtype of the logits: the loss of shape () or, for "none", of the targets'
        shape, and derivatives of the logits' shape. The bits do not depend on threads. float32
        and narrower results are rounded once from float64 (0.501 ulp). float64 losses and
        gradients without label smoothing are within 8 ulp for gamma up to 2 and up to 1,000
        classes (12 ulp for gamma 5), of logits up to 340 in size; with "fast" 25 and 60 ulp, and 40
        ulp in float32 and narrower formats, where they are normal numbers. With smoothing and for
        the Hessian, where terms cancel, this is relative to the largest term.

    Raises:
        TypeError: if an argument holds numbers of the wrong kind (targets of floats, say).
        ValueError: if a shape is wrong or a value outside its domain.
    """
    call = _call(
        ("logits", None),
        (logits, targets, axis),
        (class_weight, ignore_index, background_class),
        reduction,
        threads,
    )
    fast = arguments.choice("precision", precision, arguments.PRECISIONS) == "fast"
    order = arguments.choice("derivatives", derivatives, (0, 1, 2))
    exponent = arguments.gammas(gamma, call.classes)
    smoothing = arguments.label_smoothing(label_smoothing)
    wide = call.argument.dtype.itemsize == FLOAT64.itemsize
    if fast and not wide and call.adds_well and call.largest_weight <= _MODERATE_WEIGHT:
        call = replace(call, work=FLOAT32)
    terms = SoftmaxTerms(exponent, smoothing, order, sharp=wide and not fast)
    return evaluate(call, terms, order, out)


@overload
def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    derivatives: Literal[0] = 0,
    **options: Unpack[CrossEntropyOptions],
) -> Array: ...
@overload
def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    derivatives: Literal[1],
    **options: Unpack[CrossEntropyOptions],
) -> tuple[Array, Array]: ...
@overload
def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    derivatives: Literal[2],
    **options: Unpack[CrossEntropyOptions],
) -> tuple[Array, Array, Array]: ...
def cross_entropy(
    logits: ArrayLike, targets: ArrayLike, *, derivatives: Any = 0, **options: Any
) -> Any:
    """Cross entropy of logits with a softmax: softmax_focal_loss with gamma 0.

    Takes its arguments but gamma and background_class, and returns and raises what it does:
    spec/cross_entropy.md.
    """
    allowed = CrossEntropyOptions.__optional_keys__
    for name in options:
        if name not in allowed:
            raise TypeError(f"cross_entropy() got an unexpected keyword argument {name!r}")
    return softmax_focal_loss(logits, targets, gamma=0.0, derivatives=derivatives, **options)


@overload
def categorical_focal_loss(
    probabilities: ArrayLike,
    targets: ArrayLike,
    *,
    gamma: ArrayLike,
    derivatives: Literal[0] = 0,
    **options: Unpack[CategoricalOptions],
) -> Array: ...
@overload
def categorical_focal_loss(
    probabilities: ArrayLike,
    targets: ArrayLike,
    *,
    gamma: ArrayLike,
    derivatives: Literal[1],
    **options: Unpack[CategoricalOptions],
) -> tuple[Array, Array]: ...
def categorical_focal_loss(  # noqa: PLR0913 -- the spec's parameters
    probabilities: ArrayLike,
    targets: ArrayLike,
    *,
    gamma: ArrayLike,
    class_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    background_class: int = 0,
    axis: int = -1,
    reduction: ClassReduction = "none",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
) -> Any:
    """Focal loss of given class probabilities: spec/categorical_focal_loss.md.

    As softmax_focal_loss with p given, and with these differences: the probabilities are not
    renormalised, so that the gradient is with respect to each of them alone. At p[y] = 0 and
    p[y] = 1 the loss and its gradient take their limits, inf included.

    Args:
        probabilities: from 0 to 1, in float16, bfloat16, float32 or float64, with a class axis.
        targets: integers of the probabilities' shape without the class axis.
        gamma: at least 0; the focusing exponent, or one for each class as target.
        class_weight: of shape (classes,), at least 0.
        label_smoothing: from 0 to 1; see softmax_focal_loss.
        ignore_index: positions with this target count for nothing.
        background_class: the class that "mean_positive" leaves out of its denominator.
        axis: the class axis.
        reduction: see softmax_focal_loss.
        derivatives: 0 returns the loss, 1 ``(loss, gradient)``.
        out: where to write the result; see softmax_focal_loss.
        threads: how many threads may work; see sigmoid_focal_loss.

    Returns:
        Arrays of the dtype of the probabilities.

    Raises:
        TypeError: if an argument holds numbers of the wrong kind.
        ValueError: if a shape is wrong or a value outside its domain.
    """
    call = _call(
        ("probabilities", (0.0, 1.0)),
        (probabilities, targets, axis),
        (class_weight, ignore_index, background_class),
        reduction,
        threads,
    )
    order = arguments.choice("derivatives", derivatives, (0, 1))
    exponent = arguments.gammas(gamma, call.classes)
    smoothing = arguments.label_smoothing(label_smoothing)
    return evaluate(call, CategoricalTerms(exponent, smoothing, order), order, out)


def _call(
    name_and_range: tuple[str, tuple[float, float] | None],
    arrays_and_axis: tuple[ArrayLike, ArrayLike, Any],
    class_options: tuple[ArrayLike | None, Any, Any],
    reduction: Any,
    threads: Any,
) -> Call:
    name, limits = name_and_range
    argument, targets, axis = arrays_and_axis
    class_weight, ignore_index, background_class = class_options
    values = arguments.float_array(name, argument)
    class_axis = arguments.class_axis(axis, values.ndim, name)
    shape = values.shape
    chosen = arguments.target_array(targets, shape[:class_axis] + shape[class_axis + 1 :], name)
    return Call(
        argument=values,
        argument_name=name,
        argument_range=limits,
        targets=chosen,
        axis=class_axis,
        class_weight=arguments.class_weight(class_weight, shape[class_axis]),
        ignore=None if ignore_index is None else arguments.integer("ignore_index", ignore_index),
        background=arguments.integer("background_class", background_class),
        reduction=arguments.choice("reduction", reduction, _REDUCTIONS),
        threads=arguments.threads(threads),
    )
