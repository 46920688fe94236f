"""The command from end to end: what it finds, how it goes on, and how it answers mistakes."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from focalspec.conformance import cli, sweep_results
from focalspec.conformance.sweep_tally import to_json

Adapter = Callable[..., Path]
Sweep = Callable[..., subprocess.CompletedProcess[str]]
ONE_INPUT = "loss[logits == np.float32(1.2345679)] += np.float32(1e-6)"
WHOLE = ("--dtype", "float16", "--here")
CUT = (*WHOLE, "--labels", "1", "--shard", "5000")  # 13 shards


def outcomes(path: Path) -> dict[str, Any]:
    """What a results file says was found, without what it took."""
    return {one.configuration.name: to_json(one.outcome) for one in sweep_results.load(path).swept}


def test_one_wrong_input_of_millions_is_found_and_named(adapter: Adapter, sweep: Sweep) -> None:
    done = sweep(adapter(ONE_INPUT), "--here", "--labels", "1", "--range", "1:2")
    assert done.returncode == 1, done.stderr
    assert "loss: 1 not correctly rounded" in done.stdout
    assert f"input 1.23456788 ({float(np.float32(1.2345679)).hex()})" in done.stdout
    assert "8,388,609" in done.stdout


def test_the_bundled_losses_are_within_half_an_ulp_at_every_float16(
    sweep: Sweep, tmp_path: Path
) -> None:
    file = tmp_path / "all.jsonl"
    done = sweep("numpy", *WHOLE, "--gamma", "0,2", "--within", "0.5", "--results", file)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 4), done.stderr
    found = sweep_results.load(file)
    assert [one.tried for one in found.swept] == [63488] * 4
    for one in found.swept:
        for tally in one.outcome.values():
            assert (tally.nan, tally.infinite, tally.breaks.count) == (0, 0, 0)
            assert tally.error <= 0.5 + 2e-6


def test_what_is_off_by_more_than_the_tolerance_ends_with_1(adapter: Adapter, sweep: Sweep) -> None:
    path = adapter("gradient = gradient * np.float16(1.01)")
    done = sweep(path, *WHOLE, "--labels", "0", "--within", "4")
    assert done.returncode == 1
    assert "gradient:" in done.stdout
    assert "beyond 4 ulp" in done.stdout


def test_any_number_of_workers_finds_the_same(
    adapter: Adapter, sweep: Sweep, tmp_path: Path
) -> None:
    path = adapter("loss[np.abs(logits) % 7 < 1e-3] *= np.float16(1.01)")
    files = [tmp_path / "one.jsonl", tmp_path / "many.jsonl"]
    for file, workers in zip(files, (1, 3), strict=True):
        done = sweep(path, *CUT, "--workers", workers, "--results", file)
        assert done.returncode == 1, done.stderr
    assert outcomes(files[0]) == outcomes(files[1])


def test_a_sweep_that_is_stopped_and_gone_on_with_finds_the_same(
    adapter: Adapter, sweep: Sweep, command: Callable[..., list[str]], tmp_path: Path
) -> None:
    path = adapter("loss[logits == 1.5] = np.nan; time.sleep(0.2)")
    words = [path, *CUT, "--workers", "1"]
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    assert sweep(*words, "--results", whole).returncode == 1

    process = subprocess.Popen(command(*words, "--results", parts), stderr=subprocess.PIPE)
    while not (parts.exists() and '"type": "shard"' in parts.read_text()):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert b"stopped after" in said

    with pytest.raises(sweep_results.SweepFileError, match="is incomplete"):
        sweep_results.load(parts)
    before = parts.read_text()
    parts.write_text(before + before.splitlines()[-1][:50])  # as if it had been cut short
    done = sweep(*words, "--results", parts, "--resume")
    assert done.returncode == 1, done.stderr
    assert parts.read_text().startswith(before)
    assert outcomes(parts) == outcomes(whole)


def test_only_the_same_command_goes_on_with_a_file(sweep: Sweep, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    first = ("numpy", *WHOLE, "--labels", "1", "--within", "0.5", "--results", file)
    assert sweep(*first).returncode == 0
    assert sweep(*first, "--resume").returncode == 0
    done = sweep(*first[:-4], "--within", "2", "--results", file, "--resume")
    assert done.returncode == 2
    assert "within: this command has 2.0, the file 0.5" in done.stderr
    done = sweep(*first, "--gamma", "5", "--resume")
    assert done.returncode == 2
    assert "gamma=5" in done.stderr


DIES = "TRACE.exists() or (TRACE.write_text('x'), os._exit(3))"
KILLS = "os.kill(os.getppid(), 9) if (logits == 1).any() and logits.size > 2 else None"


def test_an_implementation_that_dies_is_started_again(adapter: Adapter, sweep: Sweep) -> None:
    done = sweep(adapter(DIES), *WHOLE, "--labels", "1", "--within", "0.5")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "63,488" in done.stdout


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("os._exit(3) if logits.size > 2 else None", "exited with status 3"),
        ("time.sleep(60) if logits.size > 2 else None", "no answer within 1 s"),
        (KILLS, "the process that swept it ended 3 times"),
    ],
)
def test_a_shard_that_keeps_killing_is_named(
    adapter: Adapter, sweep: Sweep, fault: str, said: str
) -> None:
    patience = ("--deadline", "1") if "no answer" in said else ()
    done = sweep(adapter(fault), *WHOLE, "--labels", "1", "--gamma", "2,0", *patience)
    assert done.returncode in (1, 2)
    assert "not swept: float16 label=1 alpha=0.25 gamma=2, inputs -65504 to 65504" in done.stdout
    assert said in done.stdout


def test_an_exception_ends_no_sweep(adapter: Adapter, sweep: Sweep) -> None:
    path = adapter("assert logits.size <= 2 or gamma != 2, 'no'")
    done = sweep(path, *WHOLE, "--labels", "1", "--gamma", "2,0", "--within", "0.5")
    assert done.returncode == 1
    assert "AssertionError: no" in done.stdout
    assert "label=1 alpha=0.25 gamma=0: 63,488 inputs" in done.stderr


def test_what_is_not_offered_is_said(adapter: Adapter, sweep: Sweep) -> None:
    path = adapter("pass")
    path.write_text(
        path.read_text().replace("alpha=0.25, ", "").replace("alpha=alpha", "alpha=None")
    )
    done = sweep(path, *WHOLE, "--labels", "1", "--alpha", "off,0.25", "--within", "0.5")
    assert done.returncode == 0, done.stderr
    assert "not swept: float16 label=1 alpha=0.25 gamma=2: no parameter alpha" in done.stdout
    done = sweep(path, *WHOLE, "--labels", "1")
    assert done.returncode == 2


DEAF = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["type"] == "start":
        offers = {"protocol": 1, "name": "deaf", "formulas": {"sigmoid_focal_loss": ["*"]}}
        print(json.dumps({"type": "started", "dtypes": ["float32"], **offers}), flush=True)
    elif asked["type"] == "block":
        ANSWER
"""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("pass", "asked for a block: no answer within 1 s"),
        ("sys.exit(4)", "asked for a block: exited with status 4"),
        (
            "print(json.dumps(dict(type='unsupported', id=asked['id'], reason='no')), flush=True)",
            "not swept: float16 label=1 alpha=0.25 gamma=2: no\n",
        ),
    ],
)
def test_a_program_that_knows_no_blocks_is_told_apart(
    sweep: Sweep, tmp_path: Path, answer: str, said: str
) -> None:
    path = tmp_path / "deaf.py"
    path.write_text(DEAF.replace("ANSWER", answer))
    program = f"{sys.executable} {path}"
    patience = ("--deadline", "1") if "no answer" in said else ()
    done = sweep("--command", program, *CUT[:2], "--labels", "1", *patience)
    assert done.returncode == 2
    assert said in done.stdout


def test_what_a_partial_sweep_covered_is_said(sweep: Sweep, tmp_path: Path) -> None:
    file = tmp_path / "part.jsonl"
    words = ("--here", "--labels", "1", "--range=-20:0x1p3", "--fraction", "0.0001")
    done = sweep("numpy", *words, "--results", file)
    assert "one in 10,001, from the lowest on, of the finite inputs from -20 to 8" in done.stdout
    (one,) = sweep_results.load(file).swept
    assert one.tried == one.span.count
    assert f"{one.tried:,} of {one.span.stop - one.span.first:,}" in done.stdout


def test_probabilities_are_swept_from_0_to_1(sweep: Sweep, tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    words = ("--formula", "binary_focal_loss", "--alpha", "off", "--gamma", "0,0.5,2")
    done = sweep("numpy", *WHOLE, *words, "--within", "0.5", "--results", file)
    assert done.returncode == 0, done.stdout
    for one in sweep_results.load(file).swept:
        assert one.tried == 15361
        assert (one.span.low, one.span.high) == (0.0, 1.0)


def test_the_results_are_json_lines_with_exact_numbers(sweep: Sweep, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    sweep("numpy", *WHOLE, "--labels", "1", "--results", file)
    first, *shards, last = map(json.loads, file.read_text().splitlines())
    assert (first["type"], first["kind"], first["format"]) == ("header", "sweep", 1)
    assert (last["type"], last["shards"]) == ("footer", len(shards) == 1)
    worst = shards[0]["outcome"]["loss"]["worst"][0]
    assert float.fromhex(worst[-1]) <= 0.5
    assert sum(one[0] for one in shards[0]["outcome"]["loss"]["bins"].values()) == 63488


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["numpi"], "did you mean numpy?"),
        ([], "name one implementation"),
        (["numpy", "--formula", "sigmoid_focal_los"], "did you mean sigmoid_focal_loss?"),
        (["numpy", "--dtype", "float61"], "did you mean float16?"),
        (["numpy", "--labels", "0.5"], "--labels: expected 0, 1 or both, found '0.5'"),
        (["numpy", "--gamma", "two"], "--gamma: expected numbers from 0 to 1000"),
        (["numpy", "--alpha", "1.5"], "--alpha: expected numbers from 0 to 1"),
        (["numpy", "--range", "5"], "--range: expected A:B"),
        (["numpy", "--range", "2:1"], "--range: expected A:B"),
        (["numpy", "--dtype", "float16", "--range", "1e5:1e6"], "--range: no float16 lies in it"),
        (["numpy", "--fraction", "0"], "--fraction: expected more than 0"),
        (["numpy", "--within", "0.4"], "--within: expected at least 0.5 ulp"),
        (["numpy", "--resume"], "--resume: name the file"),
        (["numpy", "--deadline", "0"], "--deadline"),
        (["paddle-vectors", "--here"], "needs the package 'paddle'"),
    ],
)
def test_a_mistake_is_answered_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["focalspec", "sweep", *arguments])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its own
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_file_of_something_else_is_refused(sweep: Sweep, tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    file.write_text('{"type": "header", "format": 1}\n')
    done = sweep("numpy", *WHOLE, "--results", file, "--resume")
    assert done.returncode == 2
    assert f"{file}:1: expected the header of a sweep's results" in done.stderr


@pytest.mark.parametrize("fault", ["pass", KILLS])
def test_no_file_is_left(
    sweep: Sweep,
    adapter: Adapter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    folder = tmp_path / "blocks"
    folder.mkdir()
    monkeypatch.setenv("FOCALSPEC_SWEEP_FOLDER", str(folder))
    assert sweep(adapter(fault), *WHOLE, "--labels", "1", "--within", "0.5").returncode in (0, 2)
    assert list(folder.iterdir()) == []
