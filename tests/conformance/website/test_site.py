"""The site as files: whole, linked, escaped, and written nowhere but where it may be."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from focalspec import spec
from focalspec.conformance.results import Results
from focalspec.conformance.website.paths import Paths, link
from focalspec.conformance.website.site import SiteError, write_site
from focalspec.golden import Suite
from focalspec.golden.bugs import load_bugs

VOID = {"meta", "link", "input", "br", "wbr", "hr", "img"}
LOADING = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src")}


@dataclass
class Reader(HTMLParser):
    """Reads a page strictly: every element is closed, in order, and no id stands twice."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open(tag, attrs)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"line {self.getpos()[0]}: </{tag}> closes nothing")

    def _open(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"line {self.getpos()[0]}: an attribute twice in <{tag}>")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
            if (tag, name) in LOADING or (tag == "use" and name == "href"):
                self.loaded.append(value or "")
            elif name == "href":
                self.links.append(value or "")


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Reader]:
    return {path.relative_to(site).as_posix(): read(path) for path in sorted(site.rglob("*.html"))}


def test_every_page_is_well_formed(pages: dict[str, Reader]) -> None:
    faults = {
        name: [*page.faults, *page.stack]
        for name, page in pages.items()
        if page.faults + page.stack
    }
    assert faults == {}


def test_no_id_stands_twice_on_a_page(pages: dict[str, Reader]) -> None:
    assert [name for name, page in pages.items() if len(page.ids) != len(set(page.ids))] == []


def broken(pages: dict[str, Reader]) -> Iterator[str]:
    for name, page in pages.items():
        for address in page.links:
            parts = urlsplit(address)
            if parts.scheme:
                continue
            folder = posixpath.dirname(name)
            path = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
            target = path if parts.path else name
            if target not in pages:
                yield f"{name}: {address}: no such page"
            elif parts.fragment and unquote(parts.fragment) not in pages[target].ids:
                yield f"{name}: {address}: no such anchor"


def test_every_link_and_anchor_resolves(pages: dict[str, Reader]) -> None:
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert list(broken(pages)) == []


def test_every_clause_has_an_anchor_on_its_formulas_page(pages: dict[str, Reader]) -> None:
    for clause in spec.load().clauses.values():
        assert clause.id in pages[f"spec/{clause.formula}.html"].ids


def test_nothing_is_loaded_from_outside(site: Path, pages: dict[str, Reader]) -> None:
    for name, page in pages.items():
        for address in page.loaded:
            parts = urlsplit(address)
            assert parts.scheme in {"", "data"}, f"{name} loads {address}"
            if parts.path and not parts.scheme:
                path = site / posixpath.dirname(name) / parts.path
                assert path.resolve().is_file(), f"{name} loads {address}"
    for file in (site / "static").iterdir():
        text = re.sub(r"data:image/svg[^\"]*", "", file.read_text(encoding="utf-8"))
        if file.suffix in {".css", ".js"} and file.name != "index.js":
            assert "http" not in text, file.name
            assert "@import" not in text, file.name


def test_strings_of_a_run_are_text_wherever_they_stand(pages: dict[str, Reader]) -> None:
    for name, page in pages.items():
        scripts = {"accuracy/": 3}.get(name.split("/")[0] + "/", 2)
        assert page.tags.count("script") == scripts, name
        assert page.handlers == [], name


def test_no_page_lies_outside_the_folder(site: Path) -> None:
    assert {path.name for path in site.parent.iterdir()} == {site.name}
    names = {path.name for path in (site / "implementations").iterdir()}
    assert names == {
        "good.html",
        "differs.html",
        "outside.html",
        "script-window-broken-1-script.html",
        "absent.html",
    }


def test_names_that_make_the_same_word_get_pages_of_their_own() -> None:
    paths = Paths(("A b", "a-b", "a/b", "…"))
    assert [paths.slug(name) for name in ("A b", "a-b", "a/b", "…")] == [
        "a-b",
        "a-b-2",
        "a-b-3",
        "implementation",
    ]


@pytest.mark.parametrize(
    ("page", "target", "address"),
    [
        ("index.html", "spec/sigmoid.html#SGM-1", "spec/sigmoid.html#SGM-1"),
        ("spec/sigmoid.html", "spec/sigmoid.html#SGM-1", "#SGM-1"),
        ("cases/a/b/c.html", "index.html", "../../../index.html"),
        ("index.html", "cases/a.html?clause=SIG-1", "cases/a.html?clause=SIG-1"),
        ("index.html", "cases/a b%.html", "cases/a%20b%25.html"),
    ],
)
def test_links_are_relative_and_quoted(page: str, target: str, address: str) -> None:
    assert link(page, target) == address


def write(results: Results, folder: Path, suite: Suite) -> int:
    return write_site(results, folder, golden=suite, spec=spec.load(), bugs=load_bugs())


def test_a_site_replaces_an_earlier_one(results: Results, suite: Suite, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    count = write(results, folder, suite)
    (folder / "stale.html").write_text("old")
    assert write(results, folder, suite) == count == len(list(folder.rglob("*.html")))


def test_a_folder_of_other_files_is_left_alone(
    results: Results, suite: Suite, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SiteError, match="expected an empty folder or an earlier site"):
        write(results, tmp_path, suite)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_run_in_which_nothing_started_has_a_site(
    results: Results, suite: Suite, tmp_path: Path
) -> None:
    nothing = Results(results.header, results.implementations[-1:], ())
    assert write(nothing, tmp_path / "site", suite) > len(suite)
    assert "0 of 1 implementation" in (tmp_path / "site" / "index.html").read_text()


def test_a_case_shows_the_certified_digits_and_the_formula(site: Path) -> None:
    page = (site / "cases/sigmoid_focal_loss/small/plain.html").read_text()
    assert "0.4125195448553522180479038605411980919257" in page
    assert "0x1.a66b86p-2" in page
    assert "<math " in page
    assert "alpha multiplies the negatives" in page


def test_an_implementations_page_shows_its_deviations_with_evidence(site: Path) -> None:
    page = (site / "implementations/differs.html").read_text()
    assert "own-rule" in page
    assert "undocumented choice" in page
    assert "losses.py, line 7" in page
