"""One loss over a batch that lies on several real torch.distributed ranks (gloo, loopback)."""

from __future__ import annotations

import datetime
import functools
import multiprocessing
import os
import socket

import numpy as np
import torch
import torch.distributed as dist
from support.torch_arrays import loss_and_gradient, tensor

__all__ = ["loss_and_gradient_over_ranks", "start_ranks"]

_LOOPBACK = "127.0.0.1"
_PATIENCE = datetime.timedelta(seconds=60)


def loss_and_gradient_over_ranks(criterion, first, targets, shards):
    """Give each rank its rows; return the loss that all ranks agree on, and the joined gradient.

    `criterion` is a module that gathers the batch by itself. A rank's gradient of the whole
    batch's loss with respect to its own rows is those rows of the gradient, so that joining the
    slices gives it whole. Raises RuntimeError where the ranks' losses differ in any bit.
    """
    cuts = np.cumsum([int(size) for size in shards])[:-1]
    slices = zip(np.split(first, cuts), np.split(targets, cuts), strict=True)
    pipes = start_ranks(len(shards))
    for pipe, (rows, row_targets) in zip(pipes, slices, strict=True):
        pipe.send((criterion, rows, row_targets))
    answers = [_answer(pipe) for pipe in pipes]
    for rank, answer in enumerate(answers):
        if "error" in answer:
            raise RuntimeError(f"rank {rank}: {answer['error']}")
    losses = [answer["loss"] for answer in answers]
    for rank, loss in enumerate(losses):
        if loss.tobytes() != losses[0].tobytes() or loss.shape != losses[0].shape:
            raise RuntimeError(f"rank {rank} computed {loss!r}, rank 0 {losses[0]!r}")
    gradient = np.concatenate([answer["gradient"] for answer in answers])
    return {"loss": losses[0], "gradient": gradient}


@functools.cache
def start_ranks(count):
    """Start the ranks, once, and return a pipe to each; they see the end of this process as theirs.

    Does not wait for them: an adapter starts them when it is imported, long before their turn.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])  # one import of torch for all ranks
    store = dist.TCPStore(_LOOPBACK, 0, is_master=True, wait_for_workers=False)
    _STORES.append(store)
    pipes = []
    for rank in range(count):
        here, there = context.Pipe()
        context.Process(target=_serve, args=(there, rank, count, store.port), daemon=True).start()
        there.close()
        pipes.append(here)
    return tuple(pipes)


_STORES: list[dist.TCPStore] = []  # a store must outlive the ranks that met in it


def _answer(pipe):
    if not pipe.poll(_PATIENCE.total_seconds()):
        return {"error": f"no answer within {_PATIENCE}"}
    return pipe.recv()


def _serve(pipe, rank, count, port):
    """A rank: join the others, then answer until the pipe ends."""
    torch.set_num_threads(1)
    loopback = [name for _, name in socket.if_nameindex() if name.startswith("lo")]
    os.environ["GLOO_SOCKET_IFNAME"] = loopback[0]
    store = dist.TCPStore(_LOOPBACK, port, is_master=False)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=count, timeout=_PATIENCE)
    while True:
        try:
            criterion, rows, targets = pipe.recv()
        except EOFError:
            os._exit(0)  # the worker is gone: leave at once, its peers do the same
        try:
            answer = loss_and_gradient(functools.partial(_call, criterion, tensor(targets)), rows)
        except Exception as error:  # whatever it is, the worker reports it
            answer = {"error": f"{type(error).__name__}: {error}"}
        pipe.send(answer)


def _call(criterion, targets, rows):
    return criterion(rows, targets)
