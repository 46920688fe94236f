"""Makes one source of an adapter and the files beside it that it imports from."""

import ast
from collections.abc import Iterator
from pathlib import Path

STARTS_PROCESSES = "multiprocessing"  # whose children import the files that started them


class NotInlinedError(ValueError):
    """An adapter that cannot be one source; the message says why."""


def inlined(path: Path) -> str:
    """The source of an adapter with what it imports from files beside it in its place.

    Raises NotInlinedError where that would change what it does.
    """
    source = "".join(_lines(path, path.parent, seen=set()))
    names = [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise NotInlinedError(f"{path.name}: {twice} is defined in two of its files")
    return source


def _lines(path: Path, folder: Path, seen: set[Path]) -> Iterator[str]:
    first = not seen
    seen.add(path)
    source = path.read_text(encoding="utf-8")
    body = ast.parse(source).body
    lines = source.splitlines(keepends=True)
    done = 0
    for node in body:
        local = _local(node, folder)
        if local is None and (first or not _is_head(node)):
            continue
        last = node.end_lineno or node.lineno
        yield from lines[done : node.lineno - 1]
        done = last
        if local is not None and local not in seen:
            yield from _lines(local, folder, seen)
    yield from lines[done:]


def _local(node: ast.stmt, folder: Path) -> Path | None:
    """The file beside the adapter that a statement imports from."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
        if STARTS_PROCESSES in names:
            raise NotInlinedError("it starts processes, which import their own files")
        if any(_file(name, folder) for name in names):
            raise NotInlinedError(f"it imports {', '.join(names)} as a module")
    if not isinstance(node, ast.ImportFrom) or node.level or node.module is None:
        return None
    file = _file(node.module, folder)
    if file is not None and any(alias.asname for alias in node.names):
        raise NotInlinedError(f"it renames what it imports from {node.module}")
    return file


def _file(module: str, folder: Path) -> Path | None:
    file = folder.joinpath(*module.split(".")).with_suffix(".py")
    return file if file.is_file() else None


def _is_head(node: ast.stmt) -> bool:
    """Whether it is a docstring, a future import or ``__all__``: of no use further down."""
    if isinstance(node, ast.Assign):
        return any(isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets)
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
