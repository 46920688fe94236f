"""Ctrl-C ends a run at once, leaves no process, and a results file that says it is incomplete."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from focalspec.conformance import processes, results

# a job in the background inherits a SIGINT that is ignored, and so would the runs here
signal.signal(signal.SIGINT, signal.default_int_handler)

HANGING = """\
import os, subprocess, sys, time
from pathlib import Path


def sigmoid(logits):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path("told").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(1000)
"""


def wait_for(path: Path) -> list[int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().count(" ") == 1:
            return [int(pid) for pid in path.read_text().split()]
        time.sleep(0.05)
    raise AssertionError("the adapter was never called")


def runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_process_and_an_incomplete_file(
    tmp_path: Path, small: Path, number: signal.Signals
) -> None:
    (tmp_path / "mine.py").write_text(HANGING)
    command = [sys.executable, "-m", "focalspec.conformance.cli", "run", "mine.py"]
    with subprocess.Popen(
        [*command, "--golden", str(small), "--results", "r.jsonl"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        pids = wait_for(tmp_path / "told")
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.strip() == "focalspec: interrupted"
    assert not [pid for pid in pids if runs(pid)]
    assert not list(processes.marked(str(os.getpid())))
    with pytest.raises(results.ResultsError, match="is incomplete"):
        results.load(tmp_path / "r.jsonl")
    assert '"interrupted"' in (tmp_path / "r.jsonl").read_text().splitlines()[-1]
