"""The terminal's view of a sweep: a row an output of each configuration, the worst inputs below."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from focalspec.conformance.sweep_results import Sweep, Swept, alpha_of
from focalspec.conformance.sweep_tally import Found, Tally

COLUMNS = (
    *("label", "alpha", "gamma", "output", "worst ulp", "at input", "not correctly rounded"),
    *("NaN", "inf", "breaks"),
)
LISTED = 5  # outputs whose worst inputs are listed


def draw(sweep: Sweep) -> RenderableType:
    """The whole view."""
    header = sweep.header
    name = f"{header.implementation} {header.version}".strip()
    parts: list[RenderableType] = [Text(f"{name}, {header.formula}", style="bold")]
    for dtype in header.spans:
        parts.append(Text(f"\n{covered(sweep, dtype)}", style="dim"))
        if any(True for _ in _rows(sweep, dtype)):
            parts.append(_table(sweep, dtype))
    for one in sweep.swept:
        if one.unsupported:
            parts.append(Text(f"not swept: {one.configuration.name}: {one.unsupported}"))
        parts += [Text(f"not swept: {problem}", style="bold red") for problem in one.problems]
    parts += _counterexamples(sweep)
    parts.append(Text(f"\n{_pace(sweep)}", style="dim"))
    return Group(*parts)


def covered(sweep: Sweep, dtype: str) -> str:
    """Which inputs of a dtype were tried."""
    span = sweep.header.spans[dtype]
    tried = {one.tried for one in sweep.swept if one.configuration.dtype == dtype and one.outcome}
    missing = "" if tried <= {span.count} else f" (where shards are missing, {min(tried):,})"
    return f"{dtype}: {span.told}{missing}, for each configuration"


def _rows(sweep: Sweep, dtype: str) -> Iterator[tuple[tuple[str, ...], Tally]]:
    """A row of cells for each output of each configuration."""
    for one in sweep.swept:
        if one.configuration.dtype != dtype:
            continue
        given = one.configuration
        name = (str(given.label), alpha_of(given), f"{given.gamma:g}")
        for output, tally in one.outcome.items():
            yield (*name, output, *_cells(tally)), tally
            name = ("", "", "")


def _table(sweep: Sweep, dtype: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column in COLUMNS:
        side: Literal["left", "right"] = "left" if column == "output" else "right"
        table.add_column(column.replace("correctly ", "correctly\n"), justify=side, no_wrap=True)
    for cells, tally in _rows(sweep, dtype):
        style = "bold red" if tally.beyond else "bold green"
        table.add_row(
            *(Text(cell, style=style if at == 3 else "") for at, cell in enumerate(cells))
        )
    return table


def _cells(tally: Tally) -> Sequence[str]:
    worst = tally.worst[0] if tally.worst else None
    return (
        "-" if worst is None else ulps(worst.error),
        "-" if worst is None else f"{worst.input:.9g}",
        rounded(tally),
        f"{tally.nan:,}",
        f"{tally.infinite:,}",
        f"{tally.breaks.count:,}" if tally.breaks.direction else "-",
    )


def markdown(sweep: Sweep) -> str:
    """The rows as tables of Markdown, one for each dtype."""
    header = sweep.header
    lines = [f"## Sweep of {header.implementation} {header.version}, {header.formula}"]
    for dtype in header.spans:
        lines += ["", f"{covered(sweep, dtype)}.", "", _line(COLUMNS)]
        lines.append(_line("---" if column == "output" else "---:" for column in COLUMNS))
        lines += [_line(cells) for cells, _ in _rows(sweep, dtype)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def ulps(error: float) -> str:
    """An error in ulp, so that one half is told from a little more."""
    if error < 1.0:
        return f"{error:.6f}"
    return f"{error:.4g}" if error < 1e5 else f"{error:.3g}"


def rounded(tally: Tally) -> str:
    """How many results are not correctly rounded, and their share."""
    if not tally.wrong:
        return "0"
    return f"{tally.wrong:,} ({tally.wrong / tally.tried:.2g})"


def _counterexamples(sweep: Sweep) -> Iterator[RenderableType]:
    failing = [
        (one.configuration.name, output, tally)
        for one in sweep.swept
        for output, tally in one.outcome.items()
        if tally.beyond
    ]
    within = sweep.header.within
    limit = "not correctly rounded" if within is None else f"beyond {within:g} ulp"
    for name, output, tally in failing[:LISTED]:
        yield Text(f"\n{name}, {output}: {tally.beyond:,} {limit}", style="bold red")
        if tally.first is not None:
            yield Text(f"  first {_told(tally.first)}")
        yield from (Text(f"  worst {_told(found)}") for found in tally.worst)
    if len(failing) > LISTED:
        yield Text(f"… and {len(failing) - LISTED} more (--results FILE keeps them all)")


def _told(found: Found) -> str:
    return (
        f"input {found.input:.9g} ({found.input.hex()}): found {found.found:.9g},"
        f" correctly rounded {found.nearest:.9g}: {ulps(found.error)} ulp"
    )


def _pace(sweep: Sweep) -> str:
    tried = sum(one.tried for one in sweep.swept)
    ours = sum(one.seconds.processor for one in sweep.swept)
    theirs = sum(one.seconds.implementation for one in sweep.swept)
    settled = [tally for one in sweep.swept for tally in one.outcome.values()]
    ties = sum(tally.ties for tally in settled)
    enclosed = sum(tally.enclosed for tally in settled)
    speed = (
        f", {tried / (ours + theirs) / 1e6:.3g} million inputs a second of a core" if ours else ""
    )
    return (
        f"{tried:,} inputs; {ties:,} ties decided by a sign, {enclosed:,} roundings by the"
        f" enclosure; processor {ours:.1f} s here, {theirs:.1f} s in the implementation{speed}"
    )


def line(one: Swept) -> str:
    """A finished configuration in one line."""
    if not one.outcome:
        return f"{one.configuration.name}: not swept"
    outputs = "; ".join(
        f"{name} worst {ulps(tally.error)} ulp, {rounded(tally)} not correctly rounded"
        for name, tally in one.outcome.items()
    )
    used = one.seconds.processor + one.seconds.implementation
    return f"{one.configuration.name}: {one.tried:,} inputs, {used:.1f} s: {outputs}"


def show(sweep: Sweep, console: Console) -> None:
    """Prints the view."""
    console.print(draw(sweep), soft_wrap=True, highlight=False)
