"""What generation computes, keeps, checks and refuses."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stand_in

from focalspec.golden import certify, load_suite, manifest, strict_yaml
from focalspec.golden import generate as generation
from focalspec.golden.content import Content
from focalspec.golden.generate import Call, GenerationError, generate

SMALL = "sigmoid_focal_loss/small.yaml"


class Counting:
    """The stand-in, counting the calls that it gets."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, call: Call) -> dict[str, Content]:
        self.calls.append(f"{call.case.rpartition('/')[2]}/{call.reading}")
        return stand_in.compute(call)


def run(root: Path, **options: Any) -> tuple[generation.Report, list[str]]:
    counting = Counting()
    report = generate(root, jobs=1, compute=counting, **options)
    return report, counting.calls


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_first_run_computes_everything(root: Path) -> None:
    report, calls = run(root)
    assert calls == [
        "pair-gamma=0/", "pair-gamma=2/", "whole/", "asked/two_term", "asked/off", "rows/",
    ]  # fmt: skip
    assert (report.topics, report.cases, report.computed, report.reused) == (2, 6, 6, 0)
    assert report.changed == ("MANIFEST", SMALL, "softmax/few.yaml")
    assert report.values == report.proofs["exact"] > 0
    assert len(load_suite(root)) == 6


def test_a_second_run_computes_nothing_and_touches_nothing(generated: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (generated / "values").rglob("*")}
    report, calls = run(generated)
    assert calls == []
    assert (report.changed, report.reused) == ((), 6)
    assert {path: path.stat().st_mtime_ns for path in (generated / "values").rglob("*")} == before


def test_only_a_case_that_changed_is_computed_again(generated: Path) -> None:
    cases = generated / "cases" / "sigmoid_focal_loss" / "small.yaml"
    edit(cases, "step: 1/2", "step: 1/4")
    report, calls = run(generated)
    assert calls == ["whole/"]
    assert report.changed == ("MANIFEST", SMALL)


def test_a_sentence_can_change_without_computing(generated: Path) -> None:
    edit(generated / "cases" / "softmax" / "few.yaml", "Two rows.", "Two rows of two.")
    report, calls = run(generated)
    assert calls == []
    assert report.changed == ("MANIFEST", "softmax/few.yaml")
    assert "Two rows of two." in (generated / "values" / "softmax" / "few.yaml").read_text()


def test_other_outputs_are_computed_again(generated: Path) -> None:
    cases = generated / "cases" / "sigmoid_focal_loss" / "small.yaml"
    edit(cases, "- name: whole\n", "- name: whole\n  outputs: [loss]\n")
    _, calls = run(generated)
    assert calls == ["whole/"]


def test_the_values_of_a_removed_topic_go(generated: Path) -> None:
    (generated / "cases" / "softmax" / "few.yaml").unlink()
    report, _ = run(generated)
    assert report.changed == ("MANIFEST", "softmax/few.yaml")
    assert not (generated / "values" / "softmax").exists()
    assert len(load_suite(generated)) == 5


def test_other_code_computes_everything_again(
    generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(generated / "values")
    monkeypatch.setattr(generation.provenance, "generator", lambda: "0" * 64 + "  other.py\n")
    report, calls = run(generated)
    assert len(calls) == 6
    # The values came out the same: the set, and its digest, are what they were.
    assert report.changed == ()
    after = contents(generated / "values")
    assert after.pop("GENERATOR") != before.pop("GENERATOR")
    assert after == before


def test_an_edited_file_is_computed_again_and_not_trusted(generated: Path) -> None:
    before = contents(generated / "values")
    edit(generated / "values" / SMALL, "2.000", "2.001")
    report, calls = run(generated)
    assert len(calls) == 5
    assert report.changed == (SMALL,)
    assert contents(generated / "values") == before


@pytest.mark.parametrize("broken", ["MANIFEST", "GENERATOR"])
def test_a_set_without_its_hashes_is_computed_again(generated: Path, broken: str) -> None:
    before = contents(generated / "values")
    (generated / "values" / broken).unlink()
    _, calls = run(generated)
    assert len(calls) == 6
    assert contents(generated / "values") == before


def test_a_check_of_what_is_as_generated_finds_nothing(generated: Path) -> None:
    report, calls = run(generated, check=True)
    assert len(calls) == 6
    assert (report.changed, report.differences) == ((), ())


def test_a_quick_check_trusts_the_hashes(generated: Path) -> None:
    report, calls = run(generated, check=True, quick=True)
    assert (calls, report.differences) == ([], ())
    edit(generated / "values" / SMALL, "2.000", "2.001")
    report, calls = run(generated, check=True, quick=True)
    assert len(calls) == 5
    assert "2.001" in report.differences[0]


def test_a_check_names_file_case_and_field_of_a_changed_digit(generated: Path) -> None:
    path = generated / "values" / SMALL
    before = contents(generated)
    edit(path, "2.00000", "2.00001")
    edit(path, "0x1p+2 1.0 exact", "0x1.008p+2 1.0 exact")
    # A forger's MANIFEST changes nothing: a check computes every value.
    digests = manifest.read(generated / "values")[1]
    digests[SMALL] = manifest.sha256(path.read_bytes())
    (generated / "values" / "MANIFEST").write_text(manifest.render(digests))
    edited = contents(generated)
    report, _ = run(generated, check=True)
    assert report.changed == ("MANIFEST", SMALL)
    assert report.differences[1:] == (
        f"{path}: sigmoid_focal_loss/small/pair-gamma=0.expected.loss.values row 2 decimal:"
        " generated 2.000000000000000000000000000000000000000,"
        " committed 2.000010000000000000000000000000000000000",
        f"{path}: sigmoid_focal_loss/small/whole.expected.loss.values row 3 float16:"
        " generated 0x1p+2, committed 0x1.008p+2",
    )
    assert contents(generated) == edited != before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('alpha: "0x1p-2"', 'alpha: "0x1p-1"', 1), "parameters.alpha"),
        (lambda text: text.replace('- id: "', '- id:  "', 1), "line 7 should read"),
        (lambda text: text.replace("\n", "\r\n"), "canonical layout"),
        (lambda text: text[: len(text) // 2], "small.yaml"),
        (lambda text: text + "junk\n", "small.yaml"),
        (lambda text: text.replace("1.0 exact", "1.0 ball"), "differences more"),
    ],
)
def test_a_check_says_what_differs(
    generated: Path, change: Callable[[str], str], said: str
) -> None:
    path = generated / "values" / SMALL
    path.write_bytes(change(path.read_text()).encode())
    report, _ = run(generated, check=True)
    assert report.changed == (SMALL,)
    assert said in " ".join(report.differences)
    assert all(str(path) in line and "\n" not in line for line in report.differences)


def test_a_check_names_missing_and_surplus_files(generated: Path) -> None:
    values = generated / "values"
    (values / SMALL).rename(values / "sigmoid_focal_loss" / "other.yaml")
    report, _ = run(generated, check=True)
    missing, surplus = sorted(report.differences, key=lambda line: "no such" in line)
    assert missing.startswith(f"{values / SMALL}: expected this file")
    assert surplus.startswith(f"{values}/sigmoid_focal_loss/other.yaml: expected no such file")


def test_a_check_before_anything_is_generated_names_every_file(root: Path) -> None:
    report, _ = run(root, check=True)
    assert report.changed == ("MANIFEST", SMALL, "softmax/few.yaml")
    assert len(report.differences) == 3
    assert not (root / "values").exists()


def printing(decimal: str, float32: str) -> Callable[[Call], dict[str, Content]]:
    """A computation whose loss is one given number."""

    def compute(call: Call) -> dict[str, Content]:
        row = [decimal, "0x1p+0", float32, "0x1p+0", "0x1p+0", "-", "ball"]
        return {"loss": generation.content.table((), [row])}

    return compute


@pytest.mark.parametrize(
    ("printed", "agrees"),
    [("0.658", True), ("0.65782466", True), ("0.65782464", True), ("0.65782472", False),
     ("0.657", False), ("0.6578", True), ("6.578e-1", True), ("[1, 2]", False)],
)  # fmt: skip
def test_printed_values_must_agree_to_their_digits(root: Path, printed: str, agrees: bool) -> None:
    # 0.65782464 names the float32 next to the exact value, and is what a document prints.
    compute = printing("0.6578246623401527958768721353679781161450", "0x1.50ce64p-1")
    text = f"""\
formula: sigmoid_focal_loss
topic: printed
about: A document's example.
cases:
- name: example
  clauses: [SIG-1]
  catches: [gamma-dropped]
  input_format: float32
  outputs: [loss]
  inputs: {{logits: [1], labels: [1]}}
  printed: {{loss: {printed}}}
"""
    for path in (root / "cases").rglob("*.yaml"):
        path.unlink()
    path = root / "cases" / "sigmoid_focal_loss" / "printed.yaml"
    path.write_text(text)
    if agrees:
        generate(root, jobs=1, compute=compute)
        (case,) = load_suite(root)
        assert case.expected["loss"].printed == (printed,)
    else:
        with pytest.raises(GenerationError, match=r"printed.yaml:5: .*example: printed.loss"):
            generate(root, jobs=1, compute=compute)
        assert not (root / "values").exists()


def test_what_cannot_be_certified_is_one_error_and_changes_nothing(
    generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise certify.CertificationError("sigmoid_focal_loss: loss[3]: 8192 bits leave it open")

    monkeypatch.setattr(certify, "certify_case", refuse)
    before = contents(generated)
    edit(generated / "cases" / "sigmoid_focal_loss" / "small.yaml", "step: 1/2", "step: 1/4")
    with pytest.raises(GenerationError) as caught:
        generate(generated, jobs=1)
    assert str(caught.value).endswith(
        "small.yaml:12: sigmoid_focal_loss/small/whole:"
        " sigmoid_focal_loss: loss[3]: 8192 bits leave it open"
    )
    assert contents(generated / "values") == {
        name.removeprefix("values/"): data
        for name, data in before.items()
        if name.startswith("values/")
    }


def test_progress_counts_the_calls(root: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    generate(root, jobs=1, compute=stand_in.compute, progress=lambda *told: seen.append(told))
    assert [done for done, _, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert {total for _, total, _ in seen} == {6}
    assert seen[-1][2] == "softmax/few/rows"


def test_certified_generation_is_the_same_with_one_process_and_with_two(root: Path) -> None:
    report = generate(root, jobs=1)
    alone = contents(root / "values")
    assert set(report.proofs) <= {"ball", "tie", "zero", "exact", "tiny", "limit"}
    for path in (root / "values" / "MANIFEST", root / "values" / "GENERATOR"):
        path.unlink()
    again = generate(root, jobs=2)
    assert again.computed == 6
    assert contents(root / "values") == alone
    cases = load_suite(root, formulas=["sigmoid_focal_loss"]).cases
    sizes = [len(case.expected["loss"].rows) for case in cases if case.expect == "values"]
    assert sizes == [2, 2, 5]


def test_the_source_of_a_file_changes_with_its_cases_alone(generated: Path) -> None:
    def source() -> str:
        return str(strict_yaml.load(generated / "values" / SMALL)["source"])

    before = source()
    run(generated)
    assert source() == before
    edit(generated / "cases" / "sigmoid_focal_loss" / "small.yaml", "step: 1/2", "step: 1/4")
    run(generated)
    assert source() != before


def test_a_killed_run_takes_its_processes_with_it(root: Path, tmp_path: Path) -> None:
    processes = tmp_path / "processes"
    processes.mkdir()
    program = (
        "import sys, stand_in\n"
        "from pathlib import Path\n"
        "from focalspec.golden.generate import generate\n"
        "if __name__ == '__main__':\n"
        "    generate(Path(sys.argv[1]), jobs=2, compute=stand_in.compute_slowly)\n"
    )
    script = tmp_path / "slow.py"
    script.write_text(program)
    environment = {"STAND_IN_PROCESSES": str(processes), "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen(
        [sys.executable, str(script), str(root)], env=environment, stderr=subprocess.DEVNULL
    ) as running:
        wait_until(lambda: any(processes.iterdir()))
        running.kill()
    workers = [int(path.name) for path in processes.iterdir()]
    assert workers
    wait_until(lambda: not any(is_running(worker) for worker in workers))
    assert not (root / "values").exists()
    assert len(run(root)[1]) == 6


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
