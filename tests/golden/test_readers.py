"""Programs in other languages read the values from their documentation alone."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from focalspec.golden.hexfloat import write
from focalspec.golden.loader import load_file

HERE = Path(__file__).parent
DOCUMENTS = HERE.parents[1] / "golden" / "values" / "sigmoid_focal_loss" / "documents.yaml"
PADDLE = "sigmoid_focal_loss/documents/paddle-example"

Reader = Callable[[Path, str], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module", params=["C", "JavaScript"])
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    if request.param == "C":
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler is installed")
        program = tmp_path_factory.mktemp("c") / "read_values"
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
        source = HERE / "read_values.c"
        subprocess.run([compiler, *flags, "-o", program, source, "-lm"], check=True)
        command = [str(program)]
    else:
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not installed")
        command = [node, str(HERE / "read_values.js")]

    def run(path: Path, case: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, str(path), case], capture_output=True, text=True, check=False
        )

    return run


def test_the_value_of_the_document_is_read_and_reproduced(read: Reader) -> None:
    finished = read(DOCUMENTS, PADDLE)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "(0.65782466" in finished.stdout


def test_another_value_is_noticed(read: Reader, tmp_path: Path) -> None:
    case = next(case for case in load_file(DOCUMENTS) if case.id == PADDLE)
    (row,) = case.expected["loss"].rows
    other = row.decimal.replace("0.65782466", "0.65783466")
    changed = tmp_path / "documents.yaml"
    text = DOCUMENTS.read_text().replace(row.decimal, other)
    changed.write_text(text)
    assert "decimal and the float64 differ" in read(changed, PADDLE).stderr
    changed.write_text(text.replace(f" {write(row.float64)} ", f" {float(other).hex()} "))
    assert read(changed, PADDLE).returncode == 1


def test_a_change_of_an_input_is_noticed(read: Reader, tmp_path: Path) -> None:
    changed = tmp_path / "documents.yaml"
    text = DOCUMENTS.read_text()
    assert text.count("0x1.f0a3d8p-1") == 1
    changed.write_text(text.replace("0x1.f0a3d8p-1", "0x1.f0a3d9p-1"))
    assert read(changed, PADDLE).returncode == 1


def test_a_case_that_is_not_there_is_named(read: Reader) -> None:
    finished = read(DOCUMENTS, "sigmoid_focal_loss/documents/other")
    assert finished.returncode == 2
    assert "no such case: sigmoid_focal_loss/documents/other" in finished.stderr


def test_another_format_version_is_refused(read: Reader, tmp_path: Path) -> None:
    changed = tmp_path / "documents.yaml"
    changed.write_text(DOCUMENTS.read_text().replace('format: "1"', 'format: "2"'))
    finished = read(changed, PADDLE)
    assert finished.returncode == 2
    assert 'expected format "1"' in finished.stderr
