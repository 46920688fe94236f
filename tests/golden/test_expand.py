"""What generators and nested lists expand to, exactly."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from focalspec.golden.exact_text import Exact, NumberError, as_float, read_number
from focalspec.golden.expand import Expanded, expand, integers
from focalspec.golden.strict_yaml import YamlError, load_document


def expanded(tmp_path: Path, text: str) -> Expanded:
    path = tmp_path / "file.yaml"
    path.write_text(f"about: x\nfield: {text}\n")
    document = load_document(path, "file")
    return expand(document, document.at(("field",)), ("field",))


def numbers(tmp_path: Path, text: str) -> list[Fraction]:
    found = expanded(tmp_path, text).numbers
    return [number.value for number in found if isinstance(number, Exact)]


def test_nested_lists_give_their_shape_and_numbers(tmp_path: Path) -> None:
    array = expanded(tmp_path, '[["0.5", 1, "1/8"], ["0x1p-2", "-0", 1e-2]]')
    assert array.shape == (2, 3)
    assert array.numbers == (
        Exact(Fraction(1, 2)),
        Exact(Fraction(1)),
        Exact(Fraction(1, 8)),
        Exact(Fraction(1, 4)),
        Exact(Fraction(0), negative_zero=True),
        Exact(Fraction(1, 100)),
    )


def test_empty_lists_have_a_size_of_zero(tmp_path: Path) -> None:
    assert expanded(tmp_path, "[]").shape == (0,)
    assert expanded(tmp_path, "[[], []]").shape == (2, 0)
    empty = expanded(tmp_path, "{repeat: {value: 1, count: 0}, shape: [0, 3]}")
    assert empty == Expanded((0, 3), ())


def test_a_grid_includes_both_ends(tmp_path: Path) -> None:
    quarters = numbers(tmp_path, "{grid: {from: -1, to: 1, step: 1/4}}")
    assert quarters == [Fraction(k, 4) for k in range(-4, 5)]
    tenths = numbers(tmp_path, '{grid: {from: "0", to: "0.35", step: "0.1"}}')
    assert tenths == [Fraction(k, 10) for k in range(4)]


def test_powers_of_two_reach_the_ends_of_float64(tmp_path: Path) -> None:
    powers = numbers(tmp_path, "{powers_of_two: {from: -1074, to: 1023, step: 2097, sign: both}}")
    smallest, largest = Fraction(1, 2**1074), Fraction(2**1023)
    assert powers == [smallest, -smallest, largest, -largest]


def test_repeat_and_concatenate_combine(tmp_path: Path) -> None:
    text = "{concatenate: [[1, 2], {repeat: {value: [3, 4], count: 2}}], shape: [2, 3]}"
    array = expanded(tmp_path, text)
    assert array.shape == (2, 3)
    assert numbers(tmp_path, text) == [1, 2, 3, 4, 3, 4]


def test_the_integer_generator_is_splitmix64() -> None:
    # The first outputs for seed 1234567, as published with the algorithm's reference code.
    assert list(integers(1234567, 3, 0, 2**64 - 1)) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_integers_are_scaled_exactly(tmp_path: Path) -> None:
    text = "{integers: {seed: 7, count: 200, low: -3, high: 3, scale: 1/8}}"
    drawn = numbers(tmp_path, text)
    assert set(drawn) == {Fraction(k, 8) for k in range(-3, 4)}
    assert drawn == [Fraction(k, 8) for k in integers(7, 200, -3, 3)]


@given(st.integers(0, 2**64 - 1), st.integers(-1000, 1000), st.integers(0, 1000))
def test_integers_stay_in_their_range(seed: int, low: int, width: int) -> None:
    assert all(low <= drawn <= low + width for drawn in integers(seed, 20, low, low + width))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_from_its_hexadecimal_and_its_fraction(value: float) -> None:
    assert as_float(read_number(value.hex())).hex() == value.hex()
    assert as_float(read_number(str(Fraction(value)))) == value


def test_a_number_between_two_floats_is_not_rounded_silently() -> None:
    with pytest.raises(NumberError, match="input_format"):
        as_float(read_number("0.1"))
    with pytest.raises(NumberError, match="range"):
        as_float(read_number("1e400"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[1, 2], [3]]", "file:2: field[1]: expected shape [2], found [1]"),
        ("[1, one]", "file:2: field[1]: expected a number"),
        ("{grind: {from: 0}}", "did you mean grid?"),
        ("{grid: {from: 0, to: 1}}", "expected the field 'step'"),
        ("{grid: {from: 0, to: 1, stepp: 1}}", "did you mean step?"),
        ("{grid: {from: 0, to: 1, step: 0}}", "expected a step above 0"),
        ("{grid: {from: 1, to: 0, step: 1}}", "expected 1 to 200000 numbers, found 0"),
        ("{grid: {from: 0, to: 1e9, step: 1/8}}", "expected 1 to 200000 numbers"),
        ("{powers_of_two: {from: 0, to: 1024}}", "expected an integer from 0 to 1023"),
        ("{powers_of_two: {from: 0, to: 1, sign: up}}", "expected plus, minus or both"),
        ("{repeat: {value: 1, count: 900000}}", "expected an integer from 0 to 200000"),
        ("{repeat: {value: 1, count: 1.5}}", "expected an integer, found '1.5'"),
        ("{repeat: {value: 1, count: 6}, shape: [2, 2]}", "expected a shape of 6 numbers"),
        ("{concatenate: 5}", "expected a list, found '5'"),
        ("{shape: [2]}", "expected one generator"),
        ("1e99999", "expected a number such as"),
        ("null", "expected a number, found nothing"),
    ],
)
def test_what_cannot_be_expanded_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(YamlError) as caught:
        expanded(tmp_path, text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("file:2: field")
