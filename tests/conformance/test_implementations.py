"""The adapters of the real systems call the real functions, and the documents' examples hold."""

import ast
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from focalspec.conformance import catalogue, environments, judging
from focalspec.conformance.judge import Verdict
from focalspec.conformance.progress import Bars
from focalspec.conformance.results import Check
from focalspec.conformance.selection import Selection

FOLDER = catalogue.ROOM / "implementations"
ADAPTERS = sorted(catalogue.bundled().values())
REAL = [path for path in ADAPTERS if catalogue.adapter_name(path) != "numpy"]

Judged = Callable[[str, str], list[Check]]


@pytest.fixture(scope="module")
def judged() -> Judged:
    """Judges an implementation by the golden cases that match a glob, and returns what ran."""

    def run(implementation: str, cases: str) -> list[Check]:
        options = judging.Options(selection=Selection(cases=[cases]))
        found = catalogue.find(implementation)
        results = judging.judge([found], options, Bars([found.name], Console(quiet=True)))
        problems = [one.problem for one in results.implementations if one.problem]
        assert not problems
        return [check for check in results.checks if check.verdict is not Verdict.UNSUPPORTED]

    return run


def failures(checks: list[Check]) -> list[str]:
    return [f"{check.case} [{check.dtype}] {check.message}" for check in checks if check.failing]


@pytest.mark.parametrize(
    ("implementation", "example", "dtypes"),
    [
        ("numpy", "*/documents/*", {"float16", "bfloat16", "float32", "float64"}),
        ("paddle", "sigmoid_focal_loss/documents/paddle-example", {"float32", "float64"}),
        ("focal-loss-torch", "binary_focal_loss/documents/*", {"float32", "float64"}),
        ("focal-loss-torch", "categorical_focal_loss/article/[!s]*", {"float32", "float64"}),
        ("imbalanced-losses", "softmax_focal_loss/documents/*", {"float32", "float64"}),
    ],
)
def test_the_documents_own_examples_pass(
    judged: Judged, implementation: str, example: str, dtypes: set[str]
) -> None:
    checks = judged(implementation, example)
    assert failures(checks) == []
    losses = [check for check in checks if check.output == "loss" and check.dtype in dtypes]
    assert "float64" in {check.dtype for check in losses}
    assert {check.verdict for check in losses} == {Verdict.PASS}


@pytest.mark.parametrize("implementation", ["focal-loss", "focal-loss-keras"])
def test_the_tensorflow_examples_loss_passes(judged: Judged, implementation: str) -> None:
    checks = judged(implementation, "categorical_focal_loss/documents/tensorflow-example")
    verdicts = {(check.dtype, check.output): check.verdict for check in checks}
    assert verdicts["float32", "loss"] is Verdict.PASS
    assert failures(checks) == []


def test_two_real_ranks_give_the_whole_batchs_loss_and_gradient(judged: Judged) -> None:
    checks = judged("imbalanced-losses", "softmax_focal_loss/shards/*")
    assert failures(checks) == []
    passed = {check.case.rpartition("/")[2] for check in checks if check.verdict is Verdict.PASS}
    assert {
        f"{sizes}-reduction={reduction}"
        for sizes in ("even", "uneven")
        for reduction in ("sum", "mean", "mean_positive")
    } <= passed
    assert {check.output for check in checks} == {"loss", "gradient"}


@pytest.mark.parametrize(
    ("adapter", "file", "right", "wrong", "example"),
    [
        (
            "paddle_.py",
            "support/paddle_losses.py",
            "**options",
            "**options | {'alpha': 0.3}",
            "sigmoid_focal_loss/documents/paddle-example",
        ),
        (
            "imbalanced_losses_.py",
            "imbalanced_losses_.py",
            'scalar(gamma, "gamma")',
            'scalar(gamma, "gamma") + 1',
            "softmax_focal_loss/documents/*",
        ),
        (
            "focal_loss_torch.py",
            "focal_loss_torch.py",
            'scalar(gamma, "gamma")',
            'scalar(gamma, "gamma") + 1',
            "binary_focal_loss/documents/article-gamma",
        ),
    ],
)
def test_a_changed_parameter_in_an_adapter_is_found(
    judged: Judged, tmp_path: Path, adapter: str, file: str, right: str, wrong: str, example: str
) -> None:
    folder = tmp_path / "implementations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text()
    assert text.count(right) == 1
    (folder / file).write_text(text.replace(right, wrong))
    checks = judged(str(folder / adapter), example)
    assert any(check.verdict is Verdict.FAIL for check in checks)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_an_adapter_pins_all_its_packages_exactly(path: Path) -> None:
    header = environments.read_header(path)
    assert header is not None
    assert header.dependencies
    for dependency in header.dependencies:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", dependency)


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda path: path.stem)
def test_an_adapters_docstring_names_what_it_calls(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert re.match(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*[\.,:; ]", docstring)
    assert "loss" in docstring.lower()


def test_no_adapters_name_hides_a_module_that_an_adapter_imports() -> None:
    imported = set()
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    assert {"paddle", "torch", "tensorflow", "focal_loss"} <= imported
    assert not imported & {path.stem for path in ADAPTERS}


def test_every_file_of_deviations_belongs_to_an_adapter() -> None:
    names = {path.stem for path in (catalogue.ROOM / "deviations").glob("*.yaml")}
    assert names <= set(catalogue.bundled())
