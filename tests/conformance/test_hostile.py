"""Hostile and broken implementations hurt nobody: each gets its verdict, the rest stays intact."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from focalspec.conformance import judging
from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check, Results
from focalspec.conformance.selection import Selection
from focalspec.conformance.session import Limits

HERE = Path(__file__).parent
VICTIM = "sigmoid_focal_loss/small/fractional"

Act = Callable[..., tuple[list[Check], list[Check]]]


@pytest.fixture
def act(
    monkeypatch: pytest.MonkeyPatch, judged: Callable[..., Results], small: Path, tmp_path: Path
) -> Act:
    """Has the adapter do something at one case; the checks of that case, and all others."""

    def run(
        name: str, *, seconds: float = 20.0, memory: int | None = None
    ) -> tuple[list[Check], list[Check]]:
        monkeypatch.setenv("FOCALSPEC_TEST_ACT", name)
        monkeypatch.setenv("FOCALSPEC_TEST_FILE", str(tmp_path / "told"))
        options = judging.Options(
            selection=Selection(dtypes=("float32",)),
            limits=Limits(case=seconds, memory=memory, answer=1 << 20),
            golden=small,
        )
        checks = judged(HERE / "hostile" / "adapter.py", options).checks
        return (
            [check for check in checks if check.case == VICTIM],
            [check for check in checks if check.case != VICTIM],
        )

    return run


def intact(others: list[Check]) -> bool:
    """Whether all other cases were judged, and rightly."""
    verdicts = [check.verdict for check in others]
    judged_otherwise = {Verdict.PASS, Verdict.SURVEY}
    return len(others) == 18 - 2 and set(verdicts) <= judged_otherwise


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("segmentation_fault", "crash: ended by SIGSEGV"),
        ("leave_at_once", "crash: exited with status 3"),
        ("leave_politely", "crash: exited with status 4"),
        ("raise_an_exception", "RuntimeError: no"),
        ("recurse", "RecursionError: maximum recursion depth exceeded"),
        ("close_every_pipe", "crash: "),
        ("nothing", "garbage: returned None; expected an array"),
        ("unheard_of_output", "garbage: returned the output 'grad'"),
        ("too_many_values", "garbage: returned 6 values"),
        ("ragged", "garbage: returned a list, no array"),
    ],
)
def test_what_breaks_is_an_error(act: Act, name: str, message: str) -> None:
    victim, others = act(name)
    assert [check.verdict for check in victim] == [Verdict.ERROR, Verdict.ERROR]
    assert all(check.message.startswith(message) for check in victim)
    assert intact(others)


@pytest.mark.parametrize(
    "name", ["hang", "spin", "ignore_termination", "flood_standard_output", "flood_standard_error"]
)
def test_what_does_not_end_is_ended_at_its_deadline(act: Act, name: str) -> None:
    begin = time.monotonic()
    victim, others = act(name, seconds=1.5)
    assert time.monotonic() - begin < 60
    assert [check.message for check in victim] == ["hang: no answer within 1.5 s"] * 2
    assert intact(others)


@pytest.mark.parametrize("name", ["print_and_answer", "read_standard_input", "leave_children"])
def test_what_an_implementation_prints_or_leaves_behind_reaches_no_verdict(
    act: Act, name: str
) -> None:
    victim, others = act(name)
    assert [check.verdict for check in victim] == [Verdict.PASS, Verdict.PASS]
    assert intact(others)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong_shape", "expected shape (2,), found (1, 2)"),
        ("narrower_dtype", "expected dtype float32, found float16"),
        ("wider_dtype", "expected dtype float32, found float64"),
        ("integers", "expected dtype float32, found int64"),
        ("complex_numbers", "expected dtype float32, found complex64"),
        ("booleans", "expected dtype float32, found bool"),
        ("a_string", "expected dtype float32, found str"),
        ("huge_array", "expected shape (2,), found (1048576, 4096)"),
        ("not_a_number", "loss[1]: expected 0.30972782667312173"),
        ("infinity", "loss[1]: expected 0.30972782667312173"),
    ],
)
def test_what_is_wrong_fails(act: Act, name: str, message: str) -> None:
    victim, others = act(name)
    loss = next(check for check in victim if check.output == "loss")
    assert loss.verdict is Verdict.FAIL
    assert loss.message.startswith(message)
    assert intact(others)


def test_an_output_that_is_not_returned_is_unsupported(act: Act) -> None:
    victim, others = act("loss_alone")
    verdicts = {check.output: check.verdict for check in victim}
    assert verdicts == {"loss": Verdict.PASS, "gradient": Verdict.UNSUPPORTED}
    assert intact(others)


def test_a_leak_past_the_limit_is_an_error(act: Act) -> None:
    victim, others = act("leak", memory=400 << 20)
    assert all(check.message.startswith("memory: holds ") for check in victim)
    assert intact(others)


def exists(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("name", ["leave_children", "die_beside_a_child_that_holds_the_pipes"])
def test_no_child_outlives_a_run(act: Act, name: str, tmp_path: Path) -> None:
    begin = time.monotonic()
    victim, others = act(name)
    expected = Verdict.PASS if name == "leave_children" else Verdict.ERROR
    assert {check.verdict for check in victim} == {expected}
    assert time.monotonic() - begin < 15
    pids = [int(line) for line in (tmp_path / "told").read_text().splitlines()]
    assert pids
    assert not [pid for pid in pids if exists(pid)]
    assert os.getpid() not in pids
    assert intact(others)
