"""A run as the summary of a CI job, in Markdown: table, failures, known deviations."""

from collections import Counter
from collections.abc import Iterator, Mapping

from focalspec.conformance import report
from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Results


def markdown(results: Results) -> str:
    """The table and failures, and the deviations that were met, with their reasons."""
    met = Counter(
        (check.implementation, check.deviation)
        for check in results.checks
        if check.verdict is Verdict.DEVIATION
    )
    lines = "".join(f"{line}\n" for line in _deviations(met, results))
    return report.markdown(results) + lines


def _deviations(met: Mapping[tuple[str, str], int], results: Results) -> Iterator[str]:
    if not met:
        return
    yield ""
    yield "## Known deviations"
    yield ""
    yield "| implementation | deviation | class | checks | reason |"
    yield "| --- | --- | --- | ---: | --- |"
    known = {
        (one.name, entry.id): entry for one in results.implementations for entry in one.deviations
    }
    for (name, identity), count in met.items():
        entry = known.get((name, identity))
        kind, reason = (entry.kind, entry.reason) if entry else ("", "")
        cells = (name, identity, kind, str(count), reason)
        yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return " ".join(escaped.split())
