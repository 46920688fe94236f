"""Asks an implementation in a process of its own for whole blocks, which lie in files in memory."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from focalspec import spec
from focalspec.conformance import pages, protocol
from focalspec.conformance.answers import Broken, Declined, Raised, Returned
from focalspec.conformance.catalogue import Implementation, find, program
from focalspec.conformance.protocol import Started
from focalspec.conformance.runner import StartError, start_command
from focalspec.conformance.session import Limits, Session, SessionError
from focalspec.conformance.sweep.inputs import Bits, numbers, word
from focalspec.conformance.sweep.ledger import Results
from focalspec.conformance.sweep.settling import ARGUMENTS
from focalspec.conformance.sweep_results import OUTPUTS, Configuration
from focalspec.golden import Value
from focalspec.golden.formats import FORMATS

CHUNK = 1 << 19  # inputs of one request
_WIDEST = 8  # bytes of a number of an answer
FOLDER = "FOCALSPEC_SWEEP_FOLDER"  # names another folder for the files that blocks lie in
_MEMORY = Path("/dev/shm")
_STARTS = 2
# One process computes on one core, so that as many workers as cores share them evenly.
ONE_THREAD = {
    **dict.fromkeys(
        (
            *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "FOCALSPEC_THREADS"),
            *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
        ),
        "1",
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


class DiedError(Exception):
    """The implementation's process crashed, hung or spoke nonsense."""


class RefusedError(Exception):
    """The implementation answered, but not with losses of the inputs."""


@dataclass(frozen=True)
class Who:
    """The implementation, as every machine of a sweep finds it, and what it may take."""

    target: str
    program: bool = False
    here: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def implementation(self) -> Implementation:
        """The implementation, found."""
        return program(self.target) if self.program else find(self.target)


@dataclass(frozen=True)
class Reply:
    """What came back for a block, by output: views that hold until the next one is asked for."""

    found: Mapping[str, Results]
    dtypes: Mapping[str, str]
    seconds: float  # of the processor, in the implementation's process


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for the files of blocks: in memory, where the system offers that."""
    folder = os.environ.get(FOLDER) or (_MEMORY if os.access(_MEMORY, os.W_OK) else None)
    return tempfile.TemporaryDirectory(prefix="focalspec-sweep-", dir=folder)


class Asker:
    """An implementation's process, started when it is needed, and the files that it is asked by."""

    def __init__(self, who: Who) -> None:
        """Makes the files, in memory where the system offers that."""
        self.who = who
        self._folder = scratch()
        self._files = {name: self._file(name) for name in ("first", "labels", *OUTPUTS)}
        self._maps = {name: np.memmap(file, np.uint8, "r+") for name, file in self._files.items()}
        self._signatures = pages.signatures(spec.load())
        self._session: Session | None = None
        self._labels: tuple[str, int] | None = None  # what the file of labels holds
        self._asked = 0

    def _file(self, name: str) -> str:
        path = Path(self._folder.name) / name
        with path.open("wb") as stream:
            stream.truncate(CHUNK * _WIDEST)
        return str(path)

    def start(self) -> Started:
        """Starts the process. Raises StartError."""
        who, implementation = self.who, self.who.implementation
        command = start_command(implementation, here=who.here)
        environment = {name: one for name, one in ONE_THREAD.items() if name not in os.environ}
        problem = ""
        for _ in range(_STARTS):
            session = Session(command, who.limits, environment)
            try:
                request = protocol.start_request(self._signatures)
                line = session.exchange(request, who.limits.start)
                started = protocol.read_started(line, self._signatures)
            except SessionError as error:
                session.close()
                problem = f"{implementation.name}: does not start: {error}"
            except ValueError as error:
                session.close()
                raise StartError(f"{implementation.name}: {error}") from error
            except BaseException:
                session.close()
                raise
            else:
                self._session = session
                return started
        raise StartError(problem)

    def ask(self, configuration: Configuration, bits: Bits) -> Reply:
        """The outputs at inputs, given as patterns, at most CHUNK of them.

        Raises DiedError, RefusedError, and StartError.
        """
        if self._session is None:
            self.start()
        if self._session is None:
            raise RuntimeError("no session")
        self._asked += 1
        self._write(configuration, bits)
        block = self._block(configuration, bits.size)
        try:
            line = self._session.exchange(protocol.block_request(block), self.who.limits.case)
            answer = protocol.read_answer(line, block.id)
            seconds = float(protocol.read_message(line).get("seconds", 0.0))
        except (SessionError, protocol.ProtocolError) as error:
            self.stop()
            raise DiedError(str(error)) from error
        if not isinstance(answer, Returned):
            raise _refusal(answer)
        names = [name for name in OUTPUTS if name in answer.outputs]
        if not names:
            raise RefusedError(f"expected {' and '.join(OUTPUTS)}, found neither")
        dtypes = {name: answer.outputs[name].dtype for name in names}
        for name in names:
            _check(name, dtypes[name], answer.outputs[name].shape, bits.size)
        found = {name: self._found(name, dtypes[name], bits.size) for name in names}
        return Reply(found, dtypes, seconds)

    def _write(self, configuration: Configuration, bits: Bits) -> None:
        self._maps["first"][: bits.nbytes] = bits.view(np.uint8)
        labels = (configuration.dtype, configuration.label)
        if self._labels != labels:
            pattern = _pattern(*labels)
            room = self._maps["labels"][: CHUNK * pattern.itemsize]
            room.view(pattern.dtype)[:] = pattern
            self._labels = labels

    def _block(self, configuration: Configuration, count: int) -> protocol.Block:
        first, second = ARGUMENTS[configuration.formula]
        return protocol.Block(
            id=f"block {self._asked}",
            formula=configuration.formula,
            dtype=configuration.dtype,
            count=count,
            inputs={first: self._files["first"], second: self._files["labels"]},
            outputs={name: self._files[name] for name in OUTPUTS},
            parameters=self._parameters(configuration),
            needs=needs(configuration),
        )

    def _parameters(self, configuration: Configuration) -> dict[str, Value]:
        chosen: dict[str, Value] = {
            "alpha": configuration.alpha,
            "gamma": configuration.gamma,
            "reduction": "none",
            "label_rule": "two_term",
        }
        names = self._signatures[configuration.formula].parameters
        return {name: chosen.get(name) for name in names}

    def _found(self, name: str, dtype: str, count: int) -> Results:
        if dtype == "float64":
            return self._maps[name][: count * 8].view(np.float64)
        form = FORMATS[dtype]
        size = word(form)
        return numbers(form, self._maps[name][: count * size.itemsize].view(size))

    def stop(self) -> None:
        """Ends the process; the next block starts another."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def close(self) -> None:
        """Ends the process and removes the files."""
        self.stop()
        self._maps.clear()
        self._folder.cleanup()


def needs(configuration: Configuration) -> list[str]:
    """The parameters that an implementation must offer, by the rule for golden cases."""
    wanted = {"alpha": configuration.alpha is not None, "gamma": configuration.gamma != 0.0}
    return [name for name, is_needed in wanted.items() if is_needed]


def _pattern(dtype: str, label: int) -> NDArray[Any]:
    """The pattern of a label, 0 or 1, in a dtype."""
    form = FORMATS[dtype]
    one = form.emax << (form.precision - 1)
    return np.array(one if label else 0, word(form))


def _refusal(answer: Declined | Raised | Broken) -> RefusedError:
    if isinstance(answer, Declined):
        return RefusedError(answer.reason or "it does not say why")
    return RefusedError(f"{answer.kind}: {answer.message}")


def _check(name: str, dtype: str, shape: tuple[int, ...], count: int) -> None:
    if dtype not in FORMATS:
        raise RefusedError(f"{name}: expected floating-point numbers, found {dtype}")
    if shape != (count,):
        raise RefusedError(f"{name}: expected shape [{count}], found {list(shape)}")
