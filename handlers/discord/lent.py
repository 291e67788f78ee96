"""Cards that `/story` put into channels: they are noted, and follow the story they show."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import discord
import structlog

from bot.domain.question import QuestionState
from bot.domain.story import StoryState
from bot.publish.discord.channel import NETWORK
from bot.store import questions, stories
from bot.store.questions import Question
from handlers.discord import shown
from handlers.discord.archive import in_open
from handlers.policy import Reason

if TYPE_CHECKING:
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Office
    from handlers.discord.talk import Asked

log = structlog.get_logger(__name__)


def can_follow(interaction: Asked) -> bool:
    """Tell whether the bot can change later what it shows there: it has to be a member of the server."""
    return interaction.is_guild_integration()


async def note(interaction: Asked, story: Story, message_id: int) -> None:
    """Keep where a card stands; of the person who asked nothing is kept."""
    office, now = interaction.client.office, interaction.client.office.clock.now()
    lent = Question(
        id=f"{NETWORK}:{message_id}",
        channel=NETWORK,
        state=QuestionState.ANSWERED,
        asked_at=now,
        answered_at=now,
        story_id=story.id,
        reason=questions.CARD,
        answer={"channel": str(interaction.channel_id), "message": str(message_id)},
    )
    async with office.store.write() as connection:
        await questions.add(connection, lent)


async def round(client: discord.Client, office: Office) -> None:  # noqa: A001 - as everything that looks after a channel
    """Have the cards of stories that changed show them as they are now."""
    async with office.store.read() as connection:
        due = [
            (it, await stories.get(connection, it.story_id or ""))
            for it in await questions.outdated(connection, NETWORK)
        ]
    for lent, story in due:
        channel = client.get_partial_messageable(int(lent.answer["channel"]))
        message = channel.get_partial_message(int(lent.answer["message"]))
        card = shown.retracted if story.state is StoryState.RETRACTED else shown.story
        found = card(office, story)
        edit = partial(message.edit, embed=found.embed, view=found.view())
        try:
            await in_open(client, channel.id, edit)
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("card is gone", action="answer", status="skipped", error=str(error))
            async with office.store.write() as connection:
                await questions.declined(connection, lent.id, Reason.REFUSED.value)
            continue
        async with office.store.write() as connection:
            await questions.answered(connection, lent.id, office.clock.now(), answer=lent.answer)
