"""The multiclass focal losses: one of several classes for every position."""

from typing import Any

from focalspec.reference import arguments
from focalspec.reference.blocks import thread_limit
from focalspec.reference.categorical_terms import categorical_terms
from focalspec.reference.positions import Call, evaluate
from focalspec.reference.softmax_terms import softmax_terms
from numpy.typing import ArrayLike

_REDUCTIONS = ("none", "sum", "mean", "mean_positive", "weighted_mean")


def softmax_focal_loss(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    gamma: Any = 2.0,
    class_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    background_class: int = 0,
    axis: int = 1,
    reduction: str = "mean",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
    precision: str = "full",
) -> Any:
    """Focal loss of logits with a softmax over their class axis."""
    call = _call(
        "logits", None, logits, targets, axis,
        class_weight, ignore_index, background_class, reduction, threads,
    )  # fmt: skip
    arguments.choice("precision", precision, arguments.PRECISIONS)
    order = arguments.choice("derivatives", derivatives, (0, 1, 2))
    exponent = arguments.gammas(gamma, call.classes)
    smoothing = arguments.label_smoothing(label_smoothing)
    return evaluate(call, softmax_terms(exponent, smoothing, order), order, out)


def cross_entropy(
    logits: ArrayLike,
    targets: ArrayLike,
    *,
    class_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = -100,
    axis: int = 1,
    reduction: str = "mean",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
    precision: str = "full",
) -> Any:
    """Cross entropy of logits with a softmax: the focal loss with gamma 0."""
    return softmax_focal_loss(
        logits,
        targets,
        gamma=0.0,
        class_weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        axis=axis,
        reduction=reduction,
        derivatives=derivatives,
        out=out,
        threads=threads,
        precision=precision,
    )


def categorical_focal_loss(
    probabilities: ArrayLike,
    targets: ArrayLike,
    *,
    gamma: Any,
    class_weight: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    background_class: int = 0,
    axis: int = -1,
    reduction: str = "none",
    derivatives: int = 0,
    out: Any = None,
    threads: int | None = None,
) -> Any:
    """Focal loss of given class probabilities, which are not renormalised."""
    call = _call(
        "probabilities", (0.0, 1.0), probabilities, targets, axis,
        class_weight, ignore_index, background_class, reduction, threads,
    )  # fmt: skip
    order = arguments.choice("derivatives", derivatives, (0, 1))
    exponent = arguments.gammas(gamma, call.classes)
    smoothing = arguments.label_smoothing(label_smoothing)
    return evaluate(call, categorical_terms(exponent, smoothing, order), order, out)


def _call(
    name: str,
    limits: tuple[float, float] | None,
    argument: ArrayLike,
    targets: ArrayLike,
    axis: Any,
    class_weight: Any,
    ignore_index: Any,
    background_class: Any,
    reduction: Any,
    threads: Any,
) -> Call:
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
        threads=thread_limit(threads),
    )
