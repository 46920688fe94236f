"""`pytest --focalspec ADAPTER`, as a maintainer's CI types it, on small projects of their own."""

import xml.etree.ElementTree as ET

import pytest

RIGHT = '''
"""The losses that come with focalspec."""
from focalspec import reference

def sigmoid_focal_loss(logits, labels, *, alpha, gamma, normalizer, reduction):
    return reference.sigmoid_focal_loss(
        logits, labels, alpha=alpha, gamma=gamma, normalizer=normalizer, reduction=reduction,
        derivatives=1,
    )
'''
WRONG = RIGHT.replace("alpha=alpha", "alpha=None if alpha is None else 1 - alpha")
# "documents" keeps the runs short: the documents' own examples
CHOICE = ("-k", "sigmoid_focal_loss/documents")


@pytest.fixture(autouse=True)
def plain_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    quick = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    return pytester.runpytest_subprocess(*quick, *arguments)


def test_every_case_is_an_item_named_after_its_clauses(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=RIGHT)
    result = run(pytester, "--focalspec", str(adapter), "--collect-only", "-q", *CHOICE)
    result.stdout.re_match_lines(
        [r"adapter\.py::.*SIG-1\b.*sigmoid_focal_loss/documents/.*@float32"]
    )


def test_a_right_implementation_passes(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=RIGHT)
    result = run(pytester, "--focalspec", str(adapter), *CHOICE)
    outcomes = result.parseoutcomes()
    assert result.ret == pytest.ExitCode.OK
    assert outcomes["passed"] >= 1
    assert "failed" not in outcomes


def test_a_wrong_implementation_fails_with_what_was_expected_and_found(
    pytester: pytest.Pytester,
) -> None:
    adapter = pytester.makepyfile(adapter=WRONG)
    result = run(pytester, "--focalspec", str(adapter), *CHOICE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.re_match_lines([r".*loss: expected 0\.65782\d*, found \S+.*"])
    result.stdout.re_match_lines(
        [r".*`focalspec explain sigmoid_focal_loss/documents/\S+` tells more"]
    )
    assert "Traceback" not in result.stdout.str()


def test_it_stops_at_the_first_failure_and_runs_the_last_failed(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=WRONG)
    choice = ("-k", "sigmoid_focal_loss/alpha")
    first = pytester.runpytest_subprocess("--focalspec", str(adapter), "-x", *choice)
    assert first.parseoutcomes()["failed"] == 1
    again = pytester.runpytest_subprocess("--focalspec", str(adapter), "--last-failed", *choice)
    assert again.parseoutcomes()["failed"] == 1
    assert "passed" not in again.parseoutcomes()


def test_its_items_spread_over_processes(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=RIGHT)
    alone = run(pytester, "--focalspec", str(adapter), "-k", "sigmoid_focal_loss/regular")
    spread = run(
        pytester, "--focalspec", str(adapter), "-n", "2", "-k", "sigmoid_focal_loss/regular"
    )
    assert spread.parseoutcomes()["passed"] == alone.parseoutcomes()["passed"] > 1


def test_junit_xml_names_case_and_reading(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=RIGHT)
    arguments = ("-k", "sigmoid_focal_loss/survey", "--junitxml", "junit.xml")
    run(pytester, "--focalspec", str(adapter), *arguments)
    document = ET.parse(pytester.path / "junit.xml")
    cases = list(document.iter("testcase"))
    readings = [entry.get("value") for entry in document.iter("property")]
    assert any("sigmoid_focal_loss/survey" in str(case.get("name")) for case in cases)
    assert "two_term" in readings


def test_what_an_adapter_does_not_offer_is_skipped(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=RIGHT)
    result = run(
        pytester, "--focalspec", str(adapter), "-k", "sigmoid_focal_loss/class_weight", "-rs"
    )
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes()["skipped"] >= 1
    result.stdout.re_match_lines([r".*no parameter class_weight"])


def test_a_known_deviation_is_an_expected_failure(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=WRONG)
    known = pytester.path / "known.yaml"
    known.write_text(
        "implementation: adapter\n"
        "deviations:\n"
        "  - id: alpha-on-the-other-class\n"
        "    cases: [sigmoid_focal_loss/documents/*]\n"
        "    class: wrong result\n"
        "    reason: alpha weighs the negative class\n"
        "    evidence: the adapter of this test\n"
    )
    arguments = ("--focalspec", str(adapter), "--focalspec-deviations", str(known))
    wrong = run(pytester, *arguments, *CHOICE)
    assert wrong.ret == pytest.ExitCode.OK
    assert wrong.parseoutcomes()["xfailed"] >= 1
    adapter.write_text(RIGHT)
    right = run(pytester, *arguments, *CHOICE)
    assert right.ret == pytest.ExitCode.TESTS_FAILED
    result = right.stdout.str()
    assert "alpha-on-the-other-class" in result
    assert "delete or narrow that entry" in result


def test_own_tests_run_beside_it(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter=RIGHT)
    pytester.makepyfile(test_own="def test_own(): pass")
    result = run(pytester, "--focalspec", str(adapter), "-k", "own or documents", "-v")
    result.stdout.re_match_lines([r".*test_own\.py::test_own PASSED.*"])


@pytest.mark.parametrize("target", ["missing.py", "no_such_module"])
def test_a_missing_adapter_is_one_clear_line(pytester: pytest.Pytester, target: str) -> None:
    result = run(pytester, "--focalspec", target)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.re_match_lines([rf"ERROR: --focalspec: {target}: no such .*"])
    assert "Traceback" not in result.stderr.str()


def test_an_adapter_with_a_syntax_error_is_named_with_its_line(pytester: pytest.Pytester) -> None:
    adapter = pytester.makepyfile(adapter="x = 1\ndef sigmoid_focal_loss(:\n")
    result = run(pytester, "--focalspec", str(adapter))
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.re_match_lines([r".*adapter\.py:2: .*"])
