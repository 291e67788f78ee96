"""People: everything the store holds of one person, or of one post, and forgetting it.

The id of an erased post stays, and the opt-out of a forgotten person, or else both would come back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.errors import InputError, NotFoundError
from bot.store import optouts, records
from bot.store import schema as s
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

# How the networks write somebody's address, and what that says of the author key.
_PROFILES = (
    (re.compile(r"(?:https://bsky\.app/profile/)?(did:[a-z]+:[A-Za-z0-9._:%-]+)/?"), "bluesky"),
    (re.compile(r"https://news\.ycombinator\.com/user\?id=([\w-]+)"), "hackernews"),
    (re.compile(r"https://(?:www\.|old\.)?reddit\.com/(?:u|user)/([\w-]+)/?"), "reddit"),
)
# A message younger than this may be heard again, and would be answered as a new one.
_MAY_BE_HEARD = timedelta(days=2)
FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of somebody in a version of a story."""

    story_id: str
    version: int
    quote: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the store holds of a person (`author_key`) or, without one, of a post.

    `records` are ids with links; `questions` are remote ids; `opt_outs` are those entered before.
    """

    author_key: str | None
    records: tuple[tuple[str, str], ...] = ()
    quotes: tuple[Quote, ...] = ()
    questions: tuple[str, ...] = ()
    opt_outs: tuple[str, ...] = ()


async def find(connection: AsyncConnection, wanted: str) -> Holdings:
    """Return what is held of `wanted`: an author key, handle, profile or did, or a post's link or id.

    Raises NotFoundError if it names nobody, InputError if a handle names several people.
    """
    wanted = wanted.strip()
    key = next(
        (f"{source}:{found[1]}" for form, source in _PROFILES if (found := form.fullmatch(wanted))), None
    )
    said = sa.select(s.records.c.id, s.records.c.url)
    if key is None:
        one = said.where(sa.or_(s.records.c.url == wanted, s.records.c.id == wanted))
        if rows := (await connection.execute(one)).all():
            return await _of(connection, None, [(row.id, row.url) for row in rows])
        key = await _known(connection, wanted)
    rows = (await connection.execute(said.where(_said_by(key)).order_by(s.records.c.id))).all()
    return await _of(connection, key, [(row.id, row.url) for row in rows])


async def forget(connection: AsyncConnection, held: Holdings, at: datetime) -> None:
    """Remove what is held, and keep it out."""
    await records.erase(connection, [record_id for record_id, _ in held.records], at)
    if held.author_key is None:
        return
    await optouts.add(connection, held.author_key, optouts.QUOTE, at)
    await connection.execute(s.consents.delete().where(s.consents.c.author_key == held.author_key))
    for question_id in held.questions:
        mine = s.questions.c.id == question_id
        await connection.execute(
            s.answer_evidence.delete().where(s.answer_evidence.c.question_id == question_id)
        )
        await connection.execute(
            s.questions.delete().where(mine, s.questions.c.asked_at < at - _MAY_BE_HEARD)
        )
        bare: dict[str, Any] = {"author_key": None, "thread": None, "answer": {}, "disputed": False}
        await connection.execute(
            s.questions.update().where(mine).values(bare | {"state": "declined", "reason": FORGOTTEN})
        )


def _said_by(key: str) -> sa.ColumnElement[bool]:
    """Match the records of this person; of one that faded, only an id on Bluesky still names its author."""
    if not key.startswith("bluesky:did:"):
        return s.records.c.author_key == key
    faded = s.records.c.id.in_(sa.select(s.faded.c.record_id))
    named = s.records.c.id.startswith(f"{key}/", autoescape=True)
    return sa.or_(s.records.c.author_key == key, sa.and_(faded, named))


async def _known(connection: AsyncConnection, wanted: str) -> str:
    """Return the author key that `wanted` is, or is the handle of."""
    for table in (s.records, s.questions, s.opt_outs, s.consents):
        known = sa.select(sa.exists().where(table.c.author_key == wanted))
        if await connection.scalar(known):
            return wanted
    named = sa.select(s.records.c.author_key).distinct()
    keys: list[str] = sorted(
        await connection.scalars(named.where(s.records.c.author_handle.in_([wanted, wanted.lstrip("@")])))
    )
    if len(keys) > 1:
        msg = f"{wanted} is the handle of {len(keys)} people; name one of {', '.join(keys)}"
        raise InputError(msg)
    if not keys:
        msg = (
            f"nothing is held of {wanted}: name a person by handle, profile address or key (source:id), "
            "on Bluesky by did, or a post by its address or id"
        )
        raise NotFoundError(msg)
    return keys[0]


async def _of(connection: AsyncConnection, key: str | None, held: Iterable[tuple[str, str]]) -> Holdings:
    posts = dict(held)
    cited = await fetch_by(
        connection,
        sa.select(s.citations).where(s.citations.c.quote != ""),
        s.citations.c.record_id,
        posts,
    )
    entered = sa.select(s.opt_outs.c.what).where(s.opt_outs.c.author_key == key)
    quotes = sorted({(row.story_id, row.version, row.quote) for row in cited})
    return Holdings(
        author_key=key,
        records=tuple(posts.items()),
        quotes=tuple(Quote(*quote) for quote in quotes),
        questions=await _asked(connection, key) if key else (),
        opt_outs=tuple(await connection.scalars(entered.order_by(s.opt_outs.c.what))),
    )


async def _asked(connection: AsyncConnection, key: str) -> tuple[str, ...]:
    """Return the messages of this person; where nothing else is kept, the address of one still names them."""
    source, _, person = key.partition(":")
    theirs = s.questions.c.id.startswith(f"at://{person}/", autoescape=True)
    mine = sa.or_(s.questions.c.author_key == key, sa.and_(s.questions.c.channel == source, theirs))
    rows = await connection.scalars(sa.select(s.questions.c.id).where(mine).order_by(s.questions.c.id))
    return tuple(rows)
