"""What a hunt prints: each finding as text, script and case, and the summary."""

from collections.abc import Iterator, Sequence

from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.hunt.case_text import topic_text
from focalspec.conformance.hunt.search import Finding, Tally
from focalspec.conformance.hunt.trial import Trial
from focalspec.golden import Array, Value
from focalspec.spec.model import Spec

RULE = "-" * 78


def finding_lines(number: int, finding: Finding, script: str) -> Iterator[str]:
    """A finding in words, and the script that shows it."""
    trial, cause = finding.trial, finding.cause
    yield RULE
    yield f"{number}. {cause.formula}: {cause.output}: {cause.kind} ({cause.region})"
    yield f"   {finding.fault.message}"
    one = finding.property
    yield f"   breaks {one.name}: {one.claim}"
    if finding.claim and finding.claim != finding.fault.message:
        yield f"   {finding.claim}"
    yield from (f"   {line}" for line in call_lines(trial))
    yield ""
    yield "reproduction, a script:"
    yield ""
    yield script.rstrip("\n")
    yield ""


def call_lines(trial: Trial) -> Iterator[str]:
    """A call, its parameters only where they are not neutral."""
    yield f"in {trial.dtype}:"
    for name, array in trial.inputs.items():
        yield f"  {name} = {_shown(array)}"
    for name, value in trial.parameters.items():
        if name in trial.needs or name == "gamma":
            yield f"  {name} = {_shown(value)}"


def _shown(value: Value) -> str:
    if isinstance(value, Array):
        return f"{list(value.values)}, shape {list(value.shape)}"
    return str(value)


def case_text(findings: Sequence[Finding], implementation: Implementation, spec: Spec) -> str:
    """The authored file of the findings of one formula."""
    return topic_text(findings, implementation.name, spec)


def summary_lines(
    findings: Sequence[Finding], tallies: Sequence[Tally], learned: int, calls: int
) -> Iterator[str]:
    """What was tried, and what came of it."""
    yield RULE
    for finding in findings:
        cause = finding.cause
        yield f"found: {cause.formula}: {cause.output}: {cause.kind} ({cause.region})"
    examples = sum(tally.examples for tally in tallies)
    explained = sum(tally.explained for tally in tallies)
    yield (
        f"{len(findings)} causes found in {examples} examples of {len(tallies)} properties"
        f" ({calls} calls); {explained} more failures explained by known causes"
    )
    if learned:
        yield f"{learned} causes were known from deviations"
    for tally in tallies:
        if tally.declined and not tally.examples:
            yield f"nothing tried: {tally.formula}, {tally.property}: every call was declined"
