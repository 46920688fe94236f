"""What the loader gives, and how it refuses a set that is not whole and as generated."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from focalspec.golden import Array, load_suite
from focalspec.golden.loader import load_file, parse_file
from focalspec.golden.manifest import MANIFEST, render, values_files

FILE = "sigmoid_focal_loss/small.yaml"


@pytest.fixture
def edit(generated: Path) -> Callable[..., str]:
    """Edit the small file, with or without a MANIFEST to match, and return what loading says."""

    def edited(change: Callable[[bytes], bytes], *, sealed: bool = True) -> str:
        path = generated / "values" / FILE
        path.write_bytes(change(path.read_bytes()))
        if sealed:
            seal(generated / "values")
        with pytest.raises(ValueError, match=FILE) as caught:
            load_suite(generated)
        message = str(caught.value)
        assert "\n" not in message
        return message

    return edited


def seal(folder: Path) -> None:
    """Write the MANIFEST that an attacker, or a mistaken script, would write."""
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in values_files(folder)
    }
    (folder / MANIFEST).write_text(render(digests))


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), 1)

    return change


def test_a_case_has_its_inputs_parameters_and_values(generated: Path) -> None:
    suite = load_suite(generated)
    assert [case.id.partition("/")[2] for case in suite] == [
        "small/pair-gamma=0",
        "small/pair-gamma=2",
        "small/whole",
        "small/refused",
        "small/asked",
        "few/rows",
    ]
    pair = suite.cases[0]
    assert pair.inputs["logits"] == Array("float", (2,), (1.0, -2.0))
    assert pair.parameters["gamma"] == 0.0
    assert pair.parameters["normalizer"] is None
    assert pair.parameters["reduction"] == "none"
    assert pair.expect == "values"
    loss = pair.expected["loss"]
    assert (loss.shape, len(loss.rows)) == ((2,), 2)
    assert loss.rows[1].float32 == 2.0
    assert loss.rows[1].decimal.startswith("2.000")
    assert loss.rows[1].condition == 1.0
    assert list(loss.rows) == [*loss.rows[0:2]]


def test_an_error_names_its_argument_and_a_survey_its_readings(generated: Path) -> None:
    cases = {case.id.rpartition("/")[2]: case for case in load_suite(generated)}
    assert cases["refused"].error == "labels"
    assert cases["refused"].expected == {}
    readings = cases["asked"].readings
    assert readings["error"].outcome == "error"
    assert readings["off"].parameters == {"alpha": None}
    assert readings["off"].expected.keys() == {
        "loss", "gradient", "hessian_diagonal", "gamma_derivative",
    }  # fmt: skip


def test_the_digest_of_a_suite_is_the_sha256_of_its_manifest(generated: Path) -> None:
    data = (generated / "values" / MANIFEST).read_bytes()
    assert load_suite(generated).digest == hashlib.sha256(data).hexdigest()


def test_some_formulas_can_be_loaded_alone(generated: Path) -> None:
    suite = load_suite(generated, formulas=["softmax"])
    assert {case.formula for case in suite} == {"softmax"}
    with pytest.raises(ValueError, match=r"expected one of .*softmax, found 'softmx'"):
        load_suite(generated, formulas=["softmx"])


def test_an_edited_file_is_named(edit: Callable[..., str]) -> None:
    message = edit(replaced("2.000", "2.001"), sealed=False)
    assert FILE in message
    assert "the file was changed" in message


def test_a_truncated_file_is_named(edit: Callable[..., str]) -> None:
    assert FILE in edit(lambda data: data[: len(data) // 2], sealed=False)


def test_a_missing_file_is_named(generated: Path) -> None:
    (generated / "values" / FILE).unlink()
    with pytest.raises(ValueError, match=rf"{FILE}: expected this file, which MANIFEST lists"):
        load_suite(generated)


def test_a_file_that_nobody_listed_is_named(generated: Path) -> None:
    (generated / "values" / "softmax" / "extra.yaml").write_text("a: 1\n")
    with pytest.raises(ValueError, match=r"extra.yaml: expected no file that MANIFEST does not"):
        load_suite(generated)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "0" * 64 + "  ../../etc/passwd",
        "0" * 64 + "  /etc/passwd",
        "0" * 63 + "  softmax/few.yaml",
        "0" * 64 + "  softmax/few.yaml",  # a second time
    ],
)
def test_a_manifest_that_is_none_is_named_with_its_line(generated: Path, line: str) -> None:
    manifest = generated / "values" / MANIFEST
    manifest.write_text(manifest.read_text() + line + "\n")
    with pytest.raises(ValueError, match=r"MANIFEST:3: expected"):
        load_suite(generated)


def test_a_missing_manifest_is_named(generated: Path) -> None:
    (generated / "values" / MANIFEST).unlink()
    with pytest.raises(ValueError, match=r"MANIFEST: cannot be read"):
        load_suite(generated)


ROW = "2.000000000000000000000000000000000000000 0x1p+1 0x1p+1 0x1p+1 0x1p+1 1.0 exact"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('about: "A few', 'topic: "x"\nabout: "A few', "expected each key once, found 'topic'"),
        ('about: "A few cases."', 'about: &a "x"', "found the anchor &a"),
        ('format: "1"', 'format: "2"', 'format: expected "1", found 2'),
        ('format: "1"\n', "", "expected the field 'format'"),
        ('source: "', 'sauce: "', "expected the field 'source'"),
        ('expect: "values"', 'expect: "value"', "expect: expected one of values, error, survey"),
        ('expect: "values"', 'expect: "survey"', "readings: expected it, as expect is 'survey'"),
        ('  needs: ["alpha"]\n', "", "expected the field 'needs'"),
        ('  needs: ["alpha"]\n', '  needs: ["alpha"]\n  mood: "x"\n', "expected no field beside"),
        ('dtype: "float"', 'dtype: "half"', 'dtype: expected "float" or "int64", found half'),
        ('shape: ["2"]', 'shape: ["3"]', "expected 3 numbers for shape (3,), found 2"),
        ('shape: ["2"]', 'shape: ["-2"]', "expected sizes from 0"),
        ('shape: ["2"]', "shape: 2", "shape: expected a list of text"),
        ("0x1p+0 -0x1p+1", "0x1p+0 -2.0", "logits.values row 2: expected a hexadecimal float"),
        ("0x1p+0 -0x1p+1", "0x1p+0 -0x1.0p+1", "logits.values row 2: expected a hexadecimal"),
        (ROW, ROW.replace("0x1p+1 1.0", "nan 1.0"), "row 2 float16: expected a canonical hex"),
        (ROW, ROW.replace("2.0", "nan", 1), "row 2 decimal: expected a decimal number, found nan"),
        (ROW, ROW.replace(" 1.0 ", " nan "), "row 2 condition: expected"),
        (ROW, ROW.replace("exact", "guess"), "row 2 proof: expected one of ball, tie"),
        (ROW, ROW.removesuffix(" exact"), "row 2: expected 7 fields"),
        (ROW, ROW.replace(" exact", "  exact"), "row 2: expected 7 fields"),
        (ROW, f"{ROW}\n        {ROW}", "values: expected 2 rows for shape (2,), found 3"),
        ('columns: "decimal', 'columns: "value', "columns: expected decimal float64"),
        ('id: "sigmoid_focal_loss/small/whole"', 'id: "a/b/c"', "expected an id that begins with"),
        ('/small/whole"', '/small/refused"', "expected each id once, found it twice"),
        ('error: "labels"', 'fault: "labels"', "expected the field 'error'"),
        ('outcome: "error"', 'outcome: "fine"', "outcome: expected one of zero, nan, inf, error"),
    ],
)
def test_a_sealed_file_that_is_malformed_is_named_with_its_field(
    edit: Callable[..., str], old: str, new: str, said: str
) -> None:
    message = edit(replaced(old, new))
    assert FILE in message
    assert said in message


def test_hostile_bytes_are_refused_by_name(edit: Callable[..., str]) -> None:
    assert FILE in edit(lambda data: b"\x00\xff" + data)


def test_a_megabyte_on_one_line_is_refused_by_name(edit: Callable[..., str]) -> None:
    message = edit(replaced("A few cases.", "x" * 2**20))
    assert f"{FILE}:4: expected lines of at most" in message


def test_no_error_shows_a_megabyte(edit: Callable[..., str]) -> None:
    rows = "\n        ".join(["junk " * 1000] * 200)
    assert len(edit(replaced(ROW, rows))) < 1000


def test_a_file_can_be_read_on_its_own(generated: Path) -> None:
    path = generated / "values" / FILE
    assert load_file(path) == parse_file(path.read_text(), path)


def test_the_interrupted_swap_of_another_system_leaves_the_previous_set(generated: Path) -> None:
    whole = load_suite(generated)
    (generated / "values").rename(generated / ".values.previous")
    (generated / "values").mkdir()
    again = load_suite(generated)
    assert again.digest == whole.digest
    assert len(again) == len(whole)
