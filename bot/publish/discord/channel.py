"""Discord as a channel: a card, and a thread with the narrative; what is there already is not sent again.

Within minutes Discord itself keeps a message out that has the nonce of one that is there; after that the
channel's history decides (docs/decisions/0017-discord-once.md). What is amended is put in the place of what
stands there (docs/decisions/0026-discord-in-place.md).
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import PublishError
from bot.domain.failpoints import point
from bot.domain.publication import PublicationKind
from bot.domain.text import squeeze
from bot.publish.discord.plan import Planner
from bot.publish.discord.session import ANNOUNCED, Button, Post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.publication import Publication
    from bot.publish.discord.session import Account, Place
    from bot.publish.port import Order

NETWORK = "discord"
REMOVED = "Removed"
_NONCE_LENGTH = 24

log = structlog.get_logger(__name__)


class DiscordChannel:
    """Brings stories to the channels that follow their beats; which one, the publication's own channel says.

    What a publication's `remote` says once it is there: `url` for people, `guild`, `message` (the card) and
    `posts`, each with its id and the ids of its `claims`; a post without claims stands for the whole story.
    `notes` are the corrections that stand in the thread.
    """

    name = NETWORK

    def __init__(
        self, account: Account, *, bot_name: str, site_url: str, beat_names: Mapping[str, str]
    ) -> None:
        self._account = account
        self._planner = Planner(bot_name=bot_name, site_url=site_url, beat_names=beat_names)

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:
        """Return what is to stand there.

        Raises PublishError, as a conflict, if the story's id is too long for a button.
        """
        if order.kind is PublicationKind.STORY:
            return self._planner.story(order, now)
        if order.kind is PublicationKind.REMOVAL:
            return self._planner.removal(order)
        return self._planner.amendment(order, now)

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Bring what is not there yet to the channel, or take away what has to go.

        Raises PublishError; PlaceLostError if the channel is gone or closed to the bot.
        """
        channel_id = publication.channel.removeprefix(f"{NETWORK}:")
        point("discord.begin")
        place = await self._account.place(channel_id)
        await self._clear(place, publication.content)
        if publication.kind is PublicationKind.REMOVAL:
            return {"url": None, "guild": place.guild_id, "message": None, "posts": []}
        if publication.kind is PublicationKind.STORY:
            message_id = await self._publish(place, publication)
            writable = True
        else:
            message_id = publication.content["card"]
            writable = await self._amend(place, publication)
        posts = [{"id": message_id, "claims": list[str]()}]
        posts += await self._narrate(place, publication, thread_id=message_id, writable=writable)
        if publication.kind is PublicationKind.STORY:
            await self._announce(place, message_id)
        point("discord.end")
        return {
            "url": f"https://discord.com/channels/{place.guild_id}/{channel_id}/{message_id}",
            "guild": place.guild_id,
            "message": message_id,
            "posts": posts,
            "notes": publication.content.get("notes", []),
        }

    async def _publish(self, place: Place, publication: Publication) -> str:
        """See that the card is there and has its thread; return its id."""
        plan, card = publication.content, _card(publication)
        message_id = await place.find({plan["marker"]}, publication.planned_at)
        point("discord.looked")
        if message_id is None:
            message_id = await place.post(card, name=plan["name"], tag=plan["tag"])
            point("discord.card")
        await place.open_thread(message_id, plan["name"])
        point("discord.thread")
        return message_id

    async def _amend(self, place: Place, publication: Publication) -> bool:
        """Have the card bear what is said now; tell whether its thread can be written in.

        What somebody deleted stays so. What cannot be edited, in a thread that was locked, is deleted.
        """
        plan = publication.content
        writable = await place.rename(plan["card"], plan["name"])
        point("discord.renamed")
        if writable or not place.is_forum:
            await place.edit(plan["card"], _card(publication))
        else:
            await place.delete(plan["card"])
        point("discord.edited")
        return writable

    async def _narrate(
        self, place: Place, publication: Publication, *, thread_id: str, writable: bool
    ) -> list[dict[str, Any]]:
        """Have the thread hold the parts in order, and nothing else of ours; return them with their ids.

        What the thread has stays where it is; other words are put in the place of those that differ.
        """
        said, posts = await place.said(thread_id), list[dict[str, Any]]()
        for number, part in enumerate(publication.content["parts"], 1):
            there, words = said[number - 1] if number <= len(said) else ("", "")
            if squeeze(words) != squeeze(part["text"]):
                if not writable:
                    break
                if there:
                    await place.reword(thread_id, there, part["text"])
                else:
                    there = await place.say(thread_id, part["text"], _nonce(publication, number))
            posts.append({"id": there, "claims": part["claims"]})
            point("discord.part")
        for message_id, _ in said[len(posts) :]:
            await place.delete(message_id, thread_id=thread_id)
            point("discord.deleted")
        return posts

    async def _clear(self, place: Place, plan: Mapping[str, Any]) -> None:
        """Take away what stands there and is not to: cards, what was said under them, the threads' names."""
        cards = set(plan.get("cards", ()))
        if plan.get("stale"):
            found = await place.find(set(plan["stale"]), datetime.fromisoformat(plan["since"]))
            cards |= {found} if found else set()
        for card in sorted(cards):
            # Others may have talked there; that is theirs, so the thread itself stays. From one that is
            # archived nothing can be deleted, so it is opened first and archived last.
            await place.rename(card, REMOVED)
            for message_id, _ in await place.said(card):
                await place.delete(message_id, thread_id=card)
                point("discord.cleared")
            await place.delete(card)
            point("discord.card-cleared")
            await place.rename(card, REMOVED, archived=True)

    async def _announce(self, place: Place, message_id: str) -> None:
        """Publish the card of an announcement channel further; the story stands without that."""
        try:
            await place.announce(message_id)
        except PublishError as error:
            if error.reason != str(ANNOUNCED):
                log.warning("not announced", action="post", status="error", error=str(error))
        point("discord.announced")


def _card(publication: Publication) -> Post:
    plan = publication.content
    asking = (Button("Sources", marker=plan["marker"]),) if plan.get("marker") else ()
    buttons = (*asking, Button("Story page", url=plan["page"]))
    # The picture of a retracted story tells the story.
    picture = None if publication.kind is PublicationKind.RETRACTION else publication.card
    return Post(plan["embed"], buttons, _nonce(publication, 0), picture)


def _nonce(publication: Publication, number: int) -> str:
    """Return the one nonce of a message of a publication: Discord takes up to 25 characters."""
    return sha256(f"{publication.id} {number}".encode()).hexdigest()[:_NONCE_LENGTH]
