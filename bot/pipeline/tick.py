"""A tick: every room that has due rows moves them, in the order in which data walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.pipeline import mend, notice, post, reembed, sweep, tell, watch
from bot.store import due

if TYPE_CHECKING:
    from bot.pipeline.newsroom import Newsroom


async def run(newsroom: Newsroom) -> list[str]:
    """Move what is due at the newsroom's time; return the ids of the stories that became public."""
    public: list[str] = []
    async for _ in reembed.run(newsroom):
        # Whoever takes words back does not wait until vectors can be compared again.
        waiting = await _due(newsroom)
        if waiting.mend:
            await mend.run(newsroom)
        if waiting.post or waiting.mend:
            public += await _post(newsroom)
    await notice.run(newsroom)
    waiting = await _due(newsroom)
    raised = await watch.run(newsroom) if waiting.watch else []
    if waiting.mend:
        await mend.run(newsroom)
    told = await tell.run(newsroom) if waiting.tell or raised else []
    # What a mended story owes its readers does not wait for the next tick.
    if told or waiting.post or waiting.mend:
        public += await _post(newsroom)
    return public


async def _post(newsroom: Newsroom) -> list[str]:
    while await sweep.waiting(newsroom):
        await mend.run(newsroom)
    return await post.run(newsroom)


async def _due(newsroom: Newsroom) -> due.Due:
    async with newsroom.store.read() as connection:
        return await due.ask(connection, newsroom.clock.now())
