"""A run as the summary of a CI job, in Markdown: table, failures, known deviations."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from focalspec.conformance import report
from focalspec.conformance.expectations import Deviation
from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Results


def markdown(results: Results, deviations: Mapping[str, Sequence[Deviation]]) -> str:
    """The table and failures, and the deviations that were met, with their reasons.

    ``deviations`` are those of each implementation, by name.
    """
    met = Counter(
        (check.implementation, check.deviation)
        for check in results.checks
        if check.verdict is Verdict.DEVIATION
    )
    lines = "".join(f"{line}\n" for line in _deviations(met, deviations))
    return report.markdown(results) + lines


def _deviations(
    met: Mapping[tuple[str, str], int], known: Mapping[str, Sequence[Deviation]]
) -> Iterator[str]:
    if not met:
        return
    yield ""
    yield "## Known deviations"
    yield ""
    yield "| implementation | deviation | class | checks | reason |"
    yield "| --- | --- | --- | ---: | --- |"
    for (name, identity), count in met.items():
        entry = next((one for one in known.get(name, ()) if one.id == identity), None)
        kind, reason = (entry.kind, entry.reason) if entry else ("", "")
        cells = (name, identity, kind, str(count), reason)
        yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return " ".join(escaped.split())
