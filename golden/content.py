"""The content of a values file as plain mappings, lists and text: from drafts and their results."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any, TypeAlias

from focalspec.golden import hexfloat
from focalspec.golden.draft import Draft, Topic
from focalspec.golden.loader import COLUMNS
from focalspec.golden.manifest import sha256
from focalspec.golden.suite import Array, Inputs, Value, Values
from focalspec.golden.writer import render

Content: TypeAlias = dict[str, Any]

CASE = ""
"""The key under which a case's own results stand, beside those of its readings."""

_PER_LINE = 8


def table(shape: Sequence[int], rows: Sequence[Sequence[str]]) -> Content:
    """The content of one output: its shape and its rows of text, in the order of COLUMNS."""
    return {
        "shape": [str(size) for size in shape],
        "columns": " ".join(COLUMNS),
        "values": "\n".join(" ".join(row) for row in rows),
    }


def array(value: Array) -> Content:
    """The content of an array: exact hexadecimal floats or integers."""
    texts = [_number(number) for number in value.values]
    lines = (texts[start : start + _PER_LINE] for start in range(0, len(texts), _PER_LINE))
    return {
        "dtype": value.dtype,
        "shape": [str(size) for size in value.shape],
        "values": "\n".join(" ".join(line) for line in lines),
    }


def parameter(value: Value) -> Content | str | None:
    """The content of a parameter."""
    if isinstance(value, Array):
        return array(value)
    if value is None or isinstance(value, str):
        return value
    return _number(value)


def inputs(values: Inputs) -> Content:
    """The content of the inputs of a case."""
    return {name: array(value) for name, value in values.items()}


def parameters(values: Values) -> Content:
    """The content of the parameters of a case."""
    return {name: parameter(value) for name, value in values.items()}


def signature(given: Content, told: Content, outputs: Sequence[str]) -> Content:
    """All that values depend on: inputs, parameters, and which outputs they are."""
    return {"inputs": given, "parameters": told, "outputs": list(outputs)}


def readings(draft: Draft) -> dict[str, Content]:
    """The readings of a survey case, without the values of those that are computed."""
    found: dict[str, Content] = {}
    for name, reading in draft.readings.items():
        if reading.outcome is not None:
            found[name] = {"outcome": reading.outcome}
        elif reading.overrides:
            found[name] = {"parameters": parameters(reading.overrides)}
        else:
            found[name] = {}
    return found


def case(draft: Draft, results: Mapping[str, Content]) -> Content:
    """The content of a case; ``results`` has the tables of the case (CASE) and of its readings."""
    content: Content = {"id": draft.id}
    if draft.about:
        content["about"] = draft.about
    content |= {
        "clauses": list(draft.clauses),
        "catches": list(draft.catches),
        "expect": draft.expect,
        "formats": list(draft.formats),
        "needs": list(draft.needs),
        "inputs": inputs(draft.inputs),
        "parameters": parameters(draft.parameters),
    }
    if draft.expect == "error":
        content["expected"] = {"error": draft.error}
    elif draft.expect == "values":
        content["expected"] = {
            name: _with_printed(draft, name, result) for name, result in results[CASE].items()
        }
    else:
        content["readings"] = {
            name: reading | ({"expected": results[name]} if name in results else {})
            for name, reading in readings(draft).items()
        }
    return content


def file(topic: Topic, cases: list[Content]) -> Content:
    """The content of the values file of a topic."""
    return {
        "format": "1",
        "formula": topic.formula,
        "topic": topic.name,
        "about": topic.about,
        "source": source(topic),
        "cases": cases,
    }


def source(topic: Topic) -> str:
    """The SHA-256 of what a values file is generated from: everything but the values."""
    cases = [
        case(draft, {CASE: {}, **_wanted(draft)})
        | {"outputs": list(draft.outputs), "printed": _printed(draft)}
        for draft in topic.drafts
    ]
    heading = {"formula": topic.formula, "topic": topic.name, "about": topic.about}
    return sha256(render(heading | {"cases": cases}).encode())


def _wanted(draft: Draft) -> dict[str, Content]:
    """In place of the values of each computed reading: which outputs they are of."""
    computed = {name: found for name, found in draft.readings.items() if found.outcome is None}
    return {name: {"outputs": list(found.outputs)} for name, found in computed.items()}


def _printed(draft: Draft) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in draft.printed.items()}


def _with_printed(draft: Draft, name: str, result: Content) -> Content:
    """The table of an output with what a document prints of it, after the shape."""
    if name not in draft.printed:
        return result
    texts = list(draft.printed[name])
    shown = texts if result["shape"] else texts[0]
    return {"shape": result["shape"], "printed": shown, **result}


def _number(number: float) -> str:
    if isinstance(number, int):
        return str(number)
    return "nan" if isnan(number) else hexfloat.write(number)
