"""YAML is read as plain values with their lines, and surprises are refused."""

import pytest

from focalspec.spec.strict_yaml import Node, SpecError, parse


def _refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text, "file.yaml", first_line=10)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_values_come_with_the_line_on_which_they_stand() -> None:
    root = parse("a: 1\nb: [x, null]\n", "file.yaml", first_line=10)
    assert root == Node(
        {"a": Node(1, 10), "b": Node((Node("x", 11), Node(None, 11)), 11)},
        10,
    )


def test_a_key_given_twice_is_refused() -> None:
    assert _refusal("a: 1\nb: 2\na: 3\n") == "file.yaml:12: the key 'a' is given twice"


def test_a_key_given_twice_deep_inside_is_refused() -> None:
    assert _refusal("a:\n  - {b: 1, b: 2}\n") == "file.yaml:11: the key 'b' is given twice"


def test_a_key_that_is_no_string_is_refused() -> None:
    assert _refusal("1: one\n") == "file.yaml:10: expected a string as key, found '1'"


def test_an_alias_is_refused() -> None:
    assert _refusal("a: &x [1]\nb: *x\n").endswith("aliases are not allowed; write the value again")


def test_a_list_that_contains_itself_is_refused() -> None:
    assert "aliases are not allowed" in _refusal("a: &x [*x]\n")


@pytest.mark.parametrize("text", ["a: 2026-01-01\n", "a: !!binary aGk=\n", "a: !thing x\n"])
def test_values_other_than_plain_ones_are_refused(text: str) -> None:
    assert _refusal(text).startswith("file.yaml:10: expected a string, a number")


def test_a_merge_key_is_refused() -> None:
    assert _refusal("<<: {a: 1}\n").startswith("file.yaml:10: expected a string")


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "\tx\n", "a: 1\n---\nb: 2\n"])
def test_text_that_is_not_one_yaml_document_is_refused(text: str) -> None:
    assert _refusal(text).startswith("file.yaml:1")
    assert "not valid YAML" in _refusal(text)


def test_nothing_is_refused() -> None:
    assert _refusal("# only a comment\n") == "file.yaml:10: expected YAML, found nothing"
