"""Following in a channel, and seeing what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.publication import PublicationState
from bot.domain.text import squeeze
from bot.store import subscriptions
from tests.discord_lab import rights
from tests.factory import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.publication import Publication
    from bot.store.engine import Store
    from tests.discord_lab.schema import Json
    from tests.discord_lab.world import World


async def follow(store: Store, channel: Json, beat: str = "open-source") -> None:
    """Have a channel follow a beat."""
    async with store.write() as connection:
        await subscriptions.follow(
            connection,
            subscriptions.Subscription("discord", channel["id"], beat, channel["guild_id"], NOON),
        )


def see_whole(world: World, place: Json, publications: Sequence[Publication]) -> None:
    """See that each story is there once, whole, in order, and that nothing else of the bot's is."""
    cards = cards_in(world, place)
    assert [card["embeds"][0]["title"] for card in cards] == [
        item.content["embed"]["title"] for item in publications
    ]
    for card, publication in zip(cards, publications, strict=True):
        assert publication.state is PublicationState.SENT
        assert publication.remote["message"] == card["id"]
        thread = world.channels[card["id"]]
        assert thread["parent_id"] == place["id"]
        assert thread["name"] == publication.content["name"]
        said = [m for m in world.in_channel(thread) if m["id"] != card["id"]]
        assert [squeeze(m["content"]) for m in said] == [
            squeeze(part["text"]) for part in publication.content["parts"]
        ]
        assert [post["id"] for post in publication.remote["posts"]] == [card["id"], *(m["id"] for m in said)]
        assert bool(card["flags"] & rights.CROSSPOSTED) is (place["type"] == rights.NEWS)


def cards_in(world: World, place: Json) -> list[Json]:
    """Return the bot's cards in a channel or forum, oldest first."""
    where = [place]
    if place["type"] == rights.FORUM:
        where = [channel for channel in world.channels.values() if channel.get("parent_id") == place["id"]]
    found = [message for channel in where for message in world.in_channel(channel)]
    ours = [m for m in found if m["author"]["id"] == world.bot["id"] and m["embeds"]]
    return sorted(ours, key=lambda message: int(message["id"]))


def every_word(world: World, place: Json) -> str:
    """Return all that the bot shows in a channel or forum, its threads and their names."""
    inside = [thread for thread in world.channels.values() if thread.get("parent_id") == place["id"]]
    found = [message for channel in (place, *inside) for message in world.in_channel(channel)]
    ours = [m for m in found if m["author"]["id"] == world.bot["id"]]
    return "\n".join([*(t["name"] for t in inside), *(f"{m['content']}\n{m['embeds']}" for m in ours)])
