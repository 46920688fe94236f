"""Finds the interpreter for an implementation: of its own environment, built by uv, or this one."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TURNS: dict[str, threading.Lock] = {}  # by digest: threads build each environment once


class NoEnvironmentError(ValueError):
    """An environment that cannot be had; the message is one line and names the next step."""


@dataclass(frozen=True)
class Header:
    """The PEP 723 block of an adapter: ``text`` verbatim, and what it asks for."""

    text: str
    dependencies: tuple[str, ...]
    digest: str  # equal for headers that ask for the same, however they are written

    @property
    def packages(self) -> tuple[str, ...]:
        """The names of the dependencies, without versions and extras."""
        return tuple(package_name(dependency) for dependency in self.dependencies)


def package_name(requirement: str) -> str:
    """The distribution's name at the head of a requirement."""
    match = _NAME.match(requirement.strip())
    return match.group() if match else requirement


def read_header(path: Path) -> Header | None:
    """The PEP 723 block of a file, None where it has none. Raises NoEnvironmentError."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoEnvironmentError(f"{path}: cannot be read: {_first_line(str(error))}") from error
    match = _BLOCK.search(source.replace("\r\n", "\n"))
    if match is None:
        return None
    lines = match["content"].splitlines()
    try:
        fields = tomllib.loads("\n".join(line[2:] for line in lines))
    except tomllib.TOMLDecodeError as error:
        raise NoEnvironmentError(f"{path}: header: expected TOML, found: {error}") from error
    dependencies = fields.get("dependencies", [])
    if not isinstance(dependencies, list) or not all(isinstance(one, str) for one in dependencies):
        raise NoEnvironmentError(f"{path}: header: dependencies: expected a list of strings")
    canonical = {**fields, "dependencies": sorted(dependencies)}
    digest = hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()
    return Header(match.group(), tuple(dependencies), digest[:16])


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where environments are noted: FOCALSPEC_CACHE, or the platform's folder for caches."""
    if environ.get("FOCALSPEC_CACHE"):
        return Path(environ["FOCALSPEC_CACHE"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "focalspec"
    base = environ.get("XDG_CACHE_HOME") or ""
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "focalspec"  # noqa: PTH117


def never() -> bool:
    """For builds that nobody interrupts."""
    return False


def interpreter(
    name: str,
    header: Header | None,
    *,
    here: bool = False,
    cancelled: Callable[[], bool] = never,
) -> str:
    """The interpreter for an implementation: this one where it has no header, or by wish.

    Environments are shared by implementations whose headers ask for the same. One that was built
    before is used at once; one that another thread is building is waited for. Raises
    NoEnvironmentError, also where it is cancelled.
    """
    if here or header is None:
        return sys.executable
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    folder = cache_folder() / "environments" / f"{header.digest}-py{version}"
    note = folder / "interpreter"
    with _TURNS.setdefault(header.digest, threading.Lock()):
        known = _read(note)
        if known and Path(known).exists():
            return known
        found = _build(name, header, folder, cancelled)
        _write(note, found)
        return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    """Whole or not at all: another run may read or write the same file."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def _build(name: str, header: Header, folder: Path, cancelled: Callable[[], bool]) -> str:
    uv = find_uv(name, header)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        script = folder / f"{header.digest}.py"
        _write(script, header.text)
    except OSError as error:
        raise NoEnvironmentError(
            f"{folder}: cannot be written ({error.strerror}); name another with FOCALSPEC_CACHE"
        ) from error
    sync = _uv(
        [uv, "sync", "--quiet", "--script", str(script), "--python", sys.executable], cancelled
    )
    if sync.returncode:
        raise NoEnvironmentError(installation_problem(name, header, sync.stderr))
    found = _uv([uv, "python", "find", "--script", str(script)])
    if found.returncode:
        raise NoEnvironmentError(f"{name}: uv finds no interpreter: {_first_line(found.stderr)}")
    return found.stdout.strip()


def find_uv(name: str, header: Header) -> str:
    """The uv program; NoEnvironmentError, with what to do, where there is none."""
    try:
        from uv import find_uv_bin  # noqa: PLC0415

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        pass
    found = shutil.which("uv")
    if found:
        return found
    wanted = " ".join(header.dependencies)
    raise NoEnvironmentError(
        f"{name}: needs an environment of its own, which uv builds, and uv is not installed:"
        f" pip install 'focalspec[environments]', or install {wanted} here and add --here"
    )


def _uv(
    command: list[str], cancelled: Callable[[], bool] = never
) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)  # uv warns about one that is not the script's
    links = environment.get("PIP_FIND_LINKS", "")
    if links and not environment.get("UV_FIND_LINKS"):
        environment["UV_FIND_LINKS"] = ",".join(links.split())
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        while True:
            try:
                said, problem = process.communicate(timeout=0.1)
            except subprocess.TimeoutExpired:
                if cancelled():
                    process.terminate()
            else:
                return subprocess.CompletedProcess(command, process.returncode, said, problem)


def installation_problem(name: str, header: Header, said: str) -> str:
    """What uv says of a failed installation, in one line that names the package at fault."""
    lines = [line.strip(" \t×╰─▶├│·") for line in said.splitlines()]
    told = " ".join(line for line in lines if line and not line.startswith("hint"))
    blamed = [wanted for wanted in header.dependencies if package_name(wanted) in told]
    packages = ", ".join(blamed or header.dependencies)
    return f"{name}: cannot install {packages}: {told[:600] or 'uv says nothing'}"


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else ""
