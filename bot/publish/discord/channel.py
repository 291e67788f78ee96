"""Discord as a channel: a card, and a thread with the narrative; what is there already is not sent again.

Within minutes Discord itself keeps a message out that has the nonce of one that is there; after that the
channel's history decides (docs/decisions/0017-discord-once.md).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain import disclosure
from bot.domain.errors import PublishError
from bot.domain.failpoints import point
from bot.domain.text import squeeze
from bot.publish.discord import buttons
from bot.publish.discord.session import ANNOUNCED, Button, Post
from bot.write.discord import as_discord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.publish.discord.session import Account, Place
    from bot.publish.port import Order

NETWORK = "discord"
_NONCE_LENGTH = 24

log = structlog.get_logger(__name__)


class DiscordChannel:
    """Brings stories to the channels that follow their beats; which one, the publication's own channel says.

    `beat_names` gives the name of a beat by its slug. What a publication's `remote` says once it is there:
    `url` for people, `guild`, `message` (the card) and `posts`, each with its id and the ids of its `claims`;
    a card without claims stands for the whole story.
    """

    name = NETWORK

    def __init__(
        self, account: Account, *, bot_name: str, site_url: str, beat_names: Mapping[str, str]
    ) -> None:
        self._account = account
        self._bot_name = bot_name
        self._site_url = site_url.rstrip("/")
        self._beat_names = beat_names

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:
        """Return card, thread name and messages; the ids of messages are Discord's to give.

        Raises PublishError, as a conflict, if the story's id is too long for a button.
        """
        story = order.story
        if not buttons.SOURCES.fullmatch(marker := buttons.sources(story.id, story.version)):
            msg = f"Discord: the id {story.id} does not fit a button"
            raise PublishError(msg, conflict=True)
        beat, url = self._beat_names.get(story.beat, story.beat), f"{self._site_url}/stories/{story.id}"
        shaped = as_discord(
            story,
            beat_name=beat,
            url=url,
            disclaimer=disclosure.disclaimer(self._bot_name, model=story.draft.model),
        )
        return {
            "name": shaped.name,
            "tag": beat,
            "embed": {**shaped.card.embed(), "timestamp": now.isoformat()},
            "marker": marker,
            "page": url,
            "parts": [{"text": part.text, "claims": list(part.claim_ids)} for part in shaped.parts],
        }

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Bring what is not there yet of a story to its channel.

        Raises PublishError; PlaceLostError if the channel is gone or closed to the bot.
        """
        plan, channel_id = publication.content, publication.channel.removeprefix(f"{NETWORK}:")
        point("discord.begin")
        place = await self._account.place(channel_id)
        card = Post(
            plan["embed"],
            (Button("Sources", marker=plan["marker"]), Button("Story page", url=plan["page"])),
            _nonce(publication, 0),
        )
        message_id = await place.find(card, publication.planned_at)
        point("discord.looked")
        if message_id is None:
            message_id = await place.post(card, name=plan["name"], tag=plan["tag"])
            point("discord.card")
        await place.open_thread(message_id, plan["name"])
        point("discord.thread")
        posts = [{"id": message_id, "claims": list[str]()}]
        posts += await self._narrate(place, publication, thread_id=message_id)
        await self._announce(place, message_id)
        point("discord.end")
        return {
            "url": f"https://discord.com/channels/{place.guild_id}/{channel_id}/{message_id}",
            "guild": place.guild_id,
            "message": message_id,
            "posts": posts,
        }

    async def _narrate(
        self, place: Place, publication: Publication, *, thread_id: str
    ) -> list[dict[str, Any]]:
        """Say the parts that the thread does not have yet, in order; return all of them with their ids."""
        said, posts = await place.said(thread_id), list[dict[str, Any]]()
        for number, part in enumerate(publication.content["parts"], 1):
            found = next((item for item in said if squeeze(item[1]) == squeeze(part["text"])), None)
            if found is None:
                part_id = await place.say(thread_id, part["text"], _nonce(publication, number))
            else:
                said.remove(found)
                part_id = found[0]
            posts.append({"id": part_id, "claims": part["claims"]})
            point("discord.part")
        return posts

    async def _announce(self, place: Place, message_id: str) -> None:
        """Publish the card of an announcement channel further; the story stands without that."""
        try:
            await place.announce(message_id)
        except PublishError as error:
            if error.reason != str(ANNOUNCED):
                log.warning("not announced", action="post", status="error", error=str(error))
        point("discord.announced")


def _nonce(publication: Publication, number: int) -> str:
    """Return the one nonce of a message of a publication: Discord takes up to 25 characters."""
    return sha256(f"{publication.id} {number}".encode()).hexdigest()[:_NONCE_LENGTH]
