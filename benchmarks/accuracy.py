"""Measures the NumPy losses' error in ulp, and holds it against what their docstrings promise.

    python benchmarks/accuracy.py [--samples 200] [--formula NAME] [--only golden|sweep]

Two tables: errors against the golden values, by the condition number of the value; and errors in
a dense sweep against the oracle, by the region of the logits (t is the logit, or for label 1 its
negative). Both by formula, format and output:
how many values, the worst and the mean error, and the bound where one is promised. Results below
the normal numbers of a format count as a region of their own, for an ulp is large there. Ends
with 1 if a bound is broken.
"""

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import click
import ml_dtypes
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from focalspec import reference
from focalspec.golden import load_suite
from focalspec.golden.suite import Array, GoldenCase
from focalspec.reference.oracle import evaluate
from focalspec.reference.tensor import Tensor

OUTPUTS = ("loss", "gradient", "hessian_diagonal")
DTYPES = {
    "float64": np.dtype(np.float64),
    "float32": np.dtype(np.float32),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "float16": np.dtype(np.float16),
}
# precision in bits and the exponent of the smallest normal number
FORMATS = {
    "float64": (53, -1022),
    "float32": (24, -126),
    "bfloat16": (8, -126),
    "float16": (11, -14),
}
GAMMAS = (0.0, 0.5, 1.0, 2.0, 5.0)
REGIONS = ((-700.0, -40.0), (-40.0, -8.0), (-8.0, -1.0), (-1.0, 1.0), (1.0, 8.0), (8.0, 1e6))


@dataclass(frozen=True)
class Row:
    """What errors are collected by."""

    formula: str
    format: str
    output: str
    region: str
    gamma: float | None = None  # a column of its own, where there are several


@dataclass
class Errors:
    """The errors of a row, in ulp."""

    bound: float | None = None
    count: int = 0
    worst: Fraction = Fraction(0)
    total: Fraction = Fraction(0)
    lost: list[str] = field(default_factory=list)  # NaN or infinite where a number is right

    def add(self, error: Fraction | None, place: str) -> None:
        """Count one value."""
        self.count += 1
        if error is None:
            self.lost.append(place)
            return
        self.worst = max(self.worst, error)
        self.total += error

    @property
    def broken(self) -> bool:
        """Whether the promise is broken."""
        return bool(self.lost) or (self.bound is not None and self.worst > self.bound)


Collected = dict[Row, Errors]


def ulp_error(computed: float, exact: Fraction, format_name: str) -> Fraction | None:
    """The distance in units in the last place of the exact value; None for NaN and infinities."""
    if not np.isfinite(computed):
        largest = Fraction(float(ml_dtypes.finfo(DTYPES[format_name]).max))
        return Fraction(0) if abs(exact) > largest and computed == np.inf * np.sign(exact) else None
    return abs(Fraction(computed) - exact) / unit(exact, format_name)


def unit(exact: Fraction, format_name: str) -> Fraction:
    """The unit in the last place of a format at a value; at 0, which has none, that at 1."""
    precision, smallest = FORMATS[format_name]
    size = abs(exact) or Fraction(1)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    exponent -= size < Fraction(2) ** exponent
    return Fraction(2) ** (max(exponent, smallest) - precision + 1)


def is_subnormal(exact: Fraction, format_name: str) -> bool:
    """Whether a value lies below the normal numbers of a format."""
    return 0 < abs(exact) < Fraction(2) ** FORMATS[format_name][1]


def golden_errors(formulas: tuple[str, ...], samples: int) -> Collected:
    """Errors against the golden values."""
    del samples  # all of them
    collected: Collected = defaultdict(Errors)
    for case in track(load_suite(formulas=formulas).cases, "golden values", transient=True):
        if case.expect != "values":
            continue
        for name in case.formats:
            for output, values in computed_for(case, DTYPES[name]).items():
                if output in case.expected:
                    _add_golden(collected, case, name, output, values)
    return collected


def _add_golden(
    collected: Collected, case: GoldenCase, name: str, output: str, values: np.ndarray
) -> None:
    for index, golden in enumerate(case.expected[output].rows):
        exact = _as_fraction(golden.decimal)
        if exact is None:
            continue  # infinite or too small for any format: the suite judges it
        region = _region_of(golden.condition) if exact else "exactly 0"
        if is_subnormal(exact, name):
            region = "subnormal result"
        row = Row(case.formula, name, output, region)
        error = ulp_error(float(values.reshape(-1)[index]), exact, name)
        collected[row].add(error, f"{case.id} [{name}] {output}[{index}]")


def _as_fraction(decimal: str) -> Fraction | None:
    return None if decimal.strip("-") in ("inf", "nan", "tiny") else Fraction(decimal)


def _region_of(condition: float | None) -> str:
    if condition is None:
        return "no condition number"
    if condition <= 10:
        return "condition up to 10"
    return "condition up to 1000" if condition <= 1000 else "condition above 1000"


def computed_for(case: GoldenCase, dtype: np.dtype) -> dict[str, np.ndarray]:
    """What the NumPy loss answers to a golden case."""
    function = getattr(reference, case.formula)
    known = inspect.signature(getattr(reference, case.formula)).parameters
    open_ended = any(one.kind is one.VAR_KEYWORD for one in known.values())
    inputs = {name: _numbers(array, dtype) for name, array in case.inputs.items()}
    options = {
        name: _numbers(value, np.dtype(np.float64)) if isinstance(value, Array) else value
        for name, value in case.parameters.items()
        if name in known or (open_ended and name in _CROSS_ENTROPY)
    }
    wanted = [name for name in OUTPUTS if name in case.expected]
    if not wanted:
        return {"value": function(**inputs, **options)}
    order = OUTPUTS.index(wanted[-1])
    answer = function(**inputs, **options, derivatives=order)
    return dict(zip(OUTPUTS, answer if order else (answer,), strict=False))


_CROSS_ENTROPY = ("class_weight", "label_smoothing", "ignore_index", "axis", "reduction")


def _numbers(array: Array, dtype: np.dtype) -> np.ndarray:
    whole = np.dtype(np.int64)
    values = np.array(array.values, whole if array.dtype == "int64" else np.float64)
    return values.reshape(array.shape).astype(whole if array.dtype == "int64" else dtype)


def sweep_errors(formulas: tuple[str, ...], samples: int) -> Collected:
    """Errors against the oracle, on logits drawn from every region."""
    collected: Collected = defaultdict(Errors)
    questions = [
        question
        for formula, ask in (("sigmoid_focal_loss", sigmoids), ("softmax_focal_loss", softmaxes))
        if formula in formulas
        for question in ask(samples)
    ]
    for question in track(questions, "sweep", transient=True):
        question(collected)
    return collected


def sigmoids(samples: int) -> Iterator[Callable[[Collected], None]]:
    """Questions about hard labels, with alpha and without, for every gamma, format and region."""
    generator = np.random.default_rng(0)
    for name, dtype in DTYPES.items():
        for gamma in GAMMAS:
            for low, high in REGIONS:
                share = max(1, samples // (4 if name == "float64" else 8))
                for label, alpha in ((0.0, 0.25), (1.0, 0.25), (0.0, None), (1.0, None)):
                    t = generator.uniform(
                        low, min(high, 1e4 if dtype.itemsize == 2 else high), share
                    )
                    logits = (-t if label else t).astype(dtype)
                    region = f"t from {low:g} to {high:g}"
                    labels = np.full(share, label)
                    options = {"gamma": gamma, "alpha": alpha, "reduction": "none"}
                    yield _question("sigmoid_focal_loss", name, region, (logits, labels), options)


def softmaxes(samples: int) -> Iterator[Callable[[Collected], None]]:
    """Questions about targets that win and lose, for every gamma, format and number of classes."""
    generator = np.random.default_rng(1)
    for name, dtype in DTYPES.items():
        for gamma in GAMMAS:
            for classes in (2, 10, 100, 1000):
                count = max(2, samples // classes)
                logits = generator.standard_normal((count, classes)) * 4
                targets = generator.integers(0, classes, count)
                logits[np.arange(count // 2), targets[: count // 2]] += 12
                options = {"gamma": gamma, "reduction": "none"}
                inputs = (logits.astype(dtype), targets)
                region = f"{classes} classes"
                yield _question("softmax_focal_loss", name, region, inputs, options)


def _question(
    formula: str,
    name: str,
    region: str,
    inputs: tuple[np.ndarray, np.ndarray],
    options: dict[str, Any],
) -> Callable[[Collected], None]:
    def ask(collected: Collected) -> None:
        answers = getattr(reference, formula)(*inputs, **options, derivatives=1)
        names = ("logits", "labels" if formula.startswith("sigmoid") else "targets")
        tensors = {one: _tensor(array) for one, array in zip(names, inputs, strict=True)}
        exact = evaluate(formula, tensors, options, OUTPUTS[:2])
        for output, answer in zip(OUTPUTS[:2], answers, strict=True):
            for found, right in zip(answer.flat, exact[output].values, strict=True):
                value = _from_mpf(right)
                small = is_subnormal(value, name)
                gamma = options["gamma"]
                row = Row(formula, name, output, "subnormal result" if small else region, gamma)
                errors = collected[row]
                errors.bound = None if small else promised(formula, name, output, gamma)
                errors.add(ulp_error(float(found), value, name), region)

    return ask


def promised(formula: str, format_name: str, output: str, gamma: float) -> float:
    """The bounds that the docstrings state, in ulp."""
    if format_name != "float64":
        return 0.51
    if formula == "sigmoid_focal_loss":
        return 4.0 if output == "loss" else 5.0
    return 8.0 if gamma <= 2 else 12.0


def _tensor(array: np.ndarray) -> Tensor:
    convert = int if array.dtype.kind == "i" else float
    return Tensor(array.shape, tuple(map(convert, array.flat)))


def _from_mpf(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def show(console: Console, title: str, collected: Collected) -> bool:
    """Print a table for each formula; whether all bounds are kept."""
    for formula in sorted({row.formula for row in collected}):
        rows = {row: errors for row, errors in collected.items() if row.formula == formula}
        console.print(_table(f"{formula}: {title}", rows))
    for errors in collected.values():
        for place in errors.lost[:3]:
            console.print(f"NaN or infinite where a number is right: {place}")
    return not any(errors.broken for errors in collected.values())


def _table(title: str, collected: Collected) -> Table:
    """The errors of a formula, the worst of each gamma side by side."""
    gammas = sorted({row.gamma for row in collected if row.gamma is not None})
    table = Table(title=title)
    for heading in ("format", "output", "region"):
        table.add_column(heading, no_wrap=True)
    worst_headings = [f"gamma {gamma:g}" for gamma in gammas] or ["worst"]
    for heading in ("values", "mean", *worst_headings, "bound"):
        table.add_column(heading, justify="right", no_wrap=True)
    last: tuple[str, ...] = ()
    for row in sorted({replace(row, gamma=None) for row in collected}, key=_order):
        columns = [collected.get(replace(row, gamma=gamma)) for gamma in gammas or [None]]
        key = (row.format, row.output)
        if last and key != last:
            table.add_section()
        table.add_row(*(key if key != last else ("", "")), row.region, *_texts(columns))
        last = key
    return table


def _texts(columns: list[Errors | None]) -> list[str]:
    """The numbers of a row: values, mean, the worst of each column, bounds."""
    there = [errors for errors in columns if errors is not None]
    count = sum(errors.count for errors in there)
    mean = sum((errors.total for errors in there), Fraction(0)) / count
    worst = ["" if errors is None else _worst(errors) for errors in columns]
    bounds = sorted({errors.bound for errors in there if errors.bound is not None})
    return [str(count), _number(mean), *worst, ", ".join(f"{one:g}" for one in bounds)]


def _number(ulps: Fraction) -> str:
    return f"{float(ulps):.2f}" if ulps < 10_000 else f"{float(ulps):.0e}"


def _worst(errors: Errors) -> str:
    text = _number(errors.worst) + (" NaN/inf" if errors.lost else "")
    return f"[red]{text}[/]" if errors.broken else text


def _order(row: Row) -> tuple[str, int, int, int, int]:
    outputs = ("value", *OUTPUTS)
    last = row.region in ("subnormal result", "no condition number", "exactly 0")
    number = re.search(r"-?\d+", row.region)
    place = (row.region.startswith("condition above") * 10**6) + int(
        number.group() if number else 0
    )
    return row.formula, [*FORMATS].index(row.format), outputs.index(row.output), int(last), place


SOURCES = {"golden": golden_errors, "sweep": sweep_errors}
TITLES = {
    "golden": "error in ulp against the golden values",
    "sweep": "worst error in ulp, by gamma, against the oracle",
}


@click.command(help=__doc__)
@click.option("--samples", default=200, type=click.IntRange(min=8), help="Logits of a region.")
@click.option("--formula", "formulas", multiple=True, type=click.Choice(reference.__all__))
@click.option("--only", type=click.Choice([*SOURCES]), help="One table of the two.")
def main(samples: int, formulas: tuple[str, ...], only: str | None) -> None:
    """Print the tables."""
    console = Console(width=None if sys.stdout.isatty() else 132)
    kept = True
    for source, collect in SOURCES.items():
        if only in (None, source):
            collected = collect(formulas or tuple(reference.__all__), samples)
            kept = show(console, TITLES[source], collected) and kept
    console.print("every bound is kept" if kept else "[red]a bound is broken[/]")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
