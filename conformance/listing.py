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


def cases(selection: Selection, root: Path | None) -> Iterator[str]:
    """The ids of the cases that are asked for."""
    book = spec.load()
    selection.check(book.formulas, book.clauses)
    for case in selection.choose(golden.load_suite(root).cases):
        if not selection.dtypes or any(name in case.formats for name in selection.dtypes):
            yield case.id


def functions(path: Path) -> list[str]:
    """The names of the functions that an adapter's file defines, read without running it."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return []
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def show(console: Console, root: Path | None) -> None:
    """Prints two tables: implementations, formulas."""
    book = spec.load()
    suite = golden.load_suite(root)
    table = _table("implementation", "packages", "formulas")
    for name, path in catalogue.bundled().items():
        header = environments.read_header(path)
        packages = ", ".join(header.dependencies) if header else "(the present environment)"
        offered = [formula for formula in functions(path) if formula in book.formulas]
        table.add_row(Text(name), Text(packages), Text(", ".join(offered)))
    for name, module in catalogue.registered().items():
        table.add_row(Text(name), Text(module), Text("(registered)"))
    console.print(table)
    counts = Counter(case.formula for case in suite.cases)
    table = _table("formula", "clauses", "cases", "parameters")
    for name, page in book.formulas.items():
        row = (name, str(len(page.clauses)), str(counts[name]), ", ".join(page.parameters))
        table.add_row(*map(Text, row))
    console.print(table)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    return table
