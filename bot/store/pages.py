"""What the site shows, read across aggregates; nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.signal import Baseline, SignalKind, SignalState
from bot.domain.story import Relation, StoryState, relation
from bot.domain.verdict import for_readers
from bot.domain.volume import of_story
from bot.store import consents, counted, publications, signals, stories, storylines
from bot.store import records as heard
from bot.store import schema as s

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.publication import Publication
    from bot.domain.record import Record
    from bot.domain.signal import Signal, Storyline
    from bot.domain.story import Story
    from bot.domain.volume import Volume
    from bot.store.counted import Post

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As the claims table counts paragraphs.
_HEADLINE, _DECK = 0, 1
_PUBLIC = [state.value for state in StoryState if state.public]
# A matter counts once, however often it was copied, and not at all once it was taken back.
_ORIGINAL = sa.and_(s.records.c.state == heard.NOTICED, s.records.c.family_id == s.records.c.id)


@dataclass(frozen=True, slots=True)
class Card:
    """A public story at its current version; `headline` and `deck` are "" while their words are erased."""

    id: str
    version: int
    state: StoryState
    beat: str
    headline: str
    deck: str
    published_at: datetime
    updated_at: datetime
    storyline_id: str
    volume: Volume
    window_start: datetime
    window_end: datetime
    expected: float
    relation: Relation | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a story and what it changed."""

    version: int
    change: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """All there is about one story. `records` lacks those that were taken back or may not be quoted.

    `counted` are the posts that its figures count, and near-copies they leave out.

    `versions` begin with the first that went out; what the desk made of a story before is not for readers.
    """

    story: Story
    storyline: Storyline
    signal: Signal
    records: Mapping[str, Record]
    publications: tuple[Publication, ...]
    versions: tuple[Version, ...]
    counted: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A story that readers can see, and that a reason names by its id."""

    id: str
    headline: str


@dataclass(frozen=True, slots=True)
class WireEntry:
    """A signal and what became of it; `named` is the other story of which the `reason` tells readers."""

    id: str
    storyline_id: str
    label: str
    kind: SignalKind
    beat: str
    detected_at: datetime
    window_start: datetime
    window_end: datetime
    observed: int
    authors: int
    baseline: Baseline
    why: str
    state: SignalState
    reason: str | None
    story_id: str | None
    story_state: StoryState | None
    story_reason: str | None
    named: Named | None = None

    @property
    def parted(self) -> tuple[str, str]:
        """What readers get of the reason, before and after the story that is `named` in it."""
        before, story, after = for_readers(self.reason or "")
        return (before, after) if story is None or self.named else ("", "")

    @property
    def hours(self) -> int:
        """How long the window is in which it was counted."""
        return round((self.window_end - self.window_start) / timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Listening:
    """How one source is doing: how many of its targets work, and when one last did."""

    source: str
    targets: int
    failing: int
    last_success_at: datetime | None


@dataclass(frozen=True, slots=True)
class Census:
    """The store in numbers."""

    records: int
    copies: int
    storylines: int
    signals: int
    passed: int
    stories: int
    corrected: int
    retracted: int
    erased: int
    fidelity: float | None
    last_record_at: datetime | None


async def cards(
    connection: AsyncConnection, *, limit: int, offset: int = 0, beat: str | None = None
) -> list[Card]:
    """Return public stories, newest first."""
    condition = sa.true() if beat is None else s.stories.c.beat == beat
    return await _cards(connection, condition, limit=limit, offset=offset)


async def related(connection: AsyncConnection, story: Story) -> list[Card]:
    """Return the public stories that `story` continues or that continue it, newest first."""
    condition = sa.or_(s.stories.c.updates == story.id, s.stories.c.id == (story.updates or ""))
    return await _cards(connection, condition, limit=20)


async def count(connection: AsyncConnection, *, beat: str | None = None) -> int:
    """Count the public stories."""
    statement = sa.select(sa.func.count()).where(s.stories.c.state.in_(_PUBLIC))
    if beat is not None:
        statement = statement.where(s.stories.c.beat == beat)
    return await connection.scalar(statement) or 0


async def dossier(connection: AsyncConnection, story_id: str, *, version: int | None = None) -> Dossier:
    """Return all there is about a story in any state, at `version` (default: the current one).

    Raises NotFoundError.
    """
    story = await stories.get(connection, story_id, version=version)
    signal = await signals.get(connection, story.signal_id)
    assert signal is not None  # a foreign key says so
    cited = {item.record_id for item in story.draft.citations()}
    posts = await counted.of_story(connection, story_id)
    shown = cited | {post.record_id for post in posts} | set(signal.evidence)
    sent = await publications.of_story(connection, story_id)
    first = min((item.version for item in sent if item.state is PublicationState.SENT), default=1)
    v = s.story_versions
    versions = await connection.execute(
        sa.select(v.c.version, v.c.change, v.c.created_at)
        .where(v.c.story_id == story_id, v.c.version >= first)
        .order_by(v.c.version)
    )
    return Dossier(
        story=story,
        storyline=await storylines.get(connection, story.storyline_id),
        signal=signal,
        records=await consents.quotable(connection, await heard.get(connection, shown)),
        publications=tuple(sent),
        versions=tuple(Version(row.version, row.change, row.created_at) for row in versions),
        counted=tuple(posts),
    )


async def publication_record(connection: AsyncConnection) -> str | None:
    """Return the address of the network record that stands for this site, as last published there."""
    p = s.publications.c
    told = sa.and_(p.channel == "bluesky", p.kind == PublicationKind.STORY.value)
    statement = sa.select(p.remote).where(told, p.state == PublicationState.SENT.value)
    remote = await connection.scalar(statement.order_by(p.sent_at.desc()).limit(1))
    return remote.get("site") if remote else None


async def volume(
    connection: AsyncConnection, storyline_id: str, *, start: datetime, step: timedelta, bins: int
) -> list[int]:
    """Count a storyline's originals in `bins` intervals (], each as long as `step`, from `start`."""
    inner = (
        sa.select(_bin(start, step).label("bin"))
        .where(s.records.c.storyline_id == storyline_id, _ORIGINAL, _between(start, start + bins * step))
        .subquery()
    )
    rows = await connection.execute(sa.select(inner.c.bin, sa.func.count()).group_by(inner.c.bin))
    return _filled(rows, bins)


async def beat_volumes(
    connection: AsyncConnection, *, start: datetime, step: timedelta, bins: int
) -> dict[str, list[int]]:
    """Count each beat's originals in `bins` intervals (], each as long as `step`, from `start`."""
    inner = (
        sa.select(s.record_beats.c.beat, _bin(start, step).label("bin"))
        .join(s.records, s.records.c.id == s.record_beats.c.record_id)
        .where(_ORIGINAL, _between(start, start + bins * step))
        .subquery()
    )
    rows = await connection.execute(
        sa.select(inner.c.beat, inner.c.bin, sa.func.count()).group_by(inner.c.beat, inner.c.bin)
    )
    by_beat: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for beat, index, number in rows:
        by_beat[beat].append((index, number))
    return {beat: _filled(pairs, bins) for beat, pairs in by_beat.items()}


async def beat_stories(connection: AsyncConnection) -> dict[str, int]:
    """Count the public stories of each beat that has one."""
    statement = sa.select(s.stories.c.beat, sa.func.count()).where(s.stories.c.state.in_(_PUBLIC))
    rows = await connection.execute(statement.group_by(s.stories.c.beat))
    return {row[0]: row[1] for row in rows}


async def wire(connection: AsyncConnection, *, limit: int, beat: str | None = None) -> list[WireEntry]:
    """Return the signals and what became of each, newest first.

    A signal stands on the beat of its story, or of its storyline: what a matter is about shows as it grows.
    """
    on = sa.func.coalesce(s.stories.c.beat, s.storylines.c.beat)
    statement = (
        sa.select(
            s.signals, s.storylines.c.label, on.label("on_beat"), s.stories.c.id.label("story_id"),
            s.stories.c.state.label("story_state"), s.stories.c.reason.label("story_reason"),
        )
        .join(s.storylines, s.storylines.c.id == s.signals.c.storyline_id)
        .outerjoin(s.stories, s.stories.c.signal_id == s.signals.c.id)
        .order_by(s.signals.c.detected_at.desc(), s.signals.c.id)
        .limit(limit)
    )  # fmt: skip
    if beat is not None:
        statement = statement.where(on == beat)
    entries = [_entry(row) for row in await connection.execute(statement)]
    spoken = {entry.id: for_readers(entry.reason or "")[1] for entry in entries}
    named = await _named(connection, [story_id for story_id in spoken.values() if story_id])
    return [replace(entry, named=named.get(spoken[entry.id] or "")) for entry in entries]


async def _named(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Named]:
    """Return by id those of `ids` that are stories which stand."""
    t, claim = s.stories.c, s.claims.c
    headline = sa.and_(claim.story_id == t.id, claim.version == t.version, claim.paragraph == _HEADLINE)
    standing = [state for state in _PUBLIC if state != StoryState.RETRACTED.value]
    statement = (
        sa.select(t.id, claim.text).join(s.claims, headline).where(t.id.in_(ids), t.state.in_(standing))
    )
    return {row.id: Named(row.id, row.text) for row in await connection.execute(statement)}


async def listening(connection: AsyncConnection) -> list[Listening]:
    """Return how each source is doing, by name."""
    c = s.sources.c
    failing = sa.func.sum(sa.case((c.failures > 0, 1), else_=0))
    statement = sa.select(c.source, sa.func.count(), failing, sa.func.max(c.last_success_at))
    rows = await connection.execute(statement.group_by(c.source).order_by(c.source))
    return [Listening(*row) for row in rows]


async def last_record_at(connection: AsyncConnection) -> datetime | None:
    """Return when the newest record was written."""
    found: datetime | None = await connection.scalar(sa.select(sa.func.max(s.records.c.created_at)))
    return found


async def census(connection: AsyncConnection) -> Census:
    """Count what is in the store."""
    r, v = s.records.c, s.story_versions.c
    by_state = await _tally(connection, r.state)
    told = await _tally(connection, s.stories.c.state)
    seen = await _tally(connection, s.signals.c.state)
    current = sa.and_(v.story_id == s.stories.c.id, v.version == s.stories.c.version)
    fidelity = sa.select(sa.func.avg(v.fidelity)).join(s.stories, current)
    return Census(
        records=sum(by_state.values()) - by_state.get(heard.ERASED, 0),
        copies=await connection.scalar(sa.select(sa.func.count()).where(r.family_id != r.id)) or 0,
        storylines=await connection.scalar(sa.select(sa.func.count()).select_from(s.storylines)) or 0,
        signals=sum(seen.values()),
        passed=seen.get(SignalState.PASSED.value, 0),
        stories=sum(told.get(state, 0) for state in _PUBLIC),
        corrected=told.get(StoryState.CORRECTED.value, 0),
        retracted=told.get(StoryState.RETRACTED.value, 0),
        erased=by_state.get(heard.ERASED, 0),
        fidelity=await connection.scalar(fidelity.where(s.stories.c.state.in_(_PUBLIC))),
        last_record_at=await last_record_at(connection),
    )


async def _tally(connection: AsyncConnection, column: sa.Column[str]) -> dict[str, int]:
    rows = await connection.execute(sa.select(column, sa.func.count()).group_by(column))
    return {row[0]: row[1] for row in rows}


async def _cards(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], *, limit: int, offset: int = 0
) -> list[Card]:
    t, g = s.stories.c, s.signals.c
    headline, deck = s.claims.alias("headline"), s.claims.alias("deck")

    def is_part(part: sa.FromClause, number: int) -> sa.ColumnElement[bool]:
        same = sa.and_(part.c.story_id == t.id, part.c.version == t.version)
        return sa.and_(same, part.c.paragraph == number)

    statement = (
        sa.select(
            t.id, t.version, t.state, t.beat, headline.c.text.label("headline"), deck.c.text.label("deck"),
            t.published_at, t.updated_at, t.storyline_id, t.numbers, t.created_at, g.observed, g.authors,
            g.baseline, g.window_start, g.window_end,
        )
        .join(s.signals, g.id == t.signal_id)
        .join(headline, is_part(headline, _HEADLINE))
        .join(deck, is_part(deck, _DECK))
        .where(t.state.in_(_PUBLIC), condition)
        .order_by(t.published_at.desc(), t.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    return [
        Card(
            **{name: getattr(row, name) for name in _CARD_COLUMNS},
            state=StoryState(row.state),
            volume=of_story(row.numbers, row.created_at, row),
            relation=relation(row.numbers),
            expected=row.baseline["expected"],
        )
        for row in await connection.execute(statement)
    ]


_CARD_COLUMNS = tuple(
    name for name in Card.__slots__ if name not in {"state", "volume", "expected", "relation"}
)


def _entry(row: sa.Row[Any]) -> WireEntry:
    return WireEntry(
        id=row.id,
        storyline_id=row.storyline_id,
        label=row.label,
        kind=SignalKind(row.kind),
        beat=row.on_beat,
        detected_at=row.detected_at,
        window_start=row.window_start,
        window_end=row.window_end,
        observed=row.observed,
        authors=row.authors,
        baseline=Baseline(**row.baseline),
        why=row.why,
        state=SignalState(row.state),
        reason=row.reason,
        story_id=row.story_id,
        story_state=None if row.story_state is None else StoryState(row.story_state),
        story_reason=row.story_reason,
    )


def _between(start: datetime, end: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(s.records.c.created_at > start, s.records.c.created_at <= end)


def _bin(start: datetime, step: timedelta) -> sa.ColumnElement[int]:
    first = (start - _EPOCH) // _MICROSECOND + 1
    return (sa.type_coerce(s.records.c.created_at, sa.BigInteger) - first) // (step // _MICROSECOND)


def _filled(pairs: Iterable[Sequence[int]], bins: int) -> list[int]:
    counts = [0] * bins
    for index, number in pairs:
        counts[index] = number
    return counts
