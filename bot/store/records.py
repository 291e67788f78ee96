"""Records: what was heard, and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.links import canonical
from bot.domain.record import Author, Record, RecordKind
from bot.store import traces
from bot.store.schema import (
    answer_evidence,
    articles,
    citations,
    faded,
    opt_outs,
    record_beats,
    record_links,
    records,
)
from bot.store.sql import fetch_by, insert_new

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.story import Citation

HEARD, NOTICED, ASIDE, ERASED = "heard", "noticed", "aside", "erased"
_AT_ONCE = 10_000
_HOUR_US = 3_600_000_000
# Every record says something until it fades or is erased.
WITH_WORDS = sa.or_(records.c.text != "", records.c.title.is_not(None))

_KNOWN = sa.select(
    records.c.id, records.c.title, records.c.text, records.c.erased_at, articles.c.outcome
).outerjoin(articles, articles.c.record_id == records.c.id)
_OPTED_OUT = sa.select(opt_outs.c.author_key).where(opt_outs.c.what == "quote")
_QUOTING = sa.select(citations).where(citations.c.quote != "")
_READABLE = sa.select(records).where(records.c.state != ERASED, WITH_WORDS)
_DUE = (
    sa.select(records)
    .where(records.c.state == HEARD)
    .order_by(records.c.created_at, records.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_NOTICE = (
    records.update()
    # What was erased while it was being noticed stays erased.
    .where(records.c.id == sa.bindparam("of"), records.c.state == HEARD)
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in ("state", "lang", "storyline_id", "family_id", "vector", "embedded_by")
        }
    )
)
# A tick makes thousands of records, and to ask a row for a column by name takes longer than to take it apart.
_parts_of = itemgetter(
    *map(
        list(records.c.keys()).index,
        ("source", "native_id", "kind", "url", "author_key", "author_handle", "created_at", "text", "title",
         "lang", "parent", "root", "community", "links", "metrics"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch: `new` and `changed` ids; `refused` counts opted-out and erased records."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    refused: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """What noticing found out about one record.

    `state` is NOTICED or ASIDE; `beats` maps slugs to scores; `vector` is kept for thread openers only,
    with the name of the model it is by.
    """

    record_id: str
    state: str
    lang: str | None
    storyline_id: str | None = None
    family_id: str | None = None
    vector: bytes | None = None
    beats: Mapping[str, float] | None = None
    embedded_by: str | None = None


async def add(connection: AsyncConnection, batch: Sequence[Record], heard_at: datetime) -> Added:
    """Store a batch: new records are due for noticing, known ones take over an edited text.

    What is quoted and an edit took out was taken back: the claims that quote it lose their words. A record
    that has faded stays so. Records of people who opted out of being quoted, and records that were erased,
    are refused.
    """
    unique = {record.id: record for record in batch}
    known = {
        row.id: row
        for row in await fetch_by(
            connection,
            _KNOWN,
            records.c.id,
            unique,
        )
    }
    refused_authors = await _opted_out(connection, {record.author_key for record in unique.values()})
    new, changed, refused = [], [], 0
    for record in unique.values():
        row = known.get(record.id)
        if record.author_key in refused_authors or (row is not None and row.erased_at is not None):
            refused += 1
        elif row is None:
            new.append(record)
        elif (row.title or row.text) and (row.title, row.text) != (record.title, record.text):
            # The text of an article's page says more than a feed's summary of it.
            changed.append(replace(record, text=row.text) if row.outcome else record)
    await insert_new(connection, records, [_row(record, heard_at) for record in new])
    await insert_new(connection, record_links, [row for record in new for row in _links(record)])
    for record in changed:
        await connection.execute(
            records.update().where(records.c.id == record.id).values(title=record.title, text=record.text)
        )
    await _unsay(connection, changed, heard_at)
    return Added(tuple(r.id for r in new), tuple(r.id for r in changed), refused)


async def _unsay(connection: AsyncConnection, changed: Sequence[Record], at: datetime) -> None:
    """Take the words out of claims and answers that quote what these records do not say any more."""
    now = {record.id: record for record in changed}
    rows = await fetch_by(connection, _QUOTING, citations.c.record_id, now)
    lost = [row for row in rows if not now[row.record_id].says(row.quote)]
    await traces.drop_claims(connection, lost, at)
    await traces.drop_answers(connection, {row.record_id for row in lost})


async def threads_heard(
    connection: AsyncConnection, source: str, since: datetime, until: datetime
) -> AsyncIterator[Sequence[str]]:
    """Yield the conversations of which something was heard at `source` from `since` to `until`.

    There may be millions, so they come some at a time, each as often as something of it was heard.
    """
    statement = sa.select(records.c.thread).where(
        records.c.heard_at >= since, records.c.heard_at <= until, records.c.source == source
    )
    found = await connection.stream_scalars(statement.execution_options(yield_per=_AT_ONCE))
    async for threads in found.partitions():
        yield threads


async def followed(connection: AsyncConnection, threads: Iterable[str], since: datetime) -> set[str]:
    """Return those of `threads` of which a record was heard since a time that was not laid aside."""
    statement = (
        sa.select(records.c.thread)
        .where(records.c.state.in_([HEARD, NOTICED]), records.c.heard_at >= since)
        .distinct()
    )
    return {row.thread for row in await fetch_by(connection, statement, records.c.thread, threads)}


async def known(connection: AsyncConnection, ids: Iterable[str]) -> list[str]:
    """Return those of `ids` that are in the store and not erased, ordered."""
    statement = sa.select(records.c.id).where(records.c.state != ERASED)
    return sorted(row.id for row in await fetch_by(connection, statement, records.c.id, ids))


async def openers(connection: AsyncConnection, limit: int) -> list[Record]:
    """Return the newest records that opened a thread and still have their words, laid aside or not."""
    statement = (
        sa.select(records)
        .where(records.c.id == records.c.thread, records.c.state.in_([NOTICED, ASIDE]), WITH_WORDS)
        .order_by(records.c.created_at.desc(), records.c.id)
        .limit(limit)
    )
    return [to_record(row) for row in await connection.execute(statement)]


async def due(connection: AsyncConnection, limit: int) -> list[Record]:
    """Return records that were heard and not yet noticed, oldest first."""
    return [to_record(row) for row in await connection.execute(_DUE, {"limit": limit})]


async def notice(connection: AsyncConnection, findings: Sequence[Noticed]) -> None:
    """Keep what noticing found out."""
    if not findings:
        return
    await connection.execute(
        _NOTICE,
        [
            {
                "of": item.record_id,
                "new_state": item.state,
                "new_lang": item.lang,
                "new_storyline_id": item.storyline_id,
                "new_family_id": item.family_id,
                "new_vector": item.vector,
                "new_embedded_by": item.embedded_by,
            }
            for item in findings
        ],
    )
    await insert_new(
        connection,
        record_beats,
        [
            {"record_id": item.record_id, "beat": beat, "score": score}
            for item in findings
            for beat, score in (item.beats or {}).items()
        ],
    )


async def get(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Record]:
    """Return the records with these ids that are there with their words: not erased, not faded."""
    return {row.id: to_record(row) for row in await fetch_by(connection, _READABLE, records.c.id, ids)}


async def stand(connection: AsyncConnection, read: Iterable[Record], cited: Iterable[Citation]) -> bool:
    """Tell whether what was `read` is still there, of no article only the title, and says what is `cited`.

    A citation that was none of what was read is nothing that could have changed.
    """
    before = {record.id: record for record in read}
    now = await get(connection, before)
    if any(key not in now or (record.text and not now[key].text) for key, record in before.items()):
        return False
    said = [item for item in cited if item.record_id in before and before[item.record_id].says(item.quote)]
    return all(now[item.record_id].says(item.quote) for item in said)


async def erase(connection: AsyncConnection, ids: Iterable[str], at: datetime) -> tuple[str, ...]:
    """Take the words and the author of these records out of the store, for good.

    The id stays, so that the record is refused if it is heard again. Claims of every story version that rest
    on an erased record lose their words too, and so does everything that was made of them.
    Returns the ids of the stories concerned.
    """
    gone = list(dict.fromkeys(ids))
    cited = await fetch_by(connection, sa.select(citations), citations.c.record_id, gone)
    lines = await fetch_by(connection, sa.select(records.c.storyline_id), records.c.id, gone)
    await traces.drop_drafts(connection, {row.storyline_id for row in lines if row.storyline_id})
    concerned = await traces.drop_claims(connection, cited, at)
    await traces.drop_answers(connection, gone)
    for record_id in gone:
        for table in (record_links, faded, articles):
            await connection.execute(table.delete().where(table.c.record_id == record_id))
        await connection.execute(
            records.update()
            .where(records.c.id == record_id)
            .values(
                state=ERASED, erased_at=at, title=None, text="", url="", author_key="", author_handle="",
                links=[], metrics={}, vector=None, embedded_by=None, stance=None, register=None,
            )
        )  # fmt: skip
    return concerned


async def unquote(connection: AsyncConnection, ids: Iterable[str], at: datetime) -> tuple[str, ...]:
    """Take the text of these articles out of the store, for good; their titles and links stay.

    Claims that rest on the text lose their words. Returns the ids of the stories concerned.
    """
    gone = list(dict.fromkeys(ids))
    press = {row.id: row for row in await fetch_by(connection, sa.select(records), records.c.id, gone)}
    rows = await fetch_by(connection, sa.select(citations), citations.c.record_id, gone)
    cited = [row for row in rows if row.quote not in (press[row.record_id].title or "")]
    concerned = await traces.drop_claims(connection, cited, at)
    await traces.drop_answers(connection, {row.record_id for row in cited})
    for record_id in gone:
        await connection.execute(
            records.update().where(records.c.id == record_id).values(erased_at=at, text="", links=[])
        )
        await connection.execute(
            record_links.delete().where(
                record_links.c.record_id == record_id,
                record_links.c.link != canonical(press[record_id].url),
            )
        )
    return concerned


async def fade(connection: AsyncConnection, heard_before: datetime, at: datetime, *, limit: int) -> int:
    """Let go of the words of at most `limit` records that nothing rests on; return how many those were.

    What is left of a record: its id, times, place, language, counts, vector, mood, and a hash of its
    words. What a story or an answer shows stays whole.
    """
    shown = [sa.exists().where(table.c.record_id == records.c.id) for table in (citations, answer_evidence)]
    statement = (
        sa.select(records.c.id, records.c.title, records.c.text)
        .where(
            records.c.heard_at < heard_before,
            WITH_WORDS,
            records.c.state.in_([NOTICED, ASIDE]),
            *(~found for found in shown),
        )
        .order_by(records.c.heard_at)
        .limit(limit)
    )
    rows = (await connection.execute(statement)).all()
    if rows:
        await connection.execute(
            records.update()
            .where(records.c.id == sa.bindparam("of"))
            .values(title=None, text="", url="", author_key="", author_handle="", links=[]),
            [{"of": row.id} for row in rows],
        )
        await insert_new(
            connection,
            faded,
            [{"record_id": row.id, "at": at, "digest": _digest(row.title, row.text)} for row in rows],
        )  # fmt: skip
        await connection.execute(
            record_links.delete().where(record_links.c.record_id == sa.bindparam("of")),
            [{"of": row.id} for row in rows],
        )
    return len(rows)


async def ids_by(
    connection: AsyncConnection, *, author_key: str | None = None, url: str | None = None
) -> list[str]:
    """Return the ids of one author's records, or of the records at one URL."""
    column, value = (records.c.author_key, author_key) if author_key is not None else (records.c.url, url)
    return list(
        (
            await connection.scalars(sa.select(records.c.id).where(column == value).order_by(records.c.id))
        ).all()
    )


async def tally(connection: AsyncConnection) -> dict[str, int]:
    """Count the records by state."""
    rows = await connection.execute(sa.select(records.c.state, sa.func.count()).group_by(records.c.state))
    return {state: number for state, number in rows}  # noqa: C416 - rows are not pairs to the type checker


async def hours_heard(connection: AsyncConnection, moment: datetime) -> dict[str, list[datetime]]:
    """Return, by source, when after `moment` something new was heard last in each hour that had any."""
    hour = sa.type_coerce(records.c.heard_at, sa.BigInteger) // _HOUR_US
    statement = (
        sa.select(records.c.source, sa.func.max(records.c.heard_at).label("last"))
        .where(records.c.heard_at > moment)
        .group_by(records.c.source, hour)
        .order_by(sa.text("last"))
    )
    found: dict[str, list[datetime]] = {}
    for row in await connection.execute(statement):
        found.setdefault(row.source, []).append(row.last)
    return found


async def heard_since(connection: AsyncConnection, moment: datetime) -> dict[str, int]:
    """Count the records that were heard after `moment`, by source."""
    statement = (
        sa.select(records.c.source, sa.func.count())
        .where(records.c.heard_at > moment)
        .group_by(records.c.source)
    )
    return {source: number for source, number in await connection.execute(statement)}  # noqa: C416 - as above


async def _opted_out(connection: AsyncConnection, author_keys: set[str]) -> set[str]:
    rows = await fetch_by(connection, _OPTED_OUT, opt_outs.c.author_key, author_keys)
    return {row.author_key for row in rows}


def _links(record: Record) -> Iterator[dict[str, str]]:
    own = (record.url,) if record.kind in {RecordKind.ARTICLE, RecordKind.PAPER} else ()
    for link in dict.fromkeys(map(canonical, (*own, *record.links))):
        yield {"record_id": record.id, "link": link}


def _digest(title: str | None, text: str) -> str:
    return hashlib.sha256(f"{title or ''}\n\n{text}".encode()).hexdigest()


def _row(record: Record, heard_at: datetime) -> dict[str, Any]:
    return {
        "id": record.id,
        "source": record.source,
        "native_id": record.native_id,
        "kind": record.kind.value,
        "url": record.url,
        "author_key": record.author_key,
        "author_handle": record.author.handle,
        "created_at": record.created_at,
        "heard_at": heard_at,
        "title": record.title,
        "text": record.text,
        "lang": record.lang,
        "parent": record.parent,
        "root": record.root,
        "thread": record.thread,
        "community": record.community,
        "links": list(record.links),
        "metrics": dict(record.metrics),
        "state": HEARD,
    }


def to_record(row: sa.Row[Any]) -> Record:
    """Turn a row that begins with the columns of the records table into a Record."""
    (source, native_id, kind, url, author_key, handle, created_at, text, title, lang, parent, root, community,
     links, metrics) = _parts_of(row)  # fmt: skip
    return Record(
        source=source,
        native_id=native_id,
        kind=RecordKind(kind),
        url=url,
        author=Author(author_key.removeprefix(f"{source}:"), handle),
        created_at=created_at,
        text=text,
        title=title,
        lang=lang,
        parent=parent,
        root=root,
        community=community,
        links=tuple(links),
        metrics=metrics,
    )
