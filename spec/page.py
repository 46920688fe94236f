"""Split a formula's page into its front matter, its introduction and its clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from focalspec.spec.model import Clause, Kind, Source
from focalspec.spec.strict_yaml import Node, SpecError, parse
from focalspec.spec.suggest import closest

_CLAUSE_HEADING = re.compile(r"### ([A-Z]{3})-([1-9]\d*) (\S.*)")
_LABEL = re.compile(r"- ([a-z]+): (\S.*)")
_SOURCE = re.compile(r"([a-z][a-z-]*): (\S.*)")
_LABELS = ("kind", "parameters", "source")
_KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Page:
    """What stands on a page; the introduction is the words before the first section."""

    front_matter: Node
    introduction: str
    clauses: tuple[Clause, ...]


@dataclass
class _Section:
    """A clause's heading and the lines below it, or those below the title."""

    line: int
    heading: str
    lines: list[tuple[int, str]] = field(default_factory=list)


def parse_page(text: str, path: Path) -> Page:
    """Return the parts of a page.

    Raises `SpecError`, naming file and line, for a page without front matter, a heading that is
    neither the title, a section nor a clause, a clause out of order, and a clause whose labels or
    statement are missing or unknown.
    """
    lines = text.splitlines()
    end = _end_of_front_matter(lines, path)
    front_matter = parse("\n".join(lines[1:end]) + "\n", path.name, first_line=2)
    opening, sections = _sections(lines[end + 1 :], end + 2, path)
    formula = path.stem
    clauses = tuple(_clause(section, formula, path) for section in sections)
    _check_order(clauses, path)
    return Page(front_matter, _prose(opening.lines), clauses)


def _end_of_front_matter(lines: Sequence[str], path: Path) -> int:
    if not lines or lines[0] != "---":
        found = repr(lines[0]) if lines else "an empty file"
        raise SpecError(f"{path.name}:1: expected front matter beginning with '---', found {found}")
    try:
        return lines.index("---", 1)
    except ValueError:
        raise SpecError(
            f"{path.name}:1: the front matter has no end: a second line '---' is missing"
        ) from None


def _sections(lines: Sequence[str], first_line: int, path: Path) -> tuple[_Section, list[_Section]]:
    """Return what stands below the title, up to the first section, and the clauses' sections."""
    opening = _Section(first_line, "")
    current: _Section | None = opening
    titles: list[int] = []
    clauses: list[_Section] = []
    for number, line, is_heading in _numbered(lines, first_line, path):
        if not is_heading:
            if current is not None:
                current.lines.append((number, line))
        elif line.startswith("### "):
            current = _Section(number, line)
            clauses.append(current)
        elif line.startswith("## "):
            current = None
        elif line.startswith("# ") and not titles:
            titles.append(number)
        else:
            raise SpecError(
                f"{path.name}:{number}: cannot read the heading {line!r}: expected one title"
                " '# ...', sections '## ...' and clauses such as '### SIG-3 Normalizer'"
            )
    if not titles:
        raise SpecError(f"{path.name}:{first_line}: the page has no title '# ...'")
    if not clauses:
        raise SpecError(f"{path.name}:{first_line}: the page has no clause '### ...'")
    return opening, clauses


def _numbered(lines: Sequence[str], first_line: int, path: Path) -> Iterator[tuple[int, str, bool]]:
    """Give each line's number, the line, and whether it is a heading."""
    opened = 0
    for number, line in enumerate(lines, first_line):
        if line.strip() == "$$":
            opened = 0 if opened else number
        yield number, line, line.startswith("#") and not opened
    if opened:
        raise SpecError(f"{path.name}:{opened}: the formula that '$$' opens here has no end")


def _clause(section: _Section, formula: str, path: Path) -> Clause:
    match = _CLAUSE_HEADING.fullmatch(section.heading)
    if match is None:
        raise SpecError(
            f"{path.name}:{section.line}: cannot read the heading {section.heading!r}:"
            " expected a clause such as '### SIG-3 Normalizer'"
        )
    prefix, number, title = match.groups()
    identity = f"{prefix}-{number}"
    place = f"{path.name}:{section.line}: {identity}"
    labels, rest = _labels(section.lines, identity, path)
    statement = _prose(rest)
    if not statement:
        raise SpecError(f"{place}: the clause has no statement")
    return Clause(
        id=identity,
        title=title,
        kind=_kind(labels, place),
        formula=formula,
        parameters=_parameters(labels, place),
        sources=_sources(labels, place),
        statement=statement,
        latex=_displayed(rest),
        path=path,
        line=section.line,
    )


def _labels(
    lines: Sequence[tuple[int, str]], identity: str, path: Path
) -> tuple[list[tuple[str, str]], Sequence[tuple[int, str]]]:
    """Return the `- key: value` lines below a clause's heading, and the lines that follow."""
    start = next((i for i, (_, line) in enumerate(lines) if line.strip()), len(lines))
    labels: list[tuple[str, str]] = []
    for index in range(start, len(lines)):
        number, line = lines[index]
        if not line.strip():
            return labels, lines[index:]
        match = _LABEL.fullmatch(line)
        if match is None or match[1] not in _LABELS:
            hint = closest(match[1], _LABELS) if match else ""
            raise SpecError(
                f"{path.name}:{number}: {identity}: expected '- kind: ...', '- parameters: ...' or"
                f" '- source: ...', found {line!r}{hint}"
            )
        labels.append((match[1], match[2]))
    return labels, ()


def _values(labels: Sequence[tuple[str, str]], key: str) -> list[str]:
    return [value for name, value in labels if name == key]


def _kind(labels: Sequence[tuple[str, str]], place: str) -> Kind:
    values = _values(labels, "kind")
    if len(values) != 1:
        raise SpecError(f"{place}: expected one line '- kind: ...', found {len(values)}")
    if values[0] not in _KINDS:
        raise SpecError(
            f"{place}: expected kind {', '.join(_KINDS)}, found {values[0]!r}"
            f"{closest(values[0], _KINDS)}"
        )
    return cast(Kind, values[0])


def _parameters(labels: Sequence[tuple[str, str]], place: str) -> tuple[str, ...]:
    values = _values(labels, "parameters")
    if len(values) > 1:
        raise SpecError(f"{place}: expected one line '- parameters: ...', found {len(values)}")
    return tuple(name.strip() for value in values for name in value.split(","))


def _sources(labels: Sequence[tuple[str, str]], place: str) -> tuple[Source, ...]:
    sources = []
    for value in _values(labels, "source"):
        match = _SOURCE.fullmatch(value)
        if match is None:
            raise SpecError(
                f"{place}: expected a source such as 'paddle: first formula', found {value!r}"
            )
        sources.append(Source(match[1], match[2]))
    if not sources:
        raise SpecError(f"{place}: the clause cites no source ('- source: document: place')")
    return tuple(sources)


def _prose(lines: Sequence[tuple[int, str]]) -> str:
    """Return the lines that are not displayed formulas, blank lines kept between paragraphs."""
    kept: list[str] = []
    for line, displayed in _displayed_or_not(lines):
        if not displayed and (line.strip() or (kept and kept[-1])):
            kept.append(line.strip())
    return "\n".join(kept).strip()


def _displayed(lines: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    formulas: list[list[str]] = []
    inside = False
    for line, displayed in _displayed_or_not(lines):
        if displayed and not inside:
            formulas.append([])
        elif displayed and line.strip() != "$$":
            formulas[-1].append(line.strip())
        inside = displayed and not (inside and line.strip() == "$$")
    return tuple("\n".join(formula) for formula in formulas)


def _displayed_or_not(lines: Sequence[tuple[int, str]]) -> Iterator[tuple[str, bool]]:
    inside = False
    for _, line in lines:
        fence = line.strip() == "$$"
        yield line, inside or fence
        inside = inside != fence


def _check_order(clauses: Sequence[Clause], path: Path) -> None:
    prefix = clauses[0].id.partition("-")[0]
    for number, clause in enumerate(clauses, 1):
        expected = f"{prefix}-{number}"
        if clause.id != expected:
            raise SpecError(
                f"{path.name}:{clause.line}: expected clause {expected}, found {clause.id}"
            )
