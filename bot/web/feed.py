"""The Atom feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedgen.feed import FeedGenerator

from bot.domain.disclosure import disclaimer, mark
from bot.domain.story import StoryState
from bot.web.render import render
from bot.web.view import story_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.beat import Beat
    from bot.store.pages import Dossier


def atom(
    dossiers: Sequence[Dossier],
    *,
    beats: Mapping[str, Beat],
    bot_name: str,
    site_url: str,
    host: str,
    updated: datetime,
) -> bytes:
    """Return the feed of these stories, newest first; an entry keeps its id through corrections."""
    feed = FeedGenerator()
    feed.id(f"tag:{host},2026:stories")
    feed.title(bot_name)
    feed.subtitle("How public talk changes, with a source for every claim. Written by a machine.")
    feed.link(href=f"{site_url}/", rel="alternate", type="text/html")
    feed.link(href=f"{site_url}/feed.atom", rel="self", type="application/atom+xml")
    feed.author({"name": mark(bot_name)})
    feed.generator(bot_name)
    feed.updated(updated)
    for dossier in dossiers:
        _entry(feed, dossier, beats, bot_name=bot_name, site_url=site_url, host=host)
    text: bytes = feed.atom_str(pretty=True)
    return text


def _entry(
    feed: FeedGenerator,
    dossier: Dossier,
    beats: Mapping[str, Beat],
    *,
    bot_name: str,
    site_url: str,
    host: str,
) -> None:
    story, view = dossier.story, story_view(dossier)
    assert story.published_at is not None  # only public stories come here
    retracted = story.state is StoryState.RETRACTED
    title = view.headline or "A story that is being checked again"
    name = beats[story.beat].name if story.beat in beats else story.beat
    entry = feed.add_entry(order="append")
    entry.id(f"tag:{host},{story.published_at:%Y-%m-%d}:stories/{story.id}")
    entry.title("Retracted story" if retracted else title)
    entry.link(href=f"{site_url}/stories/{story.id}", rel="alternate", type="text/html")
    entry.published(story.published_at)
    entry.updated(story.updated_at)
    entry.category(term=story.beat, label=name)
    line = disclaimer(bot_name, model=story.draft.model)
    correction = dossier.versions[-1].change if story.state is StoryState.CORRECTED else None
    content = render(
        "entry.html", view=view, story=story, disclaimer=line, retracted=retracted, correction=correction
    )
    entry.content(content, type="html")
