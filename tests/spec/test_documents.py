"""The quotes are the documents' own words, and together leave out none of them."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from focalspec.spec import Document, load
from focalspec.spec.documents import PAGE, render

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDS = REPOSITORY.parent / "shared" / "seeds"
SPEC = load()
DOCUMENTS = tuple(document for document in SPEC.documents.values() if document.seed)

needs_seeds = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="the source documents are not beside this checkout"
)
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.id)


def _stored(document: Document) -> bytes:
    assert document.seed is not None
    return (SEEDS / document.seed).read_bytes()


def _words(text: str) -> str:
    return " ".join(text.split())


def _covered(text: str, quotes: Sequence[str]) -> list[tuple[int, int]]:
    """Where each quote stands, none before the one ahead of it; `…` leaves out words."""
    spans: list[tuple[int, int]] = []
    earliest = 0
    for quote in quotes:
        end = start = -1
        for piece in quote.split(" … "):
            at = text.find(piece, earliest if end < 0 else end)
            assert at >= 0, f"not in the document, or not in this order: {piece!r}"
            start, end = (at if start < 0 else start), at + len(piece)
        spans.append((start, end))
        earliest = start + 1
    return spans


def _left_out(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    kept = list(text)
    for start, end in spans:
        kept[start:end] = "\0" * (end - start)
    return [part for part in "".join(kept).split("\0") if re.search(r"\w", part)]


def test_the_four_source_documents_are_there() -> None:
    assert [document.id for document in DOCUMENTS] == [
        "paddle",
        "torch-article",
        "imbalanced-losses",
        "focal-loss",
    ]


@needs_seeds
@each_document
def test_the_stored_document_is_the_one_that_was_read(document: Document) -> None:
    assert hashlib.sha256(_stored(document)).hexdigest() == document.sha256


@needs_seeds
@each_document
def test_quotes_are_verbatim_in_order_and_leave_no_word_out(document: Document) -> None:
    text = _words(_stored(document).decode())
    spans = _covered(text, [row.quote for row in document.statements])
    assert _left_out(text, spans) == []


def test_a_left_out_word_would_be_noticed() -> None:
    text = "The loss is 0. It is never NaN. The end."
    assert _left_out(text, _covered(text, ["The loss is 0.", "The end."])) == [" It is never NaN. "]
    assert _left_out(text, _covered(text, ["The loss … NaN.", "The end."])) == []


def test_a_changed_or_displaced_quote_would_be_noticed() -> None:
    text = "The loss is 0. It is never NaN."
    with pytest.raises(AssertionError, match="never nan"):
        _covered(text, ["It is never nan."])
    with pytest.raises(AssertionError, match="The loss"):
        _covered(text, ["It is never NaN.", "The loss is 0."])


@each_document
def test_words_are_left_out_of_a_quote_only_where_a_reason_stands_for_them(
    document: Document,
) -> None:
    shortened = [row.quote for row in document.statements if "…" in row.quote and row.clauses]
    assert shortened == []


def test_documents_md_is_what_the_statements_give() -> None:
    page = next(iter(SPEC.formulas.values())).path.with_name(PAGE)
    assert page.read_text(encoding="utf-8") == render(SPEC), (
        "run: python -m focalspec.spec.documents"
    )


def test_documents_md_links_to_headings_that_exist() -> None:
    anchors = {
        f"{clause.path.name}#{_anchor_by_hand(clause.id, clause.title)}"
        for clause in SPEC.clauses.values()
    }
    links = re.findall(r"\]\((\w+\.md#[^)]*)\)", render(SPEC))
    assert len(links) > 300
    assert set(links) <= anchors


def _anchor_by_hand(identity: str, title: str) -> str:
    kept = [c for c in f"{identity} {title}".lower() if c.isalnum() or c in "-_ "]
    return "".join(kept).replace(" ", "-")
