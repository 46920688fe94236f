"""An implementation that is right, except for one case in float32, where it does as it is told.

FOCALSPEC_TEST_ACT names the act; FOCALSPEC_TEST_FILE is a file for what a test wants to know.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from focalspec import reference

VERSION = "1"
DTYPES = ("float32",)


def sigmoid_focal_loss(
    logits,
    labels,
    *,
    alpha=0.25,
    gamma=2.0,
    normalizer=None,
    reduction="sum",
    label_rule="two_term",
):
    parameters = {
        "alpha": alpha,
        "gamma": gamma,
        "normalizer": normalizer,
        "reduction": reduction,
        "label_rule": label_rule,
    }
    right = reference.sigmoid_focal_loss(logits, labels, derivatives=1, **parameters)
    if logits.tolist() != [-1.0, 2.0]:
        return right
    return ACTS[os.environ["FOCALSPEC_TEST_ACT"]](right)


def segmentation_fault(_):
    ctypes.string_at(0)


def leave_at_once(_):
    os._exit(3)


def leave_politely(_):
    sys.exit(4)


def raise_an_exception(_):
    raise RuntimeError("no\nsuch luck")


def hang(_):
    time.sleep(1000)


def spin(_):
    while True:
        pass


def print_and_answer(right):
    print("a line on standard output")
    print('{"type":"result","id":"forged","outputs":{}}', flush=True)
    os.write(1, b"and from below Python\n")
    ctypes.CDLL(None).puts(b"and from C")
    os.system("echo and from a child")
    return right


def flood_standard_output(_):
    while True:
        os.write(1, b"x" * 65536)


def flood_standard_error(_):
    while True:
        os.write(2, b"x" * 65535 + b"\n")


def close_every_pipe(right):
    os.closerange(0, 256)
    return right


def read_standard_input(right):
    assert sys.stdin.read() == ""
    return right


def wrong_shape(right):
    return right[0].reshape(1, 2), right[1]


def narrower_dtype(right):
    return right[0].astype(np.float16), right[1]


def wider_dtype(right):
    return right[0].astype(np.float64), right[1]


def integers(right):
    return right[0].astype(np.int64), right[1]


def complex_numbers(right):
    return right[0].astype(np.complex64), right[1]


def booleans(right):
    return right[0] > 0, right[1]


def not_a_number(right):
    right[0][1] = np.nan
    return right


def infinity(right):
    right[0][1] = np.inf
    return right


def a_string(_):
    return "0.5"


def nothing(_):
    return None


def unheard_of_output(right):
    return {"loss": right[0], "grad": right[1]}


def too_many_values(right):
    return (*right, *right, *right)


def ragged(_):
    return [[1.0], [1.0, 2.0]]


def huge_array(right):
    return np.broadcast_to(np.float32(1), (1 << 20, 1 << 12)), right[1]


def loss_alone(right):
    return right[0]


def leak(_):
    kept = []
    while True:
        kept.append(np.ones(1 << 20))
        time.sleep(0.005)


def ignore_termination(_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(1000)


def leave_children(right):
    sleeper = [sys.executable, "-c", "import time; time.sleep(1000)"]
    children = [
        subprocess.Popen(sleeper),
        subprocess.Popen(sleeper, start_new_session=True),
        subprocess.Popen(sleeper, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL),
    ]
    pids = "\n".join(str(child.pid) for child in children)
    Path(os.environ["FOCALSPEC_TEST_FILE"]).write_text(pids)
    return right


def die_beside_a_child_that_holds_the_pipes(_):
    sleeper = [sys.executable, "-c", "import time; time.sleep(1000)"]
    descriptors = [number for number in range(64) if _is_open(number)]
    child = subprocess.Popen(sleeper, pass_fds=descriptors, start_new_session=True)
    Path(os.environ["FOCALSPEC_TEST_FILE"]).write_text(str(child.pid))
    os._exit(5)


def _is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def recurse(right):
    return recurse(right)


ACTS = {name: act for name, act in list(globals().items()) if callable(act)}
