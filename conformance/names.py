"""Answers a name that does not exist with the closest one that does."""

import difflib
from collections.abc import Collection, Iterable


class UnknownNameError(ValueError):
    """A name of a formula, clause, case, parameter, dtype or implementation that does not exist."""


def closest(name: str, known: Iterable[str], alike: float = 0.5) -> str:
    """The known name most like a misspelt one; empty where none is alike enough (from 0 to 1)."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=alike)
    return by_folded[matches[0]] if matches else ""


def check_name(kind: str, name: str, known: Collection[str], place: str = "") -> str:
    """The name, if it is known; otherwise UnknownNameError, with the closest or with all names.

    ``place`` (a file and field, or an option) heads the message.
    """
    if name in known:
        return name
    alike = closest(name, known)
    listed = ", ".join(sorted(known)) if len(known) <= 12 else ""
    hint = f"; did you mean {alike}?" if alike else f"; expected one of {listed}" if listed else ""
    where = f"{place}: " if place else ""
    raise UnknownNameError(f"{where}unknown {kind} {name!r}{hint}")
