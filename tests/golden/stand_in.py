"""A computation that stands in for the certified one where only the machinery is under test.

Its numbers are exact functions of the call, cheap, and mean nothing; they never leave a test's
temporary folder.
"""

import os
import time
from pathlib import Path

from focalspec.golden import content
from focalspec.golden.content import Content
from focalspec.golden.generate import Call


def compute(call: Call) -> dict[str, Content]:
    first = next(iter(call.inputs.values()))
    rows = [_row(position) for position in range(len(first.values))]
    return {name: content.table(first.shape, rows) for name in call.outputs}


def _row(position: int) -> list[str]:
    # Every format holds a small integer exactly.
    hexadecimal = f"0x1p+{position % 8}"
    decimal = str(2 ** (position % 8)) + "." + "0" * 39
    return [decimal, *[hexadecimal] * 4, "1.0", "exact"]


def compute_slowly(call: Call) -> dict[str, Content]:
    """As above, but long enough to be killed; says which process it is in."""
    Path(os.environ["STAND_IN_PROCESSES"], str(os.getpid())).touch()
    time.sleep(0.2)
    return compute(call)
