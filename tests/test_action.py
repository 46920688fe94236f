"""The GitHub Action's own steps, run by bash as a runner would, on a small project."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[1]
RIGHT = '''
"""The losses that come with focalspec."""
from focalspec import reference

def sigmoid_focal_loss(logits, labels, *, alpha, gamma, normalizer, reduction):
    return reference.sigmoid_focal_loss(
        logits, labels, alpha=alpha, gamma=gamma, normalizer=normalizer, reduction=reduction
    )
'''
WRONG = RIGHT.replace("gamma=gamma", "gamma=gamma + 1")


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def environment(action: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the job's first step leaves behind: an environment in which focalspec is installed."""
    folder = tmp_path_factory.mktemp("job")
    subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
    variables = {
        **os.environ,
        "PATH": os.pathsep.join([str(folder / "python" / "bin"), os.environ["PATH"]]),
        "GITHUB_ACTION_PATH": str(REPOSITORY),
        "PIP_CONSTRAINT": str(REPOSITORY / "constraints.txt"),
        "REQUIREMENT": "",
    }
    step(action, "Install focalspec", variables, folder)
    return variables


def step(
    action: dict[str, Any], name: str, variables: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    (script,) = [one["run"] for one in action["runs"]["steps"] if one["name"] == name]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def judge(
    action: dict[str, Any], environment: dict[str, str], project: Path, source: str
) -> tuple[int, str, str]:
    """The exit status, the summary and the named outputs of the judging step."""
    (project / "adapter.py").write_text(source)
    files = {name: project / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    variables = {
        **environment,
        **{name: str(path) for name, path in files.items()},
        "RUNNER_TEMP": str(project),
        "ADAPTER": "adapter.py",
        "ARGUMENTS": "--case sigmoid_focal_loss/documents/*",
        "ISOLATED": "false",
        "TOLERANCE": "standard",
    }
    finished = step(action, "Judge", variables, project)
    return finished.returncode, *(path.read_text() for path in files.values())


def test_a_right_implementation_passes_and_the_summary_says_so(
    action: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    status, outputs, summary = judge(action, environment, tmp_path, RIGHT)
    results = outputs.strip().removeprefix("results=")
    assert status == 0
    assert Path(results).is_file()
    assert "| adapter |" in summary


def test_a_wrong_implementation_fails_the_job_with_what_was_found(
    action: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    status, _, summary = judge(action, environment, tmp_path, WRONG)
    assert status == 1
    assert "sigmoid_focal_loss/documents/paddle-example" in summary


def test_every_input_that_a_step_reads_is_declared(action: dict[str, Any]) -> None:
    read = {
        value.split("inputs.")[1].rstrip(" }")
        for one in action["runs"]["steps"]
        for value in one.get("env", {}).values()
        if "inputs." in str(value)
    }
    assert read
    assert read <= set(action["inputs"])
