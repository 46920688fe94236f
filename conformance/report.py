"""Results as Markdown and as JUnit XML."""

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from focalspec.conformance.judge import Verdict
from focalspec.conformance.results import Check, Results
from focalspec.conformance.table import COLUMNS, row

LISTED = 50  # failures of an implementation that Markdown lists


def markdown(results: Results) -> str:
    """The table, and the failures of each implementation."""
    return "\n".join(_markdown_lines(results)) + "\n"


def _markdown_lines(results: Results) -> Iterator[str]:
    header = results.header
    yield "# Conformance to the focal-loss specification"
    yield ""
    yield (
        f"focalspec {header.focalspec}, golden values `{header.golden[:12]}`,"
        f" tolerance {header.tolerance}, {header.started}."
    )
    yield ""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{' --- |' * 2}{' ---: |' * (len(COLUMNS) - 2)}"
    for judged in results.implementations:
        cells = row(judged, results.of(judged.name)).cells
        yield f"| {' | '.join(map(_cell, cells))} |"
    for judged in results.implementations:
        if judged.problem:
            yield ""
            yield f"**{_cell(judged.problem)}**"
        yield from _markdown_failures(
            judged.name, [check for check in results.of(judged.name) if check.failing]
        )


def _markdown_failures(name: str, failing: Sequence[Check]) -> Iterator[str]:
    if not failing:
        return
    yield ""
    yield f"## {name}: {len(failing)} checks fail"
    yield ""
    yield "| verdict | case | dtype | what happened |"
    yield "| --- | --- | --- | --- |"
    for check in failing[:LISTED]:
        cells = (str(check.verdict), f"`{check.case}`", check.dtype, check.message)
        yield f"| {' | '.join(map(_cell, cells))} |"
    if len(failing) > LISTED:
        yield ""
        yield f"… and {len(failing) - LISTED} more."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def junit(results: Results) -> str:
    """A test suite an implementation, a test case a check."""
    root = ET.Element("testsuites", name="focalspec")
    for judged in results.implementations:
        checks = results.of(judged.name)
        suite = ET.SubElement(
            root,
            "testsuite",
            name=judged.name,
            tests=str(len(checks) or 1),
            failures=str(sum(_is_failure(check) for check in checks)),
            errors=str(sum(_is_error(check) for check in checks) + bool(judged.problem)),
            skipped=str(sum(_is_skipped(check) for check in checks)),
            timestamp=results.header.started,
        )
        if judged.problem:
            case = ET.SubElement(suite, "testcase", classname=judged.name, name="start")
            ET.SubElement(case, "error", message=_xml_text(judged.problem))
        for check in checks:
            _junit_case(suite, check)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ET.Element, check: Check) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{check.implementation}.{check.formula}",
        name=f"{check.case}[{check.dtype}-{check.output}]",
    )
    message = _xml_text(check.message)
    if _is_failure(check):
        ET.SubElement(case, "failure", type=check.verdict, message=message)
    elif _is_error(check):
        ET.SubElement(case, "error", type=check.verdict, message=message)
    elif _is_skipped(check):
        reason = check.deviation or check.reading or message
        ET.SubElement(case, "skipped", type=check.verdict, message=_xml_text(reason))


def _xml_text(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _is_failure(check: Check) -> bool:
    return check.verdict in {Verdict.FAIL, Verdict.UNEXPECTED_PASS}


def _is_error(check: Check) -> bool:
    return check.verdict in {Verdict.ERROR, Verdict.NOT_RUN}


def _is_skipped(check: Check) -> bool:
    return not check.failing and check.verdict is not Verdict.PASS
