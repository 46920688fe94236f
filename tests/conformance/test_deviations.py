"""Known deviations of a person's own adapter: drafted, explained, taken, and found out of date."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Focalspec = Callable[..., subprocess.CompletedProcess[str]]
RIGHT = """\
import numpy as np


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))
"""
WRONG = RIGHT.replace("-logits", "-2 * logits")
FILE = "mine.deviations.yaml"


@pytest.fixture
def focalspec(tmp_path: Path, small: Path) -> Focalspec:
    def run(*arguments: str, golden: Path = small) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "focalspec.conformance.cli", "run", "mine.py"]
        return subprocess.run(
            [*command, *arguments, "--golden", str(golden)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def drafted(focalspec: Focalspec, tmp_path: Path) -> Path:
    """The draft of what fails in a wrong adapter."""
    (tmp_path / "mine.py").write_text(WRONG)
    done = focalspec("--write-deviations", FILE)
    assert done.returncode == 1
    assert done.stderr == f"{FILE}: entries drafted: 1; give each a class and a reason\n"
    return tmp_path / FILE


def explain(file: Path) -> None:
    text = file.read_text()
    text = re.sub(r'class: "why\?".*', "class: wrong result", text)
    file.write_text(text.replace('reason: ""', "reason: it doubles the logits"))


def test_a_draft_names_case_output_dtypes_and_what_was_found(drafted: Path) -> None:
    text = drafted.read_text()
    assert '- "sigmoid/small/three"' in text
    assert "outputs: [value]" in text
    assert "float64" in text
    assert "expected 0.1192" in text


def test_a_draft_is_refused_until_it_has_a_class_and_a_reason(
    focalspec: Focalspec, drafted: Path
) -> None:
    done = focalspec()
    assert done.returncode == 2
    assert f"{FILE}:" in done.stderr
    assert "class: a draft: expected one of documented choice" in done.stderr
    drafted.write_text(re.sub(r'class: "why\?".*', "class: wrong result", drafted.read_text()))
    done = focalspec()
    assert done.returncode == 2
    assert "reason: a draft: expected why it deviates" in done.stderr


def test_an_explained_deviation_beside_the_adapter_is_taken_by_default(
    focalspec: Focalspec, drafted: Path
) -> None:
    explain(drafted)
    assert focalspec().returncode == 0
    elsewhere = drafted.rename(drafted.with_name("known.yaml"))
    assert focalspec().returncode == 1
    assert focalspec("--deviations", str(elsewhere)).returncode == 0


def test_a_deviation_that_stops_happening_fails_with_the_line_to_delete(
    focalspec: Focalspec, drafted: Path, tmp_path: Path
) -> None:
    explain(drafted)
    (tmp_path / "mine.py").write_text(RIGHT)
    done = focalspec()
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "mine.deviations.yaml:5 (sigmoid-small-value" in said
    assert "delete or narrow that entry" in said


def test_drafting_again_keeps_what_is_explained_and_adds_what_is_new(
    focalspec: Focalspec, drafted: Path, tmp_path: Path
) -> None:
    explain(drafted)
    kept = drafted.read_text() + "  # a comment of mine\n"
    drafted.write_text(kept)
    (tmp_path / "mine.py").write_text(
        WRONG + "\n\ndef sigmoid_focal_loss(logits, labels, **_):\n    return logits * 2.5\n"
    )
    done = focalspec("--write-deviations", FILE)
    added = drafted.read_text().removeprefix(kept)
    assert "entries drafted: " in done.stderr
    assert drafted.read_text().startswith(kept)
    assert "sigmoid_focal_loss/" in added
    assert "sigmoid/" not in added
    explain(drafted)
    assert focalspec().returncode == 0


def test_a_pattern_that_matches_no_case_warns(focalspec: Focalspec, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(RIGHT)
    (tmp_path / FILE).write_text(
        "implementation: mine\ndeviations:\n"
        '  - {id: old, cases: ["sigmoid/no/such-*"], class: crash, reason: r, evidence: e}\n'
    )
    command = [sys.executable, "-m", "focalspec.conformance.cli", "run", "mine.py"]
    done = subprocess.run(
        [*command, "--formula", "sigmoid"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0
    assert "(old): no case matches sigmoid/no/such-*" in " ".join(done.stdout.split())


def test_deviations_of_several_implementations_are_a_mistake(
    focalspec: Focalspec, drafted: Path
) -> None:
    done = focalspec("numpy", "--deviations", str(drafted))
    assert done.returncode == 2
    assert "name one implementation" in done.stderr


def test_pytest_takes_the_same_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(mine=WRONG)
    select = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-k", "sigmoid/values")
    command = [sys.executable, "-m", "focalspec.conformance.cli", "run", "mine.py"]
    drafting = [*command, "--case", "sigmoid/values/*", "--write-deviations", "known.yaml"]
    pytester.run(*drafting)
    known = pytester.path / "known.yaml"
    refused = pytester.runpytest_subprocess(
        "--focalspec", "mine.py", "--focalspec-deviations", str(known), *select
    )
    refused.stdout.fnmatch_lines(["*known.yaml:*class: a draft*"])
    explain(known)
    taken = pytester.runpytest_subprocess(
        "--focalspec", "mine.py", "--focalspec-deviations", str(known), *select
    )
    assert taken.ret == pytest.ExitCode.OK
    assert taken.parseoutcomes()["xfailed"] >= 1
    known.rename(pytester.path / "mine.deviations.yaml")
    beside = pytester.runpytest_subprocess("--focalspec", "mine.py", *select)
    assert beside.ret == pytest.ExitCode.OK
