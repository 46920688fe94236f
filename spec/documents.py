"""Draw documents.md: what each source document says, beside the clauses that hold it."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from focalspec.spec import load
from focalspec.spec.model import Clause, Document, Spec, Statement
from focalspec.spec.strict_yaml import SpecError

PAGE = "documents.md"

_HEAD = """\
# What the documents say, and where it went

Every statement of the source documents, in their own words and order, beside the clauses that hold
it. What is no clause has a reason. "…" leaves out words of the same kind; together the quotes cover
every word of a document. Drawn from [statements.yaml](statements.yaml) by
`python -m focalspec.spec.documents`; edit that file, not this one.
"""


def render(spec: Spec) -> str:
    """Return the text of documents.md."""
    parts = [_HEAD, _overview(spec)]
    parts += [_section(spec, document) for document in spec.documents.values()]
    return "\n".join(parts)


def _overview(spec: Spec) -> str:
    rows = ["| document | statements | held by clauses | left out, with a reason |"]
    rows.append("|---|---:|---:|---:|")
    for document in spec.documents.values():
        held = sum(1 for row in document.statements if row.clauses)
        count = len(document.statements)
        anchor = f"[{document.id}](#{document.id})"
        rows.append(f"| {anchor} | {count} | {held} | {count - held} |")
    return "\n".join(rows) + "\n"


def _section(spec: Spec, document: Document) -> str:
    lines = [f"## {document.id}", "", f"**{document.title}.** {document.about}"]
    if document.sha256:
        lines += ["", f"SHA-256 `{document.sha256}`"]
    if document.statements:
        lines += ["", "| place | the document's words | clauses |", "|---|---|---|"]
        lines += [_row(spec.clauses, row) for row in document.statements]
    else:
        cited = [clause for clause in spec.clauses.values() if _cites(clause, document)]
        lines += ["", "| clause | because |", "|---|---|"]
        lines += [f"| {_link(clause)} {clause.title} | {_why(clause)} |" for clause in cited]
    return "\n".join(lines) + "\n"


def _row(clauses: Mapping[str, Clause], row: Statement) -> str:
    if row.reason:
        held = f"*none: {_cell(row.reason)}*"
    else:
        held = " ".join(_link(clauses[name]) for name in row.clauses)
    note = f"<br>*{_cell(row.note)}*" if row.note else ""
    return f"| {_cell(row.place)} | {_code(row.quote)}{note} | {held} |"


def _cites(clause: Clause, document: Document) -> bool:
    return any(source.document == document.id for source in clause.sources)


def _why(clause: Clause) -> str:
    return _cell("; ".join(s.place for s in clause.sources if s.document == "focalspec"))


def _link(clause: Clause) -> str:
    return f"[{clause.id}]({clause.path.name}#{_anchor(f'{clause.id} {clause.title}')})"


def _anchor(heading: str) -> str:
    """Return the anchor that code hosts give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _code(text: str) -> str:
    """Return a quote as code, which shows it verbatim; a bar alone must be escaped in a table."""
    return "`" + text.replace("|", "\\|") + "`"


def main() -> int:
    """Write documents.md beside this file."""
    path = Path(__file__).with_name(PAGE)
    try:
        text = render(load())
    except SpecError as error:
        sys.stderr.write(f"focalspec: {error}\n")
        return 2
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
