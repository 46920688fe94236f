"""Reads the authored cases: one YAML file a topic in, complete drafts of its cases out.

Defaults are merged, ``vary`` becomes one case per combination, generators are expanded, parameters
get the spec's defaults, and every name is held against the spec and the catalogue of bugs. A
mistake raises YamlError (a ValueError), which names file, line and field and, for a name, the
closest one that exists.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Literal

from focalspec.golden import derive, domains
from focalspec.golden.bugs import load_bugs
from focalspec.golden.draft import Draft, DraftReading, Topic
from focalspec.golden.exact_text import Exact, NumberError, as_float
from focalspec.golden.expand import Expanded, expand
from focalspec.golden.formats import FORMATS, round_to
from focalspec.golden.strict_yaml import Document, Node, Place, YamlError, load_document
from focalspec.golden.suggest import unknown
from focalspec.golden.suite import Array, Expectation, Inputs, Outcome, Value, Values
from focalspec.spec import Formula, Parameter, Spec, load

FILE_FIELDS = ("formula", "topic", "about", "defaults", "cases")
CASE_FIELDS = (
    "name",
    "about",
    "clauses",
    "catches",
    "input_format",
    "inputs",
    "parameters",
    "vary",
    "printed",
    "expect",
    "error",
    "readings",
    "formats",
    "outputs",
)
_MERGED = ("inputs", "parameters")
_EXPECTATIONS: tuple[Expectation, ...] = ("values", "error", "survey")
_OUTCOMES: tuple[Outcome, ...] = ("zero", "nan", "inf", "error")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=,+-]*")
_MAXIMUM_CASES = 2000


def load_topics(root: Path | None = None) -> tuple[Topic, ...]:
    """All topics under ``root`` (the folder of ``cases/`` and ``bugs.yaml``), sorted by path."""
    root = Path(__file__).parent if root is None else root
    spec = load()
    bugs = load_bugs(root)
    folder = root / "cases"
    topics = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        if path.suffix != ".yaml" or path.parent.parent != folder:
            raise YamlError(f"{path}: expected only cases/<formula>/<topic>.yaml, found this file")
        topics.append(load_topic(path, spec, bugs))
    return tuple(sorted(topics, key=lambda topic: topic.path))


def load_topic(path: Path, spec: Spec, bugs: Collection[str]) -> Topic:
    """The topic that one authored file describes."""
    return _Reader(load_document(path), spec, bugs).topic(path.parent.name, path.stem)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field's content and the place where it was written, which may be under ``defaults``."""

    node: Node
    place: Place


_Fields = dict[str, _Field]


class _Reader:
    """Reads one file; knows the names that exist."""

    def __init__(self, document: Document, spec: Spec, bugs: Collection[str]) -> None:
        self.document = document
        self.formulas = spec.formulas
        self.bugs = bugs
        self.clauses = spec.clauses

    def topic(self, folder: str, stem: str) -> Topic:
        content = self._mapping(_Field(self.document.value, ()), "a field of the file", FILE_FIELDS)
        formula = self._required_text(content, "formula")
        if formula not in self.formulas:
            raise self._error(content["formula"], unknown("a formula", formula, self.formulas))
        name = self._required_text(content, "topic")
        for field, found, wanted in (("formula", formula, folder), ("topic", name, stem)):
            if found != wanted:
                raise self._error(
                    content[field], f"expected {wanted}, as the file's path says, found {found}"
                )
        about = self._required_text(content, "about")
        self.page: Formula = self.formulas[formula]
        self.prefix = f"{formula}/{name}"
        return Topic(formula, name, about, tuple(self._drafts(content)))

    def _drafts(self, content: _Fields) -> Iterator[Draft]:
        defaults: _Fields = {}
        if "defaults" in content:
            known = tuple(field for field in CASE_FIELDS if field != "name")
            defaults = self._mapping(content["defaults"], "a default", known)
        listed = content.get("cases", _Field(None, ()))
        if not isinstance(listed.node, list) or not listed.node:
            raise self._error(listed, "expected a list of cases in `cases`, found none")
        seen: set[str] = set()
        for index, node in enumerate(listed.node):
            case = _Field(node, (*listed.place, index))
            own = self._mapping(case, "a field of a case", CASE_FIELDS)
            for draft in self._variants(self._merged(defaults, own), case):
                if draft.id in seen:
                    raise self._error(
                        case,
                        f"expected each name once, found {draft.id} twice",
                    )
                seen.add(draft.id)
                yield draft

    def _merged(self, defaults: _Fields, own: _Fields) -> _Fields:
        """A case over its defaults: inputs and parameters name by name, all else as a whole."""
        merged = {**defaults, **own}
        for name in _MERGED:
            if name in defaults and name in own:
                outer, inner = self._entries(defaults[name]), self._entries(own[name])
                # The place of the case's own mapping serves messages about the whole of it.
                merged[name] = _Field(None, own[name].place)
                merged.update({f"{name}.{key}": field for key, field in {**outer, **inner}.items()})
            elif name in merged:
                entries = self._entries(merged[name])
                merged.update({f"{name}.{key}": field for key, field in entries.items()})
        return merged

    def _variants(self, fields: _Fields, case: _Field) -> Iterator[Draft]:
        name = self._required_text(fields, "name", case)
        vary = self._entries(fields["vary"]) if "vary" in fields else {}
        choices = [self._choices(key, field) for key, field in vary.items()]
        combinations = list(product(*choices))
        if len(combinations) > _MAXIMUM_CASES:
            raise self._error(fields["vary"], f"expected at most {_MAXIMUM_CASES} combinations")
        for combination in combinations:
            variant = dict(fields)
            suffix = ""
            for key, value in zip(vary, combination, strict=True):
                group = "inputs" if key in self.page.inputs else "parameters"
                variant[f"{group}.{key}"] = value
                suffix += f"-{key}={_spell(value.node)}"
            if _NAME.fullmatch(name + suffix) is None:
                raise self._error(
                    case, f"expected a name of letters, digits and ._=,+-, found {name + suffix!r}"
                )
            yield _Case(self, variant, case).draft(f"{self.prefix}/{name}{suffix}")

    def _choices(self, name: str, field: _Field) -> list[_Field]:
        known = (*self.page.parameters, *self.page.inputs)
        if name not in known:
            raise self._error(field, unknown("a parameter or input", name, known))
        if not isinstance(field.node, list) or not field.node:
            raise self._error(field, "expected a list of values, found none")
        return [_Field(node, (*field.place, index)) for index, node in enumerate(field.node)]

    def _mapping(self, field: _Field, what: str, known: tuple[str, ...]) -> _Fields:
        entries = self._entries(field)
        for name, entry in entries.items():
            if name not in known:
                raise self._error(entry, unknown(what, name, known))
        return entries

    def _entries(self, field: _Field) -> _Fields:
        if not isinstance(field.node, dict):
            raise self._error(field, f"expected a mapping, found {_show(field.node)}")
        return {name: _Field(node, (*field.place, name)) for name, node in field.node.items()}

    def _required_text(self, fields: _Fields, name: str, within: _Field | None = None) -> str:
        field = fields.get(name)
        if field is None:
            place = within or _Field(None, ())
            raise self._error(place, f"expected the field {name!r}, found none")
        if not isinstance(field.node, str) or not field.node.strip():
            raise self._error(field, f"expected text, found {_show(field.node)}")
        return field.node

    def _error(self, field: _Field, problem: str) -> YamlError:
        return self.document.error(field.place, problem)


class _Case:
    """Resolves one case: its fields over the defaults, one combination of what varies."""

    def __init__(self, reader: _Reader, fields: _Fields, case: _Field) -> None:
        self.reader = reader
        self.document = reader.document
        self.page = reader.page
        self.fields = fields
        self.case = case
        self.expect = self._expect()
        self.input_format = self._input_format()

    def draft(self, identity: str) -> Draft:
        values = self._parameters()
        inputs = self._inputs(values)
        readings = self._readings(values)
        error = self._fault()
        self._check_meaning(inputs, values, readings)
        arrays = {**inputs, **{k: v for k, v in values.items() if isinstance(v, Array)}}
        needs = derive.needs(self.page, inputs, values)
        if error in self.page.parameters and error not in needs:
            needs = tuple(name for name in self.page.parameters if name in {*needs, error})
        outputs = self._outputs(values) if self.expect == "values" else ()
        about = self.fields.get("about")
        return Draft(
            id=identity,
            about=self.reader._required_text(self.fields, "about") if about else "",
            clauses=self._names("clauses", "a clause", self.reader.clauses),
            catches=self._names("catches", "a bug class of bugs.yaml", self.reader.bugs),
            expect=self.expect,
            input_format=self.input_format,
            formats=self._formats(arrays),
            needs=needs,
            inputs=inputs,
            parameters=values,
            outputs=outputs,
            printed=self._printed(outputs),
            error=error,
            readings=readings,
            where=f"{self.document.name}:{self.document.line(self.case.place)}",
        )

    def _expect(self) -> Expectation:
        field = self.fields.get("expect")
        if field is None:
            return "values"
        for word in _EXPECTATIONS:
            if field.node == word:
                return word
        raise self._error(field, unknown("an expectation", str(field.node), _EXPECTATIONS))

    def _input_format(self) -> str | None:
        field = self.fields.get("input_format")
        if field is None:
            return None
        if not isinstance(field.node, str) or field.node not in FORMATS:
            raise self._error(field, unknown("a format", str(field.node), FORMATS))
        return field.node

    def _grouped(self, group: str, known: Collection[str]) -> _Fields:
        prefix = f"{group}."
        found = {
            name.removeprefix(prefix): field
            for name, field in self.fields.items()
            if name.startswith(prefix)
        }
        for name, field in found.items():
            if name not in known:
                raise self._error(field, unknown(f"one of the {group}", name, known))
        return found

    def _parameters(self) -> dict[str, Value]:
        given = self._grouped("parameters", self.page.parameters)
        values: dict[str, Value] = {}
        for name, parameter in self.page.parameters.items():
            if name in given:
                values[name] = self._value(parameter, given[name])
            elif parameter.required and self.expect != "error":
                raise self._error(self.case, f"expected the parameter {name!r}: it has no default")
            else:
                values[name] = _default(parameter)
        return values

    def _value(self, parameter: Parameter, field: _Field) -> Value:
        if field.node is None:
            return None
        if parameter.type == "choice":
            if isinstance(field.node, str):
                return field.node
            raise self._error(field, f"expected a word, found {_show(field.node)}")
        expanded = expand(self.document, field.node, field.place)
        whole = parameter.type.startswith("integer")
        scalar = parameter.type == "integer" or (
            parameter.type.startswith("number") and expanded.shape == ()
        )
        if scalar and expanded.shape != ():
            raise self._error(field, f"expected one integer, found shape {list(expanded.shape)}")
        if parameter.type == "number" and expanded.shape != () and self.expect != "error":
            raise self._error(field, f"expected one number, found shape {list(expanded.shape)}")
        if not scalar:
            return self._array("int64" if whole else "float", expanded, field)
        (number,) = expanded.numbers
        return self._integer(number, field) if whole else self._scalar(number, field)

    def _inputs(self, values: Values) -> dict[str, Array]:
        given = self._grouped("inputs", self.page.inputs)
        inputs: dict[str, Array] = {}
        for name, about in self.page.inputs.items():
            if name not in given:
                raise self._error(self.case, f"expected the input {name!r}, found none")
            field = given[name]
            expanded = expand(self.document, field.node, field.place)
            if name != domains.first_input(self.page) and expanded.shape == ():
                expanded = self._filled(expanded, inputs, values)
            dtype: Literal["float", "int64"] = "int64" if about.dtype == "int64" else "float"
            inputs[name] = self._array(dtype, expanded, field)
        return inputs

    def _filled(self, number: Expanded, inputs: Inputs, values: Values) -> Expanded:
        """One number in place of labels or targets fills their shape."""
        shape = domains.second_shape(self.page, inputs[domains.first_input(self.page)], values)
        return Expanded(shape, number.numbers * prod(shape))

    def _array(self, dtype: Literal["float", "int64"], expanded: Expanded, field: _Field) -> Array:
        if dtype == "int64":
            integers = tuple(self._integer(number, field) for number in expanded.numbers)
            return Array(dtype, expanded.shape, integers)
        floats = tuple(self._element(number, field) for number in expanded.numbers)
        return Array(dtype, expanded.shape, floats)

    def _integer(self, number: Exact | float, field: _Field) -> int:
        if not isinstance(number, Exact) or number.value.denominator != 1:
            raise self._error(field, "expected integers, found another number")
        return int(number.value)

    def _scalar(self, number: Exact | float, field: _Field) -> float:
        """A number that the implementation gets as a Python float: rounded to float64 or exact."""
        return self._rounded(number, "float64" if self.input_format else None, field)

    def _element(self, number: Exact | float, field: _Field) -> float:
        """A number that the implementation gets in an array: rounded to the input format."""
        return self._rounded(number, self.input_format, field)

    def _rounded(self, number: Exact | float, form: str | None, field: _Field) -> float:
        if not isinstance(number, Exact):
            if self.expect == "values":
                raise self._error(field, f"expected finite numbers, found {number}")
            return number
        if form is not None and not number.negative_zero:
            rounded = round_to(FORMATS[form], number.value)
            if rounded - rounded != 0:
                raise self._error(field, f"expected numbers within {form}, found a larger one")
            return rounded
        try:
            return as_float(number)
        except NumberError as error:
            raise self._error(field, str(error)) from error

    def _readings(self, values: Values) -> dict[str, DraftReading]:
        field = self.fields.get("readings")
        if self.expect != "survey":
            if field is not None and field.place[0] != "defaults":
                raise self._error(field, "expected readings only where expect is survey")
            return {}
        if field is None:
            raise self._error(self.case, "expected the field 'readings', as expect is survey")
        return {
            name: self._reading(entry, values)
            for name, entry in self.reader._entries(field).items()
        }

    def _reading(self, field: _Field, values: Values) -> DraftReading:
        entries = self.reader._entries(field)
        if "outcome" in entries:
            outcome = entries["outcome"]
            for word in _OUTCOMES:
                if outcome.node == word and len(entries) == 1:
                    return DraftReading(word, {}, ())
            raise self._error(outcome, unknown("an outcome alone", str(outcome.node), _OUTCOMES))
        overrides: dict[str, Value] = {}
        for name, entry in entries.items():
            if name not in self.page.parameters:
                known = (*self.page.parameters, "outcome")
                raise self._error(entry, unknown("a parameter or outcome", name, known))
            overrides[name] = self._value(self.page.parameters[name], entry)
        return DraftReading(None, overrides, self._outputs({**values, **overrides}))

    def _fault(self) -> str | None:
        field = self.fields.get("error")
        if self.expect != "error":
            if field is not None and field.place[0] != "defaults":
                raise self._error(field, "expected the field only where expect is error")
            return None
        name = self.reader._required_text(self.fields, "error", self.case)
        known = (*self.page.inputs, *self.page.parameters)
        if name not in known and field is not None:
            raise self._error(field, unknown("the argument at fault", name, known))
        return name

    def _check_meaning(
        self,
        inputs: Inputs,
        values: Values,
        readings: Mapping[str, DraftReading],
    ) -> None:
        """Refuse what the spec does not allow, wherever values are to be computed."""
        calls = [values] if self.expect == "values" else []
        calls += [{**values, **r.overrides} for r in readings.values() if r.outcome is None]
        for call in calls:
            for fault in domains.faults(self.page, inputs, call):
                raise self._error(self._field_of(fault.argument), fault.problem)

    def _field_of(self, argument: str) -> _Field:
        group = "inputs" if argument in self.page.inputs else "parameters"
        return self.fields.get(f"{group}.{argument}", self.case)

    def _formats(self, arrays: Inputs) -> tuple[str, ...]:
        field = self.fields.get("formats")
        if field is None:
            return derive.formats(arrays)
        named = self._names("formats", "a format", FORMATS)
        for name in named:
            culprit = derive.unheld(name, arrays)
            if culprit is not None:
                raise self._error(
                    field,
                    f"expected formats that hold every number; {name} does not: {culprit}",
                )
        return tuple(name for name in derive.ORDER if name in named)

    def _outputs(self, values: Values) -> tuple[str, ...]:
        defined = derive.outputs(self.page, values)
        if "outputs" not in self.fields:
            return defined
        named = self._names("outputs", "an output that is defined here", defined)
        return tuple(name for name in defined if name in named)

    def _printed(self, outputs: Collection[str]) -> dict[str, tuple[str, ...]]:
        field = self.fields.get("printed")
        if field is None:
            return {}
        entries = self.reader._mapping(field, "an output", tuple(outputs))
        return {name: self._texts(entry) for name, entry in entries.items()}

    def _texts(self, field: _Field) -> tuple[str, ...]:
        """Printed numbers, whatever lists they are nested in."""
        if isinstance(field.node, list):
            items = (_Field(node, (*field.place, i)) for i, node in enumerate(field.node))
            return tuple(text for item in items for text in self._texts(item))
        expand(self.document, field.node, field.place)  # refuses what is no number
        return (str(field.node),)

    def _names(self, name: str, what: str, known: Collection[str]) -> tuple[str, ...]:
        field = self.fields.get(name)
        if field is None or field.node == []:
            if name == "catches" and self.expect == "survey":
                return ()
            raise self._error(field or self.case, f"expected {what} in {name!r}, found none")
        texts = self.document.texts(field.place)
        for index, text in enumerate(texts):
            place = _Field(None, (*field.place, index))
            if text not in known:
                raise self._error(place, unknown(what, text, known))
            if text in texts[:index]:
                raise self._error(place, f"expected each name once, found {text} twice")
        return texts

    def _error(self, field: _Field, problem: str) -> YamlError:
        return self.document.error(field.place, problem)


def _default(parameter: Parameter) -> Value:
    if parameter.default is not None and parameter.type.startswith("number"):
        return float(parameter.default)
    return parameter.default


def _spell(node: Node) -> str:
    """A varied value as it stands in the name of a case."""
    if isinstance(node, list):
        return ",".join(_spell(item) for item in node)
    if isinstance(node, str):
        return node.replace("/", "over")
    return "null" if node is None else "generated"


def _show(node: Node) -> str:
    text = "nothing" if node is None else repr(node)
    return text if len(text) <= 60 else text[:60] + "…"
