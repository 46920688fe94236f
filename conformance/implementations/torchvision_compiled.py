# /// script
# requires-python = ">=3.11"
# dependencies = ["torchvision==0.28.0", "torch==2.13.0", "numpy==2.4.6", "ml-dtypes==0.6.0"]
# ///
"""torchvision.ops.sigmoid_focal_loss under torch.compile: loss and gradient by inductor.

In float32 alone: each rank, reduction and alpha of each dtype is a kernel that a C++ compiler
builds, about 80 for one dtype. The first run takes minutes; later ones find them in torch's cache.
"""

from __future__ import annotations

import support.torchvision_operators  # noqa: F401 - before torchvision
import torch
import torch._dynamo
import torch._inductor.config
from support.torch_arrays import loss_and_gradient, tensor
from torchvision.ops import sigmoid_focal_loss as library_loss

DTYPES = ("float32",)

# Beyond these limits a call would silently run uncompiled.
torch._dynamo.config.recompile_limit = 10**6
torch._dynamo.config.accumulated_recompile_limit = 10**6
torch._inductor.config.compile_threads = 1  # no pool of compilers for a few small kernels
_compiled = torch.compile(library_loss, fullgraph=True, dynamic=True)


def sigmoid_focal_loss(logits, labels, *, alpha=0.25, gamma=2.0, reduction="sum"):
    return loss_and_gradient(
        lambda z: _compiled(
            z,
            tensor(labels),
            alpha=-1 if alpha is None else alpha,
            gamma=gamma,
            reduction=reduction,
        ),
        logits,
    )
