"""Threads that were archived: what stands in one can be changed once it is open again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_ARCHIVED = 50083


async def in_open(client: discord.Client, channel_id: int, change: Callable[[], Awaitable[object]]) -> None:
    """Change something in a channel; a thread that is archived is opened for it.

    Raises Forbidden if it was locked, too, and whatever `change` raises.
    """
    try:
        await change()
    except discord.HTTPException as error:
        thread = await client.fetch_channel(channel_id) if error.code == _ARCHIVED else None
        if not isinstance(thread, discord.Thread):
            raise
        await thread.edit(archived=False)
        await change()
