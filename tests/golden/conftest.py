"""A small golden set to work on: authored cases in a temporary folder, and what generates them."""

import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from focalspec.golden.generate import generate

HERE = Path(__file__).parent
GOLDEN = HERE.parents[1] / "golden"
# Worker processes import the stand-in by its name.
sys.path.insert(0, str(HERE))

import stand_in  # noqa: E402

SIGMOID = """\
formula: sigmoid_focal_loss
topic: small
about: A few cases.
defaults:
  clauses: [SIG-1]
  catches: [gamma-dropped]
  parameters: {reduction: none}
cases:
- name: pair
  inputs: {logits: ["1", "-2"], labels: [1, 0]}
  vary: {gamma: [0, 2]}
- name: whole
  inputs: {logits: {grid: {from: -1, to: 1, step: 1/2}}, labels: 1}
- name: refused
  expect: error
  error: labels
  inputs: {logits: ["1", "2"], labels: ["1"]}
- name: asked
  expect: survey
  inputs: {logits: ["2"], labels: ["0.25"]}
  readings: {two_term: {label_rule: two_term}, "off": {alpha: null}, error: {outcome: error}}
"""

SOFTMAX = """\
formula: softmax
topic: few
about: Two rows.
cases:
- name: rows
  clauses: [SMX-1]
  catches: [wrong-axis]
  inputs: {logits: [["1", "2"], ["0", "-1"]]}
"""


def write_authored(root: Path, text: str) -> Path:
    """Write an authored file to where its first lines say that it belongs."""
    formula, topic = (line.partition(": ")[2] for line in text.splitlines()[:2])
    path = root / "cases" / formula / f"{topic}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def small_root(root: Path) -> Path:
    """Write authored cases of two formulas, with the catalogue of bugs."""
    shutil.copy(GOLDEN / "bugs.yaml", root / "bugs.yaml")
    for text in (SIGMOID, SOFTMAX):
        write_authored(root, text)
    return root


@pytest.fixture
def write_topic(tmp_path: Path) -> Callable[[str], Path]:
    """Write an authored file under the test's folder."""
    return partial(write_authored, tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with authored cases of two formulas and the catalogue of bugs."""
    return small_root(tmp_path)


@pytest.fixture(scope="session")
def generated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a folder with values; not to be changed."""
    folder = small_root(tmp_path_factory.mktemp("golden"))
    generate(folder, jobs=1, compute=stand_in.compute)
    return folder


@pytest.fixture
def generated(generated_once: Path, tmp_path: Path) -> Path:
    """Such a folder with values, to do with as the test likes."""
    return Path(shutil.copytree(generated_once, tmp_path / "golden"))
