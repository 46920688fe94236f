"""Lists what can be judged and by what: implementations, formulas, cases."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from focalspec import golden, spec
from focalspec.conformance import catalogue, environments
from focalspec.conformance.selection import Selection
from focalspec.spec.model import Spec


def cases(selection: Selection, root: Path | None) -> Iterator[str]:
    """The ids of the cases that are asked for."""
    book = spec.load()
    selection.check(book.formulas, book.clauses)
    for case in selection.choose(golden.load_suite(root).cases):
        if not selection.dtypes or any(name in case.formats for name in selection.dtypes):
            yield case.id


def defined(path: Path | None) -> set[str]:
    """The names that an adapter's file defines or imports, read without running it."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8")) if path else ast.Module([], [])
    except (OSError, SyntaxError, ValueError):
        return set()
    return {name for node in tree.body for name in _names(node)}


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)


def show(console: Console, root: Path | None) -> None:
    """Prints two tables: implementations, formulas."""
    book = spec.load()
    suite = golden.load_suite(root)
    table = _table("implementation", "packages", "formulas")
    for name, path in catalogue.bundled().items():
        header = environments.read_header(path)
        packages = ", ".join(header.dependencies) if header else "(the present environment)"
        table.add_row(Text(name), Text(packages), Text(_offered(path, book)))
    for name, one in catalogue.registered().items():
        package = f"{one.distribution}=={one.version} (registered, {one.module})"
        table.add_row(Text(name), Text(package), Text(_offered(one.file, book)))
    console.print(table)
    counts = Counter(case.formula for case in suite.cases)
    table = _table("formula", "clauses", "cases", "parameters")
    for name, page in book.formulas.items():
        row = (name, str(len(page.clauses)), str(counts[name]), ", ".join(page.parameters))
        table.add_row(*map(Text, row))
    console.print(table)


def _offered(path: Path | None, book: Spec) -> str:
    names = defined(path)
    return ", ".join(formula for formula in book.formulas if formula in names)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    return table
