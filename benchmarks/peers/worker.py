"""Times one peer on request: a line of JSON in, a line of JSON out.

Run by the peer's own interpreter as `worker.py PEER VARIANT THREADS FOLDER`. Needs NumPy alone.
The process is bound to as many processors as the peer may use threads, before it is imported.
"""

import importlib.util
import json
import os
import sys
import time
from pathlib import Path


def main():
    peer, variant, threads, folder = sys.argv[1:]
    bind(int(threads))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the peer prints does not reach the answers
    spec = importlib.util.spec_from_file_location("peer", Path(__file__).with_name(f"{peer}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    call = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "cell" in request:
                call = prepared(module, request["cell"], variant, int(threads), Path(folder))
                answer = {"ready": call is not None}
            else:
                answer = timed(call, request["seconds"])
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}"}
        answers.write(json.dumps(answer) + "\n")


def bind(threads):
    """Leave the process as many processors as it may use threads."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, processors[-threads:])


def prepared(module, cell, variant, threads, folder):
    """The call to time, warmed up; None where the peer does not offer the cell."""
    import numpy as np  # noqa: PLC0415 -- after the processors are bound

    first, second = (np.load(folder / f"{cell['name']}-{part}.npy") for part in ("x", "y"))
    call = module.prepare(cell, first, second, variant, threads)
    if call is not None:
        call()
        call()
    return call


def timed(call, seconds):
    """Seconds a call, the fastest that fit into the time, and whether it had the processor.

    A call is cut short by nothing: at least one is made.
    """
    best, until = float("inf"), time.perf_counter() + seconds
    started, worked = time.perf_counter(), sum(os.times()[:2])
    while True:
        start = time.perf_counter()
        call()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > until:
            break
    share = (sum(os.times()[:2]) - worked) / (now - started)
    return {"seconds": best, "share": share}


if __name__ == "__main__":
    main()
