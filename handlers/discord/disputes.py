"""Stories that readers say are wrong, as the desk on Discord sees them: a message each, that keeps count."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import discord

from bot.pipeline import case
from bot.publish.discord.channel import NETWORK
from bot.store import desk_cards
from bot.store.desk_cards import DeskCard
from handlers.discord.case_shown import HELD
from handlers.discord.shown import page

if TYPE_CHECKING:
    from bot.pipeline.case import Dispute
    from bot.pipeline.newsroom import Office

# Beside the cards of held stories; what they call a version is here the number of objections on show.
SHOWN = f"{NETWORK}:disputes"
_LISTED = 10
_NONCE_LENGTH = 24


async def round(client: discord.Client, office: Office, channel_id: int) -> None:  # noqa: A001 - as everything that looks after a channel
    """Show each disputed story once, and again only to count what came since."""
    found = await case.disputes(office)
    async with office.store.read() as connection:
        known = await desk_cards.every(connection, SHOWN)
    channel = client.get_partial_messageable(channel_id)
    for dispute in found:
        story_id, number = dispute.story.id, len(dispute.objections)
        shown = known.get(story_id)
        if shown is not None and shown.version >= number:
            continue
        embed = _embed(office, dispute)
        message_id = shown.message if shown else ""
        if shown is not None:
            try:
                await channel.get_partial_message(int(message_id)).edit(embed=embed)
            except discord.NotFound:
                message_id = ""
        if not message_id:
            nonce = sha256(f"{SHOWN} {story_id}".encode()).hexdigest()[:_NONCE_LENGTH]
            message_id = str((await channel.send(embed=embed, nonce=nonce)).id)
        async with office.store.write() as connection:
            await desk_cards.put(connection, DeskCard(SHOWN, story_id, number, message_id))


def _embed(office: Office, dispute: Dispute) -> discord.Embed:
    number = len(dispute.objections)
    said = "A reader says" if number == 1 else f"{number:,} readers' messages say"
    lines = [f"{said} that something is wrong with this story.", ""]
    for objection in dispute.objections[:_LISTED]:
        why = (objection.reason or "in a reply").removeprefix("report: ")
        lines.append(f"- <t:{int(objection.asked_at.timestamp())}:f>, {objection.channel}: {why}")
    if number > _LISTED:
        lines.append(f"- and {number - _LISTED:,} earlier")
    lines += ["", f"`groundswell story correct {dispute.story.id} --note TEXT` puts a correction everywhere."]
    # Its headline would stay here when the words are taken back.
    story_id = dispute.story.id
    url, told = page(office, story_id), "\n".join(lines)
    return discord.Embed(title=story_id, url=url, description=told, colour=HELD)
