"""A run's results for people who look rather than read: a static site, Markdown, and a badge."""

from focalspec.conformance.website.badge import badge
from focalspec.conformance.website.facts import Facts
from focalspec.conformance.website.site import SiteError, write_site
from focalspec.conformance.website.summary import markdown

__all__ = ["Facts", "SiteError", "badge", "markdown", "write_site"]
