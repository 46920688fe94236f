"""The badge: results as an endpoint file of shields (schema version 1)."""

from collections import Counter

from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Results

LABEL = "focal loss"
GREEN, BLUE, RED, GREY = "#009e73", "#0072b2", "#d55e00", "#6b7280"


def badge(results: Results) -> dict[str, str | int]:
    """What the badge says: ``conforms (612/612)``, of the checks that were judged.

    Green where every check passes, blue where the rest are known deviations, red where one fails
    or an implementation cannot be started, grey where nothing was judged.
    """
    counts = Counter(check.verdict for check in results.checks)
    passed, deviating = counts[Verdict.PASS], counts[Verdict.DEVIATION]
    failing = sum(check.failing for check in results.checks)
    judged = passed + deviating + failing
    if any(one.problem for one in results.implementations):
        message, color = "does not start", RED
    elif failing:
        message, color = f"differs ({passed}/{judged})", RED
    elif not judged:
        message, color = "not judged", GREY
    elif deviating:
        known = f"{deviating} known deviation{'s' * (deviating != 1)}"
        message, color = f"conforms with {known} ({passed}/{judged})", BLUE
    else:
        message, color = f"conforms ({passed}/{judged})", GREEN
    return {"schemaVersion": 1, "label": LABEL, "message": message, "color": color}
