"""Makes the small golden set of these tests, by arithmetic that shares nothing with the oracle.

The formulas are typed from their pages as they stand there, into Python's ``decimal`` at so many
digits that cancellation does not matter; derivatives are difference quotients. Run it to write
``values/`` again:  .venv/bin/python tests/conformance/small/make.py
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

from focalspec.golden import hexfloat, manifest
from focalspec.golden.formats import FORMATS, holds, round_to
from focalspec.golden.loader import COLUMNS
from focalspec.golden.writer import render

Number = Decimal
DIGITS = 500
STEP = Decimal(10) ** -90
SHOWN = Context(prec=40, rounding=ROUND_HALF_EVEN)
DEFAULTS = {
    "alpha": 0.25,
    "gamma": 2.0,
    "class_weight": None,
    "normalizer": None,
    "reduction": "sum",
    "label_rule": "two_term",
}


def sigmoid(x: Number) -> Number:
    return 1 / (1 + (-x).exp())


def sigmoid_focal(x: Number, y: Number, parameters: Mapping[str, Any]) -> Number:
    alpha, gamma = Decimal(parameters["alpha"]), Decimal(parameters["gamma"])
    divisor = Decimal(parameters["normalizer"][0] if parameters["normalizer"] else 1)
    p = sigmoid(x)
    q = sigmoid(-x)
    if parameters["label_rule"] == "mixed":
        entropy = -y * p.ln() - (1 - y) * q.ln()
        weight = y * alpha + (1 - y) * (1 - alpha)
        return weight * (1 - (p * y + q * (1 - y))) ** gamma * entropy / divisor
    positive = y * alpha * q**gamma * -p.ln() if y else Decimal(0)
    negative = (1 - y) * (1 - alpha) * p**gamma * -q.ln() if y != 1 else Decimal(0)
    return (positive + negative) / divisor


def softmax_focal(logits: Sequence[Number], target: int, gamma: Number) -> Number:
    total = sum(z.exp() for z in logits)
    p = logits[target].exp() / total
    return (1 - p) ** gamma * -p.ln()


def derivative(function: Callable[[Number], Number], x: Number) -> Number:
    return (function(x + STEP) - function(x - STEP)) / (2 * STEP)


def row(value: Number, condition: Number | None) -> str:
    exact = Fraction(value)
    shown = "0" if value == 0 else plain(SHOWN.plus(value).quantize(digit(value), context=SHOWN))
    # a value of few digits is a rational number: nothing else here comes out so even
    proof = "zero" if value == 0 else "exact" if SHOWN.plus(value) == value else "ball"
    rounded = [hexfloat.write(round_to(form, exact)) for form in FORMATS.values()]
    ratio = "-" if condition is None else f"{float(condition):.2g}"
    return " ".join([shown, *rounded, ratio, proof])


def digit(value: Number) -> Number:
    """The fortieth digit of a value."""
    return Decimal(1).scaleb(value.adjusted() - 39)


def plain(value: Number) -> str:
    return f"{value:f}" if -6 < value.adjusted() < 21 else f"{value:e}"


def table(shape: Sequence[int], rows: Sequence[str]) -> dict[str, Any]:
    return {
        "shape": [str(size) for size in shape],
        "columns": " ".join(COLUMNS),
        "values": "\n".join(rows),
    }


def array(
    values: Sequence[float], shape: Sequence[int] | None = None, dtype: str = "float"
) -> dict[str, Any]:
    spelt = [hexfloat.write(v) if dtype == "float" else str(int(v)) for v in values]
    return {
        "dtype": dtype,
        "shape": [str(s) for s in (shape or [len(values)])],
        "values": " ".join(spelt),
    }


def parameter(value: Any) -> Any:
    if isinstance(value, list):
        return array(value)
    if isinstance(value, float):
        return hexfloat.write(value)
    return str(value) if isinstance(value, int) else value


def formats(*values: Sequence[float]) -> list[str]:
    numbers = [Fraction(number) for group in values for number in group]
    return [
        name for name, form in FORMATS.items() if all(holds(form, number) for number in numbers)
    ]


def sigmoid_tables(
    logits: Sequence[float], labels: Sequence[float], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    xs, ys = [Decimal(x) for x in logits], [Decimal(y) for y in labels]
    losses, slopes, ratios, bends = [], [], [], []
    for x, y in zip(xs, ys, strict=True):
        value = sigmoid_focal(x, y, parameters)
        slope = derivative(lambda at, y=y: sigmoid_focal(at, y, parameters), x)
        bend = (
            sigmoid_focal(x + STEP, y, parameters)
            - 2 * value
            + sigmoid_focal(x - STEP, y, parameters)
        ) / STEP**2
        losses.append(value)
        slopes.append(slope)
        ratios.append(abs(x * slope / value) if value else None)
        bends.append(abs(x * bend / slope) if slope else None)
    size = [len(logits)]
    if parameters["reduction"] == "sum":
        total = sum(losses)
        moved = sum(abs(x * slope) for x, slope in zip(xs, slopes, strict=True))
        loss = table([], [row(total, moved / total)])
    else:
        loss = table(size, [row(*pair) for pair in zip(losses, ratios, strict=True)])
    return {
        "loss": loss,
        "gradient": table(size, [row(*pair) for pair in zip(slopes, bends, strict=True)]),
    }


def case(formula: str, name: str, clauses: list[str], **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{formula}/small/{name}",
        "about": fields.pop("about", ""),
        "clauses": clauses,
        "catches": fields.pop("catches", []),
        "expect": fields.pop("expect", "values"),
        **fields,
    }


def sigmoid_case(
    name: str, clauses: list[str], logits: Sequence[float], labels: Sequence[float], **said: Any
) -> dict[str, Any]:
    parameters = {**DEFAULTS, **{key: said.pop(key) for key in list(said) if key in DEFAULTS}}
    neutral = {"gamma": 0.0, "reduction": "none", "label_rule": "two_term"}
    needs = [key for key, value in parameters.items() if value != neutral.get(key)]
    divisor = [parameters["normalizer"]] if parameters["normalizer"] else []
    made = case(
        "sigmoid_focal_loss",
        name,
        clauses,
        catches=said.pop("catches", []),
        about=said.pop("about", ""),
        expect=said.pop("expect", "values"),
        formats=formats(logits, labels, *divisor),
        needs=needs,
        inputs={"logits": array(logits), "labels": array(labels)},
        parameters={key: parameter(value) for key, value in parameters.items()},
    )
    if said:
        return {**made, **said}
    return {**made, "expected": sigmoid_tables(logits, labels, parameters)}


def sigmoid_cases() -> Iterator[dict[str, Any]]:
    hard = ([-2.0, -0.5, 0.0, 0.5, 2.0], [1.0, 0.0, 1.0, 0.0, 1.0])
    yield sigmoid_case(
        "plain",
        ["SIG-1", "SIG-8"],
        *hard,
        reduction="none",
        catches=["alpha-on-wrong-class"],
        about="Five elements, labels 0 and 1.",
    )
    yield sigmoid_case("sum", ["SIG-10"], *hard)
    yield sigmoid_case("normalizer", ["SIG-3"], *hard, normalizer=[4.0], reduction="none")
    yield sigmoid_case("gamma-zero", ["SIG-6"], *hard, gamma=0.0, reduction="none")
    yield sigmoid_case("fractional", ["SIG-1"], [-1.0, 2.0], [0.25, 0.75], reduction="none")
    yield sigmoid_case("gamma-odd", ["SIG-6"], [-1.0, 1.0], [0.0, 1.0], gamma=0.3, reduction="none")
    yield sigmoid_case(
        "far", ["SIG-1"], [30.0, -30.0, 60.0, -60.0], [0.0, 1.0, 0.0, 1.0], reduction="none"
    )
    yield sigmoid_case(
        "subnormal",
        ["SIG-1"],
        [31.0],
        [1.0],
        reduction="none",
        about="In float32 the loss is a subnormal number.",
    )
    yield sigmoid_case(
        "alpha-too-large",
        ["SIG-4"],
        [0.0],
        [1.0],
        alpha=2.0,
        expect="error",
        expected={"error": "alpha"},
    )
    two = ([2.0], [0.3125])
    readings = {
        rule: {
            "parameters": {} if rule == "two_term" else {"label_rule": rule},
            "expected": sigmoid_tables(*two, {**DEFAULTS, "reduction": "none", "label_rule": rule}),
        }
        for rule in ("two_term", "mixed")
    }
    readings["error"] = {"outcome": "error"}
    yield sigmoid_case(
        "label-rule", ["SIG-1"], *two, reduction="none", expect="survey", readings=readings
    )


def softmax_cases() -> Iterator[dict[str, Any]]:
    logits = [[1.0, 0.0, -1.0], [0.5, 2.0, 0.25]]
    targets = [0, 2]
    for reduction in ("none", "sum"):
        losses, gradients = [], []
        for scores, target in zip(logits, targets, strict=True):
            exact = [Decimal(z) for z in scores]
            losses.append(softmax_focal(exact, target, Decimal(2)))
            for k in range(3):
                moved = lambda at, k=k, exact=exact, target=target: softmax_focal(  # noqa: E731
                    [at if j == k else z for j, z in enumerate(exact)], target, Decimal(2)
                )
                gradients.append(derivative(moved, exact[k]))
        loss = table([2], [row(value, None) for value in losses])
        if reduction == "sum":
            loss = table([], [row(sum(losses), None)])
        flat = [z for scores in logits for z in scores]
        yield case(
            "softmax_focal_loss",
            reduction,
            ["SOF-1"],
            formats=formats(flat),
            needs=["gamma"] + ["reduction"] * (reduction == "sum"),
            inputs={"logits": array(flat, [2, 3]), "targets": array(targets, dtype="int64")},
            parameters={
                "gamma": parameter(2.0),
                "class_weight": None,
                "label_smoothing": parameter(0.0),
                "ignore_index": "-100",
                "background_class": "0",
                "axis": "1",
                "reduction": reduction,
                "shards": None,
            },
            expected={
                "loss": loss,
                "gradient": table([2, 3], [row(value, None) for value in gradients]),
            },
        )


def sigmoid_value_cases() -> Iterator[dict[str, Any]]:
    logits = [-2.0, 0.0, 3.0]
    values = [sigmoid(Decimal(x)) for x in logits]
    slopes = [derivative(sigmoid, Decimal(x)) for x in logits]
    ratios = [abs(Decimal(x) * s / v) for x, s, v in zip(logits, slopes, values, strict=True)]
    yield case(
        "sigmoid",
        "three",
        ["SGM-1"],
        formats=formats(logits),
        needs=[],
        inputs={"logits": array(logits)},
        parameters={},
        expected={"value": table([3], [row(*pair) for pair in zip(values, ratios, strict=True)])},
    )


def main() -> None:
    folder = Path(__file__).parent / "values"
    groups = {
        "sigmoid_focal_loss": sigmoid_cases,
        "softmax_focal_loss": softmax_cases,
        "sigmoid": sigmoid_value_cases,
    }
    digests = {}
    for formula, cases in groups.items():
        with localcontext(prec=DIGITS, Emax=999999, Emin=-999999):
            content = {
                "format": "1",
                "formula": formula,
                "topic": "small",
                "about": "By decimal arithmetic.",
                "source": "tests/conformance/small/make.py",
                "cases": list(cases()),
            }
        text = render(content)
        path = folder / formula / "small.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        digests[f"{formula}/small.yaml"] = manifest.sha256(text.encode())
    (folder / "MANIFEST").write_text(manifest.render(digests))


if __name__ == "__main__":
    main()
