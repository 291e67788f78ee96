"""Answering an interaction: within three seconds, or with the promise of an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.publish.discord.session import PICTURE, as_file

if TYPE_CHECKING:
    from collections.abc import Coroutine

    import discord

    from handlers.discord.client import Client
    from handlers.discord.shown import Shown

# Discord gives up on an interaction after three seconds.
PATIENCE_SECONDS = 1.5

Asked: TypeAlias = "discord.Interaction[Client]"


async def respond(
    interaction: Asked, work: Coroutine[Any, Any, Shown], *, private: bool = True
) -> tuple[Shown, int | None]:
    """Answer with what `work` comes to; `private` shows it to the one who asked alone.

    Return the answer and its message's id.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
    if not done:
        await interaction.response.defer(ephemeral=private, thinking=True)
    found = await task
    view = found.view()
    parts: dict[str, Any] = {"content": found.content} if found.content else {}
    if found.picture is not None and found.embed is not None:
        parts["file"] = as_file(found.picture)
        found.embed.set_image(url=f"attachment://{PICTURE}")
    parts |= {"embed": found.embed} if found.embed else {}
    parts |= {"view": view} if view else {}
    if interaction.response.is_done():
        return found, (await interaction.followup.send(**parts, ephemeral=private, wait=True)).id
    return found, (await interaction.response.send_message(**parts, ephemeral=private)).message_id
