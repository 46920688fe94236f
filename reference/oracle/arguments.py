"""The arguments of ``evaluate``, checked: what each formula takes, and a clear error otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from math import inf, isfinite, prod
from sys import float_info
from typing import Any

from focalspec.reference.oracle.errors import OracleError
from focalspec.reference.tensor import Tensor

LABEL_RULES = ("two_term", "mixed", "exponential", "margin", "distance", "nonzero")
_REQUIRED = object()
_LARGEST = int(float_info.max)


@dataclass(frozen=True)
class Signature:
    """What a formula takes and gives."""

    inputs: tuple[str, str] | tuple[str]
    outputs: tuple[str, ...]
    defaults: Mapping[str, object]
    reductions: tuple[str, ...] = ()


_CONDITIONS = ("loss_condition", "gradient_condition")
_LOSSES = ("loss", "gradient", *_CONDITIONS)
_CLASSES: Mapping[str, object] = {"class_weight": None, "label_smoothing": 0.0}
SIGNATURES: Mapping[str, Signature] = {
    "sigmoid_focal_loss": Signature(
        ("logits", "labels"),
        (*_LOSSES, "hessian_diagonal", "gamma_derivative", "alpha_derivative"),
        {
            "alpha": 0.25,
            "gamma": 2.0,
            "class_weight": None,
            "normalizer": None,
            "reduction": "sum",
            "label_rule": "two_term",
        },
        ("none", "mean", "sum"),
    ),
    "binary_focal_loss": Signature(
        ("probabilities", "labels"),
        (*_LOSSES, "gamma_derivative", "alpha_derivative"),
        {
            "gamma": _REQUIRED,
            "alpha": None,
            "class_weight": None,
            "ignore_index": None,
            "normalizer": None,
            "reduction": "none",
            "label_rule": "two_term",
        },
        ("none", "sum", "mean", "weighted_mean"),
    ),
    "softmax_focal_loss": Signature(
        ("logits", "targets"),
        (*_LOSSES, "hessian_diagonal"),
        {
            "gamma": 2.0,
            **_CLASSES,
            "ignore_index": -100,
            "background_class": 0,
            "axis": 1,
            "reduction": "mean",
            "shards": None,
        },
        ("none", "sum", "mean", "mean_positive", "weighted_mean"),
    ),
    "categorical_focal_loss": Signature(
        ("probabilities", "targets"),
        _LOSSES,
        {
            "gamma": _REQUIRED,
            **_CLASSES,
            "ignore_index": None,
            "background_class": 0,
            "axis": -1,
            "reduction": "none",
            "shards": None,
        },
        ("none", "sum", "mean", "mean_positive", "weighted_mean"),
    ),
    "cross_entropy": Signature(
        ("logits", "targets"),
        (*_LOSSES, "hessian_diagonal"),
        {**_CLASSES, "ignore_index": -100, "axis": 1, "reduction": "mean"},
        ("none", "sum", "mean", "weighted_mean"),
    ),
    "sigmoid": Signature(("logits",), ("value",), {}),
    "softmax": Signature(("logits",), ("value",), {"axis": -1}),
}


class Arguments:
    """The arguments of one call, each read with the check that belongs to it.

    Every method raises ``OracleError`` naming the formula, the argument, its value and the domain.
    """

    def __init__(
        self,
        formula: str,
        inputs: Mapping[str, Tensor],
        parameters: Mapping[str, object],
        outputs: Sequence[str],
    ) -> None:
        self.formula = formula
        self.signature = _lookup("formula", formula, SIGNATURES)
        for name in outputs:
            self._known("output", name, self.signature.outputs)
        for name in inputs:
            self._known("input", name, self.signature.inputs)
        for name in parameters:
            self._known("parameter", name, self.signature.defaults)
        self.inputs = inputs
        self.parameters = {**self.signature.defaults, **parameters}

    def tensor(self, name: str) -> Tensor:
        """An input whose shape fits the number of its values."""
        if name not in self.inputs:
            raise self.fault("input", name, "nothing", "a Tensor")
        tensor = self.inputs[name]
        if not isinstance(tensor, Tensor):
            raise self.fault("input", name, type(tensor).__name__, "a Tensor")
        if any(length < 0 for length in tensor.shape) or prod(tensor.shape) != len(tensor.values):
            raise self.fault(
                "input", name, f"of {len(tensor.values)} values", f"as many as shape {tensor.shape}"
            )
        return tensor

    def same_shape(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """An input of a given shape."""
        tensor = self.tensor(name)
        if tensor.shape != shape:
            raise self.fault("input", name, f"of shape {tensor.shape}", f"shape {shape}")
        return tensor

    def element(self, name: str, index: int, lowest: float = -inf, highest: float = inf) -> float:
        """One finite number of an input."""
        value = self.inputs[name].values[index]
        if not _is_number(value) or not lowest <= value <= highest:
            raise self.fault("input", f"{name}[{index}]", value, _interval(lowest, highest))
        return float(value)

    def integer_element(self, name: str, index: int, size: int, ignored: int | None) -> int:
        """One class index of an input."""
        value = self.inputs[name].values[index]
        if not _is_integer(value) or not (0 <= value < size or value == ignored):
            ignoring = "" if ignored is None else f" or ignore_index {ignored}"
            raise self.fault(
                "input", f"{name}[{index}]", value, f"an integer in [0, {size}){ignoring}"
            )
        return int(value)

    def number(self, name: str, lowest: float = -inf, highest: float = inf) -> float:
        """A parameter that is one finite number."""
        value = self._required(name)
        if isinstance(value, Tensor) and value.shape == () and len(value.values) == 1:
            value = value.values[0]
        if not _is_number(value) or not lowest <= value <= highest:
            raise self.fault("parameter", name, value, _interval(lowest, highest))
        return float(value)

    def optional_number(self, name: str, lowest: float, highest: float) -> float | None:
        """The same, or None."""
        return None if self.parameters[name] is None else self.number(name, lowest, highest)

    def weights(self, name: str, size: int) -> tuple[float, ...]:
        """A parameter of one non-negative number a class; ones where it is None."""
        if self.parameters[name] is None:
            return (1.0,) * size
        return self._numbers(name, size)

    def number_or_numbers(self, name: str, size: int) -> tuple[float, ...]:
        """A parameter of one non-negative number, or of one a class."""
        value = self._required(name)
        if isinstance(value, Tensor) and value.shape != ():
            return self._numbers(name, size)
        return (self.number(name, 0.0),) * size

    def normalizer(self) -> Fraction:
        """The positive number that divides the losses; 1 where it is None."""
        value: Any = self.parameters["normalizer"]
        if value is None:
            return Fraction(1)
        if isinstance(value, Tensor):
            if value.shape not in ((), (1,)) or len(value.values) != 1:
                shape = f"of shape {value.shape}"
                raise self.fault("parameter", "normalizer", shape, "shape (1,) or ()")
            value = value.values[0]
        if not _is_number(value) or value <= 0:
            raise self.fault("parameter", "normalizer", value, "a finite number above 0")
        return Fraction(value)

    def integer(self, name: str, lowest: int | None = None, highest: int | None = None) -> int:
        """A parameter that is one integer."""
        value: Any = self._required(name)
        fits = _is_integer(value)
        if fits and lowest is not None and highest is not None:
            fits = lowest <= value <= highest
        if not fits:
            domain = "an integer" if lowest is None else f"an integer in [{lowest}, {highest}]"
            raise self.fault("parameter", name, value, domain)
        return int(value)

    def optional_integer(self, name: str) -> int | None:
        """The same, or None."""
        return None if self.parameters[name] is None else self.integer(name)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """A parameter that is one of some words."""
        value = self.parameters[name]
        if value not in choices:
            raise self.fault("parameter", name, value, f"one of {', '.join(choices)}")
        return str(value)

    def shards(self, batch: int) -> None:
        """Check the sizes of the ranks' batches; the value is that of the whole batch (SOF-24)."""
        value: Any = self.parameters["shards"]
        if value is None:
            return
        sizes = value.values if isinstance(value, Tensor) else value
        if (
            not isinstance(sizes, Sequence)
            or not all(_is_integer(size) and size >= 0 for size in sizes)
            or sum(sizes) != batch
        ):
            raise self.fault(
                "parameter", "shards", value, f"non-negative integers that sum to {batch}"
            )

    def fault(self, kind: str, name: str, found: object, expected: str) -> OracleError:
        """The error for an argument that is not what it should be."""
        message = f"{self.formula}: {kind} {name} is {found}; expected {expected}"
        return OracleError(message, argument=name.partition("[")[0])

    def _known(self, kind: str, name: str, names: Any) -> None:
        _lookup(f"{self.formula}: {kind}", name, dict.fromkeys(names))

    def _required(self, name: str) -> Any:
        value = self.parameters[name]
        if value is _REQUIRED:
            raise self.fault("parameter", name, "missing", "a value: it has no default")
        return value

    def _numbers(self, name: str, size: int) -> tuple[float, ...]:
        value = self.parameters[name]
        if not isinstance(value, Tensor) or value.shape != (size,) or len(value.values) != size:
            found = f"of shape {value.shape}" if isinstance(value, Tensor) else value
            raise self.fault("parameter", name, found, f"a Tensor of shape ({size},)")
        for index, number in enumerate(value.values):
            if not _is_number(number) or number < 0:
                raise self.fault("parameter", f"{name}[{index}]", number, _interval(0.0, inf))
        return tuple(map(float, value.values))


def _lookup(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    if name in known:
        return known[name]
    close = get_close_matches(str(name), known, n=1)
    hint = f", perhaps {close[0]}" if close else ""
    raise OracleError(f"{kind} {name!r} is unknown{hint}; known: {', '.join(known)}", argument=name)


def _is_number(value: Any) -> bool:
    """Whether the value is a finite float, or an int that a float64 holds."""
    if _is_integer(value):
        return bool(abs(value) <= _LARGEST and float(value) == value)
    return isinstance(value, float) and isfinite(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _interval(lowest: float, highest: float) -> str:
    if lowest == -inf:
        return "a finite number"
    if highest == inf:
        return f"a finite number in [{lowest:g}, inf)"
    return f"a number in [{lowest:g}, {highest:g}]"
