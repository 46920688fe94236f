"""The pytest plugin's options: ``pytest --focalspec ADAPTER`` makes every golden case a test item.

pytest loads this file wherever focalspec is installed, so it imports nothing heavy; the items
themselves are in pytest_items.py.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

TARGETS = pytest.StashKey[dict[Path, str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the plugin's options."""
    group = parser.getgroup("focalspec", "focal-loss conformance")
    group.addoption(
        "--focalspec",
        action="append",
        default=[],
        metavar="ADAPTER",
        help="judge this adapter (a .py file or a module) by every golden case",
    )
    group.addoption(
        "--focalspec-deviations",
        metavar="FILE",
        help="known deviations of the adapter, as `focalspec run --write-deviations` drafts them",
    )
    group.addoption(
        "--focalspec-tolerance",
        choices=("standard", "strict"),
        default="standard",
        help="the tolerance to judge by (default: standard)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Has pytest collect the adapters' files beside what it was asked to collect."""
    config.stash[TARGETS] = {}
    for target in config.getoption("focalspec"):
        path = _file_of(target)
        config.stash[TARGETS][path] = target
        if str(path) not in config.args:
            config.args.append(str(path))


def _file_of(target: str) -> Path:
    if target.endswith(".py"):
        path = Path(target).resolve()
        if not path.is_file():
            raise pytest.UsageError(f"--focalspec: {target}: no such adapter file")
        return path
    try:
        found = find_spec(target)
    except (ImportError, ValueError) as error:
        raise pytest.UsageError(f"--focalspec: {target}: no such module: {error}") from error
    if found is None or found.origin is None:
        raise pytest.UsageError(
            f"--focalspec: {target}: no such module (an adapter's file ends in .py)"
        )
    return Path(found.origin).resolve()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The collector of an adapter that the command line names."""
    target = parent.config.stash[TARGETS].get(file_path.resolve())
    if target is None:
        return None
    from focalspec.conformance.pytest_items import AdapterFile  # noqa: PLC0415

    return AdapterFile.from_parent(parent, path=file_path, target=target)
