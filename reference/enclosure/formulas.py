"""The seven formulas by name: every output of each, enclosed at a given precision."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from flint import ctx

from focalspec.reference.enclosure import binary, multiclass
from focalspec.reference.enclosure.arguments import REQUIRED, ArgumentError, Arguments
from focalspec.reference.enclosure.categorical import categorical_focal_loss
from focalspec.reference.enclosure.forms import Memo
from focalspec.reference.enclosure.multiclass import Row
from focalspec.reference.enclosure.outputs import Output, Wanted
from focalspec.reference.enclosure.probability import binary_focal_loss
from focalspec.reference.enclosure.rows import rows_of
from focalspec.reference.enclosure.sigmoid import sigmoid, sigmoid_focal_loss
from focalspec.reference.enclosure.softmax import softmax, softmax_focal_loss
from focalspec.reference.enclosure.split import ZERO
from focalspec.reference.tensor import Tensor

_BINARY = ("none", "sum", "mean")
_MULTICLASS = ("none", "sum", "mean", "mean_positive", "weighted_mean")

_Outputs = Callable[[Arguments, Mapping[str, Wanted]], dict[str, Output]]


def enclose(  # noqa: PLR0913  (the five of every founder's contract, and what to leave out)
    formula: str,
    inputs: Mapping[str, Tensor],
    parameters: Mapping[str, Any],
    outputs: Sequence[str],
    bits: int,
    *,
    only: Mapping[str, Collection[int]] | None = None,
) -> dict[str, Tensor]:
    """Rigorous enclosures of the outputs of a formula, computed with ``bits`` bits.

    ``inputs`` are Tensors of floats (or ints, for targets); ``parameters`` are floats, ints, words,
    None, or Tensors for arrays; those left out take the spec's defaults. ``outputs`` are names from
    the spec page. Returns a Tensor of Enclosure values (see results) for each output; where
    ``only`` names an output, its values are None but at the flat indices given there.

    Raises ArgumentError for an unknown formula, output or parameter and for arguments outside the
    formula's domain, and UndefinedValueError, which names the position, where the formula has no
    value: a kink, infinity minus infinity, or 0 times infinity without a limit.
    """
    chosen = only or {}
    makers, defaults, names = _find(formula)
    unknown = [name for name in outputs if name not in names]
    if unknown:
        raise ArgumentError(
            f"{formula}: outputs: expected some of {', '.join(names)}, found {unknown[0]}"
        )
    arguments = Arguments(formula, inputs, parameters, defaults)
    found = makers(arguments, {name: chosen.get(name) for name in outputs})
    order = 2 if "hessian_diagonal" in outputs else 1 if "gradient" in outputs else 0
    with ctx.workprec(bits):
        memo = Memo(order)
        return {
            name: Tensor(
                output.shape,
                tuple(None if form is None else form.evaluate(memo) for form in output.forms),
            )
            for name, output in found.items()
        }


def _sigmoid(arguments: Arguments, wanted: Mapping[str, Wanted]) -> dict[str, Output]:
    logits = arguments.tensor("logits")
    numbers = arguments.exact_inputs("logits", list(logits.values))
    chosen = wanted["value"]
    forms = [
        sigmoid(number) if chosen is None or index in chosen else None
        for index, number in enumerate(numbers)
    ]
    return {"value": Output(logits.shape, forms)}


def _softmax(arguments: Arguments, wanted: Mapping[str, Wanted]) -> dict[str, Output]:
    logits = arguments.tensor("logits")
    rows = rows_of(arguments, logits.shape)
    numbers = arguments.exact_inputs("logits", list(logits.values))
    made = [
        Row(tuple(numbers[rows.index(row, label)] for label in range(rows.classes)), 0, ZERO, ZERO)
        for row in range(rows.count if numbers else 0)
    ]
    chosen = wanted["value"]
    places = (rows.place(index) for index in range(len(numbers)))
    forms = [
        softmax(made[row], label) if chosen is None or index in chosen else None
        for index, (row, label) in enumerate(places)
    ]
    return {"value": Output(logits.shape, forms)}


def _sigmoid_focal_loss(arguments: Arguments, wanted: Mapping[str, Wanted]) -> dict[str, Output]:
    complete = arguments.also(ignore_index=None)
    return binary.outputs_of(complete, "logits", _BINARY, sigmoid_focal_loss, wanted)


def _binary_focal_loss(arguments: Arguments, wanted: Mapping[str, Wanted]) -> dict[str, Output]:
    reductions = (*_BINARY, "weighted_mean")
    return binary.outputs_of(arguments, "probabilities", reductions, binary_focal_loss, wanted)


def _softmax_focal_loss(arguments: Arguments, wanted: Mapping[str, Wanted]) -> dict[str, Output]:
    return multiclass.outputs_of(arguments, "logits", _MULTICLASS, softmax_focal_loss, wanted)


def _cross_entropy(arguments: Arguments, wanted: Mapping[str, Wanted]) -> dict[str, Output]:
    reductions = tuple(name for name in _MULTICLASS if name != "mean_positive")
    complete = arguments.also(gamma=0.0, shards=None)
    return multiclass.outputs_of(complete, "logits", reductions, softmax_focal_loss, wanted)


def _categorical_focal_loss(
    arguments: Arguments, wanted: Mapping[str, Wanted]
) -> dict[str, Output]:
    return multiclass.outputs_of(
        arguments, "probabilities", _MULTICLASS, categorical_focal_loss, wanted
    )


_BY_PARAMETER = ("gamma_derivative", "alpha_derivative")
_CROSS_ENTROPY = {
    "class_weight": None,
    "label_smoothing": 0.0,
    "ignore_index": -100,
    "axis": 1,
    "reduction": "mean",
}
_FORMULAS: dict[str, tuple[_Outputs, dict[str, Any], tuple[str, ...]]] = {
    "sigmoid": (_sigmoid, {}, ("value",)),
    "softmax": (_softmax, {"axis": -1}, ("value",)),
    "sigmoid_focal_loss": (
        _sigmoid_focal_loss,
        {
            "alpha": 0.25,
            "gamma": 2.0,
            "class_weight": None,
            "normalizer": None,
            "reduction": "sum",
            "label_rule": "two_term",
        },
        ("loss", "gradient", "hessian_diagonal", *_BY_PARAMETER),
    ),
    "binary_focal_loss": (
        _binary_focal_loss,
        {
            "alpha": None,
            "gamma": REQUIRED,
            "class_weight": None,
            "ignore_index": None,
            "normalizer": None,
            "reduction": "none",
            "label_rule": "two_term",
        },
        ("loss", "gradient", *_BY_PARAMETER),
    ),
    "cross_entropy": (_cross_entropy, _CROSS_ENTROPY, ("loss", "gradient")),
    "softmax_focal_loss": (
        _softmax_focal_loss,
        {**_CROSS_ENTROPY, "gamma": 2.0, "background_class": 0, "shards": None},
        ("loss", "gradient", "hessian_diagonal"),
    ),
    "categorical_focal_loss": (
        _categorical_focal_loss,
        {
            "gamma": REQUIRED,
            "class_weight": None,
            "label_smoothing": 0.0,
            "ignore_index": None,
            "background_class": 0,
            "axis": -1,
            "reduction": "none",
            "shards": None,
        },
        ("loss", "gradient"),
    ),
}


def _find(formula: str) -> tuple[_Outputs, dict[str, Any], tuple[str, ...]]:
    try:
        return _FORMULAS[formula]
    except KeyError:
        raise ArgumentError(
            f"formula: expected one of {', '.join(_FORMULAS)}, found {formula!r}"
        ) from None
