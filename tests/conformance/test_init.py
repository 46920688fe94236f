"""`focalspec init`, as a maintainer types it: what it writes runs as it is, and is judged."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Focalspec = Callable[..., subprocess.CompletedProcess[str]]
TOPICS = ("--case", "*/documents/*", "--case", "*/gamma/*")
FORMULAS = (
    "sigmoid",
    "softmax",
    "sigmoid_focal_loss",
    "binary_focal_loss",
    "softmax_focal_loss",
    "categorical_focal_loss",
    "cross_entropy",
)


@pytest.fixture
def focalspec(tmp_path: Path) -> Focalspec:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "focalspec.conformance.cli", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False
        )

    return run


def verdicts(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The verdicts of all checks in a run's JSON lines."""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["verdict"] for line in lines if line["type"] == "check"]


def test_the_starter_conforms_as_it_is(focalspec: Focalspec) -> None:
    written = focalspec("init")
    assert (written.returncode, written.stderr) == (0, "")
    assert "next: focalspec run adapter.py" in written.stdout
    done = focalspec("run", "adapter.py", "--json", *TOPICS)
    assert done.returncode == 0, done.stderr
    assert verdicts(done).count("pass") > 20


@pytest.mark.parametrize("framework", ["numpy", "none"])
def test_every_formula_has_a_starter_that_conforms(focalspec: Focalspec, framework: str) -> None:
    options = [word for formula in FORMULAS for word in ("--formula", formula)]
    assert focalspec("init", "--framework", framework, *options, "mine.py").returncode == 0
    done = focalspec("run", "mine.py", "--json")
    judged = {json.loads(line).get("formula") for line in done.stdout.splitlines()}
    assert judged >= set(FORMULAS)
    assert set(verdicts(done)) == {"pass", "unsupported", "survey"}


def test_a_starter_for_a_framework_runs_in_an_environment_of_its_own(
    focalspec: Focalspec, tmp_path: Path
) -> None:
    assert focalspec("init", "--framework", "torch", "losses/mine.py").returncode == 0
    assert "torch==" in (tmp_path / "losses" / "mine.py").read_text()
    documents = ("--case", "sigmoid_focal_loss/documents/paddle-example")
    done = focalspec("run", "losses/mine.py", "--json", *documents)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["version"] for line in lines if line["type"] == "implementation"] == ["2.13.0+cpu"]
    assert verdicts(done), done.stderr


def test_a_starter_holds_what_its_formula_needs_and_no_more(
    focalspec: Focalspec, tmp_path: Path
) -> None:
    focalspec("init", "--formula", "sigmoid")
    source = (tmp_path / "adapter.py").read_text()
    assert "def sigmoid(" in source
    assert "focal_loss(" not in source
    assert "_reduce" not in source


def test_a_file_that_exists_is_left_as_it_is(focalspec: Focalspec, tmp_path: Path) -> None:
    (tmp_path / "adapter.py").write_text("mine")
    done = focalspec("init")
    assert done.returncode == 2
    assert done.stderr == "focalspec: adapter.py: exists already, and is left as it is\n"
    assert (tmp_path / "adapter.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("--framework", "pytorch"),
            "--framework: unknown framework 'pytorch'; did you mean torch?",
        ),
        (("--formula", "sigmoid_focal"), "did you mean sigmoid_focal_loss?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_closest(
    focalspec: Focalspec, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    done = focalspec("init", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "adapter.py").exists()
