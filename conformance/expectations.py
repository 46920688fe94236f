"""Known deviations: failures of an implementation that somebody has explained, as expectations.

They are strict: a check that a deviation covers must fail. One that passes fails the run, so that
the file never says more than is true. The exception is an entry that says ``within`` what bound: a
wider tolerance, with its reason, for arithmetic of which it depends on the machine whether a check
misses the standard tolerance. What it covers may pass; what misses lies within its bound.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from pathlib import Path

from focalspec.conformance.comparison import Miss
from focalspec.conformance.judge import Verdict
from focalspec.conformance.names import check_name
from focalspec.conformance.results import Check, Known
from focalspec.golden.formats import FORMATS
from focalspec.golden.strict_yaml import Document, Place, load_document

CLASSES = (
    "documented choice",
    "undocumented choice",
    "numerical defect",
    "wrong result",
    "crash",
)
UNEXPLAINED = "why?"  # the class of an entry that is drafted and not yet explained
_REQUIRED = ("id", "cases", "class", "reason", "evidence")
_OPTIONAL = ("outputs", "dtypes", "within")


@dataclass(frozen=True)
class Bound:
    """How far from the exact value a result may be: ``absolute`` plus ``relative`` times it."""

    relative: float
    absolute: float

    def holds(self, misses: Iterable[Miss]) -> bool:
        """Whether elements that are beyond the standard tolerance lie within this one."""
        return all(miss.distance <= self.absolute + self.relative * miss.size for miss in misses)

    def __str__(self) -> str:
        return f"relative {self.relative:g}, absolute {self.absolute:g}"


@dataclass(frozen=True)
class Deviation:
    """One explained way in which an implementation differs; empty outputs and dtypes mean all."""

    id: str
    cases: tuple[str, ...]  # globs over case ids
    outputs: tuple[str, ...]
    dtypes: tuple[str, ...]
    kind: str
    reason: str
    evidence: str
    place: str  # file and line
    within: Bound | None = None  # None: each check that it covers must fail

    @property
    def known(self) -> Known:
        """What results files say of it."""
        bound = "" if self.within is None else str(self.within)
        return Known(self.id, self.kind, self.reason, self.evidence, self.place, bound)

    def covers(self, check: Check) -> bool:
        """Whether a check is one of those that it speaks of."""
        return (
            (not self.outputs or check.output in self.outputs)
            and (not self.dtypes or check.dtype in self.dtypes)
            and any(fnmatchcase(check.case, pattern) for pattern in self.cases)
        )


@dataclass
class Deviations:
    """The deviations of one implementation, and which of them have been met in a run."""

    entries: tuple[Deviation, ...] = ()
    _met: dict[str, set[Verdict]] = field(default_factory=dict)

    @property
    def strict(self) -> Iterator[Deviation]:
        """The entries whose checks must fail; they come before those that widen the tolerance."""
        return (entry for entry in self.entries if entry.within is None)

    def apply(self, check: Check, misses: Sequence[Miss] | None = None) -> Check:
        """The check with its verdict in the light of the deviations.

        ``misses`` are the elements that are too far off, of a check that fails by nothing else.
        """
        entry = next((one for one in self.strict if one.covers(check)), None)
        if entry is None:
            return self._widened(check, misses)
        self._meet(entry, check)
        if check.verdict in {Verdict.FAIL, Verdict.ERROR}:
            return replace(check, verdict=Verdict.DEVIATION, deviation=entry.id)
        if check.verdict is Verdict.PASS:
            message = (
                f"passes, though {entry.place} ({entry.id}) says that it deviates:"
                " delete or narrow that entry"
            )
            return replace(
                check, verdict=Verdict.UNEXPECTED_PASS, deviation=entry.id, message=message
            )
        return check

    def _widened(self, check: Check, misses: Sequence[Miss] | None) -> Check:
        """The check with its verdict under the wider tolerances that cover it, if any do."""
        wider = [one for one in self.entries if one.within is not None and one.covers(check)]
        for entry in wider:
            self._meet(entry, check)
        if not wider or check.verdict is not Verdict.FAIL:
            return check
        for entry in wider:
            if misses is not None and entry.within is not None and entry.within.holds(misses):
                return replace(check, verdict=Verdict.DEVIATION, deviation=entry.id)
        allowed = "; ".join(f"{one.within} ({one.place}, {one.id})" for one in wider)
        return replace(check, message=f"{check.message}; beyond what is known: {allowed}")

    def _meet(self, entry: Deviation, check: Check) -> None:
        self._met.setdefault(entry.id, set()).add(check.verdict)

    def warnings(self, cases: Collection[str], *, whole: bool) -> tuple[str, ...]:
        """What is odd about the entries after a run.

        ``cases`` are the ids of all golden cases that they speak of: a pattern that matches none is
        a mistake (nothing is known where there are none). Only a ``whole`` run, one that left no
        case out, can tell that an entry met no judged check.
        """
        if not cases:
            return ()
        found = [
            f"{entry.place} ({entry.id}): no case matches {pattern}"
            for entry in self.entries
            for pattern in entry.cases
            if not any(fnmatchcase(case, pattern) for case in cases)
        ]
        judged = {Verdict.FAIL, Verdict.ERROR, Verdict.PASS}
        unmet = [one for one in self.entries if not judged & self._met.get(one.id, set())]
        if whole:
            found += [f"{one.place} ({one.id}): covers no check that was judged" for one in unmet]
        return tuple(found)


def beside(adapter: Path) -> Path | None:
    """The file of known deviations that lies beside an adapter: mine.deviations.yaml of mine.py."""
    file = adapter.with_name(f"{adapter.stem}.deviations.yaml")
    return file if file.is_file() else None


def load(
    path: Path, implementation: str, outputs: Collection[str], *, drafts: bool = False
) -> Deviations:
    """The deviations in a file. Raises YamlError, or UnknownNameError, naming file, line and field.

    ``outputs`` are the names that an output can have. Entries that nobody has explained yet are
    refused, except among ``drafts``.
    """
    document = load_document(path)
    _check_keys(document, (), document.value, ("implementation", "deviations"))
    content = _mapping(document, (), document.value)
    if content["implementation"] != implementation:
        found = f"expected {implementation!r}, found {content['implementation']!r}"
        raise document.error(("implementation",), found)
    entries = content["deviations"]
    if not isinstance(entries, list):
        raise document.error(("deviations",), "expected a list")
    places: list[Place] = [("deviations", index) for index in range(len(entries))]
    if not drafts:
        for place in places:
            _check_explained(document, place)
    read = [_entry(document, place, outputs) for place in places]
    seen: set[str] = set()
    for index, entry in enumerate(read):
        if entry.id in seen:
            raise document.error(("deviations", index, "id"), f"expected once, found {entry.id!r}")
        seen.add(entry.id)
    return Deviations(tuple(read))


def _entry(document: Document, place: Place, outputs: Collection[str]) -> Deviation:
    fields = _mapping(document, place, _at(document.value, place))
    _check_keys(document, place, fields, _REQUIRED, _OPTIONAL)

    def names(key: str, known: Iterable[str] = ()) -> tuple[str, ...]:
        if key not in fields:
            return ()
        values = fields[key]
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise document.error((*place, key), f"expected a list of names, found {values!r}")
        for value in values if known else ():
            check_name(key[:-1], value, tuple(known), f"{document.name}:{document.line(place)}")
        return tuple(values)

    if fields["class"] not in (*CLASSES, UNEXPLAINED):
        found = f"expected one of {', '.join(CLASSES)}, found {fields['class']!r}"
        raise document.error((*place, "class"), found)
    cases = names("cases")
    if not cases:
        raise document.error((*place, "cases"), "expected at least one pattern")
    return Deviation(
        id=_text(document, (*place, "id"), fields["id"]),
        cases=cases,
        outputs=names("outputs", outputs),
        dtypes=names("dtypes", FORMATS),
        kind=str(fields["class"]),
        reason=_text(document, (*place, "reason"), fields["reason"] or UNEXPLAINED),
        evidence=_text(document, (*place, "evidence"), fields["evidence"]),
        place=f"{document.name}:{document.line(place)}",
        within=_bound(document, (*place, "within")) if "within" in fields else None,
    )


def _bound(document: Document, place: Place) -> Bound:
    """A wider tolerance. Raises YamlError."""
    fields = _mapping(document, place, document.at(place))
    _check_keys(document, place, fields, (), ("relative", "absolute"))
    parts = {key: _size(document, (*place, key)) for key in fields}
    if not any(parts.values()):
        raise document.error(place, "expected relative, absolute or both, more than zero")
    return Bound(parts.get("relative", 0.0), parts.get("absolute", 0.0))


def _size(document: Document, place: Place) -> float:
    text = document.at(place)
    try:
        number = float(Decimal(text)) if isinstance(text, str) else -1.0
    except InvalidOperation:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise document.error(place, f"expected a number that is not negative, found {text!r}")
    return number


def _check_explained(document: Document, place: Place) -> None:
    """Refuses an entry that is still as it was drafted."""
    fields = _at(document.value, place)
    if not isinstance(fields, dict):
        return
    if fields.get("class") == UNEXPLAINED:
        raise document.error(
            (*place, "class"), f"a draft: expected one of {', '.join(CLASSES)} in its place"
        )
    if "reason" in fields and not fields["reason"]:
        raise document.error((*place, "reason"), "a draft: expected why it deviates")


def _at(value: object, place: Place) -> object:
    for step in place:
        value = value[step]  # type: ignore[index]
    return value


def _mapping(document: Document, place: Place, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise document.error(place, "expected a mapping")
    return value


def _check_keys(
    document: Document,
    place: Place,
    value: object,
    required: Sequence[str],
    optional: Sequence[str] = (),
) -> None:
    fields = _mapping(document, place, value)
    missing = next((key for key in required if key not in fields), None)
    if missing is not None:
        raise document.error(place, f"expected the field {missing!r}, found {', '.join(fields)}")
    for key in fields:
        where = f"{document.name}:{document.line((*place, key))}"
        check_name("field", key, (*required, *optional), where)


def _text(document: Document, place: Place, value: object) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "; ".join(value)
    if not isinstance(value, str) or not value.strip():
        raise document.error(place, f"expected text, found {value!r}")
    return value.strip()
