"""Where a story's sources are asked for: the button under it, a message's menu, and the answer to both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.domain.errors import NotFoundError
from bot.domain.story import StoryState
from bot.publish.discord import buttons
from bot.publish.discord.channel import NETWORK
from bot.store import pages, publications
from handlers.discord import shown
from handlers.discord.shown import Shown
from handlers.discord.talk import respond
from handlers.discord.words import language, say
from handlers.questions import answer

if TYPE_CHECKING:
    import re
    from collections.abc import Collection

    from discord import Locale
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.question import Answer
    from bot.pipeline.newsroom import Office

EVERYTHING = "sources?"


@dataclass(frozen=True, slots=True)
class About:
    """The story version and the claims a message tells; `claim_ids` None means the whole story."""

    story_id: str
    version: int | None = None
    claim_ids: tuple[str, ...] | None = None


class SourcesButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=buttons.SOURCES.pattern):
    """The button under a story; its id says which story, so it works after any restart."""

    def __init__(self, story_id: str, version: int) -> None:
        super().__init__(discord.ui.Button(label="Sources", custom_id=buttons.sources(story_id, version)))
        self._about = About(story_id, version)

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the SDK's signature
        item: discord.ui.Item[Any],  # noqa: ARG003 - the same
        match: re.Match[str],
        /,
    ) -> SourcesButton:
        """Return the button that was pressed."""
        return cls(match["story"], int(match["version"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the sources to the one who asked."""
        await respond(
            interaction, show(interaction.client.office, self._about, EVERYTHING, interaction.locale)
        )


async def show(office: Office, about: About | None, text: str, locale: Locale) -> Shown:
    """Return the answer to `text` about a story."""
    found = await ask(office, about, text, language(locale)) if about else None
    if found is None:
        return Shown(say(locale, "no-story"))
    title, given = found
    if given is None:
        return Shown(say(locale, "retracted"))
    return Shown(embed=shown.answer(office, given, title, locale))


async def ask(office: Office, about: About, text: str, lang: str) -> tuple[str, Answer | None] | None:
    """Return the headline and the answer (None: the story was retracted), or None if there is no such story.

    The text is matched with the story's own words here; no model reads it.
    """
    async with office.store.read() as connection:
        try:
            found = await pages.dossier(connection, about.story_id, version=about.version)
        except NotFoundError:
            return None
    if not found.story.state.public:
        return None
    headline = found.story.draft.headline.text
    if found.story.state is StoryState.RETRACTED:
        return headline, None
    known = {key: record for key, record in found.records.items() if key in _cited(found)}
    return headline, answer(found.story, known, text, claim_ids=about.claim_ids, lang=lang)


async def told_in(connection: AsyncConnection, places: Collection[str], message_id: str) -> About | None:
    """Return what a message of ours in one of these channels tells."""
    for place in places:
        for publication in await publications.with_post(connection, f"{NETWORK}:{place}", message_id):
            for post in publication.remote["posts"]:
                if post["id"] == message_id:
                    return About(publication.story_id, publication.version, tuple(post["claims"]) or None)
    return None


def places_of(channel: object, channel_id: int) -> list[str]:
    """Return the channels whose story a message may tell: its own, and the one its thread is in."""
    parent = getattr(channel, "parent_id", None)
    return [str(channel_id), *([str(parent)] if parent else [])]


def _cited(found: pages.Dossier) -> set[str]:
    return {item.record_id for claim in found.story.draft.claims() for item in claim.citations}
