"""Certification: what settles a value, what the oracle may differ by, and what proving finds."""

from decimal import Context, Decimal
from fractions import Fraction
from math import inf
from pathlib import Path

import mpmath
import pytest

from focalspec.golden.certify import (
    CertificationError,
    Row,
    certify_case,
    prove,
    settled_by,
)
from focalspec.golden.digits import decimal_of_ratio
from focalspec.golden.formats import FORMATS, round_to
from focalspec.golden.hexfloat import read
from focalspec.golden.suite import Array, Expected, Golden, GoldenCase, Reading
from focalspec.reference.enclosure import Ball, Dyadic, Exact, Infinite, Sliver, Unknown
from focalspec.reference.oracle import evaluate
from focalspec.reference.tensor import Tensor

HUGE = Context(prec=700, Emin=-(10**9), Emax=10**9)


def array(*values):
    return Tensor((len(values),), values)


def sigmoid(logits, labels, outputs=("loss",), oracle=None, **parameters):
    inputs = {"logits": array(*logits), "labels": array(*labels)}
    complete = {"alpha": None, "reduction": "none", **parameters}
    return certify_case("sigmoid_focal_loss", inputs, complete, outputs, oracle=oracle)


class TestSettling:
    def test_a_ball_whose_ends_round_alike_is_settled(self):
        settled = settled_by(Ball(Dyadic(3 * 2**200, -200), Dyadic(3 * 2**200 + 1, -200)))
        assert settled.decimal == "3." + "0" * 39
        assert settled.roundings == (3.0, 3.0, 3.0, 3.0)
        assert settled.proof == "ball"

    @pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
    def test_a_ball_around_a_midpoint_of_any_format_is_not(self, form):
        """All five texts must be proven: one that is open leaves the value open."""
        middle = 2**form.precision + 1  # between two neighbours above 2**precision
        width = 2**300
        assert settled_by(Ball(Dyadic(middle * width - 1, -300), Dyadic(middle * width, -300)))
        around = Ball(Dyadic(middle * width - 1, -300), Dyadic(middle * width + 1, -300))
        assert settled_by(around) is None

    def test_a_ball_that_touches_zero_is_not(self):
        assert settled_by(Ball(Dyadic(-1, -5000), Dyadic(1, -5000))) is None
        assert settled_by(Ball(Dyadic(0, 0), Dyadic(1, -5000))) is None
        assert settled_by(Unknown()) is None

    @pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
    @pytest.mark.parametrize("size", [-200, -19_990, -30_000, -(10**300)])
    def test_a_sliver_decides_a_tie_however_small_it_is(self, form, size):
        middle = Fraction(2**form.precision + 1)
        above = settled_by(Sliver(middle, Dyadic(3, size), Dyadic(4, size)))
        below = settled_by(Sliver(middle, Dyadic(-4, size), Dyadic(-3, size)))
        place = list(FORMATS).index(form.name)
        assert above.roundings[place] == middle + 1
        assert below.roundings[place] == middle - 1
        assert above.proof == below.proof == "tie"

    def test_a_sliver_beside_no_midpoint_is_a_ball(self):
        settled = settled_by(Sliver(Fraction(175), Dyadic(3, -300), Dyadic(4, -300)))
        assert settled.proof == "ball"
        assert settled.decimal == "175." + "0" * 37

    def test_a_sliver_decides_a_tie_of_decimals_too(self):
        tie = Fraction(2 * 10**39 + 1, 2 * 10**39)
        settled = settled_by(Sliver(tie, Dyadic(1, -400), Dyadic(2, -400)))
        assert settled.decimal.endswith("01")
        assert settled.proof == "tie"

    def test_a_midpoint_within_a_sliver_is_left_open(self):
        middle = Fraction(2**53 + 1)
        near = middle - Fraction(1, 2**200)
        assert settled_by(Sliver(near, Dyadic(1, -300), Dyadic(1, -199))) is None
        assert settled_by(Sliver(near, Dyadic(1, -300), Dyadic(1, -201))) is not None

    def test_exact_and_infinite_values(self):
        third = settled_by(Exact(Fraction(-1, 3), "exact"))
        assert third.decimal == "-0." + "3" * 40
        assert third.roundings == tuple(round_to(f, Fraction(-1, 3)) for f in FORMATS.values())
        assert settled_by(Exact(Fraction(0), "zero"))[:3] == ("0", (0.0,) * 4, "zero")
        assert settled_by(Infinite(-1))[:3] == ("-inf", (-inf,) * 4, "limit")

    def test_what_underflows_everything_keeps_its_sign(self):
        settled = settled_by(Ball(Dyadic(-5, -(10**300)), Dyadic(-4, -(10**300))))
        assert settled.decimal == "-tiny"
        assert settled.proof == "tiny"
        assert [str(rounding) for rounding in settled.roundings] == ["-0.0"] * 4


class TestCertifiedRows:
    def test_a_row_holds_texts_in_the_order_of_the_columns(self):
        (row,) = sigmoid([0.0], [1.0], gamma=0.0)["loss"].rows
        assert row == Row(
            "0.6931471805599453094172321214581765680755",
            "0x1.62e42fefa39efp-1",
            "0x1.62e43p-1",
            "0x1.62p-1",
            "0x1.63p-1",
            "0",
            "ball",
        )

    def test_every_proof_occurs_where_it_should(self):
        found = sigmoid([0.0, 0.0, -1e308], [0.5, 1.0, 0.0], ["loss", "gradient"], gamma=0.0)
        assert [row.proof for row in found["loss"].rows] == ["ball", "ball", "tiny"]
        assert [row.proof for row in found["gradient"].rows] == ["zero", "exact", "tiny"]
        binary = certify_case(
            "binary_focal_loss",
            {"probabilities": array(0.0, 1.0), "labels": array(1.0, 1.0)},
            {"gamma": 2.0},
            ["loss", "gradient"],
        )
        assert [row.proof for row in binary["loss"].rows] == ["limit", "zero"]
        assert [row.float16 for row in binary["loss"].rows] == ["inf", "0x0p+0"]

    @pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
    @pytest.mark.parametrize("form", ["float32", "bfloat16", "float16"])
    def test_ties_beyond_a_hundred_round_as_the_exact_value_does(self, form, gamma):
        """At these logits w |x| is a midpoint of the format, and the value a sliver beside it."""
        precision = FORMATS[form].precision
        for odd in (1, 3, 2**precision - 1):
            logit = -(2.0**precision + odd) * 2.0 ** (8 - precision)
            (row,) = sigmoid([logit], [1.0], gamma=gamma)["loss"].rows
            x = Decimal(logit)
            surprise = HUGE.ln(HUGE.add(1, HUGE.exp(HUGE.minus(x))))
            right = HUGE.divide(1, HUGE.add(1, HUGE.exp(HUGE.minus(x))))
            factor = HUGE.power(HUGE.subtract(1, right), Decimal(gamma))
            exact = Fraction(HUGE.multiply(factor, surprise))
            assert row.proof == "tie"
            assert read(getattr(row, form)) == round_to(FORMATS[form], exact)
            assert row.decimal == decimal_of_ratio(*exact.as_integer_ratio())

    def test_a_thousand_classes(self):
        logits = Tensor((1, 1000), tuple(float(k % 37) / 4 for k in range(1000)))
        inputs = {"logits": logits, "targets": array(3)}
        found = certify_case("softmax_focal_loss", inputs, {}, ["loss", "gradient"])
        assert len(found["gradient"].rows) == 1000

    def test_a_value_that_no_precision_settles_fails_by_name(self, monkeypatch):
        monkeypatch.setattr("focalspec.golden.certify.SCHEDULE", (8,))
        with pytest.raises(
            CertificationError, match=r"sigmoid_focal_loss: loss\[0\]: 8 bits leave it open \(2 "
        ):
            sigmoid([1.0, 2.0], [1.0, 1.0])


class TestTheOracle:
    """A stand-in for the oracle that is wrong by a known amount."""

    @staticmethod
    def altered(change, output="loss", index=1):
        def oracle(formula, inputs, parameters, outputs):
            found = dict(evaluate(formula, inputs, parameters, outputs))
            values = list(found[output].values)
            values[index] = change(values[index])
            return {**found, output: Tensor(found[output].shape, tuple(values))}

        return oracle

    def certify(self, change, **where):
        return sigmoid(
            [1.0, -2.0], [1.0, 0.0], ["loss", "gradient"], oracle=self.altered(change, **where)
        )

    def test_may_err_by_less_than_1e_45_where_the_digits_stay(self):
        with mpmath.workdps(80):
            self.certify(lambda value: value * (1 + mpmath.mpf(10) ** -46))

    @pytest.mark.parametrize("error", ["1e-44", "-1e-44", "1e-30", "1"])
    def test_is_refused_where_it_errs_by_more(self, error):
        with (
            mpmath.workdps(80),
            pytest.raises(CertificationError, match=r"loss\[1\]: the oracle's .* farther than"),
        ):
            self.certify(lambda value: value * (1 + mpmath.mpf(error)))

    @pytest.mark.parametrize("wrong", [mpmath.inf, -mpmath.inf, mpmath.nan, None])
    def test_is_refused_where_it_has_no_such_number(self, wrong):
        with pytest.raises(
            CertificationError, match=r"gradient\[0\]: the oracle says .*, the encl"
        ):
            self.certify(lambda _: wrong, output="gradient", index=0)

    def test_is_refused_where_zero_is_not_zero(self):
        oracle = self.altered(lambda _: mpmath.mpf("1e-5000"), output="gradient", index=0)
        with pytest.raises(CertificationError, match=r"gradient\[0\]"):
            sigmoid([0.0], [0.5], ["gradient"], oracle=oracle)
        with pytest.raises(CertificationError, match=r"loss\[0\]"):
            sigmoid([1.0], [1.0], oracle=self.altered(lambda _: mpmath.mpf(0), index=0))

    def test_is_refused_where_its_shape_differs(self):
        def oracle(*call):
            return {name: Tensor((), tensor.values) for name, tensor in evaluate(*call).items()}

        with pytest.raises(CertificationError, match=r"loss: the oracle's shape is \(\)"):
            sigmoid([1.0], [1.0], oracle=oracle)

    @pytest.mark.parametrize(
        ("condition", "text"),
        [
            (None, "-"),
            (mpmath.mpf(0), "0"),
            (mpmath.inf, "inf"),
            (mpmath.mpf("3.11"), "3.2"),
            (mpmath.mpf("3.1") * (1 + mpmath.mpf("1e-12")), "3.1"),
            (mpmath.mpf("1.41e12"), "1.5e+12"),
            (mpmath.mpf(2) ** -(10**300), "1.0e-9"),
            (mpmath.mpf(2) ** (10**300), "inf"),
        ],
    )
    def test_gives_the_condition_number_of_which_two_digits_are_written(self, condition, text):
        found = self.certify(lambda _: condition, output="loss_condition")
        assert found["loss"].rows[1].condition == text


def case(formula, inputs, parameters, outputs, readings=None):
    """A golden case as the loader would make it of what was just certified."""

    def tensors(values):
        return {
            name: Tensor(v.shape, v.values) if isinstance(v, Array) else v
            for name, v in values.items()
        }

    def expected(changed):
        found = certify_case(formula, tensors(inputs), tensors({**parameters, **changed}), outputs)
        return {
            name: Expected(certified.shape, tuple(map(golden, certified.rows)))
            for name, certified in found.items()
        }

    return GoldenCase(
        id=f"{formula}/small/some",
        formula=formula,
        topic="small",
        about="",
        clauses=(),
        catches=(),
        expect="survey" if readings else "values",
        formats=("float64",),
        needs=(),
        inputs=inputs,
        parameters=parameters,
        expected={} if readings else expected({}),
        error=None,
        readings={
            name: Reading(name, None, changed, expected(changed))
            for name, changed in (readings or {}).items()
        },
        path=Path("small.yaml"),
    )


def golden(row):
    numbers = map(read, row[1:5])
    condition = None if row.condition == "-" else float(row.condition)
    return Golden(row.decimal, *numbers, condition, row.proof)


def with_row(known, index, row, output="loss"):
    """The case with another row in place of one."""
    table = known.expected[output]
    rows = (*table.rows[:index], row, *table.rows[index + 1 :])
    return GoldenCase(
        **{
            **{name: getattr(known, name) for name in known.__slots__},
            "expected": {**known.expected, output: Expected(table.shape, rows)},
        }
    )


@pytest.fixture(scope="module")
def known():
    """A case with a tie, a zero, and values that underflow."""
    return case(
        "sigmoid_focal_loss",
        {
            "logits": Array("float", (5,), (1.0, -3.0, -257.0, 0.0, 1e308)),
            "labels": Array("float", (5,), (1.0, 0.25, 1.0, 0.5, 1.0)),
        },
        {
            "gamma": 2.0,
            "alpha": None,
            "reduction": "none",
            "normalizer": Array("float", (1,), (2.0,)),
        },
        ["loss", "gradient"],
    )


class TestProving:
    def test_counts_what_holds_by_rule(self, known):
        proof = prove(known)
        assert proof.failures == ()
        assert proof.tally == {"ball": 6, "tie": 1, "tiny": 2, "zero": 1}

    def test_every_flipped_digit_of_every_decimal_is_found(self, known):
        for index, row in enumerate(known.expected["loss"].rows[:4]):
            for place, digit in enumerate(row.decimal):
                if digit.isdigit():
                    flipped = str((int(digit) + 1) % 10)
                    changed = row.decimal[:place] + flipped + row.decimal[place + 1 :]
                    proof = prove(with_row(known, index, row._replace(decimal=changed)))
                    assert proof.failures == (
                        f"sigmoid_focal_loss/small/some: loss[{index}]: decimal:"
                        f" committed {changed}, proven {row.decimal}",
                    )
                    assert sum(proof.tally.values()) == 9

    @pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
    def test_a_neighbour_in_any_format_is_found(self, known, form):
        row = known.expected["loss"].rows[1]
        number = getattr(row, form.name)
        nudge = Fraction(number) * (1 + Fraction(3, 2 ** (form.precision + 1)))
        neighbour = round_to(form, nudge)
        assert neighbour != number
        proof = prove(with_row(known, 1, row._replace(**{form.name: neighbour})))
        (failure,) = proof.failures
        assert f"loss[1]: {form.name}: committed" in failure

    def test_the_sign_of_a_zero_and_another_proof_are_found(self, known):
        row = known.expected["gradient"].rows[4]
        assert row.float64 == 0.0
        positive = with_row(known, 4, row._replace(float64=0.0), output="gradient")
        assert "committed 0x0p+0, proven -0x0p+0" in prove(positive).failures[0]
        exact = with_row(known, 4, row._replace(proof="exact"), output="gradient")
        assert "gradient[4]: proof: committed exact, proven tiny" in prove(exact).failures[0]

    @pytest.mark.parametrize("condition", [None, 2.3, 2.5])
    def test_another_condition_number_is_found_though_it_is_not_proven(self, known, condition):
        row = known.expected["loss"].rows[0]
        assert row.condition == 2.4
        changed = with_row(known, 0, row._replace(condition=condition))
        (failure,) = prove(changed).failures
        assert "loss[0]: condition: committed" in failure
        assert failure.endswith("the oracle's 2.4")
        assert prove(changed, conditions=False).failures == ()

    def test_a_missing_row_is_found(self, known):
        table = known.expected["loss"]
        short = GoldenCase(
            **{
                **{name: getattr(known, name) for name in known.__slots__},
                "expected": {"loss": Expected((4,), table.rows[:4])},
            }
        )
        assert "loss: committed shape (4,), proven (5,)" in prove(short).failures[0]

    def test_the_readings_of_a_survey_are_proven_too(self):
        survey = case(
            "sigmoid_focal_loss",
            {"logits": Array("float", (1,), (2.0,)), "labels": Array("float", (1,), (0.25,))},
            {"reduction": "none"},
            ["loss"],
            readings={rule: {"label_rule": rule} for rule in ("two_term", "mixed")},
        )
        assert prove(survey).tally == {"ball": 2}
        swapped = {
            "two_term": survey.readings["mixed"].expected,
            "mixed": survey.readings["mixed"].expected,
        }
        wrong = GoldenCase(
            **{
                **{name: getattr(survey, name) for name in survey.__slots__},
                "readings": {
                    name: Reading(name, None, survey.readings[name].parameters, swapped[name])
                    for name in swapped
                },
            }
        )
        assert all(
            line.startswith("sigmoid_focal_loss/small/some (two_term): loss[0]:")
            for line in prove(wrong).failures
        )
        assert prove(wrong).failures

    def test_a_case_outside_the_domain_fails_by_name(self, known):
        outside = GoldenCase(
            **{
                **{name: getattr(known, name) for name in known.__slots__},
                "parameters": {**known.parameters, "gamma": -1.0},
            }
        )
        (failure,) = prove(outside).failures
        assert failure.startswith("sigmoid_focal_loss/small/some: sigmoid_focal_loss: gamma:")
