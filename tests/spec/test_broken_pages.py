"""A page or a statement that cannot be read is one clear line that names file and line."""

import re
import shutil
from pathlib import Path

import pytest

from focalspec.spec import SpecError, load, load_spec

SOURCE = load().formulas["sigmoid"].path.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the specification's files to break."""
    for pattern in ("*.md", "*.yaml"):
        for path in SOURCE.glob(pattern):
            shutil.copy(path, tmp_path)
    return tmp_path


def _break(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old` of a file, and return the line on which it stood."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def _message(folder: Path) -> str:
    with pytest.raises(SpecError) as caught:
        load_spec(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_unbroken_copy_loads(folder: Path) -> None:
    assert set(load_spec(folder).clauses) == set(load().clauses)


PAGE_FAULTS = {
    "heading without a space": (
        "### SIG-3 Normalizer",
        "###SIG-3 Normalizer",
        r"cannot read the heading '###SIG-3 Normalizer'",
    ),
    "heading without a number": (
        "### SIG-3 Normalizer",
        "### Normalizer",
        r"cannot read the heading '### Normalizer': expected a clause such as",
    ),
    "heading too deep": (
        "### SIG-3 Normalizer",
        "#### SIG-3 Normalizer",
        r"cannot read the heading '#### SIG-3 Normalizer'",
    ),
    "second title": ("## Reductions", "# Reductions", r"cannot read the heading '# Reductions'"),
    "clause out of order": (
        "### SIG-3 Normalizer",
        "### SIG-4 Normalizer",
        "expected clause SIG-3, found SIG-4",
    ),
    "clause of another page": (
        "### SIG-3 Normalizer",
        "### BIN-3 Normalizer",
        "expected clause SIG-3, found BIN-3",
    ),
    "clause without labels": (
        "### SIG-2 Sigmoid\n\n- kind: required\n- source: paddle: formula of sigma\n",
        "### SIG-2 Sigmoid\n",
        r"SIG-2: expected '- kind: ...'.*found 'The probability",
    ),
    "clause without source": (
        "### SIG-2 Sigmoid\n\n- kind: required\n- source: paddle: formula of sigma\n",
        "### SIG-2 Sigmoid\n\n- kind: required\n",
        "SIG-2: the clause cites no source",
    ),
    "clause without statement": (
        "### SIG-5 Alpha default\n\n- kind: required\n- parameters: alpha\n"
        "- source: paddle: signature, and parameter alpha\n\nAlpha is 0.25 unless given.\n",
        "### SIG-5 Alpha default\n\n- kind: required\n- source: paddle: signature\n",
        "SIG-5: the clause has no statement",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), PAGE_FAULTS.values(), ids=PAGE_FAULTS.keys())
def test_a_heading_or_clause_out_of_form_is_named(
    folder: Path, old: str, new: str, said: str
) -> None:
    line = _break(folder, "sigmoid_focal_loss.md", old, new)
    message = _message(folder)
    assert re.match(rf"sigmoid_focal_loss\.md:\d+: .*{said}", message)
    found = int(message.split(":")[1])
    assert line <= found <= line + 2


LABEL_FAULTS = {
    "unknown kind": (
        "- kind: limit",
        "- kind: limits",
        r"found 'limits' \(did you mean 'limit'\?\)",
    ),
    "kind given twice": (
        "- kind: limit",
        "- kind: limit\n- kind: survey",
        "expected one line '- kind: ...', found 2",
    ),
    "unknown label": ("- source: ", "- sauce: ", r"found '- sauce: .* \(did you mean 'source'\?\)"),
    "source without a document": (
        "- source: paddle: first formula\n",
        "- source: the first formula\n",
        "expected a source such as",
    ),
    "unknown document": (
        "- source: paddle: formula of sigma",
        "- source: padle: formula of sigma",
        r"the document 'padle' is not among .* \(did you mean 'paddle'\?\)",
    ),
    "unknown parameter": (
        "- parameters: normalizer",
        "- parameters: normaliser",
        r"unknown parameter 'normaliser' \(did you mean 'normalizer'\?\)",
    ),
    "unknown clause in the words": (
        "under SIG-38",
        "under SIG-83",
        "SIG-16: unknown clause 'SIG-83'",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), LABEL_FAULTS.values(), ids=LABEL_FAULTS.keys())
def test_a_label_that_says_something_unknown_is_named(
    folder: Path, old: str, new: str, said: str
) -> None:
    _break(folder, "sigmoid_focal_loss.md", old, new)
    assert re.match(
        rf"sigmoid_focal_loss\.md:\d+: SIG-\d+: .*{said}", _message(folder)
    ) or re.match(rf"sigmoid_focal_loss\.md:\d+: {said}", _message(folder))


FRONT_MATTER_FAULTS = {
    "unknown field": (
        "    nullable: true",
        "    nulable: true",
        r"parameters.alpha: unknown field 'nulable' \(did you mean 'nullable'\?\)",
    ),
    "field given twice": (
        "    default: 0.25",
        "    default: 0.25\n    default: 0.5",
        "the key 'default' is given twice",
    ),
    "default outside the domain": (
        "    default: 0.25",
        "    default: 1.25",
        r"parameters.alpha.default: expected a value in \[0, 1\], found 1.25",
    ),
    "default of another type": (
        "    default: 2.0",
        "    default: two",
        "parameters.gamma.default: expected a number, found 'two'",
    ),
    "default that is not a choice": (
        "    default: sum",
        "    default: summ",
        r"parameters.reduction.default: expected one of none, mean, sum, found 'summ' \(did you",
    ),
    "interval out of form": (
        'domain: "[0, inf)"',
        'domain: ">= 0"',
        "parameters.gamma.domain: expected an interval such as",
    ),
    "missing field": (
        "    type: number\n    default: 0.25",
        "    default: 0.25",
        "parameters.alpha: the field 'type' is missing",
    ),
    "required beside a default": (
        "    default: 0.25",
        "    default: 0.25\n    required: true",
        "expected either 'required: true' or a default",
    ),
    "unknown dtype": (
        "dtype: float,",
        "dtype: floats,",
        "inputs.logits.dtype: expected one of float",
    ),
    "name of another page": (
        "formula: sigmoid_focal_loss",
        "formula: sigmoid",
        "formula: expected the page's own name 'sigmoid_focal_loss', found 'sigmoid'",
    ),
    "prefix of another page": ("prefix: SIG", "prefix: BIN", "prefix: expected that of the page's"),
    "negative tolerance": (
        'relative: "1.3e-6"',
        'relative: "-1.3e-6"',
        "tolerances.float32.relative: expected a number from 0 on",
    ),
    "unknown format": ("  float16: {", "  float8: {", r"tolerances: unknown field 'float8' \(did"),
    "title that differs": (
        'paddle: "paddle.nn.functional.sigmoid_focal_loss"',
        'paddle: "paddle"',
        "documents.paddle: expected the title that statements.yaml gives",
    ),
    "not YAML": ("inputs:", "inputs: {", "not valid YAML"),
}


@pytest.mark.parametrize(
    ("old", "new", "said"), FRONT_MATTER_FAULTS.values(), ids=FRONT_MATTER_FAULTS.keys()
)
def test_a_fault_in_the_front_matter_is_named(folder: Path, old: str, new: str, said: str) -> None:
    line = _break(folder, "sigmoid_focal_loss.md", old, new)
    message = _message(folder)
    assert re.match(rf"sigmoid_focal_loss\.md:\d+: .*{said}", message), message
    assert abs(int(message.split(":")[1]) - line) <= 2


def test_a_page_without_front_matter_is_named(folder: Path) -> None:
    (folder / "softmax.md").write_text("# Softmax\n", encoding="utf-8")
    assert _message(folder) == (
        "softmax.md:1: expected front matter beginning with '---', found '# Softmax'"
    )


def test_front_matter_without_end_is_named(folder: Path) -> None:
    (folder / "softmax.md").write_text("---\nformula: softmax\n", encoding="utf-8")
    assert _message(folder).startswith("softmax.md:1: the front matter has no end")


def test_a_formula_without_end_is_named(folder: Path) -> None:
    path = folder / "softmax.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    last = max(number for number, line in enumerate(lines) if line == "$$")
    path.write_text("\n".join(lines[:last] + lines[last + 1 :]), encoding="utf-8")
    message = _message(folder)
    assert message == f"softmax.md:{last - 1}: the formula that '$$' opens here has no end"
    assert lines[last - 2] == "$$"


def test_a_missing_page_is_named(folder: Path) -> None:
    (folder / "cross_entropy.md").unlink()
    assert _message(folder).startswith("cross_entropy.md: the file is missing from ")


def test_a_page_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "cross_entropy.md").write_bytes(b"\xff\xfe\x00")
    assert _message(folder).startswith("cross_entropy.md: cannot be read: ")


STATEMENT_FAULTS = {
    "unknown clause": ("clauses: [SIG-1]", "clauses: [SIG-111]", r"unknown clause 'SIG-111' \(did"),
    "neither clause nor reason": (
        "        clauses: [SIG-1]\n",
        "",
        "expected either clauses or the",
    ),
    "clauses that are no list": (
        "clauses: [SIG-1]",
        "clauses: SIG-1",
        "expected a list, found 'SIG-1'",
    ),
    "document without sha256": (
        "    sha256: ee38",
        "    # sha256: ee38",
        "'seed' and 'sha256' toge",
    ),
    "unknown field": (
        "      - place: signature",
        "      - plaice: signature",
        "unknown field 'plaice'",
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "said"), STATEMENT_FAULTS.values(), ids=STATEMENT_FAULTS.keys()
)
def test_a_fault_in_the_statements_is_named(folder: Path, old: str, new: str, said: str) -> None:
    _break(folder, "statements.yaml", old, new)
    assert re.match(rf"statements\.yaml:\d+: .*{said}", _message(folder))
