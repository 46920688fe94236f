"""The command from end to end: what it prints is valid, runs, and is repeatable."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from focalspec import spec
from focalspec.golden.authoring import load_topic
from focalspec.golden.bugs import load_bugs
from focalspec.golden.generate import Call, certified
from focalspec.golden.suite import Array
from focalspec.reference.tensor import Tensor

GOLDEN = Path(__file__).resolve().parents[3] / "golden"
RIGHT = """
    '''The NumPy loss, with a fault.'''
    import os
    import time

    import numpy as np
    from focalspec import reference

    DTYPES = ("float64",)

    def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
        loss, gradient = reference.sigmoid_focal_loss(
            logits, labels, alpha=alpha, gamma=gamma, reduction=reduction, derivatives=1
        )
        FAULT
        return loss, gradient
"""


@pytest.fixture
def adapter(tmp_path: Path):
    """Writes an adapter with a fault, one line of Python."""

    def write(fault: str, name: str = "wrong") -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(dedent(RIGHT).replace("FAULT", fault), encoding="utf-8")
        return path

    return write


def focalspec(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = "from focalspec.conformance.cli import main; main()"
    words = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


NAN_AT_ZERO = "gradient = np.where(logits == 0, np.nan, gradient)"
FEW = ("--examples", "60", "--property", "oracle", "--here")


def test_what_is_printed_is_a_script_and_a_golden_case(adapter, tmp_path):
    done = focalspec("hunt", adapter(NAN_AT_ZERO), *FEW, "--out", tmp_path / "out")
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert "found: sigmoid_focal_loss: gradient: nan (logit 0)" in done.stdout

    topic = tmp_path / "out" / "cases" / "sigmoid_focal_loss" / "hunted.yaml"
    assert topic.read_text(encoding="utf-8") in done.stdout
    drafts = load_topic(topic, spec.load(), load_bugs(GOLDEN)).drafts
    assert drafts[0].inputs["logits"].values == (0.0,)
    assert {"SIG-1", "SIG-19", "SIG-35"} <= set(drafts[0].clauses)

    (script,) = (tmp_path / "out").glob("*.py")
    assert script.read_text(encoding="utf-8").strip() in done.stdout
    shown = subprocess.run(
        [sys.executable, "-I", str(script)], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 1
    assert "found nan   <-- DISAGREES" in shown.stdout


def test_the_golden_values_of_a_printed_case_can_be_proven(adapter, tmp_path):
    focalspec("hunt", adapter(NAN_AT_ZERO), *FEW, "--out", tmp_path / "out")
    topic = tmp_path / "out" / "cases" / "sigmoid_focal_loss" / "hunted.yaml"
    draft = load_topic(topic, spec.load(), load_bugs(GOLDEN)).drafts[0]

    def handed(value):
        return Tensor(value.shape, value.values) if isinstance(value, Array) else value

    call = Call(
        draft.id,
        "",
        draft.where,
        "sigmoid_focal_loss",
        {name: handed(value) for name, value in draft.inputs.items()},
        {name: handed(value) for name, value in draft.parameters.items()},
        draft.outputs,
    )
    assert set(certified(call)) == set(draft.outputs)


def test_a_right_implementation_ends_with_0(adapter):
    done = focalspec("hunt", adapter("pass"), "--examples", "15", "--seed", "1", "--here")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 causes found" in done.stdout


def test_the_same_seed_prints_the_same(adapter):
    path = adapter("loss = loss if gamma != 0.5 else loss * 1.5")
    runs = {focalspec("hunt", path, *FEW, "--seed", "5").stdout for _ in range(2)}
    assert len(runs) == 1
    assert "gamma = 0.5" in runs.pop()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("os._exit(3) if logits.size == 2 else None", "crash"),
        ("time.sleep(60) if logits.size == 2 else None", "hang"),
    ],
)
def test_a_crash_or_a_hang_is_found_and_is_not_the_end(adapter, fault, kind):
    path = adapter(f"{fault}; loss = loss * 2 if reduction == 'mean' else loss")
    done = focalspec("hunt", path, "--deadline", "2", *FEW)
    assert done.returncode == 1, done.stderr
    assert f"found: sigmoid_focal_loss: call: {kind}" in done.stdout
    assert "found: sigmoid_focal_loss: loss: value" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["numpy", "--property", "symetry"], "did you mean symmetry?"),
        (["numpy", "--formula", "sigmoid_focal_los"], "did you mean sigmoid_focal_loss?"),
        (["numpy", "--dtype", "float31"], "did you mean float32?"),
        (["numpi"], "did you mean numpy?"),
        ([], "name one implementation"),
    ],
)
def test_a_mistake_is_answered_in_one_line(arguments, said):
    done = focalspec("hunt", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_adapter_that_does_not_start_ends_with_2(adapter, tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("import nunpy\n", encoding="utf-8")
    done = focalspec("hunt", path)
    assert done.returncode == 2
    assert "nunpy" in done.stderr


def test_a_missing_package_is_named():
    program = (
        "import sys; sys.modules['hypothesis'] = None;"
        "from focalspec.conformance.cli import main; sys.argv[1:] = ['hunt', 'numpy']; main()"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'focalspec[hunt]'" in done.stderr
