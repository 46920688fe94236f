"""Mutates the NumPy losses and shows what the golden set misses, by cosmic-ray.

    python tests/mutation/mutation.py [--budget MINUTES] [--seed N] [--module GLOB] [--markdown F]

cosmic-ray (fetched by uv, into an environment of its own) makes the mutants in a copy of the
package. They are tried in a random order until the budget ends, so that what was tried is a sample
of all. Exits 1 where one survives that survivors.yaml does not explain.
"""

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import click

from focalspec.golden.strict_yaml import load

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SURVIVORS = HERE / "survivors.yaml"
TOOL = "cosmic-ray==8.7.0"
BATCH = 60
# One replacement of each kind that a programmer might write by mistake; shifting floats is none.
OPERATORS = re.compile(
    r"core/(NumberReplacer|AddNot|Replace(True|False|And|Or)With\w+|Remove\w+|ExceptionReplacer"
    r"|ZeroIteration\w*|ReplaceBreak\w*|ReplaceContinue\w*"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Mul_Add|Div_Mul|FloorDiv_Div|Mod_Mul|Pow_Mul)"
    r"|ReplaceUnaryOperator_Delete_\w+"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Lt_Gt|LtE_GtE"
    r"|Gt_Lt|GtE_LtE|Is_IsNot|IsNot_Is|In_NotIn|NotIn_In))"
)
CONFIGURATION = """\
[cosmic-ray]
module-path = "focalspec/reference"
timeout = 150.0
excluded-modules = ["focalspec/reference/oracle/*", "focalspec/reference/enclosure/*"]
test-command = {command}
[cosmic-ray.distributor]
name = "local"
"""


class Mutant(NamedTuple):
    """One mutant that was tried: where and how it differs, and who killed it."""

    module: str
    line: int
    operator: str
    change: str  # the line taken out, and the line put in
    killer: str

    @property
    def survived(self) -> bool:
        """Whether nobody did."""
        return self.killer == "survived"


class Explained(NamedTuple):
    """Why survivors of some change, in the modules of a glob, are no gap."""

    change: re.Pattern[str]
    module: str
    reason: str


@click.command()
@click.option("--budget", default=60.0, help="Minutes.")
@click.option("--seed", default=0, help="Of the order.")
@click.option("--module", default="*", help="A glob over files of reference/.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the whole here.")
def main(budget: float, seed: int, module: str, markdown: Path | None) -> None:
    """Show which mutants of the NumPy losses survive the golden set and their own tests."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        prepare(copy)
        with serving(copy):
            check(copy)
            session = copy / "all.sqlite"
            cosmic_ray(copy, "init", "cosmic-ray.toml", session.name)
            jobs = pending(session, module)
            random.Random(seed).shuffle(jobs)
            tried = list(trying(copy, session, jobs, time.monotonic() + 60 * budget))
    known = explained()
    text = "\n".join(page(tried, len(jobs), seed, known)) + "\n"
    if markdown is not None:
        markdown.write_text(text, encoding="utf-8")
    click.echo(text, nl=False)
    sys.exit(any(one.survived and reason(one, known) is None for one in tried))


def prepare(copy: Path) -> None:
    """A package of which reference/ alone is a copy, and the rest links; and its tests."""
    package = copy / "focalspec"
    (package / "reference").mkdir(parents=True)
    for room in ("spec", "golden", "conformance"):
        (package / room).symlink_to(ROOT / room)
    for room in ("oracle", "enclosure"):
        (package / "reference" / room).symlink_to(ROOT / "reference" / room)
    for file in (ROOT / "reference").glob("*.py"):
        shutil.copy(file, package / "reference")
    # also what judges them, so that nothing changes while the mutants are tried
    shutil.copy(ROOT / "conformance" / "implementations" / "numpy_.py", copy / "numpy_.py")
    ignored = shutil.ignore_patterns("oracle", "enclosure", "__pycache__")
    shutil.copytree(ROOT / "tests" / "reference", copy / "tests", ignore=ignored)
    command = f"{sys.executable} -S -E {HERE / 'ask.py'} {copy / 'socket'}"
    text = CONFIGURATION.format(command=json.dumps(command))
    (copy / "cosmic-ray.toml").write_text(text, encoding="utf-8")


@contextmanager
def serving(copy: Path) -> Iterator[None]:
    """A server that judges what stands in the copy."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",  # what is compiled once would hide the next mutant
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    arguments = [str(copy / name) for name in ("socket", "numpy_.py", "tests")]
    command = [sys.executable, str(HERE / "server.py"), *arguments]
    with subprocess.Popen(command, env=environment, cwd=copy) as server:
        try:
            while not (copy / "socket").exists():
                if server.poll() is not None:
                    raise click.ClickException("the judging server does not start")
                time.sleep(0.1)
            yield
        finally:
            server.terminate()


def check(copy: Path) -> None:
    """Fails where the losses as they are would be killed."""
    command = [sys.executable, str(HERE / "ask.py"), str(copy / "socket")]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    if said != "survived":
        raise click.ClickException(f"the losses as they are do not survive: {said}")


def cosmic_ray(copy: Path, *arguments: str) -> None:
    """Runs the tool in the copy."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "tool", "run", "--quiet", "--from", TOOL, "cosmic-ray", *arguments]
    subprocess.run(command, cwd=copy, check=True)


def pending(session: Path, module: str) -> list[str]:
    """The mutants of a session that are worth trying, by the tool's own names."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "SELECT job_id, operator_name, module_path, start_pos_row, start_pos_col"
            " FROM mutation_specs"
        ).fetchall()
    return [
        job
        for job, operator, path, row, column in rows
        if OPERATORS.fullmatch(operator) and Path(path).match(module)
        if is_code((session.parent / path).read_text().splitlines()[row - 1], column)
    ]


def is_code(line: str, column: int) -> bool:
    """Whether a program runs what stands there: no type, and no star of a signature.

    The tool takes that star for a product.
    """
    return "Literal[" not in line and not line[column:].startswith("*,")


def trying(copy: Path, session: Path, jobs: Sequence[str], end: float) -> Iterator[Mutant]:
    """Tries mutants in batches until the time is over."""
    for start in range(0, len(jobs), BATCH):
        if time.monotonic() > end:
            return
        batch = copy / f"batch-{start}.sqlite"
        shutil.copy(session, batch)
        keep(batch, jobs[start : start + BATCH])
        cosmic_ray(copy, "exec", "cosmic-ray.toml", batch.name)
        found = list(results(batch))
        survivors = sum(one.survived for one in found)
        click.echo(
            f"{start + len(found)} of {len(jobs)} tried, {survivors} new survivors", err=True
        )
        yield from found


def keep(session: Path, jobs: Sequence[str]) -> None:
    """Leaves nothing but these mutants in a session."""
    with sqlite3.connect(session) as database:
        for table in ("mutation_specs", "work_items"):
            marks = ", ".join("?" * len(jobs))
            database.execute(f"DELETE FROM {table} WHERE job_id NOT IN ({marks})", jobs)


def results(session: Path) -> Iterator[Mutant]:
    """The mutants of a session that were tried."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "SELECT module_path, start_pos_row, operator_name, diff, output, test_outcome"
            " FROM work_results JOIN mutation_specs USING (job_id)"
        ).fetchall()
    for path, line, operator, diff, output, outcome in rows:
        lines = (output or "").strip().splitlines()
        killer = "never ended" if str(outcome).upper().endswith("TIMEOUT") else lines[-1]
        yield Mutant(Path(path).name, line, operator.removeprefix("core/"), changed(diff), killer)


def changed(diff: str) -> str:
    """The lines that a diff takes out and puts in, in one."""
    lines = diff.splitlines()
    out = [one[1:].strip() for one in lines if one.startswith("-") and not one.startswith("---")]
    new = [one[1:].strip() for one in lines if one.startswith("+") and not one.startswith("+++")]
    return f"{' '.join(out)} → {' '.join(new)}"


def explained() -> list[Explained]:
    """The survivors that somebody has explained."""
    entries = load(SURVIVORS)["survivors"] if SURVIVORS.exists() else []
    return [Explained(re.compile(one["change"]), one["module"], one["reason"]) for one in entries]


def reason(mutant: Mutant, known: Sequence[Explained]) -> str | None:
    """Why a survivor is no gap, if somebody said so."""
    return next(
        (
            one.reason
            for one in known
            if fnmatch(mutant.module, one.module) and one.change.search(mutant.change)
        ),
        None,
    )


def page(
    tried: Sequence[Mutant], total: int, seed: int, known: Sequence[Explained]
) -> Iterator[str]:
    """The whole as Markdown."""
    golden = sum(one.killer.startswith(("golden", "import", "ended", "never")) for one in tried)
    survivors = [one for one in tried if one.survived]
    told = [(one, reason(one, known)) for one in survivors]
    yield (
        f"{len(tried)} of {total} mutants tried (seed {seed}): {golden} killed by the golden set,"
        f" {len(tried) - golden - len(survivors)} by the losses' own tests alone,"
        f" {len(survivors)} survivors, {sum(why is None for _, why in told)} unexplained."
    )
    for title, wanted in (("Unexplained", False), ("Explained", True)):
        rows = [(one, why) for one, why in told if (why is not None) is wanted]
        if rows:
            yield from ("", f"{title}:", "", "| where | change | why |", "|---|---|---|")
        for one, why in sorted(rows):
            change = one.change.replace("|", "\\|")
            yield f"| {one.module}:{one.line} | `{change}` | {why or one.operator} |"
    tests = sorted({one.killer for one in tried if one.killer.startswith("tests")})
    if tests:
        yield from ("", "Killed by tests and by no case:", "")
        yield from (f"- {one.module}:{one.line} `{one.change}`: {one.killer}" for one in tried
                    if one.killer.startswith("tests"))  # fmt: skip


if __name__ == "__main__":
    main()
