"""Measures the golden room: values generated and proven a second, and the time to load the set.

    python benchmarks/golden.py [--topics N]

Generation and certification run on a sample (every n-th topic), in one process, in turn.
Loading is timed on the whole set, in fresh interpreters, against an interpreter that loads nothing
but the loader, so that the import is not counted.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from focalspec.golden import load_suite
from focalspec.golden.certify import prove
from focalspec.golden.generate import generate

GOLDEN = Path(__file__).parents[1] / "golden"
LOADS = 5
LOAD = """
import time
from focalspec.golden import load_suite
start = time.process_time()
suite = load_suite()
rows = sum(len(e.rows) for case in suite.cases for e in case.expected.values())
print(time.process_time() - start)
"""


def sample(folder: Path, topics: int) -> None:
    """Copy about ``topics`` files of cases, of all formulas, into a fresh golden folder."""
    files = sorted((GOLDEN / "cases").glob("*/*.yaml"))
    shutil.copy(GOLDEN / "bugs.yaml", folder)
    for file in files[:: max(1, len(files) // topics)]:
        copy = folder / file.relative_to(GOLDEN)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)


def timed_generation(folder: Path) -> tuple[int, float]:
    """Generate the sample: values, and seconds of processor time."""
    start = time.process_time()
    report = generate(folder, jobs=1)
    return report.values, time.process_time() - start


def timed_certification(folder: Path) -> tuple[int, float]:
    """Prove the sample again by the enclosure alone: values, and seconds of processor time."""
    cases = load_suite(folder).cases
    start = time.process_time()
    proven = sum(sum(prove(case).tally.values()) for case in cases)
    return proven, time.process_time() - start


def timed_load() -> float:
    """Load the whole committed set in a fresh interpreter: seconds of processor time."""
    command = [sys.executable, "-c", LOAD]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=12, help="topics in the sample")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample(folder, parser.parse_args().topics)
        generated, generating = timed_generation(folder)
        proven, proving = timed_certification(folder)
    loads = [timed_load() for _ in range(LOADS)]
    table = Table("step", "values", "seconds", "values a second")
    table.add_row("generate", str(generated), f"{generating:.2f}", f"{generated / generating:.0f}")
    table.add_row("certify", str(proven), f"{proving:.2f}", f"{proven / proving:.0f}")
    suite = load_suite()
    rows = sum(len(e.rows) for case in suite.cases for e in case.expected.values())
    load = statistics.median(loads)
    table.add_row("load the set", str(rows), f"{load:.2f}", f"{rows / load:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
