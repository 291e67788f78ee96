"""Farms: which accounts behind the records of a storyline look like one account farm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.farm import Post, at_once, farmed, wording
from bot.store.schema import records
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

_WORDS = sa.select(records.c.id, records.c.title, records.c.text)


async def accounts(connection: AsyncConnection, storyline_id: str, rows: Sequence[Any]) -> frozenset[str]:
    """Return the accounts of a farm among those behind `rows`: records of the storyline.

    A row has id, author_key, created_at, family_id and links.
    """
    posts = {
        row.id: Post(row.author_key, row.created_at, row.family_id, tuple(row.links))
        for row in rows
        if row.author_key
    }
    for row in await fetch_by(connection, _WORDS, records.c.id, posts):
        words, runs = wording(f"{row.title or ''}\n{row.text}")
        posts[row.id] = replace(posts[row.id], words=words, runs=runs)
    groups = at_once(posts.values())
    elsewhere = sa.select(records.c.author_key).where(records.c.storyline_id != storyline_id).distinct()
    authors = {post.author_key for group in groups for post in group}
    known = {row.author_key for row in await fetch_by(connection, elsewhere, records.c.author_key, authors)}
    return farmed(groups, frozenset(known))
