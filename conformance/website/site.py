"""Writes the static site: fills the templates, copies what they need, swaps nothing else."""

import json
import posixpath
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from focalspec.conformance.results import Results
from focalspec.conformance.website import numbers
from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.pages import Page, pages
from focalspec.conformance.website.paths import link
from focalspec.conformance.website.text import Prose, mathml, pieces
from focalspec.conformance.website.verdicts import DTYPES, LOOKS
from focalspec.golden import Suite
from focalspec.golden.bugs import Bug
from focalspec.spec.model import Spec

HERE = Path(__file__).parent
VERDICT = Markup('<span class="verdict"><i class="mark v-{}" aria-hidden="true"></i>{}</span>')
MARKER = ".focalspec-site"  # the file by which a folder is known as one that this module wrote


class SiteError(ValueError):
    """A folder that the site cannot be written to."""


def write_site(
    results: Results,
    folder: Path,
    *,
    golden: Suite,
    spec: Spec,
    bugs: Mapping[str, Bug],
) -> int:
    """Write the site of a run into a folder, and return the number of its pages.

    A folder that exists must be empty or hold an earlier site, which is replaced. Raises SiteError
    otherwise.
    """
    cases = {case.id: case for case in golden.cases}
    facts = Facts(results, cases, spec, bugs)
    clear(folder)
    shutil.copytree(HERE / "static", folder / "static")
    (folder / "static" / "index.js").write_text(_search_index(facts), encoding="utf-8")
    environment = _environment(facts)
    count = 0
    for page in pages(facts):
        path = folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(environment, facts, page), encoding="utf-8")
        count += 1
    return count


def clear(folder: Path) -> None:
    """Make a folder empty for a site: a new one, or one that holds an earlier site.

    Raises SiteError otherwise.
    """
    if folder.exists():
        if not folder.is_dir():
            raise SiteError(f"{folder}: expected a folder for the site, found a file")
        if any(folder.iterdir()) and not (folder / MARKER).exists():
            raise SiteError(
                f"{folder}: expected an empty folder or an earlier site, found other files"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARKER).write_text("A site that `focalspec report --html` replaces.\n")


def render(environment: Environment, facts: Facts, page: Page) -> str:
    """One page as HTML."""

    def to(target: str) -> str:
        return link(page.path, target)

    depth = page.path.count("/")
    prose = environment.globals["prose_for"](depth)  # type: ignore[operator]
    return environment.get_template(page.template).render(
        page.content, to=to, root="../" * depth, path=page.path, prose=prose
    )


def _environment(facts: Facts) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        facts=facts,
        looks=LOOKS,
        verdicts={name: VERDICT.format(name, look.word) for name, look in LOOKS.items()},
        dtypes=DTYPES,
        numbers=numbers,
        mathml=mathml,
        pieces=pieces,
        prose_for=_proses(facts),
        formula_titles={name: one.title for name, one in facts.spec.formulas.items()},
    )
    environment.filters["pretty"] = _pretty
    return environment


def _proses(facts: Facts) -> Callable[[int], Prose]:
    """A renderer for each depth of folders, which links of the spec's pages depend on."""
    proses: dict[int, Prose] = {}

    def page(depth: int) -> Callable[[str], str]:
        def turned(address: str) -> str:
            name = posixpath.basename(address).removesuffix(".md")
            known = name in facts.spec.formulas
            return "../" * depth + (f"spec/{name}.html" if known else "index.html")

        return turned

    def prose_for(depth: int) -> Prose:
        if depth not in proses:
            proses[depth] = Prose(page(depth))
        return proses[depth]

    return prose_for


def _pretty(value: Any) -> str | Markup:
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)


def _search_index(facts: Facts) -> str:
    """All that can be searched for, as a script: a page opened from a file can read no JSON."""
    rows = [
        *(("implementation", name, "", facts.paths.implementation(name)) for name in facts.names),
        *(
            (
                "clause",
                f"{clause.id} {clause.title}",
                clause.statement[:160],
                _clause_target(clause.formula, clause.id),
            )
            for clause in facts.spec.clauses.values()
        ),
        *(
            ("case", case.id, case.about, facts.paths.case(case.id))
            for cases in facts.cases_by_formula.values()
            for case in cases
        ),
    ]
    entries = [
        (kind, name, about, link("index.html", target)) for kind, name, about, target in rows
    ]
    return f"window.focalspecIndex = {json.dumps(entries)};\n"


def _clause_target(formula: str, clause: str) -> str:
    return f"spec/{formula}.html#{clause}"
