# /// script
# requires-python = ">=3.11"
# dependencies = ["tensorflow==2.21.0", "numpy==2.4.6"]
# ///
"""The focal loss from TensorFlow's cross entropies, eager and compiled by XLA."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

ALPHA, GAMMA = 0.25, 2.0


def prepare(cell, x, y, variant, threads):
    if cell["family"] == "softmax" and x.ndim > 2:
        return None  # its cross entropy wants the classes last, and no document asks for that
    logits, labels = tf.constant(x), tf.constant(y)
    function = sigmoid if cell["family"] == "sigmoid" else softmax
    chosen = both(function) if cell["gradient"] else function
    if variant == "xla":
        chosen = tf.function(chosen, jit_compile=True)

    def run():
        result = chosen(logits, labels)
        return (result[-1] if cell["gradient"] else result).numpy()[..., :1]

    return run


def both(function):
    def total(logits, labels):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = tf.reduce_sum(function(logits, labels))
        return loss, tape.gradient(loss, logits)

    return total


def sigmoid(x, y):
    p = tf.sigmoid(x)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x)
    hit = p * y + (1 - p) * (1 - y)
    return (ALPHA * y + (1 - ALPHA) * (1 - y)) * (1 - hit) ** GAMMA * entropy


def softmax(z, targets):
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=z)
    return (1 - tf.exp(-entropy)) ** GAMMA * entropy
