"""The oracle's one entry: a formula, its inputs and parameters in, the outputs asked for out."""

from collections.abc import Mapping, Sequence

from focalspec.reference.oracle.arguments import Arguments
from focalspec.reference.oracle.binary_formulas import BinaryBatch
from focalspec.reference.oracle.class_formulas import ClassBatch, layout_of, spread_rows
from focalspec.reference.oracle.points import point_at_logit
from focalspec.reference.oracle.precision import ANSWER_BITS, bits_for, rounded, starting_precision
from focalspec.reference.oracle.real import mp
from focalspec.reference.oracle.softmax import Softmax
from focalspec.reference.tensor import Tensor


def evaluate(
    formula: str,
    inputs: Mapping[str, Tensor],
    parameters: Mapping[str, object],
    outputs: Sequence[str],
) -> dict[str, Tensor]:
    """Evaluate a formula of the specification, each value right to at least 45 digits.

    Args:
        formula: ``sigmoid_focal_loss``, ``binary_focal_loss``, ``softmax_focal_loss``,
            ``categorical_focal_loss``, ``cross_entropy``, ``sigmoid`` or ``softmax``.
        inputs: by the names of the specification's page; finite float64 numbers, targets ints.
            Ignored positions may hold anything.
        parameters: by the names of the page, its defaults for those left out; arrays as Tensors.
        outputs: names of the page's outputs, or ``loss_condition`` and ``gradient_condition``.

    Returns:
        By output a Tensor of mpmath numbers: relative error below 10^-45, what is exactly 0
        exactly, infinities where the formula has them. Condition numbers are right to a few
        digits, None where there is none.

    Raises:
        OracleError: an argument is not what it should be, or the formula has no value there.
    """
    arguments = Arguments(formula, inputs, parameters, outputs)
    with starting_precision(0):
        if formula == "sigmoid":
            results = {"value": _sigmoid(arguments)}
        elif formula == "softmax":
            results = {"value": _softmax(arguments)}
        elif "labels" in arguments.signature.inputs:
            results = BinaryBatch(arguments).outputs(outputs)
        else:
            results = ClassBatch(arguments).outputs(outputs)
    return {name: _answer(results[name]) for name in outputs}


def _sigmoid(arguments: Arguments) -> Tensor:
    """1 / (1 + exp(-x)) (SGM-1)."""
    tensor = arguments.tensor("logits")
    values = []
    for index in range(len(tensor.values)):
        x = arguments.element("logits", index)
        with starting_precision(bits_for([x], 0.0)):
            values.append(point_at_logit(x).p)
    return Tensor(tensor.shape, tuple(values))


def _softmax(arguments: Arguments) -> Tensor:
    """exp(z_k) / sum_j exp(z_j) along the class axis (SMX-1, SMX-2)."""
    layout = layout_of(arguments)
    rows = {}
    for position in range(len(arguments.tensor("logits").values) // layout.classes):
        row = [arguments.element("logits", index) for index in layout.row(position)]
        with starting_precision(bits_for(map(abs, row), 0.0)):
            softmax = Softmax(row)
            rows[position] = [softmax.probability(k) for k in range(len(row))]
    return spread_rows(layout, rows, mp.zero)


def _answer(tensor: Tensor) -> Tensor:
    return Tensor(
        tensor.shape,
        tuple(None if value is None else rounded(value, ANSWER_BITS) for value in tensor.values),
    )
