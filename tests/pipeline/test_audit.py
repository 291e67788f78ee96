"""The audit in the store: whole threads move, ids lead on, and memory and store stay of one mind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.record import RecordKind
from bot.pipeline import audit
from bot.pipeline.memory import Memory
from bot.store import schema, signals, stories, storylines
from tests.factory import NOON, make_record
from tests.pipeline import plant
from tests.store.house import make_signal, make_story

if TYPE_CHECKING:
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

_ADDED = ("says a lawyer", "asks a founder", "in plain words", "again this week", "on our forum", "at last")
_LICENCE = "The resale clause in the Heron 3 licence"
_NOTES = "ClinNote writes wrong visit notes at our hospital"


def _said(matter: str) -> list[Record]:
    """Give threads on one matter, the last with a reply."""
    openers = [make_record(text=f"{matter}, {added}") for added in _ADDED]
    reply = make_record(kind=RecordKind.COMMENT, text="This again.", root=openers[-1].native_id)
    return [*openers, reply]


async def _audit(newsroom: Newsroom) -> None:
    await newsroom.memory.recall(newsroom.store, newsroom.clock.now())
    async with newsroom.store.write() as connection:
        await audit.run(newsroom.memory.index, connection, newsroom.clock.now())


async def _places(newsroom: Newsroom) -> dict[str, str]:
    async with newsroom.store.read() as connection:
        rows = await connection.execute(sa.select(schema.records.c.id, schema.records.c.storyline_id))
        return {row.id: row.storyline_id for row in rows}


async def test_one_matter_in_two_storylines_is_joined_and_two_in_one_are_parted(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Each matter ends in one storyline; the id that lost all leads to it; a second audit moves nothing."""
    one, two, more = _said(_LICENCE), _said(_NOTES), _said("Guitar strings break in the cold")
    await plant.line(newsroom, "m-most", "models", one[:-3])
    await plant.line(newsroom, "m-rest", "models", one[-3:])
    await plant.line(newsroom, "m-both", "models", [*two, *more[:4]])
    clock.advance(NOON + timedelta(hours=1))
    newsroom.memory = Memory()
    await _audit(newsroom)
    places = await _places(newsroom)
    first, second, third = ({places[record.id] for record in said} for said in (one, two, more[:4]))
    assert first == {"m-most"}
    assert second == {"m-both"}
    assert len(third) == 1
    assert not third & {"m-most", "m-both"}
    async with newsroom.store.read() as connection:
        assert (await storylines.get(connection, "m-rest")).id == "m-most"
        assert (await storylines.get(connection, "m-most")).size == len(one)
    kept = newsroom.memory.index
    assert "m-rest" not in kept
    clock.advance(clock.now() + timedelta(hours=1))
    await _audit(newsroom)
    assert await _places(newsroom) == places
    newsroom.memory = Memory()
    await newsroom.memory.recall(newsroom.store, clock.now())
    for line in {*first, *second, *third}:
        assert newsroom.memory.index.packed(line) == kept.packed(line)


async def test_a_story_goes_where_most_of_what_it_was_told_for_goes(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """A matter that was told and then gets another id is still told, under its name; the rest stays."""
    told, rest = _said("Guitar strings break in the cold")[:4], _said(_NOTES)
    await plant.line(newsroom, "m-both", "models", [*rest, *told])
    async with newsroom.store.write() as connection:
        await storylines.describe(connection, "m-both", beat="models", label="strings, cold")
        for name, said in (("strings", told), ("notes", rest)):
            evidence = tuple(record.id for record in said)
            await signals.add(connection, make_signal(id=name, storyline_id="m-both", evidence=evidence))
            story = make_story(said, id=name, signal_id=name, storyline_id="m-both")
            await stories.create(connection, story)
    clock.advance(NOON + timedelta(hours=1))
    newsroom.memory = Memory()
    await _audit(newsroom)
    places = await _places(newsroom)
    async with newsroom.store.read() as connection:
        heads = {head.id: head for head in await stories.heads(connection, NOON - timedelta(days=1))}
    assert heads["notes"].storyline_id == "m-both"
    assert heads["strings"].storyline_id == places[told[0].id] != "m-both"
    assert heads["strings"].label == "strings, cold"
