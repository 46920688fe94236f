"""The keyword arguments of the public functions, as type checkers see them."""

from typing import Any, Literal, TypedDict

from numpy.typing import ArrayLike

LabelRule = Literal["two_term", "mixed", "exponential", "margin", "distance", "nonzero"]
Precision = Literal["full", "fast"]
Reduction = Literal["none", "sum", "mean"]
WeightedReduction = Literal["none", "sum", "mean", "weighted_mean"]
ClassReduction = Literal["none", "sum", "mean", "mean_positive", "weighted_mean"]


class SigmoidOptions(TypedDict, total=False):
    """Of sigmoid_focal_loss."""

    alpha: float | None
    gamma: float
    class_weight: ArrayLike | None
    normalizer: ArrayLike | None
    reduction: Reduction
    label_rule: LabelRule
    out: Any
    threads: int | None
    precision: Precision


class BinaryOptions(TypedDict, total=False):
    """Of binary_focal_loss, without its required gamma."""

    alpha: float | None
    class_weight: ArrayLike | None
    ignore_index: float | None
    normalizer: ArrayLike | None
    reduction: WeightedReduction
    label_rule: LabelRule
    out: Any
    threads: int | None


class CrossEntropyOptions(TypedDict, total=False):
    """Of cross_entropy."""

    class_weight: ArrayLike | None
    label_smoothing: float
    ignore_index: int | None
    axis: int
    reduction: ClassReduction
    out: Any
    threads: int | None
    precision: Precision


class SoftmaxOptions(CrossEntropyOptions, total=False):
    """Of softmax_focal_loss."""

    gamma: ArrayLike
    background_class: int


class CategoricalOptions(TypedDict, total=False):
    """Of categorical_focal_loss, without its required gamma."""

    class_weight: ArrayLike | None
    label_smoothing: float
    ignore_index: int | None
    background_class: int
    axis: int
    reduction: ClassReduction
    out: Any
    threads: int | None
