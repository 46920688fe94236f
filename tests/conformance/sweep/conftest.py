"""What the tests of sweeps share: configurations, right and wrong answers, and the command."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from focalspec import reference
from focalspec.conformance.sweep.asking import Reply
from focalspec.conformance.sweep.inputs import numbers, stretch
from focalspec.conformance.sweep.shard import Chunk, Counting
from focalspec.conformance.sweep_results import Configuration
from focalspec.conformance.sweep_tally import Outcome
from focalspec.golden.formats import FORMATS

Change = Callable[..., None]
ADAPTER = """
    '''The NumPy loss, with a fault.'''
    import os
    import time
    from pathlib import Path

    import numpy as np
    from focalspec import reference

    VERSION = "1"
    TRACE = Path(__file__).with_suffix(".trace")

    def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
        loss, gradient = reference.sigmoid_focal_loss(
            logits, labels, alpha=alpha, gamma=gamma, reduction=reduction, derivatives=1
        )
        FAULT
        return loss, gradient
"""
PROGRAM = "from focalspec.conformance.cli import main; main()"


def configured(
    dtype: str = "float32",
    label: int = 1,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    formula: str = "sigmoid_focal_loss",
) -> Configuration:
    return Configuration(formula, dtype, label, alpha, gamma)


def _counted(
    configuration: Configuration,
    first: int,
    count: int,
    change: Change | None = None,
    *,
    step: int = 1,
    place: int = 0,
    chunk: int = 1 << 16,
    within: float | None = None,
) -> Outcome:
    """What the NumPy losses, changed, give at inputs in a row, counted in chunks."""
    counting = Counting(configuration, within)
    form = FORMATS[configuration.dtype]
    for start in range(0, count, chunk):
        ordinal = first + start * step
        bits = stretch(form, ordinal, min(chunk, count - start), step)
        inputs = numbers(form, bits)
        if configuration.dtype == "float16":
            inputs = inputs.astype(np.float16)
        loss, gradient = reference.sigmoid_focal_loss(
            inputs,
            np.full_like(inputs, configuration.label),
            alpha=configuration.alpha,
            gamma=configuration.gamma,
            reduction="none",
            derivatives=1,
        )
        if change is not None:
            change(inputs, loss, gradient)
        found = {"loss": loss, "gradient": gradient}
        dtypes = dict.fromkeys(found, configuration.dtype)
        counting.add(Chunk(ordinal, step, place + start, bits), Reply(found, dtypes, 0.0))
    return counting.outcome()


@pytest.fixture
def adapter(tmp_path: Path) -> Callable[..., Path]:
    """Writes an adapter with a fault, one statement of Python."""

    def write(fault: str = "pass", name: str = "wrong") -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(dedent(ADAPTER).replace("FAULT", fault), encoding="utf-8")
        return path

    return write


@pytest.fixture
def configuration() -> Callable[..., Configuration]:
    """Makes a configuration of the sigmoid focal loss; what is not said is the spec's default."""
    return configured


@pytest.fixture
def counted() -> Callable[..., Outcome]:
    """Counts what the NumPy losses, changed, give at inputs in a row."""
    return _counted


@pytest.fixture
def command() -> Callable[..., list[str]]:
    """The words that start the command."""
    return _command


@pytest.fixture
def sweep() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command."""
    return _sweep


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "sweep", *map(str, arguments)]


def _sweep(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*arguments), capture_output=True, text=True, check=False)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that a test starts, which end with it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
