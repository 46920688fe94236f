"""A third-party package that registers its implementation by entry point, installed for real."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "their-losses"
version = "4.5.6"

[project.entry-points."focalspec.implementations"]
theirs = "theirlosses.adapter"

[tool.setuptools]
packages = ["theirlosses"]
"""
ADAPTER = """\
import numpy as np


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the package."""
    project = tmp_path_factory.mktemp("project")
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "theirlosses").mkdir()
    (project / "theirlosses" / "__init__.py").write_text("raise RuntimeError('list imports this')")
    (project / "theirlosses" / "adapter.py").write_text(ADAPTER)
    target = tmp_path_factory.mktemp("site")
    install = ["install", "--quiet", "--no-build-isolation", "--target", str(target), str(project)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, timeout=300)
    return target


def focalspec(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "focalspec.conformance.cli", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(site)},
        timeout=300,
        check=False,
    )


def test_the_list_shows_it_with_its_version_and_what_it_offers_and_runs_none_of_it(
    site: Path, small: Path
) -> None:
    done = focalspec(site, "list", "--golden", str(small))
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.split()[:1] == ["theirs"])
    assert "their-losses==4.5.6" in row
    assert row.split()[-1] == "sigmoid"


def test_it_is_judged_by_its_name(site: Path, small: Path) -> None:
    (site / "theirlosses" / "__init__.py").write_text("")
    done = focalspec(site, "run", "theirs", "--json", "--golden", str(small))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    (judged,) = [line for line in lines if line["type"] == "implementation"]
    assert (judged["name"], judged["version"]) == ("theirs", "4.5.6")
    assert {line["verdict"] for line in lines if line["type"] == "check"} == {"pass"}


def test_a_misspelt_name_is_answered_with_it(site: Path) -> None:
    assert "did you mean theirs?" in focalspec(site, "run", "their").stderr
