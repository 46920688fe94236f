"""The runner's side of protocol v1: requests as lines of JSON, lines of JSON as answers.

docs/protocol.md describes the messages. Golden values never travel: a worker sees inputs and
parameters, and nothing that tells it what to answer.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from focalspec.conformance.answers import Answer, Broken, Declined, Output, Raised, Returned
from focalspec.conformance.names import UnknownNameError, check_name, closest
from focalspec.conformance.ulp import Floats
from focalspec.golden import Array, GoldenCase, Value
from focalspec.golden.formats import FORMATS

PROTOCOL = 1
ANY = "*"  # offered instead of names: any parameter
MISSPELT = 0.7  # how alike two names are that are taken for one
STOP = b'{"type":"stop"}'
BAD_RETURN = "BadReturnError"  # the kind of error that a worker gives where no loss was returned
SHOWN = 80  # characters of an answer that are quoted


class ProtocolError(ValueError):
    """A line that is no answer to what was asked; the message says what is wrong with it."""


@dataclass(frozen=True)
class Signature:
    """The names that one formula's page gives to its inputs, parameters and outputs, in order.

    ``arrays`` are the parameters that are arrays even where they hold one number.
    """

    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    arrays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """What an implementation says of itself."""

    name: str
    version: str
    language: str
    formulas: Mapping[str, tuple[str, ...]]  # the parameters that it offers; "*" stands for any
    dtypes: tuple[str, ...]
    environment: Mapping[str, Any]


# ---- requests ----


def start_request(signatures: Mapping[str, Signature]) -> bytes:
    """The first line: which protocol, and which formulas there are."""
    formulas = {
        name: {
            "inputs": signature.inputs,
            "parameters": signature.parameters,
            "arrays": signature.arrays,
            "outputs": signature.outputs,
        }
        for name, signature in signatures.items()
    }
    return _line({"type": "start", "protocol": PROTOCOL, "formulas": formulas})


def run_id(case: GoldenCase, dtype: str) -> str:
    """The id under which a case is run in a dtype."""
    return f"{case.id}@{dtype}"


def run_request(case: GoldenCase, dtype: str) -> bytes:
    """The line that asks for one case in one dtype."""
    return _line(
        {
            "type": "run",
            "id": run_id(case, dtype),
            "formula": case.formula,
            "dtype": dtype,
            "inputs": {name: _tensor(array, dtype) for name, array in case.inputs.items()},
            "parameters": {name: _value(value, dtype) for name, value in case.parameters.items()},
            "needs": case.needs,
            "outputs": wanted_outputs(case),
        }
    )


@dataclass(frozen=True)
class Block:
    """Inputs that lie in files, and the files for the outputs; the inputs are of one axis.

    ``parameters`` are a case's: numbers, words, None.
    """

    id: str
    formula: str
    dtype: str
    count: int
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    parameters: Mapping[str, Value]
    needs: Sequence[str]


def block_request(block: Block) -> bytes:
    """The line that asks for a block."""
    inputs = {
        name: {"dtype": block.dtype, "shape": [block.count], "file": file}
        for name, file in block.inputs.items()
    }
    return _line(
        {
            "type": "block",
            "id": block.id,
            "formula": block.formula,
            "dtype": block.dtype,
            "inputs": inputs,
            "parameters": {
                name: _value(value, block.dtype) for name, value in block.parameters.items()
            },
            "needs": block.needs,
            "outputs": block.outputs,
        }
    )


def wanted_outputs(case: GoldenCase) -> list[str]:
    """The outputs that a case has golden values of, in any reading."""
    names = list(case.expected)
    for reading in case.readings.values():
        names += [name for name in reading.expected if name not in names]
    return names or ["loss", "gradient"]


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def _tensor(array: Array, dtype: str) -> dict[str, Any]:
    if array.dtype == "int64":
        return {"dtype": "int64", "shape": array.shape, "data": array.values}
    data = [float(value).hex() for value in array.values]
    return {"dtype": dtype, "shape": array.shape, "data": data}


def _value(value: Value, dtype: str) -> Any:
    if isinstance(value, Array):
        return _tensor(value, dtype)
    if isinstance(value, float):
        return {"dtype": "float64", "shape": [], "data": [value.hex()]}
    return value


# ---- answers ----


def read_message(line: bytes) -> dict[str, Any]:
    """A line as a message. Raises ProtocolError."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"wrote {_quoted(line)}, which is no JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError(f"wrote {_quoted(line)}, which has no type")
    return message


def _quoted(line: bytes) -> str:
    text = line[: SHOWN + 1].decode("utf-8", "replace")
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def read_started(line: bytes, signatures: Mapping[str, Signature]) -> Started:
    """What an implementation says of itself. Raises ProtocolError, or UnknownNameError."""
    message = read_message(line)
    if message["type"] == "failed":
        raise ProtocolError(str(message.get("message", "failed, and does not say why")))
    if message["type"] != "started":
        raise _not("type", '"started"', message["type"])
    if message.get("protocol") != PROTOCOL:
        raise _not("protocol", PROTOCOL, message.get("protocol"))
    return Started(
        name=_text(message, "name"),
        version=str(message.get("version", "")),
        language=str(message.get("language", "")),
        formulas=_offers(message.get("formulas"), signatures),
        dtypes=_dtypes(message.get("dtypes")),
        environment=_object("environment", message.get("environment", {})),
    )


def _not(field: str, expected: object, found: object) -> ProtocolError:
    return ProtocolError(f"started: {field}: expected {expected}, found {found!r:.80}")


def _text(message: Mapping[str, Any], field: str) -> str:
    value = message.get(field)
    if not isinstance(value, str):
        raise _not(field, "a string", value)
    return value


def _object(field: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _not(field, "an object", value)
    return value


def _names(field: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _not(field, "a list of names", value)
    return tuple(value)


def _dtypes(value: Any) -> tuple[str, ...]:
    return tuple(check_name("dtype", name, FORMATS, "dtypes") for name in _names("dtypes", value))


def _offers(value: Any, signatures: Mapping[str, Signature]) -> dict[str, tuple[str, ...]]:
    """The parameters of the pages that each formula is offered with."""
    offers = {}
    for name, offered in _object("formulas", value).items():
        check_name("formula", name, signatures, "formulas")
        known = signatures[name].parameters
        names = _names(f"formulas.{name}", offered)
        _refuse_misspelt(name, names, known)
        offers[name] = tuple(one for one in names if one in known or one == ANY)
    return offers


def _refuse_misspelt(formula: str, offered: Sequence[str], known: Sequence[str]) -> None:
    """A function may take more than its page has; a name much like one of the page is a mistake."""
    missing = [name for name in known if name not in offered]
    for name in offered:
        alike = "" if name in known else closest(name, missing, MISSPELT)
        if alike:
            raise UnknownNameError(f"{formula}: unknown parameter {name!r}; did you mean {alike}?")


def read_answer(line: bytes, expected_id: str) -> Answer:
    """The answer to a run request. Raises ProtocolError."""
    message = read_message(line)
    if message.get("id") != expected_id:
        raise ProtocolError(f"answered {message.get('id')!r} when asked for {expected_id!r}")
    if message["type"] == "unsupported":
        return Declined(str(message.get("reason", "")))
    if message["type"] == "error":
        kind, said = str(message.get("kind", "error")), str(message.get("message", ""))
        return Broken("garbage", said) if kind == BAD_RETURN else Raised(kind, said)
    if message["type"] != "result":
        raise ProtocolError(f"expected a result, found a message of type {message['type']!r}")
    outputs = message.get("outputs")
    if not isinstance(outputs, dict):
        raise ProtocolError(f"outputs: expected an object, found {outputs!r:.80}")
    return Returned({name: _output(name, tensor) for name, tensor in outputs.items()})


def _output(name: str, tensor: Any) -> Output:
    if not isinstance(tensor, dict):
        raise ProtocolError(f"{name}: expected dtype, shape and data, found {tensor!r:.80}")
    dtype, shape, data = (tensor.get(key) for key in ("dtype", "shape", "data"))
    if not isinstance(dtype, str):
        raise ProtocolError(f"{name}: dtype: expected a name, found {dtype!r:.80}")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise ProtocolError(f"{name}: shape: expected a list of sizes, found {shape!r:.80}")
    if data is None:
        return Output(dtype, tuple(shape), None)
    if not isinstance(data, list) or len(data) != prod(shape):
        raise ProtocolError(f"{name}: data: expected a list of {prod(shape)} numbers")
    return Output(dtype, tuple(shape), _numbers(name, data, dtype))


def _numbers(name: str, data: Sequence[Any], dtype: str) -> Floats:
    """Numbers off the wire as float64, each one a number of the dtype that is claimed."""
    try:
        values = np.array([_number(number) for number in data], dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"{name}: data: expected numbers: {error}") from error
    if dtype in {"float32", "float16"}:
        with np.errstate(all="ignore"):
            values = values.astype(dtype).astype(np.float64)
    return values


def _number(number: Any) -> float:
    if isinstance(number, str):
        return float.fromhex(number) if "x" in number.casefold() else float(number)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError(f"found {number!r:.40}")
    return float(number)
