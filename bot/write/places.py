"""What the places where people talk are called in running text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.domain.question import Source
from bot.domain.record import RecordKind

if TYPE_CHECKING:
    from bot.domain.record import Record
    from bot.domain.story import Citation

_NAMES = {"hackernews": "Hacker News", "bluesky": "Bluesky", "mastodon": "Mastodon", "youtube": "YouTube"}
_FORUMS = {"discuss.huggingface.co": "Hugging Face forum"}
_FORUM_HOSTS = ("forum.", "forums.", "discuss.", "community.", "discourse.", "talk.")
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
    name = _NAMES.get(source, community)
    return Place(name, f"on {name}", f"{name} user", f"{name} user")


def place_name(source: str, community: str) -> str:
    """Return the name of a community of `source` as it follows "on"."""
    if source == "discourse":
        return f"the {forum_name(community)}"
    return _NAMES.get(source, community)


def forum_name(host: str) -> str:
    """Return what people call the forum at `host` ("forum.modelworks.example" is the Modelworks forum)."""
    if host in _FORUMS:
        return _FORUMS[host]
    bare = host.removeprefix("www.")
    for prefix in _FORUM_HOSTS:
        bare = bare.removeprefix(prefix)
    own = bare.split(".", maxsplit=1)[0]
    return f"{own[:1].upper()}{own[1:]} forum"


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
