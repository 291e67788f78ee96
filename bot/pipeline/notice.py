"""Notice: records that were heard get a language, beats, a family and a storyline."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from bot.detect.embedding import MODEL
from bot.detect.vectors import Vector, pack
from bot.store import records, storylines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.detect.reading import Reading
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

_BATCH = 2_000
# A reply in a thread whose opening was never heard can stand for the thread if it says enough.
_FEWEST_WORDS_ALONE = 12

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Batch:
    """One batch on its way through: what is known of its threads, and what has been found so far."""

    threads: dict[str, str | None]
    found: list[records.Noticed] = field(default_factory=list)
    moved: dict[str, tuple[str, datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Read:
    """A record and what it says by itself."""

    record: Record
    says: Reading


async def run(newsroom: Newsroom) -> int:
    """Notice everything that was heard; return how many records that were."""
    await newsroom.memory.recall(newsroom.store, newsroom.clock.now())
    total = 0
    while True:
        size = await _batch(newsroom)
        total += size
        if size < _BATCH:
            break
    if total:
        log.info("noticed", action="notice", status="ok", records=total)
    return total


async def _batch(newsroom: Newsroom) -> int:
    async with newsroom.store.read() as connection:
        due = await records.due(connection, _BATCH)
        if not due:
            return 0
        batch = _Batch(await storylines.threads(connection, {record.thread for record in due}))
        wanted = {line for line in batch.threads.values() if line and line not in newsroom.memory.index}
        revived = await storylines.kept(connection, wanted)
    for line in revived:
        newsroom.memory.index.load(line.id, line.centroid, line.last_at, line.size)
    try:
        await asyncio.to_thread(_find, newsroom, batch, due)
        async with newsroom.store.write() as connection:
            await storylines.save(connection, _kept(newsroom, batch))
            await records.notice(connection, batch.found)
    except BaseException:
        newsroom.memory.forget()
        raise
    return len(due)


def _find(newsroom: Newsroom, batch: _Batch, due: Sequence[Record]) -> None:
    alone = _alone(due, batch.threads)
    embedded = newsroom.embedder.embed([record.words for record in alone])
    dense = dict(zip((record.id for record in alone), embedded, strict=True))
    for record in due:
        read = _Read(record, newsroom.read(record))
        place = batch.threads.get(record.thread)
        if not _spoken(newsroom, read):
            _lay_aside(batch, read)
        elif place is not None:
            _join(newsroom, batch, read, place)
        elif record.thread in batch.threads or record.id not in dense:
            _lay_aside(batch, read)
        else:
            _open(newsroom, batch, read, Vector(dense[record.id], read.says.counts))


def _alone(due: Sequence[Record], threads: Mapping[str, str | None]) -> list[Record]:
    """Return the records that may have to find a storyline themselves: nothing opens their thread before."""
    known, alone = set(threads), []
    for record in due:
        if record.thread in known:
            continue
        if record.opens_thread:
            known.add(record.thread)
        if record.opens_thread or len(record.text.split()) >= _FEWEST_WORDS_ALONE:
            alone.append(record)
    return alone


def _spoken(newsroom: Newsroom, read: _Read) -> bool:
    return read.says.lang is None or read.says.lang in newsroom.settings.languages


def _join(newsroom: Newsroom, batch: _Batch, read: _Read, storyline_id: str) -> None:
    at = read.record.created_at
    newsroom.memory.index.reply(storyline_id, read.says.counts, at)
    batch.moved.setdefault(storyline_id, ("", at))
    batch.found.append(_noticed(newsroom, read, storyline_id))


def _lay_aside(batch: _Batch, read: _Read) -> None:
    record = read.record
    if record.opens_thread:
        batch.threads[record.thread] = None
    batch.found.append(records.Noticed(record_id=record.id, state=records.ASIDE, lang=read.says.lang))


def _open(newsroom: Newsroom, batch: _Batch, read: _Read, vector: Vector) -> None:
    record, index = read.record, newsroom.memory.index
    near = index.nearest(vector, record.created_at)
    # "It forgot my mother's name" is about AI when a whole storyline around it is.
    if near is None and not newsroom.relevance.on_topic(record.words, record.place):
        _lay_aside(batch, read)
        return
    beats = newsroom.relevance.beats(record.words, record.place, vector.dense)
    if near is None:
        storyline_id = _mint(record)
        index.begin(storyline_id, record.created_at)
        batch.moved[storyline_id] = (max(beats, key=lambda slug: beats[slug]), record.created_at)
    else:
        storyline_id = near[0]
        batch.moved.setdefault(storyline_id, ("", record.created_at))
    index.add(storyline_id, vector, record.created_at)
    batch.threads[record.thread] = storyline_id
    batch.found.append(
        replace(_noticed(newsroom, read, storyline_id), vector=pack(vector), embedded_by=MODEL, beats=beats)
    )


def _noticed(newsroom: Newsroom, read: _Read, storyline_id: str) -> records.Noticed:
    record = read.record
    return records.Noticed(
        record_id=record.id,
        state=records.NOTICED,
        lang=read.says.lang,
        storyline_id=storyline_id,
        family_id=newsroom.memory.copies.family(record.id, record.created_at, read.says.sketch),
    )


def _mint(record: Record) -> str:
    # From the first record, so that a restart in the middle of a batch mints the same id again.
    return f"m{hashlib.sha256(record.id.encode()).hexdigest()[:10]}"


def _kept(newsroom: Newsroom, batch: _Batch) -> list[storylines.Kept]:
    index = newsroom.memory.index
    return [
        storylines.Kept(
            id=storyline_id,
            beat=beat,
            first_at=first_at,
            last_at=index.last_at(storyline_id),
            size=index.size(storyline_id),
            centroid=index.packed(storyline_id),
        )
        for storyline_id, (beat, first_at) in batch.moved.items()
    ]
