"""Writes a finding as an authored golden case, ready for golden/cases."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from focalspec.conformance.hunt.positions import strange
from focalspec.conformance.hunt.search import Finding
from focalspec.conformance.hunt.trial import Trial
from focalspec.golden import Array, Value, hexfloat
from focalspec.spec.model import Spec

TOPIC = "hunted"
_DIGITS = 12  # of a number that is written in decimal

# By output, and by trait: titles of clauses that say what is right there.
_OUTPUT_TITLES = {
    "gradient": ("Gradient",),
    "hessian_diagonal": ("Hessian diagonal",),
    "gamma_derivative": ("Gamma derivative",),
    "alpha_derivative": ("Alpha derivative",),
}
_TRAIT_TITLES = {
    "logit 0": ("Logit zero",),
    "easy tail": ("Easy tail", "Confident and right", "Tails"),
    "hard tail": ("Hard tail", "Confident and wrong", "Tails"),
    "tail": ("Tails",),
    "gamma 0": ("Gamma zero is cross entropy",),
    "gamma per class": ("Gamma per class",),
    "alpha": ("Alpha",),
    "alpha 0 or 1": ("Alpha zero and one",),
    "class weight": ("Class weight",),
    "zero weight": ("Zero class weight",),
    "normalizer": ("Normalizer",),
    "label smoothing": ("Label smoothing",),
    "label smoothing 1": ("Smoothing zero and one", "Smoothing one"),
    "fractional label": ("Fractional labels",),
    "ignored position": ("Ignore index", "Ignored positions are inert"),
    "beside ignored positions": ("Ignore index",),
    "background class": ("Background class",),
    "axis": ("Class axis",),
    "equal logits": ("Equal logits",),
    "one class": ("One class",),
    "certain and right": ("Certain and right",),
    "certain and wrong": ("Certain and wrong",),
    "close to certain and right": ("Close to certain",),
    "close to certain and wrong": ("Close to certain",),
}

# The first line whose words are all among the finding's tells the bug that it would catch.
_BUGS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(words), bug)
    for words, bug in (
        (("dtype",), "dtype-promotion"),
        (("shape",), "reduced-shape"),
        (("ignored position", "gradient"), "ignored-position-leaks-gradient"),
        (("ignored position",), "ignored-position-has-loss"),
        (("zero weight", "nan"), "zero-weight-times-infinity"),
        (("one class",), "one-class-degenerate"),
        (("fractional label",), "label-rule-mixed"),
        (("gamma 0", "nan"), "gamma-zero-special-case"),
        (("nan", "gradient"), "nan-gradient-when-confident"),
        (("finite",), "clip-epsilon"),
        (("certain and wrong",), "clip-epsilon"),
        (("close to certain and wrong",), "clip-epsilon"),
        (("certain and right",), "clip-epsilon"),
        (("close to certain and right",), "clip-epsilon"),
        (("infinite", "hard tail"), "log-of-zero"),
        (("nan", "extreme logit"), "overflow-in-exp"),
        (("infinite",), "overflow-in-difference"),
        (("extreme logit",), "lost-in-logsumexp"),
        (("easy tail",), "saturated-tail-lost"),
        (("hard tail",), "clamped-log"),
        (("logit 0",), "negative-zero"),
        (("alpha 0 or 1",), "alpha-zero-means-off"),
        (("gamma 0",), "gamma-zero-special-case"),
        (("gamma per class",), "gamma-scalar-only"),
        (("label smoothing",), "smoothing-share"),
        (("normalizer",), "normalizer-ignored"),
        (("background class",), "background-fixed"),
        (("axis",), "wrong-axis"),
        (("class weight",), "class-weight-not-gathered"),
        (("reduction mean", "beside ignored positions"), "mean-over-all-instead-of-valid"),
        (("reduction weighted_mean",), "mean-of-weights"),
        (("reduction mean_positive",), "background-in-denominator"),
        (("reduction mean",), "wrong-reduction"),
        (("reduction sum",), "wrong-reduction"),
        (("beside ignored positions",), "ignore-index-counts"),
        (("alpha",), "alpha-on-wrong-class"),
        (("hessian_diagonal",), "hessian-gauss-newton"),
        (("gradient",), "gradient-product-rule"),
    )
)
_FALLBACK = "modulator-swapped"


def topic_text(findings: Sequence[Finding], implementation: str, spec: Spec) -> str:
    """The authored file of the findings of one formula, to stand in golden/cases/<formula>/."""
    formula = findings[0].trial.formula
    lines = [
        f"formula: {formula}",
        f"topic: {TOPIC}",
        "about: Inputs that a search found, at which an implementation was wrong.",
        "cases:",
    ]
    seen: set[str] = set()
    for finding in findings:
        if finding.trial.key() not in seen:
            seen.add(finding.trial.key())
            lines += case_lines(finding, implementation, spec)
    return "\n".join(lines) + "\n"


def case_lines(finding: Finding, implementation: str, spec: Spec) -> Iterator[str]:
    """The lines of one case, as an entry of the list of cases."""
    trial = finding.trial
    yield f"  - name: {case_name(finding, implementation)}"
    yield f"    about: {_quoted(_about(finding, implementation))}"
    yield f"    clauses: [{', '.join(clauses(finding, spec))}]"
    if strange(trial):  # golden values are of numbers that may be inputs, and of no others
        yield "    expect: survey"
        yield "    readings:"
        for outcome in ("zero", "nan", "inf", "error"):
            yield f"      {outcome}: {{outcome: {outcome}}}"
    else:
        yield f"    catches: [{bug(finding)}]  # a guess: golden/bugs.yaml has them all"
    yield "    inputs:"
    for name, array in trial.inputs.items():
        yield f"      {name}: {_nested(array)}"
    given = {
        name: value
        for name, value in trial.parameters.items()
        if trial.page.parameters[name].required or value != _default(trial, name)
    }
    if given:
        yield "    parameters:"
        for name, value in given.items():
            yield f"      {name}: {spelt(value)}"


def case_name(finding: Finding, implementation: str) -> str:
    """A name that no other finding has."""
    words = (implementation, finding.cause.output, finding.cause.kind, finding.trial.digest())
    text = "-".join(words).replace("_", "-").replace(" ", "-")
    return "".join(letter for letter in text if letter.isalnum() or letter in "-.").lower()


def clauses(finding: Finding, spec: Spec) -> list[str]:
    """The judged clauses that the finding is held to, in the order of the page."""
    cause = finding.cause
    titles = {"Formula", *finding.property.titles, *_OUTPUT_TITLES.get(cause.output, ())}
    for trait in cause.traits:
        titles.update(_TRAIT_TITLES.get(trait, (trait.capitalize(),)))
    if cause.kind == "dtype":
        titles.add("Dtype of the result")
    return [
        name
        for name in finding.trial.page.clauses
        if spec.clauses[name].title in titles and spec.clauses[name].kind != "survey"
    ]


def bug(finding: Finding) -> str:
    """The class of bug that the finding most looks like."""
    words = {finding.cause.output, finding.cause.kind, *finding.cause.traits}
    return next((name for needed, name in _BUGS if needed <= words), _FALLBACK)


def _about(finding: Finding, implementation: str) -> str:
    cause = finding.cause
    what = f"{implementation} gives a wrong {cause.output} ({cause.kind})"
    if cause.output == "call":
        what = f"{implementation}: {cause.kind}"
    return f"Found by a search: {what}, in the region of {cause.region}."


def _default(trial: Trial, name: str) -> Value:
    parameter = trial.page.parameters[name]
    if isinstance(parameter.default, int | float) and parameter.type.startswith("number"):
        return float(parameter.default)
    return parameter.default


# ---- YAML ----


def spelt(value: Value) -> str:
    """A parameter as authored: every number quoted, words plain."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    return _nested(value) if isinstance(value, Array) else f'"{number(value)}"'


def number(value: float) -> str:
    """A number that reads back exactly: a short decimal where that is exact, else hexadecimal."""
    if isinstance(value, int):
        return str(value)
    if not isfinite(value):
        return str(value)
    short = f"{value:.{_DIGITS}g}"
    exact = "e" not in short and Fraction(short) == Fraction(value) and str(value) != "-0.0"
    return short if exact else hexfloat.write(value)


def _nested(array: Array) -> str:
    texts: list[Any] = [f'"{number(value)}"' for value in array.values]
    for size in reversed(array.shape[1:]):
        texts = [f"[{', '.join(texts[k : k + size])}]" for k in range(0, len(texts), size)]
    return f"[{', '.join(texts)}]" if array.shape else str(texts[0])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def by_formula(findings: Sequence[Finding]) -> Mapping[str, list[Finding]]:
    """The findings of each formula."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.trial.formula, []).append(finding)
    return found
