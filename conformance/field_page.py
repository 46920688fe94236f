"""Writes the table of docs/field.md: the implementations that come with the suite.

It is drawn from the adapters' own headers and docstrings, so that it cannot say otherwise.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from focalspec import spec
from focalspec.conformance import catalogue, environments, listing, worker

START, END = "<!-- implementations: start -->", "<!-- implementations: end -->"
# what every environment holds, or needs to be built
AUXILIARY = {"numpy", "ml-dtypes", "setuptools"}


class PageError(ValueError):
    """A page that has no place for the table; the message names it."""


def rewritten(page: str) -> str:
    """The page with the table as it is today. Raises PageError where it has no place for one."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise PageError(f"expected the lines {START} and {END}")
    return "".join((before, start, "\n", *_table(), end, after))


def _table() -> Iterator[str]:
    columns = ("implementation", "package", "beside it", "what is called", "formulas", "dtypes")
    yield _line(*columns)
    yield _line(*["---"] * len(columns))
    for name, path in catalogue.bundled().items():
        yield _row(name, path)


def _row(name: str, path: Path) -> str:
    header = environments.read_header(path)
    dependencies = header.dependencies if header else ()
    own, *others = [dependency.replace("==", " ") for dependency in dependencies] or ["focalspec"]
    beside = [one for one in others if environments.package_name(one) not in AUXILIARY]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    about = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ").rstrip(".")
    names = listing.defined(path)
    formulas = [f"`{formula}`" for formula in spec.load().formulas if formula in names]
    return _line(name, own, ", ".join(beside), about, ", ".join(formulas), ", ".join(_dtypes(tree)))


def _dtypes(tree: ast.Module) -> tuple[str, ...]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DTYPES":
            return tuple(ast.literal_eval(node.value))
    return worker.DEFAULT_DTYPES


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"


def main() -> None:
    """Rewrites the pages that are named on the command line."""
    for path in map(Path, sys.argv[1:]):
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
