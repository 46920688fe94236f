"""Writes a finding as a Python script that shows it, with nothing of focalspec needed to run it."""

import json
from math import prod
from pathlib import Path

from focalspec.conformance import protocol, worker
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.hunt.causes import RELATION
from focalspec.conformance.hunt.search import Finding
from focalspec.conformance.hunt.trial import Trial
from focalspec.conformance.hunt.truth import Truth
from focalspec.conformance.pages import Rules
from focalspec.conformance.protocol import Signature
from focalspec.golden import Array, Value, hexfloat

_NUMBERS = '''
def numbers(text, dtype, shape):
    """An array from exact hexadecimal floats."""
    values = np.array([float.fromhex(word) for word in text.split()], dtype=np.float64)
    return values.astype(dtype).reshape(shape)
'''

_JUDGE = """
wrong = False
for name, (shape, exact, allowed) in EXACT.items():
    if name not in found:
        continue
    array = np.asarray(found[name])
    if array.size != len(exact.split()):
        print(f"{name}: expected shape {shape}, found {array.shape}")
        wrong = True
        continue
    pairs = zip(exact.split(), allowed.split(), array.astype(np.float64).ravel())
    for index, (right, room, value) in enumerate(pairs):
        right = float.fromhex(right)
        agrees = value == right or abs(value - right) <= float.fromhex(room)
        wrong = wrong or not agrees
        verdict = "" if agrees else "   <-- DISAGREES"
        print(f"{name}[{index}]: exact {right!r}, found {float(value)!r}{verdict}")
    if array.dtype.name not in DTYPES:
        print(f"{name}: expected dtype {DTYPES[0]}, found {array.dtype.name}   <-- DISAGREES")
        wrong = True
raise SystemExit(wrong)
"""

_FROM_FILE = """
sys.path.append(str(Path(ADAPTER).parent))
spec = importlib.util.spec_from_file_location("adapter", ADAPTER)
adapter = importlib.util.module_from_spec(spec)
sys.modules["adapter"] = adapter
spec.loader.exec_module(adapter)
"""

_FROM_MODULE = """
sys.path.insert(0, "")
adapter = importlib.import_module(ADAPTER)
"""

_NAMED = """
if isinstance(returned, dict):
    found = returned
else:
    returned = returned if isinstance(returned, tuple) else (returned,)
    found = dict(zip(OUTPUTS, returned))
"""

_PROGRAM = """
done = subprocess.run(COMMAND, input="\\n".join(LINES) + "\\n", text=True, capture_output=True)
answers = [json.loads(line) for line in done.stdout.splitlines()]
if len(answers) < 2 or answers[1]["type"] != "result":
    print(answers[1:] or done.stderr)
    raise SystemExit(1)
found = {
    name: np.array(
        [float.fromhex(v) if isinstance(v, str) and "x" in v else float(v) for v in one["data"]],
        dtype=one["dtype"],
    ).reshape(one["shape"])
    for name, one in answers[1]["outputs"].items()
}
"""


def script(
    finding: Finding, implementation: Implementation, offered: set[str], rules: Rules
) -> str:
    """A script that calls the implementation and prints its answer beside the exact one.

    It ends with status 1 where the two disagree; a call that raises, crashes or hangs does so in
    the script too. ``offered`` are the parameters that the implementation takes.
    """
    trial = finding.trial
    header = implementation.header.text.rstrip() + "\n" if implementation.header else ""
    parts = [header + _docstring(finding, implementation)]
    if implementation.program:
        parts += [_imports("json", "subprocess"), _request(trial, implementation)]
        parts += [_expected(finding, rules), _PROGRAM]
    else:
        parts += [_imports("importlib", "importlib.util", "sys", path=True, trial=trial)]
        parts += [_adapter(implementation), _expected(finding, rules), _NUMBERS]
        parts += [_call(trial, offered), _NAMED]
    return "\n".join(part.strip("\n") + "\n" for part in [*parts, _JUDGE])


def _docstring(finding: Finding, implementation: Implementation) -> str:
    message = finding.fault.message.replace("\\", "/").replace('"""', "'''")
    lines = [
        f'"""{implementation.name}, {finding.trial.formula} in {finding.trial.dtype}:',
        message,
    ]
    if finding.property.breaks is not None:
        lines += ["", f"Property {finding.property.name}: {finding.property.claim}."]
    if finding.claim and finding.claim != finding.fault.message:
        lines.append(finding.claim)
    return "\n".join([*lines, '"""'])


def _imports(*names: str, path: bool = False, trial: Trial | None = None) -> str:
    lines = [f"import {name}" for name in names]
    lines += ["from pathlib import Path"] if path else []
    lines += ["", "import numpy as np"]
    if trial is not None and trial.dtype == "bfloat16":
        lines.insert(-1, "import ml_dtypes")
    return "\n".join(lines)


def _adapter(implementation: Implementation) -> str:
    if worker.is_path(implementation.target):
        target = str(Path(implementation.target).resolve())
        return f"ADAPTER = {target!r}\n{_FROM_FILE}"
    return f"ADAPTER = {implementation.target!r}\n{_FROM_MODULE}"


def _request(trial: Trial, implementation: Implementation) -> str:
    page = trial.page
    signature = Signature(tuple(page.inputs), tuple(page.parameters), tuple(page.outputs))
    lines = [
        protocol.start_request({page.name: signature}).decode(),
        protocol.run_request(trial.case(), trial.dtype).decode(),
        protocol.STOP.decode(),
    ]
    listed = "".join(f"    {line!r},\n" for line in lines)
    return f"COMMAND = {json.dumps(implementation.command(''))}\nLINES = [\n{listed}]"


def _expected(finding: Finding, rules: Rules) -> str:
    trial, fault = finding.trial, finding.fault
    truth = Truth.of(trial, trial.outputs, rules)
    lines = [f"OUTPUTS = {tuple(trial.page.outputs)!r}"]
    dtypes = (trial.dtype,) if trial.formula in rules.exact_dtype else (trial.dtype, "float64")
    lines.append(f"DTYPES = {tuple(dict.fromkeys(dtypes))!r}")
    lines.append("# by output: shape, exact values rounded to the dtype, how far off is allowed")
    lines.append("EXACT = {")
    for name, target in truth.targets.items():
        exact = " ".join(hexfloat.write(float(value)) for value in target.nearest)
        rooms = [max(float(room), 0.0) for room in target.allowed]
        if fault.kind == RELATION and fault.output == name and fault.index is not None:
            rooms[fault.index] = 0.0  # what must be exactly zero has no tolerance
        allowed = " ".join(hexfloat.write(room) for room in rooms)
        lines.append(f"    {name!r}: ({target.shape!r}, {exact!r}, {allowed!r}),")
    return "\n".join([*lines, "}"])


def _call(trial: Trial, offered: set[str]) -> str:
    lines = [f"returned = adapter.{trial.formula}("]
    lines += [f"    {_array(array, trial.dtype)}," for array in trial.inputs.values()]
    for name, value in trial.parameters.items():
        if name in offered or protocol.ANY in offered:
            lines.append(f"    {name}={_value(value, trial.dtype)},")
    return "\n".join([*lines, ")"])


def _array(array: Array, dtype: str) -> str:
    if array.dtype == "int64":
        return f"np.array({list(array.values)!r}, dtype=np.int64).reshape({array.shape!r})"
    name = "ml_dtypes.bfloat16" if dtype == "bfloat16" else repr(dtype)
    text = " ".join(_hex(float(value)) for value in array.values)
    return f"numbers({text!r}, {name}, {array.shape!r})"


def _hex(value: float) -> str:
    return "nan" if value != value else hexfloat.write(value)  # noqa: PLR0124


def _value(value: Value, dtype: str) -> str:
    if isinstance(value, Array):
        text = _array(value, dtype)
        return text if prod(value.shape) != 1 or value.shape else f"{text}.item()"
    return repr(value)
