"""The rooms import each other in one direction only, and every file says what it is for."""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = ("spec", "reference", "golden", "conformance")
FILES = tuple(
    sorted(
        path.relative_to(REPOSITORY)
        for room in ROOMS
        for path in (REPOSITORY / room).rglob("*.py")
        if not any(part.startswith(".") for part in path.parts[len(REPOSITORY.parts) :])
    )
)
TRUTH = ("focalspec.reference.oracle", "focalspec.reference.enclosure", "mpmath", "flint", "gmpy2")
MAKERS = ("focalspec.golden.generate", "focalspec.golden.certify")
SEARCHERS = ("focalspec.conformance.hunt", "focalspec.conformance.sweep")

JUDGING = (
    *("numpy", "yaml", "click", "rich"),
    *("focalspec.spec", "focalspec.golden", "focalspec.conformance"),
)


@dataclass(frozen=True)
class Rule:
    """What the files that match one of the patterns may import beside the standard library.

    `lazily` is allowed inside a function only, where it is met when the command is given and not
    when the package is imported. A name that `never` covers is refused though the others allow it;
    the longest name wins.
    """

    patterns: tuple[str, ...]
    allowed: tuple[str, ...]
    lazily: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


# The first rule that matches a file is its rule.
RULES = (
    Rule(("spec/*",), ("yaml", "focalspec.spec")),
    Rule(("reference/tensor.py",), ()),
    Rule(
        ("reference/oracle/*",),
        ("mpmath", "focalspec.reference.oracle", "focalspec.reference.tensor"),
    ),
    Rule(
        ("reference/enclosure/*",),
        ("flint", "focalspec.reference.enclosure", "focalspec.reference.tensor"),
    ),
    Rule(("reference/*",), ("numpy", "focalspec.reference"), never=TRUTH),
    Rule(
        ("golden/generate*.py", "golden/certify*.py"),
        ("yaml", "focalspec.spec", "focalspec.golden", "focalspec.reference.tensor"),
        lazily=(*TRUTH, "jsonschema"),
    ),
    Rule(
        ("golden/*",),
        ("yaml", "focalspec.spec", "focalspec.golden", "focalspec.reference.tensor"),
        lazily=("jsonschema",),
        never=MAKERS,
    ),
    # The worker runs by itself in another environment; adapters see no expected value.
    Rule(("conformance/worker.py",), ("numpy",), lazily=("ml_dtypes",)),
    Rule(
        ("conformance/implementations/*", "conformance/templates/*"),
        ("*", "focalspec.reference"),
        never=("focalspec", *TRUTH[:2]),
    ),
    # A sweep has an oracle of its own, which shares nothing with the losses that it judges.
    Rule(
        ("conformance/sweep*.py",),
        ("focalspec.reference.tensor", *JUDGING),
        lazily=("flint", "focalspec.reference.enclosure", "distributed"),
        never=("focalspec.reference",),
    ),
    Rule(
        ("conformance/hunt/*",),
        (
            *("numpy", "yaml", "click", "rich", "mpmath", "flint", "hypothesis"),
            *("focalspec.spec", "focalspec.reference", "focalspec.golden", "focalspec.conformance"),
        ),
        lazily=("ml_dtypes",),
    ),
    Rule(
        (
            "conformance/cli*.py",
            "conformance/golden_commands.py",
        ),  # generate and certify are theirs
        JUDGING,
        lazily=("focalspec.reference", *MAKERS, *SEARCHERS),
        never=TRUTH,
    ),
    Rule(
        ("conformance/*pytest*.py",),  # loaded by pytest itself
        ("pytest", "_pytest", *JUDGING),
        never=(*TRUTH, *MAKERS, *SEARCHERS),
    ),
    Rule(
        ("conformance/website/*",),  # made with the packages of the extra `report`
        ("jinja2", "markupsafe", "markdown_it", "latex2mathml", *JUDGING),
        never=(*TRUTH, *MAKERS, *SEARCHERS),
    ),
    Rule(
        ("conformance/*",),
        JUDGING,
        lazily=("focalspec.reference", "ml_dtypes", "jsonschema", "uv", *SEARCHERS),
        never=(*TRUTH, *MAKERS),
    ),
)


@dataclass(frozen=True)
class Import:
    """A name that a file imports, in full, and where."""

    name: str
    line: int
    lazy: bool


def imports(source: str, path: Path) -> Iterator[Import]:
    """Give what a file of a room imports, relative names made absolute."""
    package = ("focalspec", *path.parent.parts)

    def visit(node: ast.AST, lazy: bool) -> Iterator[Import]:
        for name in _names(node, package):
            yield Import(name, getattr(node, "lineno", 0), lazy)
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside or _only_for_types(node))

    yield from visit(ast.parse(source), lazy=False)


def _names(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else ()
        base = ".".join((*above, *([node.module] if node.module else [])))
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and node.args:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else None
        called = node.func.id if isinstance(node.func, ast.Name) else called
        first = node.args[0]
        if called in ("import_module", "__import__") and isinstance(first, ast.Constant):
            yield str(first.value)


def _only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def rule_of(path: Path) -> Rule:
    """Return the rule of a file."""
    name = path.as_posix()
    return next(rule for rule in RULES if any(fnmatchcase(name, p) for p in rule.patterns))


def violations(source: str, path: Path) -> list[str]:
    """Return a line for each import of a file that its rule does not allow."""
    rule = rule_of(path)
    found = []
    for item in imports(source, path):
        if item.name.partition(".")[0] in sys.stdlib_module_names:
            continue
        if path.match("conformance/implementations/**/*.py") and item.name.startswith("support."):
            continue
        allowed = rule.allowed + (rule.lazily if item.lazy else ())
        refused = rule.never + (() if item.lazy else rule.lazily)
        if _reach(item.name, allowed) <= _reach(item.name, refused):
            when = "" if item.lazy or not _reach(item.name, rule.lazily) else " outside a function"
            found.append(f"{path.as_posix()}:{item.line} imports {item.name}{when}")
    return found


def _reach(name: str, names: Iterable[str]) -> int:
    """Return the length of the longest of the names that a dotted name lies under, 0 for none."""
    under = [len(n) for n in names if name == n or name.startswith(f"{n}.")]
    return max(under, default=1 if "*" in names else 0)


def eager_closure(start: Path) -> dict[str, str]:
    """Return what importing a file imports outside functions, each name with the file that does."""
    found: dict[str, str] = {}
    waiting, seen = [start], set[Path]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for item in imports((REPOSITORY / path).read_text(encoding="utf-8"), path):
            if not item.lazy:
                found.setdefault(item.name, path.as_posix())
                waiting.extend(_files_of(item.name))
    return found


def _files_of(name: str) -> Iterator[Path]:
    """Give the files of ours that importing a dotted name runs."""
    parts = name.split(".")
    if parts[0] != "focalspec":
        return
    for length in range(2, len(parts) + 1):
        folder = Path(*parts[1:length])
        for path in (folder / "__init__.py", folder.with_suffix(".py")):
            if (REPOSITORY / path).is_file():
                yield path


def test_every_file_imports_only_what_its_room_may() -> None:
    found = [
        line
        for path in FILES
        for line in violations((REPOSITORY / path).read_text(encoding="utf-8"), path)
    ]
    assert found == []


def test_golden_values_load_with_pyyaml_alone() -> None:
    outside = {
        name: path
        for name, path in eager_closure(Path("golden/loader.py")).items()
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not _reach(name, ("yaml", "focalspec.golden"))
    }
    assert outside == {}


def test_nothing_that_judges_imports_the_truth_before_it_is_asked_for() -> None:
    exempt = rule_of(Path("conformance/hunt/truth.py"))
    judging = [
        path for path in FILES if path.parts[0] == "conformance" and rule_of(path) is not exempt
    ]
    assert judging
    for start in judging:
        if "implementations" not in start.parts:
            found = {
                name: path for name, path in eager_closure(start).items() if _reach(name, TRUTH)
            }
            assert found == {}, start.as_posix()


def test_every_room_has_files_and_every_file_a_rule() -> None:
    assert {path.parts[0] for path in FILES} == set(ROOMS)
    for path in FILES:
        assert rule_of(path)


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        path.as_posix()
        for path in FILES
        if not ast.get_docstring(ast.parse((REPOSITORY / path).read_text(encoding="utf-8")))
    ]
    assert silent == []


REFUSED = {
    "spec imports the rooms above it": ("spec/a.py", "from focalspec.golden import load_suite"),
    "spec imports NumPy": ("spec/a.py", "import numpy as np"),
    "losses import mpmath": ("reference/a.py", "import mpmath"),
    "losses import the oracle": ("reference/a.py", "from focalspec.reference import oracle"),
    "losses import it by a relative name": ("reference/a.py", "from .oracle import evaluate"),
    "oracle imports NumPy": ("reference/oracle/a.py", "import numpy"),
    "oracle imports the losses": (
        "reference/oracle/a.py",
        "from focalspec.reference import sigmoid",
    ),
    "oracle imports the enclosure": ("reference/oracle/a.py", "from ..enclosure import enclose"),
    "enclosure imports the oracle": ("reference/enclosure/a.py", "from .. import oracle"),
    "enclosure imports mpmath": ("reference/enclosure/a.py", "def f():\n    import mpmath"),
    "tensor imports NumPy": ("reference/tensor.py", "import numpy"),
    "loader imports NumPy": ("golden/loader.py", "import numpy"),
    "loader imports the generator": ("golden/loader.py", "from focalspec.golden import generate"),
    "loader imports the oracle inside a function": (
        "golden/loader.py",
        "def f():\n    from focalspec.reference.oracle import evaluate",
    ),
    "generator imports the oracle outside a function": (
        "golden/generate.py",
        "from focalspec.reference.oracle import evaluate",
    ),
    "judge imports the oracle inside a function": (
        "conformance/judge.py",
        "def f():\n    import focalspec.reference.oracle",
    ),
    "judge imports mpmath by a string": (
        "conformance/judge.py",
        "import importlib\ndef f():\n    importlib.import_module('mpmath')",
    ),
    "explain imports the enclosure": (
        "conformance/explain.py",
        "def f():\n    from focalspec.reference.enclosure import enclose",
    ),
    "explain imports the generator": (
        "conformance/explain.py",
        "def f():\n    from focalspec.golden.generate import main",
    ),
    "command line imports the generator outside a function": (
        "conformance/cli.py",
        "from focalspec.golden import generate",
    ),
    "command line imports the hunt outside a function": (
        "conformance/cli.py",
        "from focalspec.conformance import hunt",
    ),
    "sweep imports the losses that it judges": (
        "conformance/sweep/curve.py",
        "def f():\n    from focalspec.reference import sigmoid_focal_loss",
    ),
    "worker imports ours": ("conformance/worker.py", "from focalspec.conformance import protocol"),
    "adapter imports golden values": (
        "conformance/implementations/a.py",
        "from focalspec.golden import load_suite",
    ),
    "adapter imports the oracle": (
        "conformance/implementations/a.py",
        "from focalspec.reference.oracle import evaluate",
    ),
    "judge imports pytest": ("conformance/judge.py", "import pytest"),
    "judge imports a framework": ("conformance/judge.py", "import torch"),
}
ALLOWED = {
    "standard library": ("reference/tensor.py", "import math\nfrom collections import abc"),
    "losses import NumPy and each other": (
        "reference/a.py",
        "import numpy as np\nfrom . import arguments",
    ),
    "generator imports the oracle inside a function": (
        "golden/generate.py",
        "def f():\n    from focalspec.reference.oracle import evaluate",
    ),
    "hunt imports the oracle": (
        "conformance/hunt/truth.py",
        "from focalspec.reference import oracle",
    ),
    "command line generates when told to": (
        "conformance/cli.py",
        "def f():\n    from focalspec.golden.generate import main",
    ),
    "sweep imports the enclosure when it settles": (
        "conformance/sweep/settling.py",
        "def f():\n    from focalspec.reference import enclosure",
    ),
    "names for the type checker": (
        "conformance/judge.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ml_dtypes",
    ),
    "adapter imports what it adapts": ("conformance/implementations/a.py", "import torch"),
    "adapter of the NumPy losses": (
        "conformance/implementations/a.py",
        "from focalspec import reference",
    ),
    "plugin imports pytest": ("conformance/pytest_plugin.py", "import pytest"),
}


@pytest.mark.parametrize(("path", "source"), REFUSED.values(), ids=REFUSED.keys())
def test_an_import_against_the_direction_is_noticed(path: str, source: str) -> None:
    assert len(violations(source, Path(path))) == 1


@pytest.mark.parametrize(("path", "source"), ALLOWED.values(), ids=ALLOWED.keys())
def test_an_import_along_the_direction_is_let_through(path: str, source: str) -> None:
    assert violations(source, Path(path)) == []
