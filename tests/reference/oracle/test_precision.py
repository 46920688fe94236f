"""Precision rises where the inputs demand it, and errors stay within the sizes that bound them."""

import ast
import os
import subprocess
import sys
from typing import ClassVar

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

from focalspec.reference.oracle import OracleError, evaluate
from focalspec.reference.oracle.exponential import exp
from focalspec.reference.oracle.precision import KEPT_BITS, SPARE_BITS, bits_for, settle
from focalspec.reference.oracle.softmax import sums_of_others
from focalspec.reference.oracle.tracked import (
    GUARD_BITS,
    Tracked,
    UnsettledError,
    difference,
    minus_log,
    power,
    signed,
)
from focalspec.reference.tensor import Tensor

some = settings(max_examples=60, deadline=None)
positive = st.floats(1e-3, 1e3)


def formula(a, b, c, gamma):
    """Something of every operation, in numbers of whatever kind."""
    gap = difference(a, b)
    quotient = signed(c) / gap
    return power(abs(gap), gamma) * (quotient * quotient - c) + gap * c - signed(a)


@some
@given(a=positive, b=positive, c=positive, gamma=st.floats(0, 20))
def test_the_size_bounds_the_error_of_every_operation(a, b, c, gamma):
    with mp.workprec(120):
        try:
            rough = formula(mpf(a) / 3, mpf(b) / 3, mpf(c) / 3, mpf(gamma))
        except UnsettledError:
            assert abs(a - b) <= 1e-10 * (a + b)
            return
    with mp.workprec(3000):
        exact = formula(mpf(a) / 3, mpf(b) / 3, mpf(c) / 3, mpf(gamma))
        assert abs(rough.value - exact.value) <= mp.ldexp(rough.size, GUARD_BITS // 4 - 120)


@some
@given(base=st.floats(1e-300, 1 - 2**-53))
def test_minus_log_keeps_its_relative_accuracy_at_both_ends(base):
    with mp.workprec(200):
        value = minus_log(mpf(base), mp.fsub(1, base, exact=True)).value
    with mp.workprec(3000):
        assert abs(value + mp.log(base)) <= mp.ldexp(value, -190)


@pytest.mark.parametrize("exponent", [3, 16, 1e3, 12345.6789, 1e9, 1e15])
@pytest.mark.parametrize("divisor", [3, 7, 1e200])
def test_the_size_of_a_power_bounds_what_its_base_and_its_logarithm_lost(exponent, divisor):
    with mp.workprec(120):
        rough = power(1 / mpf(divisor), mpf(exponent))
    with mp.workprec(3000):
        exact = mp.exp(-mpf(exponent) * mp.log(mpf(divisor)))
        assert abs(rough.value - exact) <= mp.ldexp(rough.size, 4 - 120)


def test_a_power_of_what_its_error_reaches_is_not_linearised():
    with mp.workprec(200), pytest.raises(UnsettledError):
        power(Tracked(mpf(2) ** -190, mpf(1)), mpf(2))
    with mp.workprec(200), pytest.raises(UnsettledError):
        signed(mpf(1)) / Tracked(mpf(2) ** -190, mpf(1))


def test_settling_raises_the_precision_until_the_promised_bits_are_right():
    tried = []

    def cancelling():
        tried.append(mp.prec)
        return [difference(1 + mpf(2) ** -700 / 3, mpf(1))]

    (value,) = settle(cancelling, 0, lambda: "the gap")
    assert len(tried) == 3
    with mp.workprec(3000):
        exact = mpf(2) ** -700 / 3
        assert abs(value - exact) <= mp.ldexp(exact, 1 - KEPT_BITS)


def test_settling_gives_up_loudly():
    with pytest.raises(OracleError, match="the gap cannot be told from zero"):
        settle(lambda: [difference(mpf(1) / 3, mpf(1) / 3)], 0, lambda: "the gap")


def test_settling_takes_a_sum_of_no_terms_as_zero():
    assert settle(lambda: [signed(mp.zero)], 0, lambda: "nothing") == [0]


def test_bits_follow_the_exponents_of_the_inputs():
    assert bits_for([1.0], 2.0) < 8
    assert bits_for([1e308], 1.0) > 1023
    assert bits_for([1e308], 1e308) > 2046
    assert SPARE_BITS[-1] > 2 * 2098


@some
@given(x=st.floats(-(2.0**1023), 2.0**1023).map(int), bits=st.integers(500, 1500))
def test_exp_of_a_whole_number_is_that_of_mpmath(x, bits):
    with mp.workprec(bits):
        ours = exp(mpf(x))
    with mp.workprec(bits + 1100):
        # the logarithm: mpmath's own exponential takes a second here
        assert abs(mp.log(ours) - mpf(x)) <= mp.ldexp(1, 4 - bits)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=9))
def test_sums_of_others_leave_out_one_each(numbers):
    others = sums_of_others([mpf(n) for n in numbers])
    assert others == [sum(numbers) - n for n in numbers]


class TestDeterminism:
    """The same bits whatever else is set or installed."""

    INPUTS: ClassVar = {
        "logits": Tensor((4,), (0.3, -40.0, 1e308, 5e-324)),
        "labels": Tensor((4,), (0.25, 1.0, 0.0, 0.5)),
    }
    OUTPUTS = ("loss", "gradient", "hessian_diagonal", "gamma_derivative", "alpha_derivative")

    def mantissas(self):
        answer = evaluate(
            "sigmoid_focal_loss", self.INPUTS, {"reduction": "none", "gamma": 2.2}, self.OUTPUTS
        )
        return {
            name: [tuple(map(int, value.man_exp)) for value in tensor.values]
            for name, tensor in answer.items()
        }

    def test_whatever_precision_the_caller_works_in(self):
        expected = self.mantissas()
        for bits in (10, 53, 1000):
            with mpmath.workprec(bits):
                assert self.mantissas() == expected
                assert mp.prec == bits

    def test_whichever_outputs_are_asked_for_together(self):
        together = self.mantissas()
        parameters = {"reduction": "none", "gamma": 2.2}
        for name in self.OUTPUTS:
            alone = evaluate("sigmoid_focal_loss", self.INPUTS, parameters, [name])[name]
            assert [tuple(map(int, value.man_exp)) for value in alone.values] == together[name]

    @pytest.mark.parametrize("environment", [{"MPMATH_NOGMPY": "1"}, {"PYTHONHASHSEED": "7"}])
    def test_in_another_process(self, environment):
        program = (
            "from focalspec.reference.oracle import evaluate\n"
            "from focalspec.reference.tensor import Tensor\n"
            f"inputs = {{k: Tensor(*v) for k, v in {dict(self.INPUTS)!r}.items()}}\n"
            f"answer = evaluate('sigmoid_focal_loss', inputs,"
            f" {{'reduction': 'none', 'gamma': 2.2}}, {self.OUTPUTS!r})\n"
            "print({n: [tuple(map(int, v.man_exp)) for v in t.values] for n, t in answer.items()})"
        )
        result = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | environment,
        )
        assert ast.literal_eval(result.stdout) == self.mantissas()

    def test_answers_have_no_more_bits_than_are_meant(self):
        for values in self.mantissas().values():
            assert all(mantissa.bit_length() <= 160 for mantissa, _ in values)
