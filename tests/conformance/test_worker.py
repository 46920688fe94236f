"""The worker calls adapters as they are declared, and its answers are what the protocol says."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from focalspec.conformance import catalogue, protocol, worker
from focalspec.conformance.answers import Returned
from focalspec.conformance.inprocess import InProcess
from focalspec.conformance.judge import Judge, Verdict
from focalspec.conformance.protocol import Signature
from focalspec.golden import GoldenCase

FILE = Path(worker.__file__)
Said = list[dict[str, Any]]


def converse(arguments: list[str], *requests: bytes, cwd: Path | None = None) -> Said:
    """The answers of a worker process to some lines."""
    lines = b"".join(request + b"\n" for request in (*requests, protocol.STOP))
    done = subprocess.run(
        [sys.executable, str(FILE), *arguments],
        input=lines,
        capture_output=True,
        check=True,
        timeout=60,
        cwd=cwd,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def adapter(folder: Path, text: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def start(signatures: Mapping[str, Signature]) -> bytes:
    return protocol.start_request(signatures)


def test_a_worker_says_what_it_offers(tmp_path: Path, start: bytes) -> None:
    path = adapter(
        tmp_path,
        "VERSION = '7'\nDTYPES = ('float32', 'bfloat16')\n"
        "def sigmoid_focal_loss(x, y, *, alpha, gamma=2): ...\n"
        "def softmax(logits, **parameters): ...\n"
        "def helper(): ...\n",
    )
    (said,) = converse(["--package", "numpy", str(path)], start)
    assert said["formulas"] == {"sigmoid_focal_loss": ["alpha", "gamma"], "softmax": ["*"]}
    assert (said["name"], said["version"], said["language"]) == ("mine", "7", "Python")
    assert said["dtypes"] == ["float32", "bfloat16"]
    assert said["environment"]["packages"] == {"numpy": np.__version__}


def test_the_version_is_that_of_the_first_package_unless_said(tmp_path: Path, start: bytes) -> None:
    path = adapter(tmp_path, "def sigmoid(x): ...\n")
    (said,) = converse(["--package", "numpy", "--package", "click", str(path)], start)
    assert said["version"] == np.__version__


def test_an_adapter_named_like_a_library_hides_it_not(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "beside.py").write_text("WORD = 'found'\n")
    path = adapter(
        tmp_path,
        "import numpy, beside\nVERSION = beside.WORD + numpy.__version__\ndef sigmoid(x): ...\n",
        "numpy.py",
    )
    (said,) = converse([str(path)], start)
    assert said["version"] == f"found{np.__version__}"


def test_a_module_in_the_present_folder_is_an_adapter(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "pack").mkdir()
    adapter(tmp_path, "def sigmoid(x): ...\n", "pack/losses.py")
    (said,) = converse(["pack.losses"], start, cwd=tmp_path)
    assert (said["type"], said["name"]) == ("started", "pack.losses")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def sigmoid(x:\n", "mine.py:1: '(' was never closed: def sigmoid(x:"),
        ("import no_such_package\n", "mine.py: needs the package 'no_such_package'"),
        ("1 / 0\n", "mine.py: fails when imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)\n", "mine.py: fails when imported: SystemExit: 3"),
        ("def sigmoit(x): ...\n", "mine.py: defines no function named as a formula"),
        ("DTYPES = ('float31',)\ndef sigmoid(x): ...\n", "DTYPES: expected of float64"),
        ("DTYPES = 'float32'\ndef sigmoid(x): ...\n", "found 'float32'"),
        ("def sigmoid(x):\n\treturn 1\n        return 2\n", "mine.py:3: "),
    ],
)
def test_an_adapter_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, start: bytes, text: str, message: str
) -> None:
    (said,) = converse([str(adapter(tmp_path, text))], start)
    assert said["type"] == "failed"
    assert message in said["message"]
    assert "\n" not in said["message"]


def test_another_protocol_is_refused(tmp_path: Path) -> None:
    path = adapter(tmp_path, "def sigmoid(x): ...\n")
    (said,) = converse([str(path)], b'{"type":"start","protocol":2,"formulas":{}}')
    assert said == {"type": "failed", "message": "speaks protocol 1, was asked for 2"}


def test_the_worker_needs_no_focalspec_beside_it(tmp_path: Path, start: bytes) -> None:
    """It imports nothing of ours, so that any environment can run it."""
    alone = adapter(tmp_path, FILE.read_text(), "alone.py")
    mine = adapter(
        tmp_path, "import sys\nassert 'focalspec' not in sys.modules\ndef sigmoid(x): ...\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", str(alone), str(mine)], input=start, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["type"] == "started"


def call(function: Callable[..., Any], **parameters: Any) -> dict[str, Any]:
    offered = worker.Adapter("made", {"sigmoid_focal_loss": function})
    inputs = [np.ones(2), np.zeros(2)]
    outputs = ("loss", "gradient", "hessian_diagonal")
    return offered.call("sigmoid_focal_loss", inputs, parameters, tuple(parameters), outputs)


def test_a_function_gets_the_parameters_that_it_takes() -> None:
    given = {}

    def loss(logits: Any, labels: Any, *, gamma: float, own: int = 1) -> Any:
        given.update(gamma=gamma, own=own)
        return logits

    assert call(loss, gamma=2.0)["loss"].tolist() == [1.0, 1.0]
    assert given == {"gamma": 2.0, "own": 1}


def test_a_parameter_that_is_needed_and_not_taken_is_declined() -> None:
    with pytest.raises(worker.DeclinedError, match="no parameter alpha"):
        call(lambda logits, labels, gamma: logits, gamma=2.0, alpha=0.25)


@pytest.mark.parametrize("kind", [NotImplementedError, type("Unsupported", (Exception,), {})])
def test_an_adapter_declines_by_exception(kind: type[Exception]) -> None:
    def loss(logits: Any, labels: Any) -> Any:
        raise kind("no such reduction")

    with pytest.raises(worker.DeclinedError, match="no such reduction"):
        call(loss)


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        (1.0, ["loss"]),
        ([1.0, 2.0], ["loss"]),
        ((1.0, 2.0), ["loss", "gradient"]),
        ((1.0, 2.0, 3.0), ["loss", "gradient", "hessian_diagonal"]),
        ({"gradient": 1.0}, ["gradient"]),
    ],
)
def test_a_loss_a_tuple_or_a_mapping_is_returned(returned: Any, names: list[str]) -> None:
    assert list(call(lambda logits, labels: returned)) == names


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_numbers_travel_exactly(dtype: str) -> None:
    kind = worker.numpy_dtype(dtype)
    info = ml_dtypes.finfo(kind)
    numbers = [0.0, -0.0, info.smallest_subnormal, -info.max, info.eps, np.inf, -np.inf, np.nan]
    array = np.array([float(number) for number in numbers]).astype(kind)
    again = worker.decode(json.loads(json.dumps(worker.encode(array, 100))), array=True)
    assert again.dtype == kind
    assert again.tobytes() == array.tobytes()


def test_an_answer_too_large_to_be_right_travels_without_its_numbers() -> None:
    assert worker.encode(np.ones(11), 10) == {"dtype": "float64", "shape": [11]}
    assert worker.encode(np.array(["a"]), 10) == {"dtype": "str32", "shape": [1]}


@pytest.mark.parametrize("name", ["plain", "sum", "normalizer", "alpha-too-large", "label-rule"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_both_ways_of_calling_give_the_same_answer(
    cases: Mapping[str, GoldenCase],
    signatures: Mapping[str, Signature],
    start: bytes,
    name: str,
    dtype: str,
) -> None:
    if dtype not in cases[name].formats:
        pytest.skip("the case is not for this dtype")
    target = str(catalogue.bundled()["numpy"])
    request = protocol.run_request(cases[name], dtype)
    _, said = converse([target], start, request)
    piped = protocol.read_answer(json.dumps(said).encode(), protocol.run_id(cases[name], dtype))
    called = InProcess.from_adapter(target, signatures).answer(cases[name], dtype)
    if isinstance(called, Returned):
        assert isinstance(piped, Returned)
        for output in piped.outputs:
            mine, theirs = piped.outputs[output], called.outputs[output]
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
            assert mine.values is not None
            assert theirs.values is not None
            assert mine.values.tobytes() == theirs.values.tobytes()
    else:
        assert piped == called


def test_functions_are_judged_in_this_process(
    cases: Mapping[str, GoldenCase], signatures: Mapping[str, Signature], standard: Judge
) -> None:
    def sigmoid(logits: Any) -> Any:
        return 1 / (1 + np.exp(-logits))

    right = InProcess.from_functions("right", {"sigmoid": sigmoid}, signatures)
    outcomes = list(right.outcomes(cases.values(), standard))
    assert [outcome.dtype for outcome in outcomes] == ["float64", "float32"]
    assert {outcome.judgement.verdict for outcome in outcomes} == {Verdict.PASS}
    wrong = InProcess.from_functions("wrong", {"sigmoid": lambda x: -sigmoid(x)}, signatures)
    verdicts = [one.judgement.verdict for one in wrong.outcomes(cases.values(), standard)]
    assert verdicts == [Verdict.FAIL, Verdict.FAIL]


def test_inputs_that_one_call_changes_are_fresh_for_the_next(
    cases: Mapping[str, GoldenCase], signatures: Mapping[str, Signature], standard: Judge
) -> None:
    def careless(logits: Any) -> Any:
        logits[:] = 1 / (1 + np.exp(-logits))
        return logits

    judged = InProcess.from_functions("careless", {"sigmoid": careless}, signatures)
    for _ in range(2):
        outcomes = judged.outcomes(cases.values(), standard)
        assert {outcome.judgement.verdict for outcome in outcomes} == {Verdict.PASS}


def test_a_parameter_that_is_an_array_stays_one_even_with_one_number() -> None:
    tensor = {"dtype": "float32", "shape": [], "data": ["0x1.8p+1"]}
    array = worker.decode(tensor, array=True)
    assert (type(array), array.dtype.name, array.shape, array.item()) == (
        np.ndarray,
        "float32",
        (),
        3.0,
    )
    number = worker.decode(tensor, array=False)
    assert (type(number), number) == (float, 3.0)
