"""The command ``focalspec sweep``: tries every input there is, on one machine or many."""

import contextlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from focalspec.conformance import judging, sweep_results, sweep_table
from focalspec.conformance.catalogue import find_all
from focalspec.conformance.names import check_name
from focalspec.conformance.options import examples
from focalspec.conformance.session import Limits
from focalspec.conformance.sweep_results import Configuration, Header, Ledgers, Shard

FORMULAS = ("sigmoid_focal_loss", "binary_focal_loss")
DTYPES = ("float32", "bfloat16", "float16")
LARGEST_GAMMA = 1000.0
SHARD = 1 << 25


class MissingSweepExtraError(ValueError):
    """A sweep where the packages that it needs are not installed."""


def register(group: click.Group, console: Callable[[], Console] = Console) -> None:
    """Adds the command to the command line; ``console`` makes the console that the table uses."""
    group.add_command(_command(console))


def _command(console: Callable[[], Console]) -> click.Command:
    @click.command()
    @click.argument("implementation", required=False)
    @_asking
    @_covering
    @_working
    @examples(
        "focalspec sweep numpy --dtype bfloat16 --dtype float16",
        "focalspec sweep torchvision --within 4 --range=-20:20 --gamma 2 --alpha off --labels 1",
        "focalspec sweep path/to/adapter.py --here --fraction 0.001",
        "focalspec sweep numpy --results sweep.jsonl            (Ctrl-C stops it)",
        "focalspec sweep numpy --results sweep.jsonl --resume   (goes on)",
        "focalspec sweep numpy --scheduler tcp://10.0.0.1:8786  (docs/scale.md)",
        "focalspec report sweep.jsonl --html site/",
    )
    def sweep(implementation: str | None, commands: tuple[str, ...], **chosen: Any) -> int:
        """Try every finite input of a format, and hold each result against the exact value.

        The loss of a hard label and its gradient are functions of one number, and a format has
        65,536 or 4,294,967,296 of them: all can be tried. The exact values come from an oracle of
        known error, and from the enclosure where that leaves the rounding open, so a result is
        known to be correctly rounded or not. Exit codes: 0 all inputs tried are (or are within
        the tolerance of --within), 1 some are not, 2 the command or an environment is wrong, or
        nothing could be swept.
        """
        words = [implementation] if implementation else []
        if len(find_all(words, commands)) != 1:
            raise click.UsageError("name one implementation")
        wish = _wish(chosen, words[0] if words else commands[0], program=not words)
        judged = _sweep(wish)
        sweep_table.show(judged, console())
        return judged.exit_code

    return sweep


def _asking(command: Any) -> Any:
    """The options that say what is asked of which implementation."""
    options = (
        click.option("--formula", default=FORMULAS[0], show_default=True, metavar="NAME"),
        click.option(
            "--dtype",
            "dtypes",
            multiple=True,
            metavar="NAME",
            help=f"{', '.join(DTYPES)}; tried also where the adapter does not list it."
            "  [default: float32]",
        ),
        click.option("--labels", default="0,1", show_default=True, metavar="LIST"),
        click.option(
            "--alpha", "alphas", default="0.25", show_default=True, metavar="LIST", help="off,0.25"
        ),
        click.option("--gamma", "gammas", default="2", show_default=True, metavar="LIST"),
        click.option(
            "--within", type=float, metavar="ULP", help="The tolerance, in place of correctness."
        ),
        click.option("--command", "commands", multiple=True, metavar="COMMAND", help="A program."),
        click.option("--here", is_flag=True, help="Run the adapter in the present environment."),
        click.option(
            "--deadline", type=float, default=300.0, show_default=True, help="Seconds for a block."
        ),
    )
    return _with(options, command)


def _covering(command: Any) -> Any:
    """The options that say which inputs are tried."""
    options = (
        click.option("--range", "limits", metavar="A:B", help="Only inputs from A to B."),
        click.option(
            "--fraction",
            type=float,
            default=1.0,
            metavar="F",
            help="Only every nth input, n odd and about 1/F.",
        ),
    )
    return _with(options, command)


def _working(command: Any) -> Any:
    """The options that say where the work is done, and where its results are kept."""
    file = click.Path(path_type=Path, dir_okay=False)
    options = (
        click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: cores]"),
        click.option(
            "--shard",
            type=click.IntRange(min=1),
            default=SHARD,
            show_default=True,
            help="Inputs that are swept, recorded and repeated at once.",
        ),
        click.option("--dask", is_flag=True, help="Sweep by a Dask cluster of this machine."),
        click.option("--scheduler", metavar="ADDRESS", help="Sweep by this Dask scheduler."),
        click.option("--results", type=file, metavar="FILE", help="Keep all results in FILE."),
        click.option("--resume", is_flag=True, help="Go on with the sweep that FILE holds."),
    )
    return _with(options, command)


def _with(options: Sequence[Any], command: Any) -> Any:
    for option in reversed(options):
        command = option(command)
    return command


# ---- what is wished for ----


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    target: str
    program: bool
    here: bool
    deadline: float
    configurations: tuple[Configuration, ...]
    limits: tuple[float, float] | None
    fraction: float
    within: float | None
    shard: int
    workers: int
    dask: bool
    scheduler: str | None
    results: Path | None
    resume: bool


def _wish(chosen: dict[str, Any], target: str, *, program: bool) -> Wish:
    fraction, within, deadline = chosen["fraction"], chosen["within"], chosen["deadline"]
    if not 0 < fraction <= 1:
        raise click.UsageError(f"--fraction: expected more than 0, at most 1, found {fraction:g}")
    if within is not None and not within >= 0.5:
        raise click.UsageError(f"--within: expected at least 0.5 ulp, found {within:g}")
    if not deadline > 0:
        raise click.UsageError(f"--deadline: expected more than 0 seconds, found {deadline:g}")
    if chosen["resume"] and chosen["results"] is None:
        raise click.UsageError("--resume: name the file to go on with by --results")
    return Wish(
        target=str(Path(target).resolve()) if target.endswith(".py") else target,
        program=program,
        here=chosen["here"],
        deadline=deadline,
        configurations=_configurations(chosen),
        limits=_limits(chosen["limits"]),
        fraction=fraction,
        within=within,
        shard=chosen["shard"],
        workers=chosen["workers"] or judging.cores(),
        dask=chosen["dask"],
        scheduler=chosen["scheduler"],
        results=chosen["results"],
        resume=chosen["resume"],
    )


def _configurations(chosen: dict[str, Any]) -> tuple[Configuration, ...]:
    formula = check_name("formula", chosen["formula"], FORMULAS, "--formula")
    dtypes = chosen["dtypes"] or DTYPES[:1]
    for dtype in dtypes:
        check_name("dtype", dtype, DTYPES, "--dtype")
    labels = [int(label) for label in _numbers("--labels", chosen["labels"], 0, 1)]
    if not {*_numbers("--labels", chosen["labels"], 0, 1)} <= {0.0, 1.0}:
        raise click.UsageError(f"--labels: expected 0, 1 or both, found {chosen['labels']!r}")
    gammas = _numbers("--gamma", chosen["gammas"], 0, LARGEST_GAMMA)
    alphas = [
        None if text.strip() == "off" else _number("--alpha", text, 0, 1)
        for text in chosen["alphas"].split(",")
    ]
    found = [
        Configuration(formula, dtype, label, alpha, gamma)
        for dtype in dtypes
        for alpha in alphas
        for gamma in gammas
        for label in labels
    ]
    return tuple(dict.fromkeys(found))


def _numbers(option: str, texts: str, low: float, high: float) -> list[float]:
    return [_number(option, text, low, high) for text in texts.split(",")]


def _number(option: str, text: str, low: float, high: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise click.UsageError(
            f"{option}: expected numbers from {low:g} to {high:g}, comma between, found {text!r}"
        )
    return number


def _limits(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    low, mark, high = text.partition(":")
    try:
        limits = tuple(
            float.fromhex(end) if "0x" in end.casefold() else float(end) for end in (low, high)
        )
    except ValueError:
        limits = ()
    if not mark or len(limits) != 2 or not limits[0] <= limits[1]:
        raise click.UsageError(f"--range: expected A:B with numbers A <= B, found {text!r}")
    return limits[0], limits[1]


# ---- the sweep ----


def _sweep(wish: Wish) -> sweep_results.Sweep:
    sweeping = _sweeping()
    who = sweeping.Who(wish.target, wish.program, wish.here, Limits(case=wish.deadline))
    spans = {
        one.dtype: sweeping.span(one.formula, one.dtype, wish.limits, wish.fraction)
        for one in wish.configurations
    }
    with contextlib.closing(sweeping.Asker(who)) as asker:
        started = asker.start()
        if wish.configurations[0].formula not in started.formulas:
            formulas = ", ".join(started.formulas)
            raise click.UsageError(f"--formula: {started.name} offers {formulas}")
        header = sweeping.header(
            who, started, wish.configurations, spans, sweeping.Wish(wish.shard, wish.within)
        )
        with _ledgers(wish, header) as ledgers:
            sweeping.try_out(asker, ledgers)
            asker.stop()
            where = sweeping.Where(wish.workers, wish.dask, wish.scheduler)
            return _watched(sweeping, who, ledgers, where)


def _watched(sweeping: Any, who: Any, ledgers: Ledgers, where: Any) -> sweep_results.Sweep:
    with Bar(ledgers, Console(stderr=True)) as bar:
        try:
            sweeping.sweep(who, ledgers, where, bar.finished)
        except KeyboardInterrupt:
            bar.stop()
            click.echo(_stopped(ledgers), err=True)
            raise
    return ledgers.finish()


def _stopped(ledgers: Ledgers) -> str:
    header = ledgers.header
    shards = sum(map(header.shards, range(len(header.configurations))))
    tried = sum(one.tried for one in ledgers.sweep().swept)
    return (
        f"stopped after {len(ledgers.done)} of {shards} shards, {tried:,} inputs; a file of"
        " --results is gone on with by the same command and --resume"
    )


@contextlib.contextmanager
def _ledgers(wish: Wish, header: Header) -> Iterator[Ledgers]:
    """The shards that a file holds already, if it is to be gone on with."""
    path = wish.results
    if path is None:
        yield Ledgers(header)
        return
    if wish.resume and path.exists():
        known, is_complete = sweep_results.read(path)
        problem = sweep_results.difference(path, known.header, header)
        if problem is not None:
            raise problem
        with _appending(path) as stream:
            yield known.onto(None if is_complete else stream)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        ledgers = Ledgers(header, stream)
        ledgers.open()
        yield ledgers


@contextlib.contextmanager
def _appending(path: Path) -> Iterator[IO[str]]:
    """A file to be written on at its end; a last line that was cut short is cut off."""
    whole = path.read_bytes().rfind(b"\n") + 1
    with path.open("r+", encoding="utf-8") as stream:
        stream.truncate(whole)
        stream.seek(0, 2)
        yield stream


class _Rate(ProgressColumn):
    """How many inputs a second, by the clock."""

    def render(self, task: Task) -> Text:
        """The rate so far."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed / 1e6:.1f} million inputs/s")


@dataclass
class Bar:
    """Shows how far a sweep is: a bar on a terminal, a line a configuration elsewhere."""

    ledgers: Ledgers
    console: Console
    _left: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        header = self.ledgers.header
        self._progress = Progress(
            TextColumn("{task.fields[name]}"),
            BarColumn(),
            TextColumn("{task.percentage:.0f}%"),
            _Rate(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
            speed_estimate_period=60,
        )
        total = 0
        for at, one in enumerate(header.configurations):
            swept = self.ledgers.of(at)
            if not swept.unsupported:
                done = sum(number == at for number, _ in self.ledgers.done)
                self._left[at] = header.shards(at) - done
                total += header.spans[one.dtype].count - swept.tried
        self._task = self._progress.add_task("", total=total, name="starting")

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Takes the bar away."""
        self._progress.stop()

    def finished(self, shard: Shard, task: Any) -> None:
        """One more shard is done."""
        at = shard.configuration
        self._left[at] -= 1
        name = task.configuration.name
        self._progress.update(self._task, advance=task.stop - task.start, name=name)
        if not self._left[at] and not self.console.is_terminal:
            self.console.print(sweep_table.line(self.ledgers.of(at)), soft_wrap=True)


def _sweeping() -> Any:
    """The sweep, which needs the enclosure's packages."""
    try:
        importlib.import_module("flint")
        return importlib.import_module("focalspec.conformance.sweep.sweeping")
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("focalspec"):
            raise
        raise MissingSweepExtraError(
            f"this command needs the package {error.name!r}: pip install 'focalspec[certify]'"
        ) from error
