"""The canonical bytes of values files, and that they are read back as they were meant."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from focalspec.golden import Array, content, strict_yaml
from focalspec.golden.content import array, parameter, table
from focalspec.golden.loader import parse_file
from focalspec.golden.writer import quote, render

printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)
names = st.from_regex(r"[a-z_]{1,8}|null|off|0|a b", fullmatch=True).filter(
    lambda name: name != "values"
)
contents = st.recursive(
    printable | st.none() | st.lists(printable, max_size=3),
    lambda inner: st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)


def test_the_layout_is_the_documented_one() -> None:
    text = render(
        {
            "format": "1",
            "cases": [
                {
                    "id": "a/b/c",
                    "needs": [],
                    "inputs": {"x": {"shape": ["2"], "values": "0x1p+0 inf\n-0x0p+0"}},
                    "parameters": {"alpha": None, "off": "no"},
                    "empty": {"values": ""},
                },
                {"id": 'quote " and \\'},
            ],
        }
    )
    assert text == (
        'format: "1"\n'
        "cases:\n"
        '- id: "a/b/c"\n'
        "  needs: []\n"
        "  inputs:\n"
        "    x:\n"
        '      shape: ["2"]\n'
        "      values: |-\n"
        "        0x1p+0 inf\n"
        "        -0x0p+0\n"
        "  parameters:\n"
        "    alpha: null\n"
        '    "off": "no"\n'
        "  empty:\n"
        '    values: ""\n'
        '- id: "quote \\" and \\\\"\n'
    )


@given(st.dictionaries(names, contents, min_size=1, max_size=4))
def test_what_is_written_is_read_back(written: dict[str, object]) -> None:
    text = render(written)
    assert strict_yaml.parse(text, "text") == written
    # Any other reader sees the same: text alone, and nulls.
    assert yaml.load(text, yaml.CSafeLoader) == written
    assert text.endswith("\n")
    assert "\r" not in text


def test_text_that_cannot_be_printed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"found '\\x07'"):
        quote("bell\x07")


def test_arrays_are_eight_numbers_a_line_and_exact() -> None:
    values = (0.1, -0.0, 5e-324, float("inf"), 1e308, 2.0, -3.5, 1.0, 0.5)
    assert array(Array("float", (9,), values)) == {
        "dtype": "float",
        "shape": ["9"],
        "values": "0x1.999999999999ap-4 -0x0p+0 0x1p-1074 inf 0x1.1ccf385ebc8ap+1023 0x1p+1"
        " -0x1.cp+1 0x1p+0\n0x1p-1",
    }
    assert array(Array("int64", (2,), (-100, 3)))["values"] == "-100 3"


def test_parameters_keep_their_kinds() -> None:
    values = (None, "mean", 2.0, -100, Array("float", (1,), (2.0,)))
    texts = [parameter(value) for value in values]
    assert texts[:4] == [None, "mean", "0x1p+1", "-100"]
    file = content.table([], [["1", *["0x1p+0"] * 4, "-", "exact"]])
    text = render(
        {
            "format": "1",
            "formula": "f",
            "topic": "t",
            "about": "x",
            "source": "0",
            "cases": [
                {
                    "id": "f/t/one",
                    "clauses": [],
                    "catches": [],
                    "expect": "values",
                    "formats": [],
                    "needs": [],
                    "inputs": {},
                    "parameters": {f"p{i}": value for i, value in enumerate(texts)},
                    "expected": {"loss": file},
                }
            ],
        }
    )
    (case,) = parse_file(text, Path("file"))
    assert tuple(case.parameters.values()) == values
    assert case.expected["loss"].rows[0].condition is None


def test_an_output_without_elements_has_no_rows() -> None:
    assert table([0, 3], []) == {
        "shape": ["0", "3"],
        "columns": "decimal float64 float32 bfloat16 float16 condition proof",
        "values": "",
    }
