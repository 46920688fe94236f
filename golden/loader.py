"""Reads the golden values: one folder of generated files in, a Suite out."""

import re
from collections.abc import Callable, Collection, Mapping
from math import prod
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from focalspec.golden import manifest, strict_yaml
from focalspec.golden.suite import (
    Array,
    Expected,
    Golden,
    GoldenCase,
    Reading,
    Rows,
    Suite,
    Value,
)
from focalspec.golden.swap import current_set

COLUMNS = Golden._fields
FORMATS = ("float64", "float32", "bfloat16", "float16")
PROOFS = ("ball", "tie", "zero", "exact", "tiny", "limit")
OUTCOMES = ("zero", "nan", "inf", "error")

_HEX = r"-?(?:0x1(?:\.[0-9a-f]*[1-9a-f])?p[+-]\d{1,4}|0x0p\+0|inf)"
_FLOAT = re.compile(_HEX + "|nan")
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,18})")
_FIELDS = (
    ("decimal", "a decimal number", r"-?(?:\d+(?:\.\d+)?(?:e[+-]\d{1,4})?|inf|tiny)"),
    *((name, "a canonical hexadecimal float", _HEX) for name in FORMATS),
    ("condition", "a condition number or -", r"(?:-|inf|\d+(?:\.\d+)?(?:e[+-]\d{1,6})?)"),
    ("proof", f"one of {', '.join(PROOFS)}", f"(?:{'|'.join(PROOFS)})"),
)
# Possessive, as a row never needs reading twice: one pass over a whole table in C.
_TABLE = re.compile(f"(?>{' '.join(form for _, _, form in _FIELDS)}\n)*+")
_FILE_KEYS = ("format", "formula", "topic", "about", "source", "cases")
_CASE_KEYS = ("id", "clauses", "catches", "expect", "formats", "needs", "inputs", "parameters")
_TABLE_KEYS = ("shape", "columns", "values")

T = TypeVar("T")


class GoldenError(ValueError):
    """A values file that cannot be used; the message names file, field, expected and found."""


def load_suite(root: Path | None = None, *, formulas: Collection[str] | None = None) -> Suite:
    """All golden cases under ``root``, the folder that holds ``values/`` (default: the package's).

    ``formulas`` restricts the cases to those of some formulas. Every file's SHA-256 is held against
    the MANIFEST. Raises GoldenError, ManifestError or YamlError, all of them ValueErrors whose
    message names the file.
    """
    root = Path(__file__).parent if root is None else Path(root)
    folder = current_set(root)
    digest, digests = manifest.read(folder)
    manifest.check_names(folder, digests)
    known = {name.partition("/")[0] for name in digests}
    for formula in formulas or ():
        if formula not in known:
            raise GoldenError(
                f"{folder}: expected one of the formulas {', '.join(sorted(known))},"
                f" found {formula!r}"
            )
    cases: list[GoldenCase] = []
    for name in sorted(digests):
        if formulas is None or name.partition("/")[0] in formulas:
            cases.extend(_load_listed(folder / name, digests[name]))
    _refuse_repeated_ids(cases)
    return Suite(root, digest, tuple(cases))


def load_file(path: Path) -> tuple[GoldenCase, ...]:
    """The cases of one values file, without a MANIFEST to hold it against."""
    return parse_file(strict_yaml.read_text(path), path)


def parse_file(text: str, path: Path) -> tuple[GoldenCase, ...]:
    """The cases in the text of a values file; ``path`` stands for it in messages."""
    return _File(path).cases(strict_yaml.parse(text, str(path)))


def _load_listed(path: Path, expected: str) -> tuple[GoldenCase, ...]:
    try:
        with path.open("rb") as file:
            data = file.read(strict_yaml.MAXIMUM_BYTES + 1)
    except OSError as error:
        raise GoldenError(f"{path}: cannot be read: {error.strerror}") from error
    manifest.check_digest(path, data, expected)
    return parse_file(strict_yaml.decode(data, str(path)), path)


def _refuse_repeated_ids(cases: list[GoldenCase]) -> None:
    seen: dict[str, Path] = {}
    for case in cases:
        if case.id in seen:
            raise GoldenError(f"{case.path}: {case.id}: expected each id once, found it twice")
        seen[case.id] = case.path


class _File:
    """Turns the content of one values file into cases; knows where it is, for messages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.case = ""

    def cases(self, content: Any) -> tuple[GoldenCase, ...]:
        fields = self._mapping(content, "the file", _FILE_KEYS)
        if fields["format"] != "1":
            self._fail("format", '"1"', fields["format"])
        formula = self._text(fields["formula"], "formula")
        topic = self._text(fields["topic"], "topic")
        if not isinstance(fields["cases"], list):
            self._fail("cases", "a list of cases", fields["cases"])
        return tuple(self._case(content, formula, topic) for content in fields["cases"])

    def _case(self, content: Any, formula: str, topic: str) -> GoldenCase:
        self.case = ""
        optional = ("about", "expected", "readings")
        fields = self._mapping(content, "a case", _CASE_KEYS, optional)
        identity = self._text(fields["id"], "id")
        self.case = identity
        if not identity.startswith(f"{formula}/{topic}/"):
            self._fail("id", f"an id that begins with {formula}/{topic}/", identity)
        expect = self._one_of(fields["expect"], "expect", ("values", "error", "survey"))
        wanted = "readings" if expect == "survey" else "expected"
        if wanted not in fields:
            self._fail(wanted, f"it, as expect is {expect!r}", "nothing")
        for other in {"readings", "expected"} - {wanted}:
            if other in fields:
                self._fail(other, f"nothing, as expect is {expect!r}", "it")
        expected: Mapping[str, Expected] = {}
        error: str | None = None
        readings: Mapping[str, Reading] = {}
        if expect == "values":
            expected = self._each(fields["expected"], "expected", self._expected)
        elif expect == "error":
            said = self._mapping(fields["expected"], "expected", ("error",))
            error = self._text(said["error"], "expected.error")
        else:
            readings = self._each(fields["readings"], "readings", self._reading)
        return GoldenCase(
            id=identity,
            formula=formula,
            topic=topic,
            about=self._text(fields.get("about", ""), "about"),
            clauses=self._texts(fields["clauses"], "clauses"),
            catches=self._texts(fields["catches"], "catches"),
            expect=expect,  # type: ignore[arg-type]
            formats=self._formats(fields["formats"]),
            needs=self._texts(fields["needs"], "needs"),
            inputs=self._each(fields["inputs"], "inputs", self._array),
            parameters=self._each(fields["parameters"], "parameters", self._value),
            expected=expected,
            error=error,
            readings=readings,
            path=self.path,
        )

    def _reading(self, content: Any, place: str) -> Reading:
        fields = self._mapping(content, place, (), ("outcome", "parameters", "expected"))
        name = place.rpartition(".")[2]
        if ("outcome" in fields) == ("expected" in fields):
            self._fail(place, "either an outcome or expected values", sorted(fields))
        outcome = fields.get("outcome")
        if outcome is not None:
            self._one_of(outcome, f"{place}.outcome", OUTCOMES)
        parameters = self._each(fields.get("parameters", {}), f"{place}.parameters", self._value)
        expected = self._each(fields.get("expected", {}), f"{place}.expected", self._expected)
        return Reading(name, outcome, parameters, expected)

    def _expected(self, content: Any, place: str) -> Expected:
        fields = self._mapping(content, place, _TABLE_KEYS, ("printed",))
        if fields["columns"] != " ".join(COLUMNS):
            self._fail(f"{place}.columns", " ".join(COLUMNS), fields["columns"])
        shape = self._shape(fields["shape"], f"{place}.shape")
        rows = self._rows(self._text(fields["values"], f"{place}.values"), place)
        if len(rows) != prod(shape):
            self._fail(f"{place}.values", f"{prod(shape)} rows for shape {shape}", len(rows))
        printed = fields.get("printed")
        if printed is not None:
            printed = (printed,) if isinstance(printed, str) else self._texts(printed, place)
            if len(printed) != len(rows):
                self._fail(f"{place}.printed", f"{len(rows)} printed values", len(printed))
        return Expected(shape, rows, printed)

    def _rows(self, table: str, place: str) -> Rows:
        """Check a table as a whole, in one pass; its numbers are read when they are wanted."""
        if table and _TABLE.fullmatch(table + "\n") is None:
            self._fail_in_table(table, place)
        return Rows(table)

    def _fail_in_table(self, table: str, place: str) -> NoReturn:
        """Name the first field of a table that is not as it should be."""
        for number, line in enumerate(table.split("\n"), 1):
            texts = line.split(" ")
            if len(texts) != len(COLUMNS):
                self._fail(f"{place}.values row {number}", f"{len(COLUMNS)} fields", line)
            for (name, wanted, form), text in zip(_FIELDS, texts, strict=True):
                if re.fullmatch(form, text) is None:
                    self._fail(f"{place}.values row {number} {name}", wanted, text)
        raise AssertionError("a table that does not match has a field that does not")

    def _check(self, column: list[str], form: re.Pattern[str], place: str, wanted: str) -> None:
        match = form.fullmatch
        for row, text in enumerate(column, 1):
            if match(text) is None:
                self._fail(f"{place} row {row}", wanted, text)

    def _array(self, content: Any, place: str) -> Array:
        fields = self._mapping(content, place, ("dtype", "shape", "values"))
        shape = self._shape(fields["shape"], f"{place}.shape")
        texts = self._text(fields["values"], f"{place}.values").split()
        if len(texts) != prod(shape):
            self._fail(f"{place}.values", f"{prod(shape)} numbers for shape {shape}", len(texts))
        if fields["dtype"] == "float":
            self._check(texts, _FLOAT, f"{place}.values", "a hexadecimal float")
            return Array("float", shape, tuple(map(float.fromhex, texts)))
        if fields["dtype"] == "int64":
            self._check(texts, _INTEGER, f"{place}.values", "an integer")
            return Array("int64", shape, tuple(map(int, texts)))
        return self._fail(f"{place}.dtype", '"float" or "int64"', fields["dtype"])

    def _value(self, content: Any, place: str) -> Value:
        if content is None:
            return None
        if isinstance(content, dict):
            return self._array(content, place)
        text = self._text(content, place)
        if _FLOAT.fullmatch(text):
            return float.fromhex(text)
        if _INTEGER.fullmatch(text):
            return int(text)
        return text

    def _formats(self, content: Any) -> tuple[str, ...]:
        formats = self._texts(content, "formats")
        for name in formats:
            self._one_of(name, "formats", FORMATS)
        return formats

    def _shape(self, content: Any, place: str) -> tuple[int, ...]:
        texts = self._texts(content, place)
        self._check(list(texts), _INTEGER, place, "a size")
        shape = tuple(map(int, texts))
        if any(size < 0 or size > 2**31 for size in shape):
            self._fail(place, "sizes from 0 to 2**31", texts)
        return shape

    def _each(self, content: Any, place: str, read: Callable[[Any, str], T]) -> dict[str, T]:
        if not isinstance(content, dict):
            self._fail(place, "a mapping", content)
        return {name: read(value, f"{place}.{name}") for name, value in content.items()}

    def _mapping(
        self, content: Any, place: str, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, Any]:
        if not isinstance(content, dict):
            self._fail(place, "a mapping", content)
        for name in required:
            if name not in content:
                self._fail(place, f"the field {name!r}", sorted(content))
        for name in content:
            if name not in required and name not in optional:
                self._fail(place, f"no field beside {', '.join((*required, *optional))}", name)
        return content

    def _one_of(self, content: Any, place: str, words: tuple[str, ...]) -> str:
        if content not in words:
            self._fail(place, f"one of {', '.join(words)}", content)
        return content  # type: ignore[no-any-return]

    def _text(self, content: Any, place: str) -> str:
        if not isinstance(content, str):
            self._fail(place, "text", content)
        return content

    def _texts(self, content: Any, place: str) -> tuple[str, ...]:
        if not isinstance(content, list) or not all(isinstance(item, str) for item in content):
            self._fail(place, "a list of text", content)
        return tuple(content)

    def _fail(self, place: str, expected: str, found: object) -> NoReturn:
        shown = found if isinstance(found, str) else repr(found)
        if len(shown) > 100:
            shown = shown[:100] + "…"
        where = f"{self.path}: {self.case}: {place}" if self.case else f"{self.path}: {place}"
        raise GoldenError(f"{where}: expected {expected}, found {shown}")
