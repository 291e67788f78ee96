"""Farms: which accounts behind the records of a storyline look like one account farm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.farm import Post, at_once, farmed, longer_words
from bot.store.schema import records
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


async def accounts(connection: AsyncConnection, storyline_id: str, rows: Sequence[Any]) -> frozenset[str]:
    """Return the accounts of a farm among those behind `rows`: records of the storyline.

    A row has id, author_key, created_at, family_id and links.
    """
    # Most records say what nobody else says and link nowhere: they share nothing that could give them away.
    copied = {row.family_id for row in rows if row.family_id != row.id}
    posts = {
        row.id: Post(row.author_key, row.created_at, row.family_id, tuple(row.links), frozenset())
        for row in rows
        if row.author_key and (row.links or row.family_id in copied)
    }
    # Words are read only where something happened at once, which is seldom.
    if not at_once(posts.values()):
        return frozenset()
    words = sa.select(records.c.id, records.c.title, records.c.text)
    for row in await fetch_by(connection, words, records.c.id, posts):
        posts[row.id] = replace(posts[row.id], words=longer_words(f"{row.title or ''} {row.text}"))
    elsewhere = sa.select(records.c.author_key).where(records.c.storyline_id != storyline_id).distinct()
    authors = {post.author_key for post in posts.values()}
    known = {row.author_key for row in await fetch_by(connection, elsewhere, records.c.author_key, authors)}
    return farmed(at_once(posts.values()), frozenset(known))
