# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.13.0", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""The usual focal loss of PyTorch programs (torchvision's formula), eager and compiled."""

import torch
import torch.nn.functional as F  # noqa: N812 -- as everybody writes it

ALPHA, GAMMA = 0.25, 2.0


def prepare(cell, x, y, variant, threads):
    torch.set_num_threads(threads)
    torch._dynamo.reset()
    logits, labels = torch.from_numpy(x), torch.from_numpy(y)
    function = sigmoid if cell["family"] == "sigmoid" else softmax
    if not cell["gradient"]:
        forward = torch.compile(function) if variant == "compiled" else function

        def run():
            with torch.no_grad():
                return forward(logits, labels)

        return run

    def total(logits, labels):
        return function(logits, labels).sum()

    both = torch.compile(total) if variant == "compiled" else total
    logits.requires_grad_()

    def run_both():
        logits.grad = None
        both(logits, labels).backward()
        return logits.grad

    return run_both


def sigmoid(x, y):
    p = torch.sigmoid(x)
    entropy = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    hit = p * y + (1 - p) * (1 - y)
    return (ALPHA * y + (1 - ALPHA) * (1 - y)) * (entropy * (1 - hit) ** GAMMA)


def softmax(z, targets):
    entropy = F.cross_entropy(z, targets, reduction="none")
    return (1 - torch.exp(-entropy)) ** GAMMA * entropy
