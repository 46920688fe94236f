"""Writes the page of a sweep: its error map, its numbers and the inputs that are worst."""

import json
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from focalspec.conformance import sweep_table
from focalspec.conformance.sweep_results import Sweep
from focalspec.conformance.website import error_map
from focalspec.conformance.website.site import HERE, clear


def write_sweep(sweep: Sweep, folder: Path) -> None:
    """Write the page of a sweep into a folder.

    A folder that exists must be empty or hold an earlier site, which is replaced. Raises SiteError.
    """
    clear(folder)
    shutil.copytree(HERE / "static", folder / "static")
    names = [one.configuration.name for one in sweep.swept]
    entries = [("configuration", name, "", "index.html#numbers") for name in names]
    index = f"window.focalspecIndex = {json.dumps(entries)};\n"
    (folder / "static" / "index.js").write_text(index, encoding="utf-8")
    (folder / "index.html").write_text(render(sweep), encoding="utf-8")


def render(sweep: Sweep) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    content = {**error_map.facts(sweep), "told": sweep_table}
    return environment.get_template("sweep.html").render(
        content, root="", path="index.html", to=lambda target: target
    )
