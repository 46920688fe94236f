"""A program that speaks the protocol by itself, without NumPy, and misbehaves as it is told.

It is right about the sigmoid, which its page defines as 1 / (1 + exp(-x)).
"""

import json
import math
import sys
import time


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def started(**changes):
    return {
        "type": "started",
        "protocol": 1,
        "name": "program",
        "version": "0.1",
        "language": "Python",
        "formulas": {"sigmoid": []},
        "dtypes": ["float64"],
        **changes,
    }


def right(request):
    logits = request["inputs"]["logits"]
    values = [1 / (1 + math.exp(-float.fromhex(text))) for text in logits["data"]]
    value = {"dtype": "float64", "shape": logits["shape"], "data": values}
    return {"type": "result", "id": request["id"], "outputs": {"value": value}}


def silent_at_start(_):
    time.sleep(1000)


def unfinished_line(_):
    sys.stdout.write('{"type":')
    sys.stdout.flush()
    sys.exit(0)


def flood(_):
    while True:
        sys.stdout.write("x" * 65536)


def mute_bytes(_):
    sys.stdout.buffer.write(b"\xff\xfe\n")
    sys.stdout.flush()


def changed(request, **changes):
    say({**right(request), **changes})


def with_value(request, **changes):
    answer = right(request)
    answer["outputs"]["value"].update(changes)
    say(answer)


STARTS = {
    "silent_at_start": silent_at_start,
    "dies_at_start": lambda _: sys.exit("no licence found"),
    "unfinished_line": unfinished_line,
    "not_json_at_start": lambda _: print("Hello!", flush=True),
    "other_protocol": lambda _: say(started(protocol=2)),
    "unknown_formula": lambda _: say(started(formulas={"sigmoit": []})),
    "unknown_dtype": lambda _: say(started(dtypes=["float31"])),
    "misspelt_parameter": lambda _: say(started(formulas={"softmax": ["axes"]})),
    "no_dtypes": lambda _: say(started(dtypes="float64")),
    "no_object": lambda _: say([1, 2]),
}
ANSWERS = {
    "right": lambda request: say(right(request)),
    "other_id": lambda request: changed(request, id="another"),
    "no_id": lambda request: say({"type": "result", "outputs": right(request)["outputs"]}),
    "not_json": lambda _: print("nan", flush=True) or print("Traceback", flush=True),
    "mute_bytes": mute_bytes,
    "flood": flood,
    "other_type": lambda request: changed(request, type="reslut"),
    "no_outputs": lambda request: changed(request, outputs=None),
    "strings": lambda request: with_value(request, data=["a", "b", "c"]),
    "too_few": lambda request: with_value(request, data=[0.5]),
    "negative_shape": lambda request: with_value(request, shape=[-3]),
    "no_dtype": lambda request: with_value(request, dtype=None),
    "no_data": lambda request: with_value(request, data=None),
    "huge_shape": lambda request: with_value(request, shape=[10**12, 10**12], data=None),
    "decimals": lambda request: with_value(
        request, data=[str(v) for v in right(request)["outputs"]["value"]["data"]]
    ),
    "nothing": lambda request: changed(request, outputs={}),
}


def main():
    act = sys.argv[1]
    for line in sys.stdin:
        request = json.loads(line)
        if request["type"] == "start":
            STARTS.get(act, lambda _: say(started()))(request)
        elif request["type"] == "run":
            ANSWERS.get(act, ANSWERS["right"])(request)
        else:
            break


if __name__ == "__main__":
    main()
