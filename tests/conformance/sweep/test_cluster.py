"""A cluster finds what one process finds, also where one of its workers is killed."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from focalspec.conformance import sweep_results
from focalspec.conformance.sweep_tally import to_json

pytest.importorskip("distributed")

Processes = list[subprocess.Popen[bytes]]
SWEPT = ("--dtype", "float16", "--here", "--labels", "1", "--shard", "3000")  # 22 shards
FAULT = "loss[np.abs(logits) % 7 < 1e-3] *= np.float16(1.01); time.sleep(0.3)"


def outcomes(path: Path) -> dict[str, Any]:
    return {one.configuration.name: to_json(one.outcome) for one in sweep_results.load(path).swept}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """What one process finds, computed once for each adapter's text."""
    known: dict[str, dict[str, Any]] = {}

    def run(adapter: Path, sweep: Callable[..., Any]) -> dict[str, Any]:
        text = adapter.read_text()
        if text not in known:
            file = tmp_path_factory.mktemp("alone") / "alone.jsonl"
            assert sweep(adapter, *SWEPT, "--workers", "1", "--results", file).returncode == 1
            known[text] = outcomes(file)
        return known[text]

    return run


def test_a_cluster_of_this_machine_finds_the_same(
    adapter: Callable[..., Path], sweep: Callable[..., Any], tmp_path: Path, alone: Any
) -> None:
    path, file = adapter(FAULT), tmp_path / "cluster.jsonl"
    done = sweep(path, *SWEPT, "--dask", "--workers", "2", "--results", file)
    assert done.returncode == 1, done.stderr
    assert outcomes(file) == alone(path, sweep)


def started(processes: Processes, words: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        command = [sys.executable, "-m", *words]
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    processes.append(process)
    return process


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits for what comes in the end; a test that asserts no time may still not wait for ever."""
    for _ in range(2400):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(what)


def test_a_worker_that_is_killed_loses_nothing(
    adapter: Callable[..., Path],
    sweep: Callable[..., Any],
    command: Callable[..., list[str]],
    tmp_path: Path,
    processes: Processes,
    alone: Any,
) -> None:
    known, file = tmp_path / "scheduler.json", tmp_path / "cluster.jsonl"
    where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(known)]
    started(processes, ["distributed.cli.dask_scheduler", *where], tmp_path / "scheduler.log")
    until(known.exists, "no scheduler")
    address = json.loads(known.read_text())["address"]
    assert address.startswith("tcp://127.0.0.1:")
    worker = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
    workers = [
        started(processes, [*worker, "--no-dashboard", "--name", name], tmp_path / f"{name}.log")
        for name in ("one", "two")
    ]
    path = adapter(FAULT)
    words = command(path, *SWEPT, "--scheduler", address, "--results", file)
    sweeping = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    processes.append(sweeping)

    def recorded() -> int:
        return file.read_text().count('"type": "shard"') if file.exists() else 0

    until(lambda: recorded() >= 4, "nothing is swept")
    workers[0].kill()
    workers[0].wait()
    assert recorded() < 22, "the sweep was over before the worker was killed"
    _, said = sweeping.communicate()
    assert sweeping.returncode == 1, said
    assert outcomes(file) == alone(path, sweep)


def test_a_scheduler_that_is_not_there_is_named(sweep: Callable[..., Any]) -> None:
    done = sweep("numpy", *SWEPT, "--scheduler", "tcp://127.0.0.1:1")
    assert done.returncode == 2
    assert "--scheduler: no scheduler answers at 'tcp://127.0.0.1:1'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
