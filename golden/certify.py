"""Certified values: what the oracle computes, proven by the enclosure, in every format.

A value is settled when its enclosure leaves one answer: the two ends of the ball, rounded by
integers to 40 digits and into each format, give the same five texts. Where they do not, the
precision grows; at its end certification fails and names the value. The proof column says how a
value was settled:

- ``ball``: the ends of the enclosure agree.
- ``tie``: the value is a rational, midway between two numbers of a format (or two 40-digit
  decimals), plus a sliver smaller than 2**-64 of it; the sliver's certain sign decides.
- ``zero``: the value is 0: its terms are absent or cancel, by rule.
- ``exact``: the value is a rational number other than 0, by rule.
- ``tiny``: the ends agree, and the value is so far below 10**-5000 that its digits are not written.
- ``limit``: a probability is exactly 0 or 1, and the value infinite, or the limit 0 of what the
  formula writes as 0 times infinity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from focalspec.golden.agreement import Bounds, Dyadic, disagreement, dyadic_of
from focalspec.golden.digits import TINY, decimal_of_dyadic, decimal_of_ratio, rounded_up
from focalspec.golden.formats import FORMATS, round_dyadic, round_ratio
from focalspec.golden.hexfloat import write
from focalspec.golden.suite import Array, Expected, Golden, GoldenCase, Value
from focalspec.reference.tensor import Tensor

# The packages of oracle and enclosure are needed for proving alone, and imported there.
if TYPE_CHECKING:
    from focalspec.reference.enclosure import Ball, Enclosure, Sliver

SCHEDULE = (192, 640, 2304, 8192)  # bits; what the last one leaves open is an error

_FORMATS = tuple(FORMATS.values())
_CONDITIONED = {"loss": "loss_condition", "gradient": "gradient_condition"}
_SMALLEST_SLIVER = 20_000  # bits; a smaller one enters by its sign alone

Evaluate = Callable[[str, Mapping[str, Tensor], Mapping[str, Any], Sequence[str]], Any]


class CertificationError(ValueError):
    """A value that could not be proven; the message names formula, output and index."""


class Row(NamedTuple):
    """One certified value as text, in the order of a values file's columns."""

    decimal: str
    float64: str
    float32: str
    bfloat16: str
    float16: str
    condition: str
    proof: str


class Certified(NamedTuple):
    """The certified values of one output, in C order."""

    shape: tuple[int, ...]
    rows: tuple[Row, ...]


class Settled(NamedTuple):
    """A value whose digits and roundings are proven, and the bounds that prove them."""

    decimal: str
    roundings: tuple[float, ...]  # into the formats, in the order of FORMATS
    proof: str
    bounds: Bounds


class Proof(NamedTuple):
    """What re-proving committed values found: how many hold by which rule, and what does not."""

    tally: Counter[str]
    failures: tuple[str, ...]


def certify_case(
    formula: str,
    inputs: Mapping[str, Tensor],
    parameters: Mapping[str, Any],
    outputs: Sequence[str],
    *,
    oracle: Evaluate | None = None,
) -> dict[str, Certified]:
    """Compute the outputs of a formula with the oracle and prove each value by its enclosure.

    ``inputs`` and array parameters are Tensors of exact numbers. ``oracle`` stands in for
    focalspec.reference.oracle.evaluate in tests. Raises CertificationError where a value is not
    proven or the two disagree, and the ValueErrors of oracle and enclosure for arguments outside
    the formula's domain.
    """
    evaluate = oracle or _oracle()
    conditions = [_CONDITIONED[name] for name in outputs if name in _CONDITIONED]
    theirs = evaluate(formula, inputs, parameters, [*outputs, *conditions])
    ours = settle(formula, inputs, parameters, outputs)
    results: dict[str, Certified] = {}
    for name in outputs:
        shape, values = ours[name]
        numbers = theirs[name]
        if numbers.shape != shape:
            raise CertificationError(
                f"{formula}: {name}: the oracle's shape is {numbers.shape}, the enclosure's {shape}"
            )
        condition = theirs.get(_CONDITIONED.get(name, ""))
        rows = []
        for index, settled in enumerate(values):
            _check_oracle(f"{formula}: {name}[{index}]", numbers.values[index], settled)
            known = None if condition is None else condition.values[index]
            rows.append(_row(settled, _condition(known)))
        results[name] = Certified(shape, tuple(rows))
    return results


def settle(
    formula: str,
    inputs: Mapping[str, Tensor],
    parameters: Mapping[str, Any],
    outputs: Sequence[str],
) -> dict[str, tuple[tuple[int, ...], list[Settled]]]:
    """The outputs' shapes and proven values.

    Raises CertificationError where the highest precision leaves a value open.
    """
    from focalspec.reference.enclosure import enclose  # noqa: PLC0415

    shapes: dict[str, tuple[int, ...]] = {}
    found: dict[str, dict[int, Settled]] = {name: {} for name in outputs}
    left: dict[str, set[int]] | None = None
    for bits in SCHEDULE:
        names = list(outputs) if left is None else list(left)
        tensors = enclose(formula, inputs, parameters, names, bits, only=left)
        left = {}
        for name, tensor in tensors.items():
            shapes[name] = tensor.shape
            for index, enclosure in enumerate(tensor.values):
                if enclosure is None:
                    continue
                settled = settled_by(enclosure)
                if settled is None:
                    left.setdefault(name, set()).add(index)
                else:
                    found[name][index] = settled
        if not left:
            return {
                name: (shapes[name], [values[index] for index in range(len(values))])
                for name, values in found.items()
            }
    name, indices = next(iter((left or {}).items()))
    raise CertificationError(
        f"{formula}: {name}[{min(indices)}]: {SCHEDULE[-1]} bits leave it open"
        f" ({sum(map(len, (left or {}).values()))} such values)"
    )


def settled_by(enclosure: Enclosure) -> Settled | None:
    """The digits and roundings that an enclosure proves, or None where it leaves them open."""
    from focalspec.reference.enclosure import Ball, Exact, Infinite, Sliver  # noqa: PLC0415

    if isinstance(enclosure, Ball):
        return _settled_ball(enclosure)
    if isinstance(enclosure, Sliver):
        return _settled_sliver(enclosure)
    if isinstance(enclosure, Exact):
        ratio = enclosure.value.as_integer_ratio()
        return Settled(*_texts_of_ratio(*ratio, 0), enclosure.rule, Bounds(*ratio))
    if isinstance(enclosure, Infinite):
        sign = enclosure.sign
        digits = "inf" if sign > 0 else "-inf"
        return Settled(digits, (sign * inf,) * len(_FORMATS), "limit", Bounds(infinite=sign))
    return None


def _settled_ball(ball: Ball) -> Settled | None:
    low, high = ball
    if not (low.mantissa > 0 or high.mantissa < 0):
        return None
    roundings = tuple(round_dyadic(form, *low) for form in _FORMATS)
    if any(
        round_dyadic(form, *high) != rounding
        for form, rounding in zip(_FORMATS, roundings, strict=True)
    ):
        return None
    digits = decimal_of_dyadic(*low)
    if decimal_of_dyadic(*high) != digits:
        return None
    proof = "tiny" if digits.endswith(TINY) else "ball"
    return Settled(digits, roundings, proof, Bounds(low=low, high=high))


def _settled_sliver(enclosure: Sliver) -> Settled | None:
    ratio = enclosure.main.as_integer_ratio()
    ends = (enclosure.low, enclosure.high)
    first, *others = (
        _texts_of_ratio(*nearby) for end in ends for nearby in _ratios_around(*ratio, end)
    )
    if any(texts != first for texts in others):
        return None
    is_tie = _texts_of_ratio(*ratio, 1) != _texts_of_ratio(*ratio, -1)
    return Settled(*first, "tie" if is_tie else "ball", Bounds(*ratio, *ends))


def _ratios_around(
    numerator: int, denominator: int, sliver: Dyadic
) -> Iterator[tuple[int, int, int]]:
    """Ratios, with the sign of a further sliver, that bound the ratio plus the sliver."""
    mantissa, exponent = sliver
    if mantissa.bit_length() + exponent < -_SMALLEST_SLIVER:
        # Between the ratio itself, from that side, and a ratio that is farther on that side.
        sign = 1 if mantissa > 0 else -1
        yield numerator, denominator, sign
        mantissa, exponent = sign, -_SMALLEST_SLIVER
    below, above = max(-exponent, 0), max(exponent, 0)
    yield (numerator << below) + (mantissa * denominator << above), denominator << below, 0


def _texts_of_ratio(numerator: int, denominator: int, sliver: int) -> tuple[str, tuple[float, ...]]:
    roundings = tuple(round_ratio(form, numerator, denominator, sliver) for form in _FORMATS)
    return decimal_of_ratio(numerator, denominator, sliver), roundings


def prove(case: GoldenCase, *, conditions: bool = True) -> Proof:
    """Prove the committed values of a case anew by the enclosure, the oracle having no part in it.

    Held against the proof are the digits, the four roundings and the proof column of every row of
    every output, those of a survey's readings included. Condition numbers are the oracle's own and
    not proven: unless ``conditions`` is False they are computed by it once more and compared.
    A failure is one line that names the case, the output, the index and both values.
    """
    tally: Counter[str] = Counter()
    failures: list[str] = []
    for reading, parameters, expected in _committed(case):
        where = f"{case.id}{reading}"
        inputs = {name: _tensor(array) for name, array in case.inputs.items()}
        told = {name: _tensor(value) for name, value in parameters.items()}
        try:
            ours = settle(case.formula, inputs, told, list(expected))
            known = _conditions(case.formula, inputs, told, expected) if conditions else {}
        except ValueError as error:
            failures.append(f"{where}: {error}")
            continue
        for name, table in expected.items():
            shape, values = ours[name]
            if shape != table.shape or len(values) != len(table.rows):
                failures.append(f"{where}: {name}: committed shape {table.shape}, proven {shape}")
                continue
            for index, (row, settled) in enumerate(zip(table.rows, values, strict=True)):
                faults = list(_faults(row, settled))
                if name in known:
                    faults.extend(_condition_faults(row, known[name][index]))
                failures.extend(f"{where}: {name}[{index}]: {fault}" for fault in faults)
                if not faults:
                    tally[settled.proof] += 1
    return Proof(tally, tuple(failures))


def _conditions(
    formula: str,
    inputs: Mapping[str, Tensor],
    parameters: Mapping[str, Any],
    outputs: Iterable[str],
) -> dict[str, list[str]]:
    """The texts of the condition numbers, by those of the outputs that have any."""
    names = [name for name in outputs if name in _CONDITIONED]
    if not names:
        return {}
    found = _oracle()(formula, inputs, parameters, [_CONDITIONED[name] for name in names])
    return {name: [_condition(v) for v in found[_CONDITIONED[name]].values] for name in names}


def _condition_faults(row: Golden, text: str) -> Iterator[str]:
    if row.condition != (None if text == "-" else float(text)):
        committed = "-" if row.condition is None else f"{row.condition:g}"
        yield f"condition: committed {committed}, the oracle's {text}"


def _committed(
    case: GoldenCase,
) -> Iterator[tuple[str, Mapping[str, Value], Mapping[str, Expected]]]:
    if case.expected:
        yield "", case.parameters, case.expected
    for name, reading in case.readings.items():
        if reading.expected:
            yield f" ({name})", {**case.parameters, **reading.parameters}, reading.expected


def _tensor(value: Any) -> Any:
    return Tensor(value.shape, value.values) if isinstance(value, Array) else value


def _faults(row: Golden, settled: Settled) -> Iterator[str]:
    if row.decimal != settled.decimal:
        yield f"decimal: committed {row.decimal}, proven {settled.decimal}"
    for form, rounding in zip(_FORMATS, settled.roundings, strict=True):
        committed, proven = write(getattr(row, form.name)), write(rounding)
        if committed != proven:
            yield f"{form.name}: committed {committed}, proven {proven}"
    if row.proof != settled.proof:
        yield f"proof: committed {row.proof}, proven {settled.proof}"


def _oracle() -> Evaluate:
    # Proving alone does without mpmath.
    from focalspec.reference.oracle import evaluate  # noqa: PLC0415

    return evaluate


def _check_oracle(place: str, number: Any, settled: Settled) -> None:
    tie = settled.proof == "tie"
    fault = disagreement(number, settled.bounds, settled.decimal, tie=tie)
    if fault:
        raise CertificationError(f"{place}: {fault}")


def _row(settled: Settled, condition: str) -> Row:
    float64, float32, bfloat16, float16 = map(write, settled.roundings)
    return Row(settled.decimal, float64, float32, bfloat16, float16, condition, settled.proof)


def _condition(number: Any) -> str:
    """Two digits of a condition number, rounded up, errors of a millionth of it apart.

    One below 10**-9, which widens no tolerance, is rounded up to that; one above 10**1000 to inf.
    """
    if number is None:
        return "-"
    if number == inf:
        return "inf"
    mantissa, exponent = dyadic_of(number)
    if not mantissa:
        return "0"
    top = mantissa.bit_length() + exponent
    if top > 3322:
        return "inf"
    if top < -29:
        return "1.0e-9"
    numerator, denominator = mantissa << max(exponent, 0), 1 << max(-exponent, 0)
    return rounded_up(numerator * (10**6 - 1), denominator * 10**6)
