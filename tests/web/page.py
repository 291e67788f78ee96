"""Reading a page as a machine does: parsed strictly, with its text, links and addresses."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import httpx2

LEAD = "/stories/small-clinics-turn-against-the-note-taker"
CORRECTED = "/stories/a-model-swap-nobody-announced"
RETRACTED = "/stories/a-number-that-did-not-hold"
STORIES = (
    LEAD, CORRECTED, "/stories/the-companion-that-forgot", "/stories/teachers-stop-asking-who-wrote-it",
    "/stories/court-transcripts-and-the-missing-pause",
)  # fmt: skip
PAGES = (
    "/", "/stories", *STORIES, f"{CORRECTED}/versions/1", RETRACTED, "/beats", "/beats/health",
    "/wire", "/about",
)  # fmt: skip
_VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})


class _Strict(HTMLParser):
    """Builds a tree and forgives nothing: what is opened is closed in order, no attribute stands twice."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = ET.TreeBuilder()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"
        self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        if self.open:
            self.builder.data(data)


class Page:
    """A parsed page."""

    def __init__(self, source: str) -> None:
        self.source = source
        parser = _Strict()
        parser.feed(source)
        parser.close()
        assert not parser.open, f"never closed: {parser.open}"
        self.tree = parser.builder.close()

    def find(self, path: str) -> list[ET.Element]:
        """Return the elements at a path as ElementTree writes it, from the root."""
        return self.tree.findall(path)

    def text(self, path: str = ".//body") -> str:
        """Return the words at a path, on one line, with plain spaces."""
        return " ".join(" ".join("".join(item.itertext()).split()) for item in self.find(path))

    @property
    def ids(self) -> list[str]:
        """Every id on the page."""
        return [item.get("id", "") for item in self.find(".//*[@id]")]

    @property
    def links(self) -> list[str]:
        """Where every link leads."""
        return [item.get("href", "") for item in self.find(".//a[@href]")]


async def read(client: httpx2.AsyncClient, path: str, *, status: int = 200) -> Page:
    """Ask for a page, see that it is there and that its markup nests, and return it."""
    response = await client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return Page(response.text)
