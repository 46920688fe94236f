"""Generates a small golden set, killed (SIGKILL) before its N-th step on the file system.

    killed.py ROOT WAY FIRST LAST

For each N from FIRST to LAST, in a copy of ROOT and in a process of its own: run a generation, kill
it before step N, load what is left, run again, load again. One line of JSON says what came of it.
WAY is ``exchange`` (what the system offers) or ``rename`` (as on systems that offer less). It is a
program of its own because a test process with threads must not fork.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import stand_in

from focalspec.golden import load_suite, swap
from focalspec.golden.generate import generate

STEPS = {
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "shutil.copytree",
    "shutil.rmtree", "ctypes.dlsym",
}  # fmt: skip


def main(root: Path, way: str, first: int, last: int) -> None:
    for step in range(first, last + 1):
        folder = root.with_name(f"{root.name}-{way}-{step}")
        shutil.copytree(root, folder)
        child = os.fork()
        if child == 0:
            generate_and_die(folder, way, step)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        left = load_suite(folder).digest
        report = generate(folder, jobs=1, compute=stand_in.compute)
        after = load_suite(folder).digest
        names = sorted(path.name for path in folder.iterdir())
        print(json.dumps([step, killed, left, report.recovered, after, names]), flush=True)
        shutil.rmtree(folder)
        if not killed:
            break


def generate_and_die(folder: Path, way: str, step: int) -> None:
    if way == "rename":
        swap._exchange = lambda one, other: False
    count = 0

    def before(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        reads = event == "open" and arguments[1] in ("r", "rb") and not is_folder(arguments)
        if event not in STEPS or reads:
            return
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(before)
    generate(folder, jobs=1, compute=stand_in.compute)
    os._exit(0)


def is_folder(arguments: tuple[object, ...]) -> bool:
    return isinstance(arguments[0], (str, os.PathLike)) and Path(arguments[0]).is_dir()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
