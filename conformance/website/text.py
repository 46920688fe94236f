"""The spec's Markdown with its formulas, as HTML that needs nothing from outside: MathML."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markupsafe import Markup, escape

_BETWEEN = "\x1f"
_MATH = re.compile(r"\$([^$]+)\$")
_DISPLAYED = re.compile(r"^\$\$\s*$(.*?)^\$\$\s*$", re.MULTILINE | re.DOTALL)
_FRAME = Markup(
    '<div class="formula scroll" tabindex="0" role="group" aria-label="Formula">{}</div>'
)


@cache
def mathml(latex: str, *, display: bool = False) -> Markup:
    """A LaTeX formula as MathML, with its source as the text for those who cannot see it.

    One that the converter does not know is shown as it is written.
    """
    try:
        converted = convert(latex, display="block" if display else "inline")
    except Exception:  # the converter's errors have no common base
        return Markup("<code>{}</code>").format(latex)
    return Markup(converted)


def _math_rule(state: StateInline, silent: bool) -> bool:
    found = _MATH.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("math_inline", "math", 0).content = found.group(1)
    state.pos = found.end()
    return True


class Prose:
    """Renders Markdown; ``page`` turns the link to a formula's page into one on this site."""

    def __init__(self, page: Callable[[str], str]) -> None:
        """Keeps how links are turned."""
        self._page = page
        self._markdown = MarkdownIt("commonmark", {"html": False})
        self._markdown.inline.ruler.before("escape", "math_inline", _math_rule)
        self._markdown.add_render_rule("math_inline", _render_math)
        self._markdown.validateLink = _is_known  # type: ignore[method-assign, assignment]
        self._markdown.normalizeLink = self._normalize  # type: ignore[method-assign, assignment]

    def _normalize(self, address: str) -> str:
        return self._page(address) if address.endswith(".md") else address

    def paragraphs(self, text: str) -> Markup:
        """Whole paragraphs."""
        return Markup(self._markdown.render(text))

    def document(self, text: str) -> Markup:
        """Paragraphs with displayed formulas between them."""
        parts = _DISPLAYED.split(text)  # prose and formulas in turn
        return Markup("").join(
            _FRAME.format(mathml(part.strip(), display=True)) if at % 2 else self.paragraphs(part)
            for at, part in enumerate(parts)
        )


def _is_known(address: str) -> bool:
    return address.startswith(("https://", "http://", "spec/", "../", "#")) or (
        ":" not in address and address.endswith((".md", ".html"))
    )


def _render_math(_self: object, tokens: list, index: int, _o: object, _e: object) -> str:  # type: ignore[type-arg]
    return str(mathml(tokens[index].content))


@cache
def pieces(text: str) -> Markup:
    """Plain text, escaped, in which an identifier may break after each of its joints."""
    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[/_=,.-])", text))


def cells(texts: Iterable[str]) -> Markup:
    """The cells of a table's row: escaped in one go, which long tables need."""
    return Markup(f"<td>{escape(_BETWEEN.join(texts))}</td>".replace(_BETWEEN, "</td><td>"))
