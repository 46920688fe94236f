"""What the tests of this room share: the small golden set, and the rules of the pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from focalspec import spec
from focalspec.conformance import judging, pages
from focalspec.conformance.catalogue import find
from focalspec.conformance.judge import Judge
from focalspec.conformance.progress import Bars
from focalspec.conformance.protocol import Signature
from focalspec.conformance.results import Results
from focalspec.golden import GoldenCase, load_suite

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def small() -> Path:
    """The folder of the small golden set."""
    return HERE / "small"


@pytest.fixture(scope="session")
def cases(small: Path) -> dict[str, GoldenCase]:
    """Its cases by the last part of their ids, those of the sigmoid focal loss first."""
    every = load_suite(small).cases
    return {
        case.id.rpartition("/")[2]: case
        for case in sorted(every, key=lambda case: case.formula == "sigmoid_focal_loss")
    }


@pytest.fixture(scope="session")
def signatures() -> dict[str, Signature]:
    return pages.signatures(spec.load())


@pytest.fixture(scope="session")
def standard() -> Judge:
    return Judge(pages.rules(spec.load(), "standard"))


@pytest.fixture(scope="session")
def strict() -> Judge:
    return Judge(pages.rules(spec.load(), "strict"))


@pytest.fixture(scope="session")
def judged(small: Path) -> Callable[..., Results]:
    """Judges an adapter (or a command) by the small golden set, in a process of its own."""

    def run(target: str | Path, options: judging.Options | None = None) -> Results:
        text = str(target)
        options = options or judging.Options(golden=small)
        bars = Bars([find(text).name], Console(quiet=True))
        return judging.judge([find(text)], options, bars)

    return run
