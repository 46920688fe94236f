"""Where each page of the site lies, and links from one to another that work from a file."""

import posixpath
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

_LONGEST = 80


class Paths:
    """The paths of all pages, relative to the site's folder.

    Implementations may be called anything, also ``../../x``; their files are called by words.
    """

    def __init__(self, implementations: Sequence[str]) -> None:
        """Finds a file name of its own for each implementation."""
        self._slugs: dict[str, str] = {}
        for name in implementations:
            self._slugs[name] = _unused(_slug(name), set(self._slugs.values()))

    def slug(self, implementation: str) -> str:
        """The word that stands for an implementation in file names and anchors."""
        return self._slugs[implementation]

    def implementation(self, name: str) -> str:
        """The page of an implementation."""
        return f"implementations/{self._slugs[name]}.html"

    @staticmethod
    def case(identity: str) -> str:
        """The page of a case, by its id."""
        return f"cases/{identity}.html"

    @staticmethod
    def cases(formula: str) -> str:
        """The page that lists a formula's cases."""
        return f"cases/{formula}.html"

    @staticmethod
    def formula(name: str) -> str:
        """The page of a formula's clauses."""
        return f"spec/{name}.html"

    @staticmethod
    def accuracy(formula: str, dtype: str) -> str:
        """The page of a formula's plots in one dtype."""
        return f"accuracy/{formula}-{dtype}.html"


def link(page: str, target: str) -> str:
    """The address of a target (a path, perhaps with ``?query`` or ``#anchor``) as seen on a page.

    Only the path is quoted.
    """
    path, mark, rest = _split(target)
    if path == page and mark == "#":
        return f"#{rest}"
    return _relative(posixpath.dirname(page), path) + mark + rest


@lru_cache(maxsize=4096)
def _relative(folder: str, path: str) -> str:
    return quote(posixpath.relpath(path, folder or "."), safe="/=,+")


def _split(target: str) -> tuple[str, str, str]:
    found = re.search(r"[?#]", target)
    if found is None:
        return target, "", ""
    return target[: found.start()], found.group(), target[found.end() :]


def _slug(name: str) -> str:
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-").lower()
    return words[:_LONGEST] or "implementation"


def _unused(slug: str, used: set[str]) -> str:
    number, found = 1, slug
    while found in used:
        number += 1
        found = f"{slug}-{number}"
    return found
