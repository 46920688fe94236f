"""The messages are what the schemas and the documentation say, and the examples speak them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from focalspec.conformance import judging, protocol, worker
from focalspec.conformance.catalogue import program
from focalspec.conformance.judge import Verdict
from focalspec.conformance.progress import Bars
from focalspec.conformance.protocol import Signature
from focalspec.golden import GoldenCase

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(protocol.__file__).parent / "schemas"
MINE = """\
import numpy as np
VERSION = "1.0"


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))
"""


@pytest.fixture(scope="module")
def valid() -> Callable[[str, Any], bool]:
    """Whether a message follows the schema of requests or of answers."""

    def check(kind: str, message: Any) -> bool:
        schema = json.loads((SCHEMAS / f"protocol-{kind}.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(message)
        return True

    return check


def documented() -> list[tuple[str, str]]:
    """The example conversation: each line, and who writes it."""
    text = (ROOT / "docs" / "protocol.md").read_text()
    lines = re.findall(r"^(->|<-) (.*)$", text, re.MULTILINE)
    assert len(lines) == 7
    return lines


def test_the_documented_conversation_follows_the_schemas(valid: Callable[[str, Any], bool]) -> None:
    for arrow, line in documented():
        assert valid("request" if arrow == "->" else "answer", json.loads(line))


def test_the_worker_answers_as_documented(tmp_path: Path) -> None:
    adapter = tmp_path / "mine.py"
    adapter.write_text(MINE)
    asked = "".join(f"{line}\n" for arrow, line in documented() if arrow == "->")
    answered = [json.loads(line) for arrow, line in documented() if arrow == "<-"]
    done = subprocess.run(
        [sys.executable, str(Path(worker.__file__)), str(adapter)],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert said[0].pop("environment")["python"]
    assert said == answered


def test_every_request_follows_the_schema(
    cases: Mapping[str, GoldenCase],
    signatures: Mapping[str, Signature],
    valid: Callable[[str, Any], bool],
) -> None:
    assert valid("request", json.loads(protocol.start_request(signatures)))
    assert valid("request", json.loads(protocol.STOP))
    for case in cases.values():
        for dtype in case.formats:
            assert valid("request", json.loads(protocol.run_request(case, dtype)))


def test_no_request_tells_what_is_expected(cases: Mapping[str, GoldenCase]) -> None:
    plain = cases["plain"]
    request = protocol.run_request(plain, "float64").decode()
    for expected in plain.expected.values():
        for golden in expected.rows:
            assert golden.float64.hex() not in request
            assert golden.decimal not in request


@pytest.mark.parametrize(
    "message",
    [
        {"type": "started", "protocol": 2, "name": "x", "formulas": {}, "dtypes": []},
        {"type": "result", "outputs": {}},
        {"type": "result", "id": "x", "outputs": {"loss": {"shape": [1], "data": [1]}}},
        {"type": "done"},
    ],
)
def test_the_schema_of_answers_refuses_what_the_runner_refuses(
    valid: Callable[[str, Any], bool], signatures: Mapping[str, Signature], message: Any
) -> None:
    with pytest.raises(jsonschema.ValidationError):
        valid("answer", message)
    line = json.dumps(message).encode()
    with pytest.raises(protocol.ProtocolError):
        protocol.read_started(line, signatures)
    with pytest.raises(protocol.ProtocolError):
        protocol.read_answer(line, "x")


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("0x1.8p+1", 3.0),
        ("-0X1P-1074", -5e-324),
        ("1.5", 1.5),
        ("1e-3", 1e-3),
        ("-0", -0.0),
        ("inf", float("inf")),
        ("-Infinity", float("-inf")),
        (2, 2.0),
        (0.1, 0.1),
    ],
)
def test_numbers_may_be_spelt_in_several_ways(sent: str | float, number: float) -> None:
    tensor = {"dtype": "float64", "shape": [], "data": [sent]}
    line = json.dumps({"type": "result", "id": "x", "outputs": {"loss": tensor}}).encode()
    answer = protocol.read_answer(line, "x")
    assert isinstance(answer, protocol.Returned)
    values = answer.outputs["loss"].values
    assert values is not None
    assert [value.hex() for value in values.tolist()] == [number.hex()]


def judge_program(command: str) -> list[Verdict]:
    found = program(command)
    results = judging.judge([found], judging.Options(), Bars([found.name], Console(quiet=True)))
    assert not results.implementations[0].problem
    return [check.verdict for check in results.checks]


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_the_example_in_c_conforms(tmp_path: Path) -> None:
    built = tmp_path / "focal"
    source = ROOT / "examples" / "c" / "focal.c"
    strictness = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *strictness, "-O2", "-o", built, source, "-lm"], check=True)
    verdicts = judge_program(str(built))
    assert verdicts.count(Verdict.PASS) > 900
    assert set(verdicts) <= {Verdict.PASS, Verdict.UNSUPPORTED, Verdict.SURVEY}


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_the_example_in_javascript_conforms() -> None:
    verdicts = judge_program(f"node {ROOT / 'examples' / 'javascript' / 'activations.mjs'}")
    assert verdicts.count(Verdict.PASS) > 35
    assert set(verdicts) <= {Verdict.PASS, Verdict.UNSUPPORTED, Verdict.SURVEY}
