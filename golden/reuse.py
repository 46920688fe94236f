"""Finds the values of a committed set that need no computing again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from focalspec.golden import content, manifest, strict_yaml
from focalspec.golden.content import Content

Key: TypeAlias = tuple[str, str]
"""A case's id and the name of a reading, or CASE for the case's own values."""


class Known(NamedTuple):
    """Committed values: what they are values of, and the tables by output."""

    signature: Content
    tables: dict[str, Content]


def committed(folder: Path, generator: str) -> dict[Key, Known]:
    """The values in ``folder`` that can be trusted.

    None where other code than today's computed them, and none of a file that is not what its
    MANIFEST says.
    """
    try:
        if (folder / manifest.GENERATOR).read_text("utf-8") != generator:
            return {}
        _, digests = manifest.read(folder)
    except (OSError, ValueError):
        return {}
    known: dict[Key, Known] = {}
    for name, digest in digests.items():
        try:
            data = (folder / name).read_bytes()
            manifest.check_digest(folder / name, data, digest)
            file = strict_yaml.parse(strict_yaml.decode(data, name), name)
        except (OSError, ValueError):
            continue
        for case in file["cases"]:
            known.update(_tables(case))
    return known


def _tables(case: Any) -> Iterator[tuple[Key, Known]]:
    inputs, parameters = case["inputs"], case["parameters"]
    if case["expect"] == "values":
        yield (case["id"], content.CASE), _known(inputs, parameters, case["expected"])
    for name, reading in case.get("readings", {}).items():
        if "expected" in reading:
            effective = parameters | reading.get("parameters", {})
            yield (case["id"], name), _known(inputs, effective, reading["expected"])


def _known(inputs: Content, parameters: Content, expected: dict[str, Content]) -> Known:
    tables = {
        name: {field: value for field, value in table.items() if field != "printed"}
        for name, table in expected.items()
    }
    return Known(content.signature(inputs, parameters, list(tables)), tables)
