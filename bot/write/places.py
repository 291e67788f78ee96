"""What the places where people talk are called in running text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.domain.place import forum_name, place_name
from bot.domain.question import Source
from bot.domain.record import RecordKind

if TYPE_CHECKING:
    from bot.domain.record import Record
    from bot.domain.story import Citation

_PRESS = frozenset({RecordKind.ARTICLE, RecordKind.PAPER})


@dataclass(frozen=True, slots=True)
class Place:
    """A community in words: `name` for lists, `on` for where something was said, `member` for who said it.

    `member` and `poster` have no article; `a` adds it.
    """

    name: str
    on: str
    member: str
    poster: str

    def a(self, who: str) -> str:
        """Return `who` with its indefinite article."""
        sounded = who.startswith("r/") or who[:1].lower() in "aeio"
        return f"{'an' if sounded else 'a'} {who}"


def place_of(record: Record) -> Place:
    """Return what the place of `record` is called."""
    community, source = record.place, record.source
    if community.startswith("r/"):
        return Place(community, f"on {community}", f"{community} commenter", f"{community} poster")
    if source == "hackernews":
        return Place("Hacker News", "on Hacker News", "Hacker News commenter", "Hacker News poster")
    if source == "discourse":
        name = forum_name(community)
        return Place(f"the {name}", f"on the {name}", f"{name} member", f"{name} member")
    if record.kind is RecordKind.PAPER:
        return Place("arXiv", "on arXiv", "arXiv paper", "arXiv paper")
    if record.kind is RecordKind.ARTICLE:
        return Place(outlet(record), f"in {outlet(record)}", "report", "report")
    name = place_name(source, community)
    return Place(name, f"on {name}", f"{name} user", f"{name} user")


def outlet(record: Record) -> str:
    """Return the name of the publication that `record` appeared in."""
    return (record.community or urlsplit(record.url).hostname or record.source).removeprefix("www.")


def from_press(record: Record) -> bool:
    """Tell whether `record` is an article or a paper, not somebody's talk."""
    return record.kind in _PRESS


def source_of(citation: Citation, record: Record) -> Source:
    """Return what people are shown of a cited record: who is named, where it stands, what it says."""
    return Source(
        marker=citation.marker,
        record_id=record.id,
        quote=citation.quote,
        url=record.url,
        author=outlet(record) if from_press(record) else record.author.handle,
        source=record.source,
        community=record.place,
        created_at=record.created_at,
    )
