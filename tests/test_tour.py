"""The tour is typed as it is written: each block in turn, in an empty folder."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
TOUR = (REPOSITORY / "docs" / "tour.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?P<before>(?:[^\n]+\n)*)\n```sh\n(?P<commands>.*?)```", re.DOTALL)
FAILS = re.compile(r"exit\s+code\s+1|So does this")


def blocks() -> list[tuple[str, int]]:
    """The commands of each block, and the exit code that the words before it announce."""
    found = [
        (match["commands"], int(bool(FAILS.search(match["before"]))))
        for match in BLOCK.finditer(TOUR)
    ]
    assert len(found) == TOUR.count("```sh\n")
    return found


@pytest.fixture
def environment() -> dict[str, str]:
    """The commands of the environment that the tests run in, first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTEST_ADDOPTS": "-p no:cacheprovider"}


def test_the_tour_installs_this_distribution_with_extras_that_exist() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    match = re.fullmatch(r"pip install '([a-z]+)\[([a-z,]+)\]'\n", blocks()[0][0])
    assert match
    assert match[1] == project["name"]
    assert set(match[2].split(",")) <= set(project["optional-dependencies"])


def test_every_other_block_does_what_the_tour_says(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = {}
    for commands, expected in blocks()[1:]:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", commands],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == expected, (commands, done.stdout, done.stderr)
        said[commands.split("\n")[0]] = done.stdout
    badge = json.loads((tmp_path / "badge.json").read_text())
    assert badge["message"].startswith("conforms (")
    assert (tmp_path / "site" / "index.html").is_file()
    assert "loss[0]: expected" in said["python report.py"]
    assert "passed" in said["pytest --focalspec adapter.py -k alpha"]


def test_completion_completes(environment: dict[str, str]) -> None:
    def asked(instruction: str, words: str) -> str:
        variables = {"_FOCALSPEC_COMPLETE": instruction, "COMP_WORDS": words, "COMP_CWORD": "1"}
        done = subprocess.run(
            ["focalspec"],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return done.stdout

    assert "complete -o nosort -F _focalspec_completion focalspec" in asked("bash_source", "")
    assert asked("bash_complete", "focalspec exp").split() == ["plain,explain"]


def test_a_reader_that_has_read_enough_is_no_failure(environment: dict[str, str]) -> None:
    line = "set -o pipefail; focalspec list --cases | head -n 1"
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
