"""Writes the script that reproduces one case with the real library, for a bug report."""

import json
import math
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from focalspec import spec
from focalspec.conformance import pages, protocol, worker
from focalspec.conformance.catalogue import Implementation
from focalspec.conformance.comparison import shortened
from focalspec.conformance.cutting import cut
from focalspec.conformance.environments import read_header
from focalspec.conformance.inlining import NotInlinedError, inlined
from focalspec.conformance.judge import Verdict
from focalspec.conformance.protocol import Signature
from focalspec.conformance.results import Check, Judged
from focalspec.conformance.selection import Task
from focalspec.golden import Array, Expected, GoldenCase, Value


@dataclass(frozen=True)
class Reproduction:
    """A case in a dtype, and the implementation that it is asked of."""

    implementation: Implementation
    task: Task
    offered: Sequence[str]  # the parameters that it takes; "*" stands for any
    answered: Collection[str]  # the outputs that it returns
    signatures: dict[str, Signature]

    @classmethod
    def of(
        cls,
        implementation: Implementation,
        case: GoldenCase,
        checks: Sequence[Check],
        judged: Judged,
    ) -> "Reproduction":
        """In the dtype of the first check that fails, or of the first."""
        check = next((check for check in checks if check.failing or check.deviation), checks[0])
        offered = judged.formulas.get(case.formula, ())
        answered = {
            one.output
            for one in checks
            if one.dtype == check.dtype and one.verdict is not Verdict.UNSUPPORTED
        }
        signatures = pages.signatures(spec.load())
        return cls(implementation, Task(case, check.dtype), offered, answered, signatures)

    def _expectations(self) -> Iterator[tuple[str, list[tuple[str, float]]]]:
        """What is expected of each output (by each reading): the value and the nearest number."""
        case, dtype = self.task
        for name, expected in case.expected.items():
            if name in self.answered:
                yield name, _rows(expected, dtype)
        for reading in case.readings.values():
            for name, expected in reading.expected.items():
                yield f"{name}, read as {reading.name}", _rows(expected, dtype)

    def script(self) -> str:
        """The script: Python that calls the adapter's own code, or sh that speaks to a program."""
        lines = self._conversation() if self.implementation.program else self._python()
        return "".join(f"{line}\n" for line in lines)

    def _about(self) -> Iterator[str]:
        case, dtype = self.task
        yield f"# {case.id} [{dtype}]{': ' if case.about else ''}{case.about}"
        yield f"# What {self.implementation.name} makes of it."

    def _conversation(self) -> Iterator[str]:
        yield "#!/bin/sh"
        yield from self._about()
        for name, rows in self._expectations():
            yield f"# expected {name}: {', '.join(decimal for decimal, _ in rows)}"
        yield f"{shlex.join(shlex.split(self.implementation.target))} <<'END'"
        yield protocol.start_request(self.signatures).decode().strip()
        yield protocol.run_request(*self.task).decode().strip()
        yield protocol.STOP.decode().strip()
        yield "END"

    def _python(self) -> Iterator[str]:
        yield from self._about()
        target = self.implementation.target
        if not worker.is_path(target):
            yield from self._case(f"from {target} import {self.task.case.formula}")
            return
        try:
            source = cut(inlined(Path(target)), [self.task.case.formula])
        except NotInlinedError as error:
            yield from self._beside(Path(target).resolve(), str(error))
        else:
            yield from self._case(f"{source.rstrip()}\n")

    def _beside(self, adapter: Path, why: str) -> Iterator[str]:
        """For an adapter that must stay in its file."""
        header = read_header(adapter)
        yield from header.text.splitlines() if header else ()
        yield "import sys"
        yield ""
        yield f"# The adapter stays in its file: {why}."
        yield f"sys.path.append({str(adapter.parent)!r})"
        yield 'if __name__ == "__main__":'
        case = self._case(f"from {adapter.stem} import {self.task.case.formula}")
        yield from (f"    {line}".rstrip() for line in case)

    def _case(self, adapter: str) -> Iterator[str]:
        """The adapter's code, the case, the call and what is shown of it."""
        case, dtype = self.task
        yield adapter
        if "import numpy as np\n" not in adapter:
            yield "import numpy as np"
        if dtype == "bfloat16":
            yield "import ml_dtypes"
        yield ""
        yield "# ---- the case, its numbers exact ----"
        yield ""
        yield "inputs = ["
        for name, array in case.inputs.items():
            yield f"    {_literal(array, dtype)},  # {name}"
        yield "]"
        yield "parameters = {"
        for parameter, value in case.parameters.items():
            if parameter in self.offered or "*" in self.offered:
                yield f"    {parameter!r}: {_literal(value, dtype)},"
        yield "}"
        yield from _asking(case, self.signatures[case.formula].outputs)
        yield from _showing(self.task, list(self._expectations()))


def _literal(value: Value, dtype: str) -> str:
    if not isinstance(value, Array):
        return repr(value)
    numbers = ", ".join(_number(number) for number in value.values)
    if not value.shape:
        return numbers
    kind = {"int64": '"int64"'}.get(value.dtype)
    kind = kind or ("ml_dtypes.bfloat16" if dtype == "bfloat16" else f'"{dtype}"')
    shape = f".reshape({value.shape})" if len(value.shape) != 1 else ""
    return f"np.array([{numbers}], dtype={kind}){shape}"


def _number(number: float) -> str:
    """A number whose text gives back every bit of it."""
    return repr(number) if math.isfinite(number) else f'float("{number}")'


def _asking(case: GoldenCase, outputs: Sequence[str]) -> Iterator[str]:
    call = f"{case.formula}(*inputs, **parameters)"
    yield ""
    if case.expect == "error":
        yield f'print("expected an error about {case.error}")'
    yield f"returned = {call}"
    yield "if not isinstance(returned, dict):"
    yield "    returned = returned if isinstance(returned, tuple) else (returned,)"
    yield f"    returned = dict(zip({list(outputs)!r}, returned))"
    if case.expect == "error":
        yield 'print("found", returned)'


def _rows(expected: Expected, dtype: str) -> list[tuple[str, float]]:
    return [(shortened(row.decimal), float(getattr(row, dtype))) for row in expected.rows]


def _showing(
    task: Task, expectations: Sequence[tuple[str, list[tuple[str, float]]]]
) -> Iterator[str]:
    for reading in task.case.readings.values():
        if reading.outcome:
            yield f'print("read as {reading.name}: {reading.outcome}; found", returned)'
    if not expectations:
        return
    yield ""
    yield f"expected = {{  # the proven value, and the nearest {task.dtype}"
    for name, rows in expectations:
        yield f"    {json.dumps(name)}: ["
        yield from (f'        ("{decimal}", {_number(nearest)}),' for decimal, nearest in rows)
        yield "    ],"
    yield "}"
    yield "for name, values in expected.items():"
    yield '    output = name.partition(",")[0]'
    yield "    if output not in returned:"
    yield '        print(f"{name}: not returned")'
    yield "        continue"
    yield '    found = np.asarray(returned[output]).astype("float64").ravel()'
    yield "    for index, ((decimal, nearest), number) in enumerate(zip(values, found)):"
    yield "        number = float(number)"
    yield '        print(f"{name}[{index}]: expected {decimal:>25}  found {number!r:>24}", end="")'
    yield '        print(f"  difference {number - nearest:.3g}")'
