"""What is offered while a reader types: stories, sentences of a story, beats, and what a server follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands

from bot.domain.errors import NotFoundError
from bot.publish.discord.channel import NETWORK
from bot.store import pages, stories, subscriptions
from bot.store.subscriptions import ALL_BEATS
from bot.write.discord import cut
from handlers.discord.shown import beat_name
from handlers.discord.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.discord.talk import Asked

MOST = 25
_LONGEST = 100
_LOOKED_THROUGH = 200
# Between a place and a beat in what `/unfollow` offers.
BETWEEN = "/"


async def of_stories(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer stories whose headline holds what was typed, the newest first."""
    beat = getattr(interaction.namespace, "beat", None) or None
    async with interaction.client.office.store.read() as connection:
        found = await pages.cards(connection, limit=_LOOKED_THROUGH, beat=beat)
    return _choices(((card.headline, card.id) for card in found), typed)


async def of_claims(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the sentences of the story that was chosen."""
    chosen = getattr(interaction.namespace, "story", None) or ""
    async with interaction.client.office.store.read() as connection:
        try:
            story = await stories.get(connection, chosen)
        except NotFoundError:
            return []
    if not story.state.public:
        return []
    return _choices(((claim.text, claim.id) for claim in story.draft.claims()), typed)


async def of_beats(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer beats by name."""
    book = interaction.client.office.book
    return _choices(((beat.name, beat.slug) for beat in book.beats), typed)


async def of_beats_or_all(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer all beats at once, and each."""
    book = interaction.client.office.book
    everything = (say(interaction.locale, "all-beats"), ALL_BEATS)
    return _choices((everything, *((beat.name, beat.slug) for beat in book.beats)), typed)


async def of_followed(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Offer what this server follows."""
    office = interaction.client.office
    async with office.store.read() as connection:
        found = await subscriptions.of_guild(connection, NETWORK, str(interaction.guild_id))
    pairs = []
    for item in found:
        channel = interaction.client.get_channel(int(item.place))
        place = getattr(channel, "name", item.place)
        beat = (
            say(interaction.locale, "all-beats") if item.beat == ALL_BEATS else beat_name(office, item.beat)
        )
        pairs.append((f"{beat} · #{place}", f"{item.place}{BETWEEN}{item.beat}"))
    return _choices(pairs, typed)


def _choices(pairs: Iterable[tuple[str, str]], typed: str) -> list[app_commands.Choice[str]]:
    """Return what matches, as Discord takes it: up to 25, names and values up to 100 characters."""
    found = [
        app_commands.Choice(name=cut(name, _LONGEST), value=value)
        for name, value in pairs
        if typed.casefold() in name.casefold() and cut(name, _LONGEST) and len(value) <= _LONGEST
    ]
    return found[:MOST]
