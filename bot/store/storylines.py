"""Storylines: what the detector keeps of them, and what happened in them when."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from bot.domain.errors import NotFoundError
from bot.domain.place import place_name
from bot.domain.signal import Storyline
from bot.store import farms
from bot.store.copiers import copiers
from bot.store.records import HEARD, NOTICED, WITH_WORDS, to_record
from bot.store.schema import record_beats, records, signals, storylines
from bot.store.schema import usual_counts as usual
from bot.store.sql import fetch_by, insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.place import Place
    from bot.domain.record import Record

_MICROSECONDS_A_DAY = 86_400_000_000
_MICROSECONDS_AN_HOUR = 3_600_000_000
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_INSIDE = (
    records.c.created_at > sa.bindparam("start"),
    records.c.created_at <= sa.bindparam("end"),
    records.c.state == NOTICED,
)
_AN_ORIGINAL = records.c.family_id == records.c.id
_AGE = (
    sa.cast(sa.bindparam("end", type_=records.c.created_at.type), sa.BigInteger)
    - sa.cast(records.c.created_at, sa.BigInteger)
) // _MICROSECONDS_A_DAY
_KEPT = sa.select(storylines)
_ORIGINS = sa.select(storylines.c.id, storylines.c.beat, storylines.c.first_at)
_MOVE_ON = (
    storylines.update()
    .where(storylines.c.id == sa.bindparam("of"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("last_at", "size", "centroid")})
)
# A thread has hundreds of records, and is in one storyline.
_PLACED = (
    sa.select(
        records.c.thread, records.c.storyline_id, sa.func.min(records.c.created_at), sa.func.min(records.c.id)
    )
    .where(
        records.c.state != HEARD,
        sa.or_(records.c.storyline_id.is_not(None), records.c.id == records.c.thread),
    )
    .group_by(records.c.thread, records.c.storyline_id)
)
_SPOKEN_OF = sa.select(records.c.storyline_id).where(
    records.c.heard_at > sa.bindparam("after"),
    records.c.state == NOTICED,
    records.c.storyline_id.is_not(None),
)
_CROWDED = (
    sa.select(records.c.storyline_id)
    .where(*_INSIDE)
    .group_by(records.c.storyline_id)
    .having(
        sa.func.count(sa.distinct(sa.case((_AN_ORIGINAL, records.c.author_key)))) >= sa.bindparam("authors")
    )
)
_SAID = (
    sa.select(
        records.c.id, records.c.storyline_id, records.c.family_id, records.c.author_key,
        records.c.community, records.c.source, records.c.created_at, records.c.links,
    )
    .where(*_INSIDE)
    .order_by(records.c.storyline_id, records.c.created_at, records.c.id)
)  # fmt: skip
_HISTORY = (
    sa.select(records.c.storyline_id, sa.func.count())
    .where(*_INSIDE, _AN_ORIGINAL)
    .group_by(records.c.storyline_id)
)
_BY_DAY = (
    sa.select(records.c.storyline_id, _AGE, sa.func.count())
    .where(*_INSIDE, _AN_ORIGINAL)
    .group_by(records.c.storyline_id, _AGE)
)
_BEATS = sa.select(record_beats)


def _per_day(raised: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Count originals by storyline and day, without storylines that gave a signal which is `raised`."""
    day = sa.cast(records.c.created_at, sa.BigInteger) // _MICROSECONDS_A_DAY
    return (
        sa.select(records.c.storyline_id, storylines.c.beat, sa.func.count().label("said"))
        .select_from(records.join(storylines, storylines.c.id == records.c.storyline_id))
        .where(
            *_INSIDE,
            _AN_ORIGINAL,
            day.not_in(sa.bindparam("missed", expanding=True)),
            storylines.c.id.not_in(sa.select(signals.c.storyline_id).where(raised)),
        )
        .group_by(storylines.c.beat, records.c.storyline_id, day)
    )


_OWN = _per_day(signals.c.detected_at < sa.bindparam("counted_at"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A storyline with its centre, as the detector's index needs it; `size` counts what joined it."""

    id: str
    beat: str
    first_at: datetime
    last_at: datetime
    size: int
    centroid: bytes


class _Said(NamedTuple):
    """A row of `_SAID`: each is looked at many times, and a row of the database's own finds a name slowly."""

    id: str
    storyline_id: str
    family_id: str
    author_key: str
    community: str | None
    source: str
    created_at: datetime
    links: list[str]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was said in one storyline over a stretch of time by those who copied nothing; copies apart.

    `places` counts the records by what people call the place, `hours` by place and how many hours before the
    end they were said. `farm` are accounts that look like one farm;
    `discounted` are they and those who copied somebody.
    """

    storyline_id: str
    records: int
    authors: int
    copies: int
    places: Mapping[str, int]
    hours: Mapping[tuple[Place, int], int]
    evidence: tuple[str, ...]
    farm: frozenset[str]
    discounted: frozenset[str]


async def save(connection: AsyncConnection, kept: Sequence[Kept]) -> None:
    """Create those storylines that come with a beat, and move on all."""
    if not kept:
        return
    rows = [
        {"id": k.id, "beat": k.beat, "label": "", "first_at": k.first_at, "last_at": k.last_at,
         "size": k.size, "centroid": k.centroid}
        for k in kept
        if k.beat
    ]  # fmt: skip
    await insert_new(connection, storylines, rows)
    await connection.execute(
        _MOVE_ON,
        [
            {"of": k.id, "new_last_at": k.last_at, "new_size": k.size, "new_centroid": k.centroid}
            for k in kept
        ],
    )


async def live(connection: AsyncConnection, since: datetime) -> list[Kept]:
    """Return the storylines spoken of since `since`, in the order in which they began."""
    statement = (
        sa.select(storylines)
        .where(storylines.c.last_at >= since, storylines.c.merged_into.is_(None))
        .order_by(storylines.c.first_at, storylines.c.id)
    )
    return [_kept(row) for row in await connection.execute(statement)]


async def kept(connection: AsyncConnection, ids: Iterable[str]) -> list[Kept]:
    """Return these storylines with their centres, by id."""
    rows = await fetch_by(connection, _KEPT, storylines.c.id, ids)
    return [_kept(row) for row in sorted(rows, key=lambda row: row.id)]


async def origins(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, tuple[str, datetime]]:
    """Return on which beat and when each of these storylines began."""
    rows = await fetch_by(connection, _ORIGINS, storylines.c.id, ids)
    return {row.id: (row.beat, row.first_at) for row in rows}


async def get(connection: AsyncConnection, storyline_id: str) -> Storyline:
    """Return a storyline; one that was merged answers under the id it was merged into.

    Raises NotFoundError.
    """
    statement = sa.select(storylines).where(storylines.c.id == storyline_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        msg = f"there is no storyline {storyline_id}: `groundswell wire` shows those with signals"
        raise NotFoundError(msg)
    if row.merged_into is not None:
        return await get(connection, row.merged_into)
    return Storyline(row.id, row.beat, row.label, row.first_at, row.last_at, row.size)


async def threads(connection: AsyncConnection, thread_ids: Iterable[str]) -> dict[str, str | None]:
    """Return where known threads belong: thread id -> storyline id (None: the opening was laid aside)."""
    rows: Sequence[Any] = await fetch_by(connection, _PLACED, records.c.thread, thread_ids)
    found: dict[str, str | None] = {}
    for thread, storyline_id, *_ in sorted(rows, key=itemgetter(2, 3)):
        if found.get(thread) is None:
            found[thread] = storyline_id
    return found


async def describe(connection: AsyncConnection, storyline_id: str, *, beat: str, label: str) -> None:
    """Set what a storyline is called and which beat it belongs to."""
    await connection.execute(
        storylines.update().where(storylines.c.id == storyline_id).values(beat=beat, label=label)
    )


async def spoken_of(connection: AsyncConnection, heard_after: datetime) -> set[str]:
    """Return the storylines of which something was heard after a time."""
    return set((await connection.scalars(_SPOKEN_OF, {"after": heard_after})).all())


async def stretches(
    connection: AsyncConnection, ids: Iterable[str], start: datetime, end: datetime, *, authors: int
) -> list[Stretch]:
    """Return what was said in (start, end] in those of `ids` with originals by so many `authors` or more."""
    window, line = {"start": start, "end": end}, records.c.storyline_id
    busy = await fetch_by(connection, _CROWDED, line, ids, **window, authors=authors)
    grouped: dict[str, list[_Said]] = defaultdict(list)
    for row in await fetch_by(connection, _SAID, line, [row.storyline_id for row in busy], **window):
        said = _Said._make(row)
        grouped[said.storyline_id].append(said)
    found = [await _stretch(connection, line, rows, end) for line, rows in sorted(grouped.items())]
    return [stretch for stretch in found if stretch.authors >= authors]


async def history(
    connection: AsyncConnection, ids: Iterable[str], start: datetime, end: datetime
) -> dict[str, int]:
    """Return per storyline how many originals were said in (start, end]."""
    counted: Sequence[Any] = await fetch_by(
        connection, _HISTORY, records.c.storyline_id, ids, start=start, end=end
    )
    return {storyline_id: said for storyline_id, said in counted}  # noqa: C416 - rows are not pairs to mypy


async def by_day(
    connection: AsyncConnection, ids: Iterable[str], end: datetime, days: int
) -> dict[str, list[int]]:
    """Return per storyline how many originals were said on each of so many days, newest first."""
    found: dict[str, list[int]] = defaultdict(lambda: [0] * days)
    rows: Sequence[Any] = await fetch_by(
        connection, _BY_DAY, records.c.storyline_id, ids, start=end - timedelta(days=days), end=end
    )
    for storyline_id, day, said in rows:
        found[storyline_id][day] = said
    return dict(found)


async def by_hour(
    connection: AsyncConnection, heard_from: datetime, heard_before: datetime
) -> dict[datetime, int]:
    """Return how much was said in each hour, of what was heard in [from, before), whatever it was about.

    An hour without a word is there with 0 if something was said on its day.
    """
    hour = sa.cast(records.c.created_at, sa.BigInteger) // _MICROSECONDS_AN_HOUR
    statement = (
        sa.select(hour, sa.func.count())
        .where(
            records.c.heard_at >= heard_from,
            records.c.heard_at < heard_before,
            records.c.created_at >= heard_from,
        )
        .group_by(hour)
    )
    said = {_EPOCH + number * _HOUR: times for number, times in await connection.execute(statement)}
    days = {at.replace(hour=0) for at in said}
    return {at: said.get(at, 0) for day in sorted(days) for at in (day + n * _HOUR for n in range(24))}


async def daily_counts(
    connection: AsyncConnection, start: datetime, end: datetime, missed: Collection[int] = ()
) -> dict[str, tuple[int, int]]:
    """Return per beat, over (start, end], how many originals were said on how many storyline-days.

    A storyline-day is a day on which a storyline was spoken of at all. Storylines that gave a signal are left
    out, for what was news is not what is usual, and so are the days that were `missed` (since 1970).
    """
    per_day = _per_day(sa.true()).subquery()
    statement = sa.select(per_day.c.beat, sa.func.sum(per_day.c.said), sa.func.count())
    bound = {"start": start, "end": end, "missed": list(missed)}
    rows = await connection.execute(statement.group_by(per_day.c.beat), bound)
    return {beat: (int(said), days) for beat, said, days in rows}


async def own_counts(
    connection: AsyncConnection,
    ids: Iterable[str],
    start: datetime,
    end: datetime,
    *,
    counted_at: datetime,
    missed: Collection[int] = (),
) -> dict[str, tuple[int, int]]:
    """Return what each of these storylines has in the `daily_counts` that were taken at `counted_at`.

    Those that have nothing in them are left out.
    """
    rows = await fetch_by(
        connection, _OWN, records.c.storyline_id, ids,
        start=start, end=end, counted_at=counted_at, missed=list(missed),
    )  # fmt: skip
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        said, days = found.get(row.storyline_id, (0, 0))
        found[row.storyline_id] = said + row.said, days + 1
    return found


async def usual_counts(connection: AsyncConnection, since: datetime) -> dict[str, tuple[int, int]] | None:
    """Return the counts by beat that were kept for `since`, None if none were."""
    rows = (await connection.execute(sa.select(usual).where(usual.c.since == since))).all()
    return {row.beat: (row.said, row.days) for row in rows if row.days} if rows else None


async def keep_usual_counts(
    connection: AsyncConnection, since: datetime, found: Mapping[str, tuple[int, int]]
) -> None:
    """Keep counts by beat for `since`, also that there were none; what is kept for it already stays."""
    rows = [
        {"since": since, "beat": beat, "said": said, "days": days}
        for beat, (said, days) in (found or {"": (0, 0)}).items()
    ]
    await insert_new(connection, usual, rows)


async def conversations(connection: AsyncConnection, heard_from: datetime, heard_before: datetime) -> int:
    """Return how many conversations were opened in what was heard in [from, before), copies left out."""
    statement = sa.select(sa.func.count()).select_from(records)
    found = await connection.scalar(statement.where(*_opened(heard_from, heard_before)))
    return found or 0


async def vectors(
    connection: AsyncConnection, heard_from: datetime, heard_before: datetime, at_most: int | None = None
) -> list[bytes]:
    """Return the packed vectors of the originals that opened conversations, the newest ones, in order."""
    newest = (records.c.heard_at.desc(), records.c.created_at.desc(), records.c.id.desc())
    statement = sa.select(records.c.vector).where(*_opened(heard_from, heard_before)).order_by(*newest)
    return list((await connection.scalars(statement.limit(at_most))).all())[::-1]


def _opened(heard_from: datetime, heard_before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        records.c.state == NOTICED,
        records.c.family_id == records.c.id,
        records.c.vector.is_not(None),
        records.c.heard_at >= heard_from,
        records.c.heard_at < heard_before,
    )


async def originals(connection: AsyncConnection, since: datetime) -> list[Record]:
    """Return the records that are no copies and were said at or after `since`, oldest first."""
    statement = (
        sa.select(records)
        .where(records.c.state == NOTICED, records.c.family_id == records.c.id, records.c.created_at >= since)
        .order_by(records.c.created_at, records.c.id)
    )
    return [to_record(row) for row in await connection.execute(statement)]


async def beat_of(connection: AsyncConnection, record_ids: Iterable[str]) -> str | None:
    """Return the beat with the highest summed score over these records, or None if none has one."""
    scores: Counter[str] = Counter()
    for row in await fetch_by(connection, _BEATS, record_beats.c.record_id, record_ids):
        scores[row.beat] += row.score
    return min(scores, key=lambda beat: (-scores[beat], beat)) if scores else None


async def said_in(
    connection: AsyncConnection, storyline_id: str, start: datetime, end: datetime
) -> list[Record]:
    """Return what was said in a storyline in (start, end] by those who copied nothing, oldest first.

    What accounts said that look like a farm is left out.
    """
    statement = (
        sa.select(records)
        .where(
            records.c.storyline_id == storyline_id,
            records.c.created_at > start,
            records.c.created_at <= end,
            records.c.state == NOTICED,
            WITH_WORDS,
        )
        .order_by(records.c.created_at, records.c.id)
    )
    rows = (await connection.execute(statement)).all()
    # A farm varies its texts, so some pass for originals; the accounts behind them give it away.
    discounted = await copiers(connection, rows) | await farms.accounts(connection, storyline_id, rows)
    return [to_record(row) for row in _without(rows, discounted)]


def _kept(row: sa.Row[Any]) -> Kept:
    return Kept(row.id, row.beat, row.first_at, row.last_at, row.size, row.centroid or b"")


def _without(rows: Sequence[Any], authors: frozenset[str]) -> list[Any]:
    return [row for row in rows if row.family_id == row.id and row.author_key not in authors]


async def _stretch(
    connection: AsyncConnection, storyline_id: str, rows: list[_Said], end: datetime
) -> Stretch:
    farm = await farms.accounts(connection, storyline_id, rows)
    discounted = await copiers(connection, rows) | farm
    voices = _without(rows, discounted)
    return Stretch(
        storyline_id=storyline_id,
        records=len(voices),
        authors=len({row.author_key for row in voices}),
        copies=sum(row.family_id != row.id for row in rows),
        places=_places(voices),
        hours=Counter(
            ((row.source, row.community or row.source), (end - row.created_at) // _HOUR) for row in voices
        ),
        evidence=tuple(row.id for row in voices),
        farm=farm,
        discounted=discounted,
    )


def _places(voices: Sequence[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (source, community), said in Counter((row.source, row.community) for row in voices).items():
        found[place_name(source, community or source)] += said
    return found
