"""The process in which an implementation runs: loads an adapter and answers requests on its pipes.

Standalone: it runs in the implementation's own environment, which holds no focalspec. It needs
Python 3.9 and NumPy, and ml_dtypes only for arrays of bfloat16.

    python worker.py [--package NAME]... ADAPTER      (a .py file or the name of a module)

One JSON object a line comes in on standard input and goes out on standard output, as
docs/protocol.md describes. Before the adapter is imported, the real standard output is moved away
and file descriptor 1 is pointed at standard error, so that nothing that the implementation prints,
from Python or from C, can reach the protocol.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import platform
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

PROTOCOL = 1
DEFAULT_DTYPES = ("float32", "float64")
FLOATS = ("float64", "float32", "float16", "bfloat16")
SPARE_ELEMENTS = 4096  # beside the size of the inputs: an answer larger than that has a wrong shape


class AdapterError(ValueError):
    """An adapter that cannot be used; the message is one line for the person who runs it."""


class DeclinedError(Exception):
    """The adapter does not offer what a case asks for; the message says what."""


class BadReturnError(ValueError):
    """The adapter returned something that is no loss; the message says what it returned."""


class Adapter:
    """What an adapter offers: its functions by formula, its dtypes, its version."""

    def __init__(
        self,
        name: str,
        functions: Mapping[str, Callable[..., Any]],
        dtypes: Sequence[str] = DEFAULT_DTYPES,
        version: str = "",
    ) -> None:
        self.name = name
        self.functions = dict(functions)
        self.dtypes = tuple(dtypes)
        self.version = version
        self._signatures = {formula: _parameters(call) for formula, call in functions.items()}

    def offered(self, formula: str, inputs: int) -> list[str]:
        """The parameters that a function takes beside its ``inputs`` arrays; "*" stands for any."""
        names = self._signatures[formula][inputs:]
        return ["*" if kind is inspect.Parameter.VAR_KEYWORD else name for name, kind in names]

    def call(
        self,
        formula: str,
        inputs: Sequence[Any],
        parameters: Mapping[str, Any],
        needs: Iterable[str],
        outputs: Sequence[str],
    ) -> dict[str, Any]:
        """What the adapter returns of one case, by output, as NumPy arrays.

        Raises DeclinedError where it does not offer the case, BadReturnError where it returns no
        loss, and whatever the implementation raises.
        """
        if formula not in self.functions:
            raise DeclinedError(f"no function {formula}")
        offered = self.offered(formula, len(inputs))
        if "*" not in offered:
            missing = [name for name in needs if name not in offered]
            if missing:
                raise DeclinedError(f"no parameter {', '.join(missing)}")
            parameters = {name: value for name, value in parameters.items() if name in offered}
        try:
            returned = self.functions[formula](*inputs, **parameters)
        except Exception as error:
            if declines(error):
                raise DeclinedError(str(error) or type(error).__name__) from error
            raise
        return named_arrays(returned, outputs)


def _parameters(call: Callable[..., Any]) -> list[tuple[str, Any]]:
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        return [("parameters", inspect.Parameter.VAR_KEYWORD)]
    return [
        (parameter.name, parameter.kind)
        for parameter in signature.parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_POSITIONAL
    ]


def declines(error: BaseException) -> bool:
    """Whether an exception is NotImplementedError, or of a class that is named Unsupported."""
    return isinstance(error, NotImplementedError) or any(
        kind.__name__ == "Unsupported" for kind in type(error).__mro__
    )


def named_arrays(returned: Any, outputs: Sequence[str]) -> dict[str, Any]:
    """The returned loss, tuple (loss, gradient, ...) or mapping as arrays by output name.

    ``outputs`` are the formula's outputs in the order in which a tuple gives them.
    """
    if isinstance(returned, Mapping):
        unknown = [name for name in returned if name not in outputs]
        if unknown:
            raise BadReturnError(
                f"returned the output {unknown[0]!r}; expected of {', '.join(outputs)}"
            )
        return {str(name): as_array(value) for name, value in returned.items()}
    values = returned if isinstance(returned, tuple) else (returned,)
    if not 1 <= len(values) <= len(outputs):
        raise BadReturnError(f"returned {len(values)} values; expected 1 to {len(outputs)}")
    return {name: as_array(value) for name, value in zip(outputs, values)}  # noqa: B905


def as_array(value: Any) -> Any:
    """A returned value as a NumPy array."""
    import numpy as np  # noqa: PLC0415

    if value is None:
        raise BadReturnError("returned None; expected an array")
    try:
        return np.asarray(value)
    except Exception as error:
        raise BadReturnError(
            f"returned a {type(value).__name__}, no array: {brief(error)}"
        ) from error


def brief(error: BaseException) -> str:
    """The first line of an exception's message, of bearable length; its kind where it has none."""
    lines = str(error).strip().splitlines()
    return (lines[0][:500] if lines else "") or type(error).__name__


# ---- loading an adapter ----


def is_path(target: str) -> bool:
    """Whether an adapter is given as a file (and not as the name of a module)."""
    return target.endswith(".py") or os.sep in target


def load_adapter(target: str, formulas: Iterable[str], packages: Sequence[str] = ()) -> Adapter:
    """The adapter in a file or module, with those functions whose names are formulas.

    Raises AdapterError where it cannot be imported or defines none of them.
    """
    name = Path(target).stem if is_path(target) else target
    module = _import(target, name)
    known = list(formulas)
    functions = {
        formula: getattr(module, formula)
        for formula in known
        if callable(getattr(module, formula, None))
    }
    if not functions:
        raise AdapterError(f"{target}: defines no function named as a formula: {', '.join(known)}")
    return Adapter(name, functions, _dtypes(module, target), _version(module, packages))


def _import(target: str, name: str) -> Any:
    try:
        return _import_file(Path(target)) if is_path(target) else _import_module(target)
    except AdapterError:
        raise
    except SyntaxError as error:
        line = (error.text or "").strip()
        shown = f": {line}" if line else ""
        own = error.filename is None or Path(error.filename).resolve() == Path(target).resolve()
        place = target if own else error.filename
        raise AdapterError(f"{place}:{error.lineno}: {error.msg}{shown}") from error
    except ModuleNotFoundError as error:
        if not is_path(target) and error.name and target.startswith(error.name):
            raise AdapterError(f"{target}: no such module for {sys.executable}") from error
        raise AdapterError(
            f"{target}: needs the package {error.name!r}, which is not installed for"
            f" {sys.executable}; name it in the adapter's header or install it"
        ) from error
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        raise AdapterError(
            f"{target}: fails when imported: {type(error).__name__}: {brief(error)}"
        ) from error


def _import_file(path: Path) -> Any:
    if not path.is_file():
        raise AdapterError(f"{path}: no such file")
    folder = str(path.resolve().parent)
    # At the end: an adapter named numpy.py must not hide the library of that name.
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(f"focalspec_adapter_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise AdapterError(f"{path}: is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _import_module(name: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return importlib.import_module(name)


def _dtypes(module: Any, target: str) -> tuple[str, ...]:
    dtypes = getattr(module, "DTYPES", DEFAULT_DTYPES)
    unknown = [name for name in dtypes if name not in FLOATS]
    if unknown or isinstance(dtypes, str):
        found = repr(dtypes) if isinstance(dtypes, str) else repr(unknown[0])
        raise AdapterError(f"{target}: DTYPES: expected of {', '.join(FLOATS)}; found {found}")
    return tuple(dtypes)


def _version(module: Any, packages: Sequence[str]) -> str:
    for attribute in ("VERSION", "__version__"):
        if isinstance(getattr(module, attribute, None), str):
            return str(getattr(module, attribute))
    candidates = [*packages[:1], module.__name__.partition(".")[0]]
    return next(filter(None, map(installed_version, candidates)), "")


def installed_version(package: str) -> str:
    """The version of an installed distribution; empty where there is none."""
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def environment(packages: Iterable[str]) -> dict[str, Any]:
    """Python, platform and package versions of this process."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "packages": {name: installed_version(name) for name in packages},
    }


# ---- numbers on the wire ----


def decode(tensor: Any, *, array: bool) -> Any:
    """A parameter or input off the wire, as a NumPy array.

    A single number is one of Python's, unless it has to be an ``array``; text, whole numbers and
    None stay what they are.
    """
    if not isinstance(tensor, Mapping):
        return tensor
    import numpy as np  # noqa: PLC0415

    shape = tuple(tensor["shape"])
    kind = tensor["dtype"]
    if kind.startswith("int"):
        return np.array(tensor["data"], dtype=kind).reshape(shape)
    values = [float.fromhex(text) for text in tensor["data"]]
    if not shape and not array:
        return values[0]
    return np.array(values, dtype=np.float64).astype(numpy_dtype(kind)).reshape(shape)


def numpy_dtype(name: str) -> Any:
    """The NumPy dtype of a format's name; bfloat16 by way of ml_dtypes."""
    import numpy as np  # noqa: PLC0415

    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes  # noqa: PLC0415
    except ImportError as error:
        raise DeclinedError("bfloat16 arrays need the package ml_dtypes") from error
    return np.dtype(ml_dtypes.bfloat16)


def encode(array: Any, limit: int) -> dict[str, Any]:
    """An array for the wire.

    Its numbers are left out where they could not be right anyway: of a dtype that is not numeric,
    or more than ``limit`` of them.
    """
    import numpy as np  # noqa: PLC0415

    tensor: dict[str, Any] = {"dtype": array.dtype.name, "shape": list(array.shape)}
    kind = array.dtype.name
    if array.size > limit:
        return tensor
    if kind in FLOATS:
        tensor["data"] = [value.hex() for value in array.astype(np.float64).ravel().tolist()]
    elif array.dtype.kind in "iu":
        tensor["data"] = array.ravel().tolist()
    return tensor


def from_file(tensor: Mapping[str, Any]) -> Any:
    """The array that lies in a file: its numbers one after the other, as this machine has them."""
    import numpy as np  # noqa: PLC0415

    shape = tuple(tensor["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    return np.fromfile(tensor["file"], numpy_dtype(tensor["dtype"]), count).reshape(shape)


def to_file(array: Any, file: str) -> dict[str, Any]:
    """Puts an array's numbers into a file that is large enough; what the answer says of it.

    A file that is too small is left alone: an array that large has a wrong shape.
    """
    import numpy as np  # noqa: PLC0415

    tensor = {"dtype": array.dtype.name, "shape": list(array.shape)}
    if tensor["dtype"] in FLOATS and array.nbytes <= Path(file).stat().st_size:
        if not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        with open(file, "r+b") as stream:  # noqa: PTH123  (a Path opens it no better)
            stream.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return tensor


# ---- the conversation ----


class Conversation:
    """Answers the requests of one runner, one at a time."""

    def __init__(self, target: str, packages: Sequence[str]) -> None:
        self.target = target
        self.packages = tuple(packages)
        self.adapter: Adapter | None = None
        self.arrays: dict[str, list[str]] = {}
        self.outputs: dict[str, list[str]] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        if request["type"] == "start":
            return self.start(request)
        if request["type"] == "run" and self.adapter is not None:
            return {"id": request["id"], **self.run(self.adapter, request)}
        if request["type"] == "block" and self.adapter is not None:
            return {"id": request["id"], **self.block(self.adapter, request)}
        return {"type": "failed", "message": f"unexpected request {request['type']!r}"}

    def start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Loads the adapter and says what it offers."""
        if request["protocol"] != PROTOCOL:
            message = f"speaks protocol {PROTOCOL}, was asked for {request['protocol']}"
            return {"type": "failed", "message": message}
        formulas = request["formulas"]
        self.arrays = {formula: page["arrays"] for formula, page in formulas.items()}
        self.outputs = {formula: page["outputs"] for formula, page in formulas.items()}
        try:
            import numpy  # noqa: F401, PLC0415
        except ImportError:
            message = f"{self.target}: needs NumPy, which is not installed for {sys.executable}"
            return {"type": "failed", "message": message}
        try:
            adapter = load_adapter(self.target, formulas, self.packages)
        except AdapterError as error:
            return {"type": "failed", "message": str(error)}
        self.adapter = adapter
        return {
            "type": "started",
            "protocol": PROTOCOL,
            "name": adapter.name,
            "version": adapter.version,
            "language": "Python",
            "formulas": {
                formula: adapter.offered(formula, len(formulas[formula]["inputs"]))
                for formula in adapter.functions
            },
            "dtypes": list(adapter.dtypes),
            "environment": environment(["numpy", *self.packages]),
        }

    def run(self, adapter: Adapter, request: Mapping[str, Any]) -> dict[str, Any]:
        """Runs one case."""

        def outputs() -> dict[str, Any]:
            inputs = [decode(tensor, array=True) for tensor in request["inputs"].values()]
            limit = 2 * sum(array.size for array in inputs) + SPARE_ELEMENTS
            returned = self.call(adapter, request, inputs)
            wanted = [name for name in request["outputs"] if name in returned]
            return {name: encode(returned[name], limit) for name in wanted}

        return answered(outputs)

    def block(self, adapter: Adapter, request: Mapping[str, Any]) -> dict[str, Any]:
        """Runs inputs that lie in files, and leaves what comes back in others."""
        started = time.process_time()

        def outputs() -> dict[str, Any]:
            inputs = [from_file(tensor) for tensor in request["inputs"].values()]
            returned = self.call(adapter, request, inputs)
            files = request["outputs"]
            return {
                name: to_file(returned[name], files[name]) for name in files if name in returned
            }

        return {**answered(outputs), "seconds": time.process_time() - started}

    def call(
        self, adapter: Adapter, request: Mapping[str, Any], inputs: Sequence[Any]
    ) -> dict[str, Any]:
        """What the adapter returns for a request's parameters, by output."""
        formula = request["formula"]
        arrays = self.arrays.get(formula, ())
        parameters = {
            name: decode(value, array=name in arrays)
            for name, value in request["parameters"].items()
        }
        # a function that takes the names of the outputs need not compute the others
        if formula in adapter.functions and "outputs" in adapter.offered(formula, len(inputs)):
            parameters["outputs"] = tuple(request["outputs"])
        order = self.outputs.get(formula, list(request["outputs"]))
        return adapter.call(formula, inputs, parameters, request["needs"], order)


def answered(outputs: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The outputs as an answer, or why there are none."""
    try:
        return {"type": "result", "outputs": outputs()}
    except DeclinedError as error:
        return {"type": "unsupported", "reason": brief(error)}
    except Exception as error:
        traceback.print_exc()
        return {"type": "error", "kind": type(error).__name__, "message": brief(error)}


def private_pipes() -> tuple[Any, Any]:
    """The protocol's two ends, moved to where nothing that an implementation prints reaches."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return requests, answers


def arguments(words: Sequence[str]) -> tuple[str, list[str]]:
    """The adapter and the packages named on the command line."""
    packages = []
    rest = list(words)
    while len(rest) > 2 and rest[0] == "--package":
        packages.append(rest[1])
        rest = rest[2:]
    if len(rest) != 1:
        raise SystemExit("usage: worker.py [--package NAME]... ADAPTER")
    return rest[0], packages


def main() -> None:
    """Answers requests until told to stop, or until nobody asks any more."""
    target, packages = arguments(sys.argv[1:])
    # This file's own folder holds modules of ours, which must not stand before the environment's.
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [entry for entry in sys.path if str(Path(entry or ".").resolve()) != here]
    requests, answers = private_pipes()
    warnings.simplefilter("ignore")
    conversation = Conversation(target, packages)
    for line in requests:
        request = json.loads(line)
        if request["type"] == "stop":
            break
        answers.write(json.dumps(conversation.answer(request)).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
