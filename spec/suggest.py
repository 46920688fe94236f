"""Guess which known name a misspelled one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, names: Iterable[str]) -> str:
    """Return ` (did you mean 'softmax_focal_loss'?)` for the known name next to `name`, or nothing.

    The text begins with a space, so that it can be appended to a message as it is.
    """
    matches = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""
