"""The script of `focalspec explain`: it runs by itself, and shows what the judge found."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
WRONG = """\
import numpy as np
from helpers.logistic import sigmoid_of


def sigmoid(logits):
    return sigmoid_of(2 * logits)


def softmax(logits, *, axis):
    return unused(logits)


def unused(logits):
    return logits
"""
HELPER = '''\
"""What the adapter imports from a file beside it."""

from __future__ import annotations

import numpy as np

__all__ = ["sigmoid_of"]


def sigmoid_of(x):
    return 1 / (1 + np.exp(-x))
'''
CASE = "sigmoid/small/three"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def started(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(word) for word in words]
        if command[0] == "focalspec":
            command[:1] = [sys.executable, "-m", "focalspec.conformance.cli"]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False
        )

    return started


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "logistic.py").write_text(HELPER)
    path = tmp_path / "mine.py"
    path.write_text(WRONG)
    return path


def test_the_script_stands_alone_and_finds_what_the_judge_found(
    run: Run, adapter: Path, small: Path, tmp_path: Path
) -> None:
    done = run("focalspec", "explain", CASE, adapter, "--golden", small, "--script", "report.py")
    judged = re.findall(r"found    (\S+) \(", done.stdout)
    assert done.returncode == 1
    adapter.unlink()
    shutil.rmtree(tmp_path / "helpers")
    shown = run(sys.executable, "report.py")
    assert shown.returncode == 0, shown.stderr
    assert "value[0]: expected" in shown.stdout
    assert "0.119202922022117" in shown.stdout
    assert judged
    assert f"found {float(judged[0])!r:>24}" in shown.stdout


def test_the_script_holds_what_the_case_needs_and_no_more(
    run: Run, adapter: Path, small: Path
) -> None:
    said = run("focalspec", "explain", CASE, adapter, "--golden", small).stdout
    assert "Script that reproduces it" in said
    assert "def sigmoid_of(x):" in said
    assert "softmax" not in said.partition("Script that reproduces it")[2]
    assert "unused" not in said


def test_the_environment_of_the_adapter_comes_with_the_script(
    run: Run, adapter: Path, small: Path, tmp_path: Path
) -> None:
    header = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["numpy"]\n# ///\n'
    adapter.write_text(header + WRONG)
    run("focalspec", "explain", CASE, adapter, "--golden", small, "--here", "--script", "r.py")
    assert header in (tmp_path / "r.py").read_text()


def test_a_real_library_is_called_by_the_script_in_its_own_environment(
    run: Run, tmp_path: Path
) -> None:
    case = "sigmoid_focal_loss/documents/paddle-example"
    done = run("focalspec", "explain", case, "paddle", "--script", "report.py")
    assert done.returncode in {0, 1}, done.stderr
    source = (tmp_path / "report.py").read_text()
    assert "paddlepaddle==" in source
    assert "from support" not in source
    shown = run(uv(), "run", "--python", sys.executable, "report.py")
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"loss\[0\]: expected +0\.6578246\d*  found +0\.6578246\d*", shown.stdout)


def uv() -> str:
    found = shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parent)
    assert found, "the tests need uv"
    return found


def test_of_a_program_the_script_is_the_conversation(run: Run, small: Path) -> None:
    program = Path(__file__).parent / "hostile" / "program.py"
    command = f"{sys.executable} {program} right"
    explained = run(
        "focalspec", "explain", CASE, "--command", command, "--golden", small, "--script", "r.sh"
    )
    assert explained.returncode == 0, explained.stderr
    shown = run("sh", "r.sh")
    assert '"type": "result"' in shown.stdout.replace('"type":"', '"type": "')


def test_several_implementations_have_no_one_script(run: Run, adapter: Path, small: Path) -> None:
    done = run(
        "focalspec", "explain", CASE, adapter, "numpy", "--golden", small, "--script", "r.py"
    )
    assert done.returncode == 2
    assert "--script: name one implementation" in done.stderr
