"""Storylines after an audit: conversations move between them, some begin and some become part of another."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.records import NOTICED, to_record
from bot.store.schema import record_links, records, signal_evidence, stories, storylines
from bot.store.sql import fetch_by, insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record


_OPENINGS = (
    sa.select(records.c.id, records.c.thread, records.c.storyline_id, records.c.vector)
    .where(
        records.c.created_at > sa.bindparam("after"),
        records.c.created_at <= sa.bindparam("until"),
        records.c.state == NOTICED,
        records.c.vector.is_not(None),
        records.c.storyline_id.is_not(None),
    )
    .order_by(records.c.created_at.desc(), records.c.id.desc())
    .limit(sa.bindparam("at_most", type_=sa.Integer))
)
_MOVE = (
    records.update()
    .where(records.c.thread == sa.bindparam("of"), records.c.storyline_id.is_not(None))
    .values(storyline_id=sa.bindparam("to"))
)
_COUNTED = (
    sa.select(
        records.c.storyline_id,
        sa.func.count().label("size"),
        sa.func.min(records.c.created_at).label("first_at"),
        sa.func.max(records.c.created_at).label("last_at"),
    )
    .where(records.c.state == NOTICED)
    .group_by(records.c.storyline_id)
)
_OPENERS = sa.select(records.c.storyline_id, records.c.created_at, records.c.id, records.c.vector).where(
    records.c.state == NOTICED, records.c.vector.is_not(None)
)
_EVIDENCE = (
    sa.select(signal_evidence.c.signal_id, records.c.storyline_id, sa.func.count().label("size"))
    .join(records, records.c.id == signal_evidence.c.record_id)
    .where(records.c.storyline_id.is_not(None))
    .group_by(signal_evidence.c.signal_id, records.c.storyline_id)
)
_TOLD = sa.select(stories.c.id, stories.c.storyline_id, stories.c.signal_id)


@dataclass(frozen=True, slots=True)
class Opening:
    """A record that opened a conversation, with its packed vector, and the storyline it is in."""

    record_id: str
    thread: str
    storyline_id: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """How many records a storyline holds, from when to when, and its openers' packed vectors in order."""

    size: int
    first_at: datetime
    last_at: datetime
    vectors: tuple[bytes, ...]


async def openings(
    connection: AsyncConnection, after: datetime, until: datetime, at_most: int
) -> list[Opening]:
    """Return the newest conversations opened in (after, until], oldest first."""
    bound = {"after": after, "until": until, "at_most": at_most}
    rows = (await connection.execute(_OPENINGS, bound)).all()
    return [Opening(*row) for row in reversed(rows)]


async def openers(
    connection: AsyncConnection, ids: Iterable[str], since: datetime
) -> dict[str, list[Record]]:
    """Return what opened conversations in these storylines since `since`, oldest first, copies left out."""
    statement = (
        sa.select(records)
        .where(
            records.c.id == records.c.thread,
            records.c.created_at >= since,
            records.c.state == NOTICED,
            records.c.family_id == records.c.id,
        )
        .order_by(records.c.created_at, records.c.id)
    )
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for row in await fetch_by(connection, statement, records.c.storyline_id, ids):
        found[row.storyline_id].append(to_record(row))
    return found


async def linked_before(connection: AsyncConnection, links: Iterable[str], moment: datetime) -> set[str]:
    """Return which of these canonical links somebody gave before `moment`."""
    statement = (
        sa.select(record_links.c.link)
        .join(records, records.c.id == record_links.c.record_id)
        .where(records.c.created_at < moment)
        .distinct()
    )
    return {row.link for row in await fetch_by(connection, statement, record_links.c.link, links)}


async def mentions(
    connection: AsyncConnection, name: str, start: datetime, until: datetime
) -> list[tuple[str, str]]:
    """Return author and words of what was said in [start, until) and may hold `name`, a lower-case term.

    A database may know the case of ASCII letters only. So a name of others, too, is looked for in each of the
    cases in which people write a name.
    """
    said = sa.func.coalesce(records.c.title, "") + "\n" + records.c.text
    forms = {name, name.upper(), name.title(), name.capitalize()}
    # ASCII letters are folded by the database: a form differs in the others only.
    wanted = {"".join(c.lower() if c.isascii() else c for c in form) for form in forms}
    holds = sa.or_(*(sa.func.lower(said).contains(form, autoescape=True) for form in sorted(wanted)))
    statement = sa.select(records.c.author_key, said).where(*_heard(start, until), holds)
    return [(author, words) for author, words in await connection.execute(statement)]


async def people(connection: AsyncConnection, start: datetime, until: datetime) -> int:
    """Return how many accounts were heard in [start, until)."""
    counted = sa.select(sa.func.count(records.c.author_key.distinct())).where(*_heard(start, until))
    return await connection.scalar(counted) or 0


def _heard(start: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return records.c.created_at >= start, records.c.created_at < until, records.c.state == NOTICED


async def move(connection: AsyncConnection, moved: Mapping[str, str]) -> None:
    """Put conversations, by thread, into other storylines."""
    await connection.execute(
        _MOVE,
        [{"of": thread, "to": storyline_id} for thread, storyline_id in moved.items()],
    )


async def homes(connection: AsyncConnection, lines: Mapping[str, str]) -> dict[str, str]:
    """Return, by signal, the storyline in which most of its evidence is now.

    `lines` has the one that each is on: it stays there if no other one holds more.
    """
    most = {signal_id: (0, True, line) for signal_id, line in lines.items()}
    for signal_id, lies_on in (await lies(connection, lines)).items():
        for line, size in lies_on.items():
            most[signal_id] = max(most[signal_id], (size, line == lines[signal_id], line))
    return {signal_id: line for signal_id, (_, _, line) in most.items()}


async def lies(connection: AsyncConnection, signal_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return, by signal, how much of its evidence is in which storyline now."""
    found: dict[str, dict[str, int]] = {signal_id: {} for signal_id in signal_ids}
    for row in await fetch_by(connection, _EVIDENCE, signal_evidence.c.signal_id, found):
        found[row.signal_id][row.storyline_id] = row.size
    return found


async def follow(connection: AsyncConnection, left: Iterable[str]) -> None:
    """Let stories told on storylines that lost conversations go where most of what they were told for is."""
    told = sorted(await fetch_by(connection, _TOLD, stories.c.storyline_id, left))
    found = await homes(connection, {story.signal_id: story.storyline_id for story in told})
    for story in told:
        line = found[story.signal_id]
        if line != story.storyline_id:
            await _call(connection, line, like=story.storyline_id)
            await connection.execute(
                stories.update().where(stories.c.id == story.id).values(storyline_id=line)
            )


async def contents(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Content]:
    """Return what is in these storylines; those that are empty are left out."""
    wanted = sorted(ids)
    counted = await fetch_by(connection, _COUNTED, records.c.storyline_id, wanted)
    opened: dict[str, list[Any]] = {row.storyline_id: [] for row in counted}
    for row in await fetch_by(connection, _OPENERS, records.c.storyline_id, wanted):
        opened[row.storyline_id].append((row.created_at, row.id, row.vector))
    return {
        row.storyline_id: Content(
            row.size,
            row.first_at,
            row.last_at,
            tuple(vector for *_, vector in sorted(opened[row.storyline_id])),
        )
        for row in counted
    }


async def keep(
    connection: AsyncConnection, storyline_id: str, beat: str, content: Content, centroid: bytes
) -> None:
    """Keep a storyline as it lies now; a new one begins on `beat`."""
    row = {
        "first_at": content.first_at,
        "last_at": content.last_at,
        "size": content.size,
        "centroid": centroid,
    }
    await insert_new(connection, storylines, [{"id": storyline_id, "beat": beat, "label": "", **row}])
    await connection.execute(storylines.update().where(storylines.c.id == storyline_id).values(row))


async def absorb(connection: AsyncConnection, *, stay: str, go: str) -> None:
    """Let the id of a storyline that is empty now lead to another one, and its stories with it.

    One that has no label yet is called as that one was, since it is what was told under that name.
    """
    await _call(connection, stay, like=go)
    await connection.execute(
        storylines.update()
        .where(sa.or_(storylines.c.id == go, storylines.c.merged_into == go))
        .values(merged_into=stay)
    )
    await connection.execute(stories.update().where(stories.c.storyline_id == go).values(storyline_id=stay))


async def _call(connection: AsyncConnection, storyline_id: str, *, like: str) -> None:
    """Call a storyline that has no label yet like another one."""
    label = sa.select(storylines.c.label).where(storylines.c.id == like).scalar_subquery()
    await connection.execute(
        storylines.update()
        .where(storylines.c.id == storyline_id, storylines.c.label == "")
        .values(label=label)
    )
