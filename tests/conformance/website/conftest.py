"""A run made by hand for the site's tests, with names that try to break out of a page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from focalspec import spec
from focalspec.conformance.judge import Verdict, Worst
from focalspec.conformance.results import Check, Header, Judged, Known, Results
from focalspec.conformance.website.site import write_site
from focalspec.golden import GoldenCase, Suite, load_suite
from focalspec.golden.bugs import load_bugs

SMALL = Path(__file__).parents[1] / "small"
HOSTILE = "<script>window.broken=1</script>\"'&"
NAMES = ("good", "differs", "../../outside", HOSTILE)
ERRORS = {"good": 0.25, "differs": 5e6, "../../outside": 3.0, HOSTILE: 40.0}
DEVIATION = Known(
    id="own-rule",
    kind="undocumented choice",
    reason=f"It says so: {HOSTILE}",
    evidence=f"losses.py, line 7 | {HOSTILE}",
    place="deviations/differs.yaml:2",
    within=f"relative 0.05 {HOSTILE}",
)


@pytest.fixture(scope="session")
def suite() -> Suite:
    return load_suite(SMALL)


@pytest.fixture(scope="session")
def results(suite: Suite) -> Results:
    checks = tuple(check for name in NAMES for case in suite.cases for check in _checks(name, case))
    header = Header(
        focalspec="0.0",
        golden=suite.digest,
        tolerance="standard",
        started="2026-01-01T00:00:00+00:00",
        platform={"system": HOSTILE},
        implementations=[*NAMES, "absent"],
    )
    judged = [
        Judged(
            name,
            "1.0",
            "python",
            {"sigmoid": ()},
            ("float64",),
            {HOSTILE: {"a": HOSTILE}},
            deviations=(DEVIATION,) if name == "differs" else (),
        )
        for name in NAMES
    ]
    return Results(header, (*judged, Judged("absent", problem=f"absent: {HOSTILE}")), checks)


def _checks(name: str, case: GoldenCase) -> Iterator[Check]:
    for dtype in case.formats:
        for output in case.expected or ("error" if case.expect == "error" else "loss",):
            yield Check(
                implementation=name,
                case=case.id,
                formula=case.formula,
                clauses=case.clauses,
                dtype=dtype,
                output=output,
                **_ending(name, case, output),  # type: ignore[arg-type]
            )


def _ending(name: str, case: GoldenCase, output: str) -> dict[str, object]:
    """How a check ends: everyone but `good` gets something wrong."""
    if case.expect == "survey":
        return {"verdict": Verdict.SURVEY, "reading": next(iter(case.readings)), "message": HOSTILE}
    if case.expect == "error":
        return {"verdict": Verdict.PASS if name == "good" else Verdict.UNSUPPORTED}
    worst = _worst(case, output, ERRORS[name])
    if name == "differs" and output == "gradient" and case.formula == "sigmoid_focal_loss":
        return {"verdict": Verdict.DEVIATION, "deviation": "own-rule", "worst": worst}
    if name == "differs":
        return {"verdict": Verdict.FAIL, "message": f"expected 1, found {HOSTILE}", "worst": worst}
    if name == HOSTILE and output == "gradient":
        return {"verdict": Verdict.ERROR, "message": HOSTILE}
    return {"verdict": Verdict.PASS, "worst": worst}


def _worst(case: GoldenCase, output: str, error: float) -> Worst:
    expected = case.expected[output]
    row = expected.rows[0]
    return Worst(
        index=(0,) * len(expected.shape),
        expected=row.decimal,
        nearest=row.float64,
        found=row.float64 * 2,
        error_ulp=error,
        condition=row.condition,
        allowed=1e-7,
    )


@pytest.fixture(scope="session")
def site(results: Results, suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site of that run."""
    folder = tmp_path_factory.mktemp("site") / "of a run"
    write_site(results, folder, golden=suite, spec=spec.load(), bugs=load_bugs())
    return folder
