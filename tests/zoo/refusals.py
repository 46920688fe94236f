"""Refuses what has no meaning, for all right implementations: wrong shapes, classes, words."""

import numpy as np


def require_same_shape(first, second, name):
    """Refuse labels whose shape is not that of the logits or probabilities."""
    if first.shape != second.shape:
        raise ValueError(f"{name}: expected shape {first.shape}, found {second.shape}")


def require_targets(scores, targets, axis, ignore_index):
    """Refuse targets of another shape than the positions, or of a class that does not exist."""
    positions = np.moveaxis(scores, axis, -1).shape
    if targets.shape != positions[:-1]:
        raise ValueError(f"targets: expected shape {positions[:-1]}, found {targets.shape}")
    counted = targets[targets != ignore_index] if ignore_index is not None else targets
    if ((counted < 0) | (counted >= positions[-1])).any():
        raise ValueError(f"targets: expected classes of [0, {positions[-1]}), found another")


def require_one_per_class(values, classes, name):
    """Refuse weights or gammas that are not one for each class."""
    if np.ndim(values) and np.shape(values) != (classes,):
        raise ValueError(f"{name}: expected shape ({classes},), found {np.shape(values)}")


def require_word(word, words, name):
    """Refuse a word that is none of those offered."""
    if word not in words:
        raise ValueError(f"{name}: expected one of {', '.join(words)}, found {word!r}")
