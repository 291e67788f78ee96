"""HTML as people write it in posts -> plain text with its paragraphs, and the links in it.

libxml2 reads it: its time stays linear in the input however broken or hostile the markup is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from bot.collect.intake import web_links
from bot.domain.text import clean

# An aside is a quotation of somebody else or a link preview: not the words of the author.
_SILENT = frozenset(
    {
        "script", "style", "noscript", "template", "head", "title", "aside", "iframe", "object", "svg",
        "math", "select", "textarea", "button",
    }
)  # fmt: skip
_PARAGRAPH = frozenset(
    {
        "p", "div", "blockquote", "pre", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "section", "article", "header", "footer", "figure", "details",
    }
)  # fmt: skip
_LINE = frozenset({"br", "li", "tr", "dt", "dd", "figcaption", "summary"})
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_SPACES = re.compile(r" {2,}")
_AROUND_BREAK = re.compile(r" *\n *")
_MANY_BREAKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Passage:
    """Plain text and the http(s) links that stood in it."""

    text: str
    links: tuple[str, ...]


class _Reader:
    """Receives the parser's events and writes the text down."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.links: list[str] = []
        self._silent = 0
        self._verbatim = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._silent += tag in _SILENT
        self._verbatim += tag == "pre"
        self._break(tag)
        if tag == "a" and "href" in attributes and not self._silent:
            self.links.append(attributes["href"])

    def end(self, tag: str) -> None:
        self._silent -= tag in _SILENT
        self._verbatim -= tag == "pre"
        self._break(tag if tag in _PARAGRAPH else "")

    def data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data if self._verbatim else _BLANKS.sub(" ", data))

    def close(self) -> None:
        """Nothing is left to do at the end of the input."""

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPH:
            self.parts.append("\n\n")
        elif tag in _LINE:
            self.parts.append("\n")


def read_html(html: str, base: str = "") -> Passage:
    """Return the text a reader of `html` sees, and its links made absolute against `base`."""
    if "<" not in html and "&" not in html:
        return Passage(clean(html), ())
    reader = _Reader()
    parser = etree.HTMLParser(target=reader, encoding="utf-8", no_network=True)
    # lxml refuses NUL and lone surrogates in str; what cannot be encoded is not text anyway.
    parser.feed(html.replace("\0", "").encode("utf-8", "ignore") + b" ")
    parser.close()
    text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", "".join(reader.parts)))
    return Passage(
        clean(_MANY_BREAKS.sub("\n\n", text)), web_links(_absolute(base, link) for link in reader.links)
    )


def plain(html: str | None) -> str:
    """Return the text a reader of `html` sees."""
    return read_html(html).text if html else ""


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""
