"""Regeneration gives the committed bytes, whatever mpmath, gmpy2 and number of processes.

A sample of topics stands for the set; `make golden` compares everything.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
GOLDEN = REPOSITORY / "golden"
# every formula, and what is hard: documents, both tails, cancellation, ties, zeros
SAMPLE = (
    "sigmoid_focal_loss/documents.yaml",
    "sigmoid_focal_loss/zero.yaml",
    "sigmoid_focal_loss/fractional_labels.yaml",
    "binary_focal_loss/documents.yaml",
    "softmax_focal_loss/equal_logits.yaml",
    "softmax_focal_loss/tails.yaml",
    "categorical_focal_loss/documents.yaml",
    "cross_entropy/values.yaml",
    "sigmoid/values.yaml",
    "softmax/values.yaml",
)
ENVIRONMENTS = {
    "mpmath 1.3 in Python": ("1.3.0", "python", ()),
    "mpmath 1.3 with gmpy2": ("1.3.0", "gmpy", ("gmpy2==2.3.2",)),
    "mpmath 1.4 with gmpy2": ("1.4.1", "gmpy", ("gmpy2==2.3.2",)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(GOLDEN / "bugs.yaml", tmp_path)
    for topic in SAMPLE:
        (tmp_path / "cases" / topic).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(GOLDEN / "cases" / topic, tmp_path / "cases" / topic)
    return tmp_path


def regenerate(python: list[str], folder: Path, jobs: int) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "MPMATH_NOGMPY"}
    finished = subprocess.run(
        [*python, str(Path(__file__).with_name("regenerate.py")), str(folder), str(jobs)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def differing(folder: Path) -> list[str]:
    return [
        topic
        for topic in SAMPLE
        if (folder / "values" / topic).read_bytes() != (GOLDEN / "values" / topic).read_bytes()
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_any_number_of_processes_gives_the_committed_bytes(folder: Path, jobs: int) -> None:
    regenerate([sys.executable], folder, jobs)
    assert differing(folder) == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_any_mpmath_gives_the_committed_bytes(folder: Path, name: str) -> None:
    version, backend, packages = ENVIRONMENTS[name]
    uv = Path(sys.executable).with_name("uv")
    wanted = [f"mpmath=={version}", *packages]
    python = [
        *(str(uv), "run", "--quiet", "--isolated", "--no-project", "--python", sys.executable),
        *("--with-editable", f"{REPOSITORY}[certify]"),
        *(word for package in wanted for word in ("--with", package)),
        "python",
    ]
    assert regenerate(python, folder, 1).split() == [version, backend]
    assert differing(folder) == []
