"""The catalogue of bug classes, ``bugs.yaml``: what each golden case names in ``catches``."""

import re
from dataclasses import dataclass
from pathlib import Path

from focalspec.golden.strict_yaml import Document, Place, load_document
from focalspec.golden.suggest import unknown

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Bug:
    """A class of bugs: what goes wrong, what its users see, and links to where it was seen."""

    id: str
    wrong: str
    effect: str
    seen: tuple[str, ...]


def load_bugs(root: Path | None = None) -> dict[str, Bug]:
    """The bug classes by id. Raises YamlError, naming the line and the field."""
    root = Path(__file__).parent if root is None else root
    document = load_document(root / "bugs.yaml")
    content = document.value
    if not isinstance(content, dict) or set(content) != {"bugs"}:
        raise document.error((), "expected the one field 'bugs', found something else")
    entries = content["bugs"]
    if not isinstance(entries, list):
        raise document.error(("bugs",), "expected a list of bug classes, found something else")
    bugs: dict[str, Bug] = {}
    for index in range(len(entries)):
        bug = _bug(document, ("bugs", index))
        if bug.id in bugs:
            raise document.error(("bugs", index), f"expected each id once, found {bug.id} twice")
        bugs[bug.id] = bug
    return bugs


def _bug(document: Document, place: Place) -> Bug:
    fields = document.at(place)
    if not isinstance(fields, dict):
        raise document.error(place, "expected a mapping, found something else")
    for name in fields:
        if name not in ("id", "wrong", "effect", "seen"):
            known = ("id", "wrong", "effect", "seen")
            raise document.error((*place, name), unknown("a field of a bug class", name, known))
    texts: dict[str, str] = {}
    for name in ("id", "wrong", "effect"):
        text = fields.get(name)
        if not isinstance(text, str) or not text.strip():
            raise document.error((*place, name), "expected text, found nothing")
        texts[name] = text
    if _ID.fullmatch(texts["id"]) is None:
        raise document.error(
            (*place, "id"), f"expected words joined by hyphens, found {texts['id']!r}"
        )
    seen = document.texts((*place, "seen")) if "seen" in fields else ()
    for index, link in enumerate(seen):
        if not re.match(r"https?://|doi:|arXiv:", link):
            raise document.error((*place, "seen", index), f"expected a link, found {link!r}")
    return Bug(**texts, seen=seen)
