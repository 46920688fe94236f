"""The dtype of the logits is the dtype of the results, and each is rounded to it once."""

import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focalspec.reference import (
    binary_focal_loss,
    categorical_focal_loss,
    sigmoid,
    sigmoid_focal_loss,
    softmax,
    softmax_focal_loss,
)
from focalspec.reference.formats import store

DTYPES = [
    np.dtype(name) for name in (np.float16, ml_dtypes.bfloat16, np.float32, np.float64, ">f8")
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_every_result_has_the_dtype_of_the_argument(dtype, reduction):
    x = np.array([0.5, 0.25, 0.75]).astype(dtype)
    rows = np.array([[0.5, 0.25], [0.125, 0.75]]).astype(dtype)
    results = [
        *sigmoid_focal_loss(x, [0, 1, 1], reduction=reduction, derivatives=2),
        *binary_focal_loss(x, [0, 1, 1], gamma=2, reduction=reduction, derivatives=1),
        *softmax_focal_loss(rows, [0, 1], reduction=reduction, derivatives=2),
        *categorical_focal_loss(rows, [0, 1], gamma=2, reduction=reduction, derivatives=1),
        sigmoid(x),
        softmax(rows),
    ]
    assert {result.dtype for result in results} == {dtype}


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_float64_is_rounded_to_bfloat16_once(value):
    out = np.empty(1, ml_dtypes.bfloat16)
    with np.errstate(all="ignore"):
        store(np.array([value]), out)
    assert float(out[0]) == nearest_bfloat16(value)


@pytest.mark.parametrize("exponent", [-140, -133, -126, 0, 1, 100])
@pytest.mark.parametrize("sliver", [-(2.0**-40), 0.0, 2.0**-40])
def test_a_sliver_beside_a_tie_decides_it(exponent, sliver):
    for mantissa in (1 + 2.0**-8, 1 + 3 * 2.0**-8, 1.5 + 2.0**-8):
        value = (mantissa + sliver) * 2.0**exponent
        out = np.empty(1, ml_dtypes.bfloat16)
        with np.errstate(all="ignore"):
            store(np.array([value]), out)
        assert float(out[0]) == nearest_bfloat16(value)


def nearest_bfloat16(value):
    """The nearest bfloat16, ties to even, by integers."""
    if value == 0:
        return value
    size = abs(value)
    exponent = max(np.frexp(size)[1] - 8, -133)
    scaled = size / 2.0**exponent
    whole = int(scaled)
    rest = scaled - whole
    whole += rest > 0.5 or (rest == 0.5 and whole % 2 == 1)
    largest = float(ml_dtypes.finfo(ml_dtypes.bfloat16).max)
    rounded = whole * 2.0**exponent if whole <= largest / 2.0**exponent else np.inf
    return float(np.copysign(rounded, value))


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_narrow_results_are_the_float64_results_rounded(dtype):
    x = np.linspace(-20, 20, 401).astype(dtype)
    labels = (np.arange(401) % 3 == 0) * 1.0
    narrow = sigmoid_focal_loss(x, labels, reduction="none", derivatives=1)
    wide = sigmoid_focal_loss(x.astype(np.float64), labels, reduction="none", derivatives=1)
    for values, exact in zip(narrow, wide, strict=True):
        expected = np.empty(x.shape, dtype)
        store(exact, expected)
        assert values.tobytes() == expected.tobytes()


@pytest.mark.parametrize("labels", [np.float16, np.float32, np.float64, np.int8, bool])
@pytest.mark.parametrize("logits", ["<f4", ">f4", "<f8", ">f8"])
def test_the_dtype_of_the_labels_and_the_byte_order_change_no_bit(logits, labels):
    x = np.linspace(-5, 5, 101).astype(logits)
    y = np.arange(101) % 2
    native = x.astype(x.dtype.newbyteorder("="))
    expected = sigmoid_focal_loss(native, y.astype(native.dtype), reduction="none", derivatives=1)
    found = sigmoid_focal_loss(x, y.astype(labels), reduction="none", derivatives=1)
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one, other)


def test_a_float16_sum_beyond_the_format_is_inf():
    assert sigmoid_focal_loss(np.full(9, 6e4, np.float16), np.zeros(9)) == np.inf


def test_importing_the_losses_imports_numpy_alone():
    code = (
        "import sys, numpy; before = set(sys.modules); import focalspec.reference;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new - set(sys.stdlib_module_names)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert set(found.stdout.split()) == {"focalspec", "numpy"}
