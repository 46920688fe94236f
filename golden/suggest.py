"""Words a message about a name that does not exist, with the closest one that does."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(what: str, found: str, known: Iterable[str]) -> str:
    """``expected a parameter, found 'gama': did you mean gamma?``"""
    names = sorted(known)
    close = get_close_matches(found, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(names) or 'none'}"
    return f"expected {what}, found {found!r}: {hint}"
