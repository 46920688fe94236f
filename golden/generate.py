"""Generates the golden values: drafts in, certified values out, the whole set swapped in at once.

A plain run computes only what changed: a case whose committed content is what would be written
today, values aside, keeps its values, as long as the committed file is what its MANIFEST says and
the code that computed it (the file GENERATOR beside it) is the code of today. A check computes
everything again and compares every byte, so it trusts no hash; ``quick`` makes it trust them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from focalspec.golden import compare, content, manifest, provenance, reuse, swap
from focalspec.golden.authoring import load_topics
from focalspec.golden.content import CASE, Content
from focalspec.golden.draft import Draft, Topic
from focalspec.golden.loader import COLUMNS
from focalspec.golden.parallel import in_order
from focalspec.golden.printed import agrees
from focalspec.golden.suite import Array, Inputs, Value
from focalspec.golden.writer import render
from focalspec.reference.tensor import Tensor

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with the number of calls computed, the number to compute, and the case's id."""


class GenerationError(ValueError):
    """Values that cannot be generated; the message names file, line, case and output."""


@dataclass(frozen=True)
class Report:
    """What a generation did, or what a check found.

    ``changed`` lists the files that were (or, in a check, would be) written or removed, and
    ``differences`` says for a check where; ``proofs`` counts the values by how they are proven.
    """

    topics: int
    cases: int
    computed: int
    reused: int
    proofs: Mapping[str, int]
    changed: tuple[str, ...]
    differences: tuple[str, ...]
    recovered: bool

    @property
    def values(self) -> int:
        """The number of golden values."""
        return sum(self.proofs.values())


class Call(NamedTuple):
    """One evaluation to be certified: a case's own (CASE), or that of a reading of a survey."""

    case: str
    reading: str
    where: str
    formula: str
    inputs: Mapping[str, Tensor]
    parameters: Mapping[str, object]
    outputs: tuple[str, ...]


Compute: TypeAlias = Callable[[Call], dict[str, Content]]
Results: TypeAlias = dict[reuse.Key, dict[str, Content]]


def generate(  # noqa: PLR0913  (all but the first by keyword)
    root: Path | None = None,
    *,
    check: bool = False,
    quick: bool = False,
    jobs: int = 2,
    progress: Progress | None = None,
    compute: Compute | None = None,
) -> Report:
    """Generate the values of all cases under ``root``, the folder of ``cases/`` and ``values/``.

    ``check`` writes nothing and reports what would change; ``quick`` lets it trust the hashes.
    ``compute`` stands in for the certified computation in tests. Raises ValueError (YamlError for
    an authored file, GenerationError for values) with a message that names the place.
    """
    root = Path(__file__).parent if root is None else root
    work = _Work(root, load_topics(root), jobs, progress, compute or certified)
    if check:
        return work.checked(trusting=quick)
    with swap.exclusively(root):
        recovered = swap.recover(root)
        return replace(work.written(), recovered=recovered)


def certified(call: Call) -> dict[str, Content]:
    """The certified tables of a call, by output. Raises GenerationError where there is no proof."""
    # Only generation needs mpmath and python-flint; whoever merely reads values must not.
    from focalspec.golden.certify import certify_case  # noqa: PLC0415

    try:
        certificates = certify_case(call.formula, call.inputs, call.parameters, call.outputs)
    except ValueError as error:
        raise GenerationError(f"{call.where}: {_named(call)}: {error}") from error
    return {name: content.table(found.shape, found.rows) for name, found in certificates.items()}


class _Work:
    """One generation: the topics, how to compute them, and where they go."""

    def __init__(
        self,
        root: Path,
        topics: Sequence[Topic],
        jobs: int,
        progress: Progress | None,
        compute: Compute,
    ) -> None:
        self.root = root
        self.folder = swap.current_set(root)
        self.topics = topics
        self.jobs = jobs
        self.progress = progress
        self.compute = compute
        self.generator = provenance.generator()
        self.calls = [
            (call, signature)
            for topic in topics
            for draft in topic.drafts
            for call, signature in _calls(topic, draft)
        ]

    def written(self) -> Report:
        """Compute what changed and swap the new set in, unless nothing changed at all."""
        results, computed = self._results(reuse.committed(self.folder, self.generator))
        files = self._files(results)
        changed = self._changed(files)
        if changed or _text(self.folder / manifest.GENERATOR) != self.generator:
            self._swap_in({**files, manifest.GENERATOR: self.generator})
        return self._report(results, computed, changed, ())

    def checked(self, *, trusting: bool) -> Report:
        """Compute everything, or what the hashes do not vouch for, and compare every byte."""
        known = reuse.committed(self.folder, self.generator) if trusting else {}
        results, computed = self._results(known)
        files = self._files(results)
        changed = self._changed(files)
        return self._report(results, computed, changed, tuple(self._differences(files, changed)))

    def _results(self, known: Mapping[reuse.Key, reuse.Known]) -> tuple[Results, int]:
        results: Results = {}
        wanted: list[Call] = []
        for call, signature in self.calls:
            key = (call.case, call.reading)
            if key in known and known[key].signature == signature:
                results[key] = known[key].tables
            else:
                wanted.append(call)
        tables = in_order(self.compute, wanted, self.jobs)
        for done, (call, found) in enumerate(zip(wanted, tables, strict=True), 1):
            results[call.case, call.reading] = found
            if self.progress is not None:
                self.progress(done, len(wanted), call.case)
        return results, len(wanted)

    def _files(self, results: Results) -> dict[str, str]:
        """The text of every file of the set, by path."""
        files: dict[str, str] = {}
        for topic in self.topics:
            cases = []
            for draft in topic.drafts:
                tables = {name: results[draft.id, name] for name in _computed(draft)}
                _check_printed(draft, tables)
                cases.append(content.case(draft, tables))
            files[topic.path] = render(content.file(topic, cases))
        digests = {name: manifest.sha256(text.encode()) for name, text in files.items()}
        return {**files, manifest.MANIFEST: manifest.render(digests)}

    def _changed(self, files: Mapping[str, str]) -> list[str]:
        """The files that are not, byte for byte, what they should be, and those that should go."""
        present = manifest.values_files(self.folder) if self.folder.is_dir() else []
        surplus = [name for name in present if name not in files]
        differing = [name for name, text in files.items() if _text(self.folder / name) != text]
        return sorted([*surplus, *differing])

    def _differences(self, files: Mapping[str, str], changed: Sequence[str]) -> Iterator[str]:
        for name in changed:
            path = self.folder / name
            committed = _text(path)
            if name not in files:
                yield f"{path}: expected no such file, as no file of cases/ describes it"
            elif committed is None:
                yield f"{path}: expected this file, found none or one that is no text"
            elif name == manifest.MANIFEST:
                yield f"{path}: expected the hashes of the generated files, found others"
            else:
                yield from compare.differences(str(path), committed, files[name])

    def _swap_in(self, files: Mapping[str, str]) -> None:
        folder = swap.start(self.root)
        for name, text in files.items():
            swap.write_durably(folder / name, text.encode())
        swap.finish(self.root)

    def _report(
        self, results: Results, computed: int, changed: Sequence[str], differences: tuple[str, ...]
    ) -> Report:
        proofs: Counter[str] = Counter()
        for tables in results.values():
            for table in tables.values():
                proofs.update(row.rpartition(" ")[2] for row in table["values"].split("\n") if row)
        return Report(
            topics=len(self.topics),
            cases=sum(len(topic.drafts) for topic in self.topics),
            computed=computed,
            reused=len(self.calls) - computed,
            proofs=dict(sorted(proofs.items())),
            changed=tuple(changed),
            differences=differences,
            recovered=False,
        )


def _computed(draft: Draft) -> list[str]:
    """The names under which a case has values: CASE, or the readings that are no outcome."""
    if draft.expect == "values":
        return [CASE]
    return [name for name, reading in draft.readings.items() if reading.outcome is None]


def _calls(topic: Topic, draft: Draft) -> Iterator[tuple[Call, Content]]:
    """The evaluations that a case takes, each with the signature of what its values depend on."""
    given = content.inputs(draft.inputs)
    for name in _computed(draft):
        values, outputs = draft.parameters, draft.outputs
        if name != CASE:
            reading = draft.readings[name]
            values, outputs = {**values, **reading.overrides}, reading.outputs
        signature = content.signature(given, content.parameters(values), outputs)
        call = Call(
            draft.id,
            name,
            draft.where,
            topic.formula,
            _tensors(draft.inputs),
            {key: _handed(value) for key, value in values.items()},
            outputs,
        )
        yield call, signature


def _tensors(inputs: Inputs) -> dict[str, Tensor]:
    return {name: Tensor(array.shape, array.values) for name, array in inputs.items()}


def _handed(value: Value) -> object:
    return Tensor(value.shape, value.values) if isinstance(value, Array) else value


def _check_printed(draft: Draft, tables: Mapping[str, Mapping[str, Content]]) -> None:
    """Refuse values that a document prints otherwise, or in another number."""
    for output, printed in draft.printed.items():
        rows = tables[CASE][output]["values"].split("\n")
        if len(rows) != len(printed):
            raise GenerationError(
                f"{draft.where}: {draft.id}: printed.{output}: expected {len(rows)} numbers,"
                f" found {len(printed)}"
            )
        form = draft.input_format or "float64"
        for shown, row in zip(printed, rows, strict=True):
            fields = dict(zip(COLUMNS, row.split(), strict=True))
            if not agrees(shown, fields["decimal"], float.fromhex(fields[form]), form):
                raise GenerationError(
                    f"{draft.where}: {draft.id}: printed.{output}: expected a number that agrees"
                    f" with {fields['decimal']}, found {shown}"
                )


def _named(call: Call) -> str:
    return f"{call.case}, reading {call.reading}" if call.reading else call.case


def _text(path: Path) -> str | None:
    """The text of a file; None where there is no such file or it is no text."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
