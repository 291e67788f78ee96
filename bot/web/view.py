"""What the story page shows, worked out before any template runs. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.domain.place import forum_name
from bot.domain.publication import PublicationKind, PublicationState, since_removal
from bot.domain.story import ClaimKind, StoryState
from bot.domain.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.domain.record import Record
    from bot.domain.story import Claim, Story
    from bot.store.pages import Dossier

_LANG = re.compile(r"[a-z]{2,3}\Z")
_PLATFORMS = {
    "bluesky": "Bluesky",
    "hackernews": "Hacker News",
    "reddit": "Reddit",
    "discourse": "Forum",
    "rss": "News and blogs",
    "arxiv": "arXiv",
    "youtube": "YouTube",
    "mastodon": "Mastodon",
    "discord": "Discord",
    "site": "This site",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A claim in its place; `anchor` is its address on the page, `marks` are the sources it rests on."""

    anchor: str
    place: str
    text: str
    marks: tuple[int, ...]
    measured: bool


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A record in the list of sources; one that was taken back (`gone`) shows nothing but its marker."""

    marker: int
    gone: bool
    claims: tuple[Sentence, ...]
    quotes: tuple[str, ...] = ()
    author: str = ""
    url: str | None = None
    place: str = ""
    lang: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """Fidelity: of `needing` statements that need a source, `supported` passed every check."""

    percent: int
    supported: int
    needing: int


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story as a reader gets it; `shaken` says that words were erased and are not yet rewritten."""

    id: str
    version: int
    state: StoryState
    headline: str
    deck: Sentence
    paragraphs: tuple[tuple[Sentence, ...], ...]
    sources: tuple[SourceEntry, ...]
    support: Support
    shaken: bool


@dataclass(frozen=True, slots=True)
class Surface:
    """A network on which the story stands: its name, where, and the record that names this page, if any."""

    platform: str
    url: str | None
    document: str | None


def surfaces(dossier: Dossier) -> tuple[Surface, ...]:
    """Return where else the story stands."""
    sent = [item for item in dossier.publications if item.state is PublicationState.SENT]
    gone = {uri for item in sent for uri in item.remote.get("gone", ())}
    left = [item for item in since_removal(sent) if item.kind is PublicationKind.STORY]
    return tuple(
        Surface(
            platform=platform(item.channel),
            url=safe_url(item.remote.get("url") or ""),
            document=document if (document := item.remote.get("document")) not in gone else None,
        )
        for item in left
        if item.channel != "site"
    )


def story_view(dossier: Dossier) -> StoryView:
    """Work out the page of a story."""
    story = dossier.story
    deck = _sentence(story.draft.deck, "deck", "the deck")
    paragraphs = tuple(
        tuple(
            _sentence(claim, f"s-{number}-{position}", f"paragraph {number}, sentence {position}")
            for position, claim in enumerate(paragraph.claims, start=1)
            if claim.text
        )
        for number, paragraph in enumerate(story.draft.paragraphs, start=1)
    )
    headline = _sentence(story.draft.headline, "headline", "the headline")
    told = (headline, deck, *(sentence for paragraph in paragraphs for sentence in paragraph))
    return StoryView(
        id=story.id,
        version=story.version,
        state=story.state,
        headline=headline.text,
        deck=deck,
        paragraphs=tuple(paragraph for paragraph in paragraphs if paragraph),
        sources=tuple(_sources(dossier, told)),
        support=_support(story),
        shaken=any(not claim.text for claim in story.draft.claims()),
    )


def platform(source: str) -> str:
    """Return the name readers know a source by."""
    return _PLATFORMS.get(source, source.replace("_", " ").title())


def community(name: str | None, source: str) -> str:
    """Return what readers call a community, or "" where the platform says it all."""
    if not name or name == source:
        return ""
    return forum_name(clean(name)) if source == "discourse" else clean(name)


def safe_url(url: str) -> str | None:
    """Return `url` if it is an absolute http(s) address a browser can follow, else None."""
    try:
        parts = urlsplit(clean(url))
    except ValueError:
        return None
    return clean(url) if parts.scheme in {"http", "https"} and parts.hostname else None


def _sentence(claim: Claim, anchor: str, place: str) -> Sentence:
    return Sentence(
        anchor=anchor,
        place=place,
        text=clean(claim.text),
        marks=tuple(dict.fromkeys(item.marker for item in claim.citations)) if claim.text else (),
        measured=claim.kind is ClaimKind.MEASURED,
    )


def _sources(dossier: Dossier, told: tuple[Sentence, ...]) -> Iterator[SourceEntry]:
    quotes: dict[int, dict[str, None]] = defaultdict(dict)
    record_ids: dict[int, str] = {}
    for claim in dossier.story.draft.claims():
        for item in claim.citations:
            record_ids[item.marker] = item.record_id
            if item.quote:
                quotes[item.marker][clean(item.quote)] = None
    for marker in sorted(record_ids):
        resting = tuple(sentence for sentence in told if marker in sentence.marks)
        record = dossier.records.get(record_ids[marker])
        if record is None:
            yield SourceEntry(marker=marker, gone=True, claims=resting)
        else:
            yield _source(marker, record, tuple(quotes[marker]), resting)


def _source(
    marker: int, record: Record, quotes: tuple[str, ...], resting: tuple[Sentence, ...]
) -> SourceEntry:
    return SourceEntry(
        marker=marker,
        gone=False,
        claims=resting,
        quotes=quotes,
        author=clean(record.author.handle) or "an unnamed author",
        url=safe_url(record.url),
        place=_place(record),
        lang=record.lang if record.lang and _LANG.match(record.lang) else None,
        created_at=record.created_at,
    )


def _place(record: Record) -> str:
    name = community(record.community, record.source)
    if record.source == "discourse" and name:
        return name
    return f"{platform(record.source)}, {name}" if name else platform(record.source)


def _support(story: Story) -> Support:
    needing = {claim.id for claim in story.draft.claims() if claim.kind is not ClaimKind.ANALYSIS}
    failed = {check.claim_id for check in story.report.failed}
    return Support(story.report.fidelity, len(needing - failed), len(needing))
