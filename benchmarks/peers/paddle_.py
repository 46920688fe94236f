# /// script
# requires-python = ">=3.11"
# dependencies = ["paddlepaddle==3.3.1", "setuptools==84.2.1", "numpy==2.4.6"]
# ///
"""paddle.nn.functional.sigmoid_focal_loss, and the softmax loss from its cross entropy."""

import paddle
from paddle.nn import functional

GAMMA = 2.0


def prepare(cell, x, y, variant, threads):
    paddle.set_device("cpu")
    logits, labels = paddle.to_tensor(x), paddle.to_tensor(y)
    function = sigmoid if cell["family"] == "sigmoid" else softmax
    if not cell["gradient"]:

        def run():
            with paddle.no_grad():
                return function(logits, labels)

        return run
    logits.stop_gradient = False

    def run_both():
        logits.clear_grad()
        function(logits, labels).sum().backward()
        return logits.grad

    return run_both


def sigmoid(x, y):
    # it fails on one axis
    return functional.sigmoid_focal_loss(x[:, None], y[:, None], reduction="none")


def softmax(z, targets):
    entropy = functional.cross_entropy(z, targets, reduction="none", axis=1)
    return (1 - paddle.exp(-entropy)) ** GAMMA * entropy
