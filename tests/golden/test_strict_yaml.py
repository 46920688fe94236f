"""What the strict YAML reader takes, and how it refuses the rest."""

from pathlib import Path

import pytest

from focalspec.golden.strict_yaml import (
    MAXIMUM_DEPTH,
    MAXIMUM_LINE,
    YamlError,
    load,
    load_document,
    parse,
)


def test_text_stays_text_digit_by_digit() -> None:
    text = 'a: 0.1000000000000000055511151231257827\nb: 1e-5\nc: "010"\nd: [1, -2]\ne: 0x1p-3\n'
    assert parse(text, "file") == {
        "a": "0.1000000000000000055511151231257827",
        "b": "1e-5",
        "c": "010",
        "d": ["1", "-2"],
        "e": "0x1p-3",
    }


def test_null_and_booleans_are_the_only_constants() -> None:
    assert parse('a: null\nb:\nc: true\nd: "null"\ne: "true"\n', "file") == {
        "a": None,
        "b": None,
        "c": True,
        "d": "null",
        "e": "true",
    }


def test_literal_blocks_keep_their_lines() -> None:
    assert parse("values: |-\n  1 2\n  3 4\n", "file") == {"values": "1 2\n3 4"}


@pytest.mark.parametrize(
    "surprise", ["no", "On", "010", "1:30", "2024-01-02", "1_000", ".inf", "True", "0o7", "y"]
)
def test_plain_text_that_readers_disagree_about_is_refused(surprise: str) -> None:
    with pytest.raises(YamlError, match=r"file:2: .*put it in quotes"):
        parse(f"a: fine\nb: {surprise}\n", "file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "file:3: column 1: expected each key once, found 'a' twice"),
        ("a: &x 1\nb: 2\n", "file:1: column 4: expected a value, found the anchor &x"),
        ("a: &x [1]\nb: *x\n", "found the anchor &x"),
        ("a: *x\n", "found the alias *x"),
        ("a: !!python/object:os.system {}\n", "found the tag"),
        ("a: !!str 1\n", "found the tag"),
        ("<<: {a: 1}\n", "found <<"),
        ("? [1, 2]\n: 3\n", "expected a key of plain text"),
        ("null: 3\n", "expected a key of plain text"),
        ("a: 1\n---\nb: 2\n", "expected one YAML document, found another"),
        ("a: [1\n", "file:2: expected valid YAML"),
        ("a: 1\n\tb: 2\n", "expected valid YAML"),
        ('a: "\x07"\n', "file:1: expected valid YAML"),
        ("", "expected a YAML document, found an empty file"),
    ],
)
def test_each_refusal_says_where_and_why(text: str, said: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text, "file")
    assert said in str(caught.value)
    assert str(caught.value).startswith("file:")
    assert "\n" not in str(caught.value)


def test_aliases_that_explode_are_refused_at_the_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{next_}: &{next_} [*{this}, *{this}]\n"
        for this, next_ in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    with pytest.raises(YamlError, match=r"file:1: .*anchor &a"):
        parse(bomb, "file")


def test_a_line_of_a_megabyte_is_refused_with_its_number() -> None:
    with pytest.raises(YamlError, match=rf"file:2: expected lines of at most {MAXIMUM_LINE}"):
        parse('a: 1\nb: "' + "x" * 2**20 + '"\n', "file")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(YamlError, match=f"at most {MAXIMUM_DEPTH} levels"):
        parse("[" * 3000 + "]" * 3000, "file")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("a: 1\n" * 10)
    with pytest.raises(YamlError, match=r"large.yaml: expected at most 20 bytes"):
        load(path, maximum_bytes=20)


def test_bytes_that_are_no_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(YamlError, match=r"latin.yaml:2: expected UTF-8"):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match=r"absent.yaml: cannot be read: No such file"):
        load(tmp_path / "absent.yaml")


def test_a_document_knows_the_line_of_each_field(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text("a: 1\ncases:\n- name: x\n  inputs: {logits: [1, 2]}\n")
    document = load_document(path)
    assert document.line(("cases", 0, "inputs", "logits", 1)) == 4
    error = document.error(("cases", 0, "name"), "expected y, found x")
    assert str(error) == f"{path}:3: cases[0].name: expected y, found x"
    assert document.line(("cases", 0, "absent")) == 3
