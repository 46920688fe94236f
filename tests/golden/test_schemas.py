"""The published schemas, and that they say what the files are."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from focalspec.golden import strict_yaml
from focalspec.golden.authoring import CASE_FIELDS, FILE_FIELDS

GOLDEN = Path(__file__).parents[2] / "golden"
VALUES = sorted((GOLDEN / "values").rglob("*.yaml"))
CASES = sorted((GOLDEN / "cases").rglob("*.yaml"))


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((GOLDEN / name).read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    return Draft202012Validator(schema)


def faults(schema: Draft202012Validator, content: object) -> list[str]:
    return [f"{fault.json_path}: {fault.message[:300]}" for fault in schema.iter_errors(content)]


def test_there_are_files_to_validate() -> None:
    assert VALUES
    assert CASES


def test_every_authored_file_is_valid() -> None:
    schema = validator("cases.schema.json")
    found = {str(path): faults(schema, strict_yaml.load(path)) for path in CASES}
    assert {path: fault for path, fault in found.items() if fault} == {}


def test_every_values_file_is_valid() -> None:
    schema = validator("schema.json")
    found = {str(path): faults(schema, strict_yaml.load(path)) for path in VALUES}
    assert {path: fault for path, fault in found.items() if fault} == {}


def test_the_schema_of_cases_has_the_fields_that_authoring_reads() -> None:
    schema = json.loads((GOLDEN / "cases.schema.json").read_text())
    assert tuple(schema["properties"]) == FILE_FIELDS
    assert set(schema["$defs"]["fields"]["properties"]) == set(CASE_FIELDS)


@pytest.fixture
def small(generated: Path) -> Any:
    return strict_yaml.load(generated / "values" / "sigmoid_focal_loss" / "small.yaml")


def test_the_small_set_is_valid(small: Any) -> None:
    assert faults(validator("schema.json"), small) == []


def change(place: str, value: object) -> Callable[[Any], None]:
    *steps, last = place.split(".")

    def changed(content: Any) -> None:
        for step in steps:
            content = content[int(step) if step.isdigit() else step]
        if value is ...:
            del content[last]
        else:
            content[last] = value

    return changed


@pytest.mark.parametrize(
    "spoil",
    [
        change("format", "2"),
        change("format", 1),
        change("source", "0"),
        change("extra", "x"),
        change("cases", []),
        change("cases.0.id", "one"),
        change("cases.0.expect", "value"),
        change("cases.0.expected", ...),
        change("cases.0.readings", {"a": {"outcome": "nan"}}),
        change("cases.0.formats", ["float8"]),
        change("cases.0.inputs.logits.shape", [2]),
        change("cases.0.inputs.logits.values", "1.0 2.0"),
        change("cases.0.inputs.logits.values", "0x1.0p+1 0x1p+1"),
        change("cases.0.inputs.logits.dtype", "int64"),
        change("cases.0.parameters.alpha", 0.25),
        change("cases.0.expected.loss.columns", "decimal"),
        change("cases.0.expected.loss.values", "1 2 3"),
        change("cases.0.expected.lost", {}),
        change("cases.3.expected", {"error": "labels", "more": "x"}),
        change("cases.4.readings.error", {"outcome": "fine"}),
        change("cases.4.readings.error", {}),
        change("cases.4.expected", {}),
    ],
)
def test_the_schema_of_values_refuses_what_the_format_is_not(
    small: Any, spoil: Callable[[Any], None]
) -> None:
    spoiled = copy.deepcopy(small)
    spoil(spoiled)
    assert faults(validator("schema.json"), spoiled)
