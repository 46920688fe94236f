"""Turn the folder of pages and statements into one `Spec`, every reference in it checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast, get_args

from focalspec.spec.fields import Fields
from focalspec.spec.model import (
    Clause,
    Document,
    Dtype,
    Formula,
    Input,
    Matters,
    Output,
    Parameter,
    ParameterType,
    ParameterValue,
    Spec,
    Statement,
    Tolerance,
)
from focalspec.spec.page import Page, parse_page
from focalspec.spec.strict_yaml import SpecError, parse
from focalspec.spec.suggest import closest

FORMULAS = (
    "sigmoid_focal_loss",
    "binary_focal_loss",
    "softmax_focal_loss",
    "categorical_focal_loss",
    "sigmoid",
    "softmax",
    "cross_entropy",
)
FORMATS = ("float64", "float32", "float16", "bfloat16")

T = TypeVar("T")

_STATEMENTS = "statements.yaml"
_PARAMETER_TYPES: tuple[str, ...] = get_args(ParameterType)
_DTYPES: tuple[str, ...] = get_args(Dtype)
_MATTERS: tuple[str, ...] = get_args(Matters)
_CLAUSE_REFERENCE = re.compile(r"\b(?:SIG|BIN|SOF|CAT|SGM|SMX|CRE)-\d+\b")


def load_spec(folder: Path) -> Spec:
    """Read the pages of the seven formulas and the documents' statements from a folder.

    Raises `SpecError`, one line naming file and line, for anything that cannot be read: a missing
    page, YAML or a heading out of form, a field that is missing, unknown or of the wrong kind, and
    a reference to a document, parameter or clause that does not exist.
    """
    documents = _documents(folder / _STATEMENTS)
    formulas: dict[str, Formula] = {}
    clauses: dict[str, Clause] = {}
    for name in FORMULAS:
        path = folder / f"{name}.md"
        page = parse_page(_read(path), path)
        formulas[name] = _formula(page, path, documents)
        _check_clauses(page, formulas[name], documents)
        clauses.update((clause.id, clause) for clause in page.clauses)
    _check_references(clauses, documents, folder / _STATEMENTS)
    return Spec(MappingProxyType(formulas), MappingProxyType(clauses), MappingProxyType(documents))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(f"{path.name}: the file is missing from {path.parent}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path.name}: cannot be read: {error}") from None


# Pages


def _formula(page: Page, path: Path, documents: Mapping[str, Document]) -> Formula:
    front = Fields(page.front_matter, path.name, "front matter")
    front.only(
        ("formula", "title", "prefix", "documents", "inputs", "parameters", "outputs", "tolerances")
    )
    name = front.text("formula")
    if name != path.stem:
        front.fail("formula", f"the page's own name {path.stem!r}")
    prefix = front.text("prefix")
    if not page.clauses[0].id.startswith(f"{prefix}-"):
        front.fail("prefix", f"that of the page's clauses, such as {page.clauses[0].id}")
    return Formula(
        name=name,
        title=front.text("title"),
        prefix=prefix,
        introduction=page.introduction,
        inputs=_table(front, "inputs", _input),
        parameters=_table(front, "parameters", _parameter),
        outputs=_table(front, "outputs", _output),
        tolerances=_tolerances(front),
        documents=_cited(front, documents),
        clauses=tuple(clause.id for clause in page.clauses),
        path=path,
    )


def _table(front: Fields, key: str, read: Callable[[str, Fields], T]) -> Mapping[str, T]:
    return MappingProxyType({name: read(name, row) for name, row in front.each(key).items()})


def _input(name: str, row: Fields) -> Input:
    row.only(("shape", "dtype", "domain", "meaning"))
    return Input(
        name=name,
        shape=row.text("shape"),
        dtype=cast(Dtype, row.one_of("dtype", _DTYPES)),
        domain=row.optional_text("domain"),
        meaning=row.text("meaning"),
    )


def _output(name: str, row: Fields) -> Output:
    row.only(("shape", "dtype", "meaning"))
    return Output(name, row.text("shape"), row.text("dtype"), row.text("meaning"))


def _parameter(name: str, row: Fields) -> Parameter:
    row.only(
        (
            *("type", "required", "default", "nullable", "domain", "choices"),
            *("shape", "neutral", "matters", "meaning"),
        )
    )
    kind = cast(ParameterType, row.one_of("type", _PARAMETER_TYPES))
    required, nullable, choices = row.flag("required"), row.flag("nullable"), row.texts("choices")
    if required == row.has("default"):
        row.fail("type", "either 'required: true' or a default beside it")
    if (kind == "choice") != bool(choices):
        row.fail("type", "'choices' for a choice and for nothing else")
    matters = row.one_of("matters", _MATTERS) if row.has("matters") else None
    domain = row.interval("domain")
    parameter = Parameter(
        name=name,
        type=kind,
        required=required,
        default=None if required else _value(row, "default", kind, choices),
        nullable=nullable,
        domain=domain,
        choices=choices,
        shape=row.optional_text("shape"),
        neutral=_value(row, "neutral", kind, choices),
        matters=cast(Matters | None, matters),
        meaning=row.text("meaning"),
    )
    _check_default(row, parameter)
    return parameter


def _value(row: Fields, key: str, kind: ParameterType, choices: tuple[str, ...]) -> ParameterValue:
    """Return a parameter's value as its type has it; arrays and lists have none but null."""
    if row.is_null(key):
        return None
    if kind == "choice":
        return row.one_of(key, choices)
    if kind == "integer":
        return row.integer(key)
    if kind in ("number", "number or array"):
        return row.number(key)
    return row.fail(key, f"null, the only value that a page can write for {kind}")


def _check_default(row: Fields, parameter: Parameter) -> None:
    if parameter.required:
        return
    default = parameter.default
    if default is None and not parameter.nullable:
        row.fail("default", "a value, or 'nullable: true' beside null")
    domain = parameter.domain
    if domain is not None and isinstance(default, float) and default not in domain:
        row.fail("default", f"a value in {domain}")


def _tolerances(front: Fields) -> Mapping[str, Tolerance]:
    table = front.fields("tolerances")
    table.only(FORMATS)
    return MappingProxyType({name: _tolerance(table, name) for name in FORMATS})


def _tolerance(table: Fields, name: str) -> Tolerance:
    row = table.fields(name)
    row.only(("relative", "absolute", "ulp"))
    for key in row.entries:
        if row.number(key) < 0:
            row.fail(key, "a number from 0 on")
    return Tolerance(row.number("relative"), row.number("absolute"), row.number("ulp"))


def _cited(front: Fields, documents: Mapping[str, Document]) -> tuple[str, ...]:
    cited = front.fields("documents")
    cited.only(documents)
    for name in cited.entries:
        if cited.text(name) != documents[name].title:
            cited.fail(name, f"the title that {_STATEMENTS} gives, {documents[name].title!r}")
    return tuple(cited.entries)


def _check_clauses(page: Page, formula: Formula, documents: Mapping[str, Document]) -> None:
    for clause in page.clauses:
        place = f"{clause.path.name}:{clause.line}: {clause.id}"
        for name in clause.parameters:
            if name not in formula.parameters:
                raise SpecError(
                    f"{place}: unknown parameter {name!r}{closest(name, formula.parameters)}"
                )
        for source in clause.sources:
            if source.document not in formula.documents:
                raise SpecError(
                    f"{place}: the document {source.document!r} is not among the front matter's"
                    f" documents{closest(source.document, formula.documents)}"
                )


# Statements


def _documents(path: Path) -> dict[str, Document]:
    root = Fields(parse(_read(path), path.name), path.name, "front matter")
    root.only(("documents",))
    return {name: _document(name, row) for name, row in root.each("documents").items()}


def _document(name: str, row: Fields) -> Document:
    row.only(("title", "about", "seed", "sha256", "statements"))
    if row.has("seed") != row.has("sha256"):
        row.fail("title", "'seed' and 'sha256' together, or neither of them, beside it")
    return Document(
        id=name,
        title=row.text("title"),
        about=row.text("about"),
        seed=row.optional_text("seed"),
        sha256=row.optional_text("sha256"),
        statements=tuple(
            _statement(name, Fields(node, row.file, f"{row.name}.statements"))
            for node in row.nodes("statements")
        ),
    )


def _statement(document: str, row: Fields) -> Statement:
    row.only(("place", "quote", "clauses", "reason", "note"))
    clauses = row.texts("clauses")
    if bool(clauses) == row.has("reason"):
        row.fail("quote", "either clauses or the reason why there are none beside it")
    return Statement(
        document=document,
        place=row.text("place"),
        quote=" ".join(row.text("quote").split()),
        clauses=clauses,
        reason=row.optional_text("reason"),
        note=row.optional_text("note"),
        line=row.line,
    )


# References between them


def _check_references(
    clauses: Mapping[str, Clause], documents: Mapping[str, Document], statements: Path
) -> None:
    for place, name in _references(clauses, documents, statements):
        if name not in clauses:
            raise SpecError(f"{place}: unknown clause {name!r}{closest(name, clauses)}")


def _references(
    clauses: Mapping[str, Clause], documents: Mapping[str, Document], statements: Path
) -> Iterator[tuple[str, str]]:
    """Give each clause id that is mentioned, after the place where it is."""
    for clause in clauses.values():
        words = (clause.statement, *(source.place for source in clause.sources))
        for name in _CLAUSE_REFERENCE.findall(" ".join(words)):
            yield f"{clause.path.name}:{clause.line}: {clause.id}", name
    for document in documents.values():
        for row in document.statements:
            for name in row.clauses:
                yield f"{statements.name}:{row.line}: {document.id}", name
