"""The built wheel, in fresh environments: what each way of installing it must allow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    finished = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def uv() -> str:
    found = shutil.which(
        "uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert found, "uv is a development dependency: run `make setup`"
    return found


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tracked files so that the checkout stays clean."""
    folder = tmp_path_factory.mktemp("source")
    listed = run("git", "ls-files", "-z", cwd=REPOSITORY)
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    run(
        uv,
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        folder,
        cwd=folder,
    )
    (built,) = (folder / "dist").glob("*.whl")
    return built


def fresh_environment(uv: str, folder: Path, *install: str | Path) -> Path:
    run(uv, "venv", "--quiet", "--python", sys.executable, folder, cwd=REPOSITORY)
    python = folder / "bin" / "python"
    constraints = REPOSITORY / "constraints.txt"
    run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--constraint",
        constraints,
        *install,
        cwd=REPOSITORY,
    )
    return python


def test_the_losses_import_with_numpy_alone_installed(uv: str, wheel: Path, tmp_path: Path) -> None:
    python = fresh_environment(uv, tmp_path / "numpy-only", "numpy")
    run(uv, "pip", "install", "--quiet", "--python", python, "--no-deps", wheel, cwd=tmp_path)
    printed = run(
        python,
        "-c",
        "from focalspec.reference import sigmoid_focal_loss as loss;"
        "print(loss([0.0], [1.0], alpha=None, gamma=0))",
        cwd=tmp_path,
    )
    assert float(printed) == pytest.approx(0.6931471805599453)


def test_the_base_install_judges_an_implementation_without_mpmath(
    uv: str, wheel: Path, tmp_path: Path
) -> None:
    python = fresh_environment(uv, tmp_path / "base", wheel)
    for name in ("mpmath", "flint", "uv"):
        found = f"import importlib.util; print(importlib.util.find_spec('{name}'))"
        assert run(python, "-c", found, cwd=tmp_path).strip() == "None"
    printed = run(
        python.with_name("focalspec"),
        "run",
        "numpy",
        "--case",
        "sigmoid_focal_loss/documents/*",
        cwd=tmp_path,
    )
    assert "numpy" in printed
