"""Finds the implementation that a name, a file, a module or a command stands for."""

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

from focalspec.conformance import environments, expectations, worker
from focalspec.conformance.environments import Header
from focalspec.conformance.names import UnknownNameError, closest

GROUP = "focalspec.implementations"  # entry points by which other packages register theirs
ROOM = Path(__file__).parent


@dataclass(frozen=True)
class Implementation:
    """What is judged: an adapter (a file or module) or a program that speaks the protocol."""

    name: str
    target: str  # the adapter's file or module; the whole command of a program
    header: Header | None = None
    program: bool = False
    deviations: Path | None = None
    distribution: str = ""  # that registers it

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions that its header names or that registers it, its own first."""
        if self.distribution:
            return (self.distribution,)
        return self.header.packages if self.header else ()

    def command(self, interpreter: str) -> list[str]:
        """The command that starts it; adapters start in the worker, under an interpreter."""
        if self.program:
            return shlex.split(self.target)
        packages = [word for name in self.packages for word in ("--package", name)]
        return [interpreter, str(ROOM / "worker.py"), *packages, self.target]


def bundled() -> dict[str, Path]:
    """The adapters that come with the suite, by name."""
    files = sorted((ROOM / "implementations").glob("[!_]*.py"))
    return {adapter_name(path): path for path in files}


def adapter_name(path: Path) -> str:
    """The name of an adapter's file; an underscore at its end only keeps a library's name free."""
    return path.stem.rstrip("_").replace("_", "-")


@dataclass(frozen=True)
class Registration:
    """An adapter that another package registers: its module, and the distribution it is in."""

    module: str
    distribution: str
    version: str

    @property
    def file(self) -> Path | None:
        """The module's file, found without running any of the package's code."""
        top, *rest = self.module.split(".")
        found = PathFinder.find_spec(top)
        if found is None:
            return None
        if not rest:
            return Path(found.origin) if found.origin else None
        folders = [Path(folder, *rest) for folder in found.submodule_search_locations or ()]
        files = [one for path in folders for one in (path.with_suffix(".py"), path / "__init__.py")]
        return next((file for file in files if file.is_file()), None)


def registered() -> dict[str, Registration]:
    """What other packages register, by name."""
    return {
        point.name: Registration(
            point.module,
            point.dist.name if point.dist else "",
            point.dist.version if point.dist else "",
        )
        for point in metadata.entry_points(group=GROUP)
    }


def find(text: str) -> Implementation:
    """The implementation that a word on the command line stands for.

    A bundled or registered name, the path of an adapter, or the name of a module. Raises
    UnknownNameError with the closest name, or NoEnvironmentError where its header is malformed.
    """
    if worker.is_path(text):
        return _file(Path(text))
    adapters = bundled()
    if text in adapters:
        return _file(adapters[text])
    others = registered()
    if text in others:
        return Implementation(text, others[text].module, distribution=others[text].distribution)
    if _importable(text):
        return Implementation(text, text)
    names = [*adapters, *others]
    alike = closest(text, names)
    hint = f"; did you mean {alike}?" if alike else f"; expected one of {', '.join(names)}"
    raise UnknownNameError(
        f"unknown implementation {text!r}{hint} (or a .py file, or a module's name)"
    )


def find_all(texts: Sequence[str], commands: Sequence[str]) -> list[Implementation]:
    """All implementations of a run, each name once. Raises ValueError otherwise."""
    found = [*map(find, texts), *map(program, commands)]
    names = [implementation.name for implementation in found]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise UnknownNameError(f"two implementations are named {repeated!r}: judge them one by one")
    return found


def program(command: str) -> Implementation:
    """A program in any language, given by its command."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UnknownNameError(
            f"--command: expected a command, found {command!r}: {error}"
        ) from error
    if not words:
        raise UnknownNameError("--command: expected a command, found nothing")
    # `node losses.mjs` is about losses.mjs: the last word that is a file
    named = next((word for word in reversed(words) if Path(word).is_file()), words[0])
    return Implementation(Path(named).stem, command, program=True)


def _file(path: Path) -> Implementation:
    if not path.is_file():
        raise UnknownNameError(f"{path}: no such adapter file")
    name = adapter_name(path)
    return Implementation(
        name, shown(path), environments.read_header(path), deviations=_deviations(name, path)
    )


def _deviations(name: str, path: Path) -> Path | None:
    """The file of known deviations: beside the adapter, of bundled ones beside their folder."""
    if path.resolve().parent != (ROOM / "implementations").resolve():
        return expectations.beside(path)
    file = ROOM / "deviations" / f"{name}.yaml"
    return file if file.is_file() else None


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it lies below the present folder."""
    resolved = path.resolve()
    if resolved.is_relative_to(Path.cwd()):
        relative = str(resolved.relative_to(Path.cwd()))
        return relative if os.sep in relative else os.path.join(".", relative)  # noqa: PTH118
    return str(path)


def _importable(name: str) -> bool:
    top = name.partition(".")[0]
    try:
        return PathFinder.find_spec(top, [str(Path.cwd()), *sys.path]) is not None
    except (ImportError, ValueError):
        return False
