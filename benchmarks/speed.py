"""Times the NumPy losses against their peers, in turn, on the same arrays, and prints ratios.

    python benchmarks/speed.py [--quick] [--peer torch] [--cell 'sigmoid-float32-*'] [--threads 1]

Every peer runs in a process of its own, in an environment that uv builds from the header of its
file in peers/. The processes take turns, so that a machine whose speed drifts slows all alike; the
fastest call of all turns counts. A turn in which another process held the processor is repeated,
and marked ~ where that does not help. Forward is the loss of every element; with gradient, the
loss's sum and its gradient.
"""

import fnmatch
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from focalspec.conformance.environments import NoEnvironmentError, interpreter, read_header

PEERS = Path(__file__).with_name("peers")
SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
SHAPES = ((100_000, 10), (10_000, 1_000), (64, 100_000), (8, 20, 256, 256))
QUICK_SIZES, QUICK_SHAPES = (1_000, 1_000_000), ((100_000, 10),)

# Names of NumPy 1.26 and of NumPy 2.4 for what most laptops lack.
AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4"

# What a turn takes, and how much of the processors it must have had.
SECONDS, SHARE = 0.15, 0.85


@dataclass(frozen=True)
class Cell:
    """One question put to all peers."""

    family: str
    dtype: str
    shape: tuple[int, ...]
    gradient: bool

    @property
    def arrays(self) -> str:
        """The name of the arrays, which both directions share."""
        return f"{self.family}-{self.dtype}-{'x'.join(map(str, self.shape))}"

    @property
    def name(self) -> str:
        """The cell's name."""
        return f"{self.arrays}-{'gradient' if self.gradient else 'forward'}"

    @property
    def size(self) -> int:
        """Elements of the logits."""
        return int(np.prod(self.shape))


@dataclass(frozen=True)
class Peer:
    """A way to run an implementation."""

    file: str
    variant: str
    threads: int
    label: str
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The row of the tables."""
        return f"{self.label}, {self.threads} thread{'s' * (self.threads > 1)}"


@dataclass(frozen=True)
class Timing:
    """Seconds of the fastest call, and whether it had the processors to itself."""

    seconds: float
    disturbed: bool


def peers(threads: tuple[int, ...]) -> Iterator[Peer]:
    """All ways to run all implementations."""
    # names that NumPy does not know are refused, names that the machine lacks are not
    known = set(_cpu_features())
    laptop = " ".join(name for name in AVX512.split() if name in known)
    plain = (("NPY_DISABLE_CPU_FEATURES", laptop),)
    for count in threads:
        yield Peer("focalspec_", "full", count, "focalspec")
        yield Peer("focalspec_", "fast", count, "focalspec fast")
        yield Peer("focalspec_", "full", count, "focalspec, no AVX-512", plain)
        yield Peer("focalspec_", "fast", count, "focalspec fast, no AVX-512", plain)
        yield Peer("torch_", "eager", count, "torch eager")
        yield Peer("torch_", "compiled", count, "torch compiled")
        yield Peer("paddle_", "eager", count, "paddle")
        yield Peer("tensorflow_", "eager", count, "tensorflow eager")
        yield Peer("tensorflow_", "xla", count, "tensorflow xla")
        yield Peer("jax_", "jit", count, "jax, optax")
    yield Peer("numpy_textbook", "", 1, "textbook NumPy")
    yield Peer("scipy_", "", 1, "SciPy")
    yield Peer("focalspec_", "limit-memory", 1, "limit: read x and y, write once")
    yield Peer("focalspec_", "limit-work", 1, "limit: one exp, one log1p")


def _cpu_features() -> list[str]:
    from numpy._core import _multiarray_umath  # noqa: PLC0415 -- the one place that tells

    return [*_multiarray_umath.__cpu_dispatch__]


def cells(quick: bool) -> Iterator[Cell]:
    """All questions."""
    for dtype in ("float32",) if quick else ("float32", "float64"):
        for gradient in (False, True):
            for size in QUICK_SIZES if quick else SIZES:
                yield Cell("sigmoid", dtype, (size,), gradient)
            for shape in QUICK_SHAPES if quick else SHAPES:
                yield Cell("softmax", dtype, shape, gradient)


def write_arrays(cell: Cell, folder: Path) -> None:
    """The arrays that every peer reads."""
    generator = np.random.default_rng(1)
    x = (generator.standard_normal(cell.shape) * 3).astype(cell.dtype)
    if cell.family == "sigmoid":
        y = (generator.random(cell.shape) < 0.2).astype(cell.dtype)
    else:
        y = generator.integers(0, cell.shape[1], (cell.shape[0], *cell.shape[2:]))
    np.save(folder / f"{cell.arrays}-x.npy", x)
    np.save(folder / f"{cell.arrays}-y.npy", y)


class Worker:
    """The process of a peer."""

    def __init__(self, peer: Peer, python: str, folder: Path, log: Path) -> None:
        self.peer = peer
        self._log = log.open("ab")
        command = [python, PEERS / "worker.py", peer.file, peer.variant, str(peer.threads), folder]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **dict(peer.environment)},
        )

    def ask(self, request: dict[str, object]) -> dict[str, object]:
        """Send a request and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": f"ended; see {self._log.name}"}

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._log.close()


def ask_all(cell: Cell, workers: list[Worker], rounds: int) -> dict[str, Timing | str]:
    """The timings of a cell, the peers taking turns."""
    about = {**asdict(cell), "name": cell.arrays}
    found: dict[str, Timing | str] = {}
    ready = []
    for worker in workers:
        answer = worker.ask({"cell": about})
        if "error" in answer:
            found[worker.peer.name] = str(answer["error"])
        elif answer["ready"]:
            ready.append(worker)
    for turn in range(rounds):
        for worker in ready if turn % 2 == 0 else reversed(ready):
            found[worker.peer.name] = better(found.get(worker.peer.name), take_turn(worker))
    return found


def take_turn(worker: Worker) -> Timing | str:
    """One turn of a peer, repeated where another process held the processor."""
    for attempt in range(3):
        time.sleep(0.02 + 0.1 * attempt)  # threads of the one before go to sleep
        answer = worker.ask({"seconds": SECONDS})
        if "error" in answer:
            return str(answer["error"])
        if float(answer["share"]) >= SHARE:
            return Timing(float(answer["seconds"]), False)
    return Timing(float(answer["seconds"]), True)


def better(known: Timing | str | None, new: Timing | str) -> Timing | str:
    """The faster of two turns; an undisturbed one before a disturbed one."""
    if not isinstance(known, Timing) or not isinstance(new, Timing):
        return new
    return min(known, new, key=lambda timing: (timing.disturbed, timing.seconds))


@dataclass(frozen=True)
class Group:
    """The table of a family, format and direction: nanoseconds an element, and the ratio."""

    title: str
    header: list[str]
    rows: list[list[str]]


def groups(results: dict[Cell, dict[str, Timing | str]], rows: list[Peer]) -> Iterator[Group]:
    """All tables."""
    for family, dtype, gradient in sorted({(c.family, c.dtype, c.gradient) for c in results}):
        columns = [
            c for c in results if (c.family, c.dtype, c.gradient) == (family, dtype, gradient)
        ]
        direction = "forward and gradient" if gradient else "forward"
        title = f"{family}, {dtype}, {direction}: ns an element (times focalspec)"
        lines = [
            [
                peer.name,
                *(shown(results[c].get(peer.name), ours(results[c], peer), c) for c in columns),
            ]
            for peer in rows
        ]
        yield Group(
            title,
            ["x".join(map(str, column.shape)) for column in columns],
            [line for line in lines if any(line[1:])],
        )


def show(console: Console, group: Group) -> None:
    """A table for the terminal."""
    table = Table("", title=group.title)
    for heading in group.header:
        table.add_column(heading, justify="right")
    for row in group.rows:
        table.add_row(*(coloured(text) for text in row))
    console.print(table)


def markdown(group: Group) -> str:
    """A table for a page."""
    lines = [["", *group.header], ["---", *["---:"] * len(group.header)], *group.rows]
    return f"### {group.title}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def coloured(text: str) -> str:
    """A cell in green where focalspec is ahead, and in red where it is not."""
    head, mark, ratio = text.partition(" (")
    if not mark:
        return text
    return f"{head} [{'green' if float(ratio[:-1]) >= 1 else 'red'}]({ratio}[/]"


def ours(found: dict[str, Timing | str], peer: Peer) -> Timing | None:
    """What focalspec takes on as many threads."""
    mine = found.get(Peer("focalspec_", "full", peer.threads, "focalspec").name)
    return mine if isinstance(mine, Timing) else None


def shown(timing: Timing | str | None, mine: Timing | None, cell: Cell) -> str:
    """A cell of the table."""
    if timing is None:
        return ""
    if isinstance(timing, str):
        return "failed"
    text = f"{'~' * timing.disturbed}{timing.seconds / cell.size * 1e9:.2f}"
    if mine is None:
        return text
    return f"{text} ({timing.seconds / mine.seconds:.2g})"


def lost(results: dict[Cell, dict[str, Timing | str]], rows: list[Peer]) -> list[str]:
    """The cells in which a peer is faster than focalspec on as many threads."""
    lines = []
    for cell, found in results.items():
        for peer in rows:
            timing, mine = found.get(peer.name), ours(found, peer)
            if peer.file == "focalspec_" or not isinstance(timing, Timing) or mine is None:
                continue
            if timing.seconds < mine.seconds:
                fast = found.get(Peer("focalspec_", "fast", peer.threads, "focalspec fast").name)
                wins = isinstance(fast, Timing) and fast.seconds <= timing.seconds
                remedy = "precision='fast' wins it" if wins else "precision='fast' loses it too"
                ratio = timing.seconds / mine.seconds
                lines.append(f"{cell.name}: {peer.name} takes {ratio:.2f} of the time; {remedy}")
    return lines


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="Two sizes, one softmax, float32.")
@click.option("--peer", "wanted", multiple=True, help="Only peers whose name begins so.")
@click.option("--cell", "pattern", default="*", help="Only cells whose name matches.")
@click.option("--threads", multiple=True, type=click.IntRange(min=1), default=(1, 2))
@click.option("--rounds", type=click.IntRange(min=1), default=4, help="Turns of each peer.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Keep the timings here.")
@click.option(
    "--markdown", "markdown_file", type=click.Path(path_type=Path), help="Tables for a page."
)
def main(
    quick: bool,
    wanted: tuple[str, ...],
    pattern: str,
    threads: tuple[int, ...],
    rounds: int,
    json_file: Path | None,
    markdown_file: Path | None,
) -> None:
    """Run the benchmark."""
    console = Console()
    rows = [p for p in peers(threads) if p.name.startswith("focalspec") or chosen(p, wanted)]
    questions = [cell for cell in cells(quick) if fnmatch.fnmatch(cell.name, pattern)]
    results: dict[Cell, dict[str, Timing | str]] = {}
    with tempfile.TemporaryDirectory() as name, Progress(console=console) as progress:
        folder = Path(name)
        workers = start_all(rows, folder, console)
        bar = progress.add_task("timing", total=len(questions))
        try:
            for cell in questions:
                write_arrays(cell, folder)
                results[cell] = ask_all(cell, workers, rounds)
                progress.update(bar, advance=1, description=cell.name)
        finally:
            for worker in workers:
                worker.close()
    tables = list(groups(results, rows))
    for table in tables:
        show(console, table)
    if markdown_file is not None:
        markdown_file.write_text("\n".join(map(markdown, tables)))
    for line in lost(results, rows):
        console.print(line, highlight=False)
    console.print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, "
                  f"Python {platform.python_version()}, NumPy {np.__version__}, load "
                  f"{os.getloadavg()[0]:.1f}; ~ was disturbed by another process")  # fmt: skip
    if json_file is not None:
        kept = [
            _as_json(cell, *found) for cell, peers in results.items() for found in peers.items()
        ]
        json_file.write_text(json.dumps(kept, indent=1) + "\n")


def _as_json(cell: Cell, peer: str, timing: Timing | str) -> dict[str, object]:
    """A timing, or why there is none, as the file of timings has it."""
    found = asdict(timing) if isinstance(timing, Timing) else {"error": timing}
    return {"cell": cell.name, "peer": peer, **found}


def chosen(peer: Peer, wanted: tuple[str, ...]) -> bool:
    """Whether a peer was asked for."""
    return not wanted or any(peer.name.startswith(name) for name in wanted)


def start_all(rows: list[Peer], folder: Path, console: Console) -> list[Worker]:
    """A process for every peer whose environment can be had."""
    workers = []
    for peer in rows:
        try:
            with console.status(f"building the environment of {peer.label}"):
                python = interpreter(peer.file, read_header(PEERS / f"{peer.file}.py"))
        except NoEnvironmentError as error:
            console.print(f"{peer.label} is left out: {error}", highlight=False)
            continue
        workers.append(Worker(peer, python, folder, folder / f"{len(workers)}.log"))
    return workers


if __name__ == "__main__":
    sys.exit(main())
