"""Noticing: every record heard ends noticed or aside, with its matter, family, beats and language."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import settings
from bot.detect.embedding import DIMENSIONS
from bot.pipeline import notice
from bot.store import records, schema, storylines
from tests.factory import NOON, make_record
from tests.pipeline import week
from tests.pipeline.steps import hear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store

_OPENER = "The new Heron 3 licence forbids resale of the weights, says the open-source lab Northlight"
_AGAIN = "Northlight's resale clause in the Heron 3 licence is the end of open-source weights"
_LONG = f"{_OPENER}, and nobody wrote a line about it until a nightly check of ours went red"
_NOTES = "Our hospital uses the AI scribe ClinNote now and half of the visit notes are invented"
_RAIN = "It is raining on the allotment again and the beans do not mind"
_GERMAN = "Die neue Lizenz von Heron 3 verbietet den Weiterverkauf der Gewichte, und das Forum ist empört"


async def _rows(newsroom: Newsroom) -> dict[str, Any]:
    async with newsroom.store.read() as connection:
        return {row.native_id: row for row in await connection.execute(sa.select(schema.records))}


async def _noticed(newsroom: Newsroom, *said: Record) -> dict[str, Any]:
    await hear(newsroom, said)
    assert await notice.run(newsroom) == len(said)
    return await _rows(newsroom)


def _says(native_id: str, text: str, **fields: Any) -> Record:
    fields = {"lang": None, "community": "bluesky", "author": f"author-{native_id}"} | fields
    fields.setdefault("created_at", NOON + timedelta(minutes=fields.pop("minutes", 0)))
    return make_record(native_id=native_id, text=text, **fields)


async def test_one_matter_is_one_storyline(newsroom: Newsroom, store: Store) -> None:
    """Openers on one matter share a storyline, another matter has its own, and off-topic talk has none."""
    newsroom.store = store
    found = await _noticed(
        newsroom, _says("a", _OPENER), _says("b", _AGAIN), _says("c", _NOTES), _says("d", _RAIN)
    )
    assert [found[name].state for name in "abcd"] == ["noticed", "noticed", "noticed", "aside"]
    assert found["a"].storyline_id == found["b"].storyline_id != found["c"].storyline_id
    assert found["d"].storyline_id is None
    async with newsroom.store.read() as connection:
        (line,) = await storylines.kept(connection, [found["a"].storyline_id])
        beats = await connection.execute(sa.select(schema.record_beats.c.record_id).distinct())
        assert {row.record_id for row in beats} == {f"fictional:{name}" for name in "abc"}
    assert (line.size, line.first_at, line.last_at) == (2, found["a"].created_at, found["b"].created_at)
    assert line.beat in {"open-source", "local-models"}


async def test_only_openers_have_a_vector_and_beats(newsroom: Newsroom) -> None:
    """What opens a thread is kept with its vector; a reply follows and needs none."""
    found = await _noticed(newsroom, _says("a", _OPENER), _says("b", "Quite right.", root="a", parent="a"))
    assert len(found["a"].vector) > 2 * DIMENSIONS
    assert found["b"].vector is None
    assert found["b"].storyline_id == found["a"].storyline_id


@pytest.mark.parametrize("together", [True, False])
async def test_replies_follow_their_thread(newsroom: Newsroom, together: bool) -> None:  # noqa: FBT001 - two cases
    """A reply goes where its thread went, whatever it says, in the same batch or a later one."""
    openers = [_says("a", _OPENER), _says("d", _RAIN)]
    replies = [
        _says("b", "My grandmother would have hated this.", root="a", parent="a"),
        _says("c", "It is raining on the allotment again.", root="a", parent="b"),
        _says("e", _NOTES, root="d", parent="d"),
    ]
    later = timedelta(minutes=1)
    replies = [_later(reply, later) for reply in replies]
    if together:
        found = await _noticed(newsroom, *openers, *replies)
    else:
        await _noticed(newsroom, *openers)
        found = await _noticed(newsroom, *replies)
    assert {found[name].storyline_id for name in "bc"} == {found["a"].storyline_id}
    assert [found[name].state for name in "abcde"] == ["noticed"] * 3 + ["aside"] * 2


def _later(record: Record, by: timedelta) -> Record:
    (moved,) = week.again([record], after=by, name="x")
    return make_record(
        native_id=record.native_id, text=record.text, lang=record.lang, community=record.community,
        author=record.author, root=record.root, parent=record.parent, created_at=moved.created_at,
    )  # fmt: skip


async def test_a_reply_in_an_old_thread_wakes_its_storyline(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A reply after weeks of silence joins its thread's storyline, which is alive again with all its past."""
    first = await _noticed(newsroom, _says("a", _OPENER))
    clock.advance(clock.now() + timedelta(days=20))
    await _noticed(newsroom, _says("z", _NOTES, created_at=clock.now()))
    assert first["a"].storyline_id not in newsroom.memory.index
    found = await _noticed(newsroom, _says("b", "Any news?", root="a", created_at=clock.now()))
    assert found["b"].storyline_id == first["a"].storyline_id
    async with newsroom.store.read() as connection:
        (line,) = await storylines.kept(connection, [first["a"].storyline_id])
    assert (line.size, line.first_at, line.last_at) == (2, first["a"].created_at, clock.now())


async def test_other_languages_are_laid_aside(newsroom: Newsroom) -> None:
    """An opener in a language the bot does not speak is laid aside with its language; told or found out."""
    found = await _noticed(
        newsroom,
        _says("a", _GERMAN),
        _says("b", _OPENER, lang="fr"),
        _says("c", _AGAIN, lang="en"),
        _says("d", _AGAIN),
    )
    assert [(found[n].state, found[n].lang) for n in "abcd"] == [
        ("aside", "de"), ("aside", "fr"), ("noticed", "en"), ("noticed", "en"),
    ]  # fmt: skip


async def test_the_operator_says_which_languages_are_spoken(newsroom: Newsroom) -> None:
    """A bot for German notices German, and lays English aside."""
    newsroom.settings = settings.load(languages="de")
    found = await _noticed(newsroom, _says("a", _GERMAN), _says("b", _OPENER))
    assert (found["a"].state, found["b"].state) == ("noticed", "aside")


async def test_a_reply_in_another_language_is_no_voice(newsroom: Newsroom) -> None:
    """What is answered in another language is laid aside; one too short to tell counts."""
    found = await _noticed(
        newsroom,
        _says("a", _OPENER),
        _says("b", _GERMAN, root="a", parent="a"),
        _says("c", "Oui, bien sûr, mais lisez la licence.", root="a", parent="a", lang="fr"),
        _says("d", "What does this say?", root="a", parent="b"),
        _says("e", "lol", root="a", parent="a"),
    )
    assert [found[name].state for name in "abcde"] == ["noticed", "aside", "aside", "noticed", "noticed"]
    assert found["d"].storyline_id == found["e"].storyline_id == found["a"].storyline_id
    assert found["b"].storyline_id is None


async def test_a_thread_whose_opening_was_never_heard(newsroom: Newsroom) -> None:
    """A long enough reply stands for its unheard thread and later replies follow it; a short one is aside."""
    found = await _noticed(
        newsroom,
        _says("a", "Right, AI weights.", root="unheard"),
        _says("b", f"{_OPENER}, and what now?", root="unheard"),
        _says("c", "Ask them.", root="unheard"),
    )
    assert [found[name].state for name in "abc"] == ["aside", "noticed", "noticed"]
    assert found["c"].storyline_id == found["b"].storyline_id
    assert found["b"].vector is not None


async def test_an_opening_heard_late_joins_what_stood_for_it(newsroom: Newsroom) -> None:
    """When a thread's opening comes in after a reply that stood for it, both are in one storyline."""
    first = await _noticed(newsroom, _says("b", f"{_OPENER}, and what now?", root="a"))
    found = await _noticed(newsroom, _says("a", "Look at this."))
    assert found["a"].storyline_id == first["b"].storyline_id


async def test_copies_share_a_family(newsroom: Newsroom) -> None:
    """The same text from another account is noticed as a copy of the first, in a later batch as well."""
    first = await _noticed(newsroom, _says("a", _OPENER), _says("b", _OPENER + " #AI"))
    found = await _noticed(newsroom, _says("c", _OPENER + " https://news.example/1"))
    assert [found[name].family_id for name in "abc"] == ["fictional:a"] * 3
    assert first["b"].storyline_id == first["a"].storyline_id


async def test_more_than_a_batch_is_noticed_to_the_end(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of a batch, one run notices everything that was heard."""
    monkeypatch.setattr(notice, "_BATCH", 7)
    said = week.records()[:100]
    await hear(newsroom, said)
    assert await notice.run(newsroom) == 100
    assert await notice.run(newsroom) == 0
    assert {row.state for row in (await _rows(newsroom)).values()} == {"noticed", "aside"}


async def test_an_edited_record_is_not_noticed_twice(newsroom: Newsroom) -> None:
    """A record that is heard again with another text keeps its place."""
    first = await _noticed(newsroom, _says("a", _OPENER))
    await hear(newsroom, [_says("a", _OPENER + ", edited")])
    assert await notice.run(newsroom) == 0
    found = await _rows(newsroom)
    assert (found["a"].storyline_id, found["a"].text[-6:]) == (first["a"].storyline_id, "edited")


@pytest.mark.parametrize("text", ["", " ", "?", "\N{ROCKET}" * 500, "a" * 39_000, "https://news.example/1"])
async def test_odd_texts_are_noticed_like_any(newsroom: Newsroom, text: str) -> None:
    """A record with next to no words, or far too many, ends noticed or aside like any other."""
    found = await _noticed(newsroom, _says("a", text), _says("b", text, community="r/LocalModels"))
    assert {row.state for row in found.values()} <= {"noticed", "aside"}


async def _all(newsroom: Newsroom) -> list[tuple[Any, ...]]:
    async with newsroom.store.read() as connection:
        return [
            tuple(row)
            for table in (schema.records, schema.record_beats, schema.storylines)
            for row in await connection.execute(sa.select(table).order_by(*table.primary_key.columns))
        ]


@pytest.mark.parametrize("where", ["storylines", "records"])
async def test_a_crash_in_the_middle_leaves_nothing_half_done(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """When a batch fails at its end the store is as before, and the next run ends as if nothing had been."""
    first, second = week.records()[:120], week.records()[120:240]
    await hear(newsroom, first)
    await notice.run(newsroom)
    await hear(newsroom, second)
    before = await _all(newsroom)
    home: Any = {"storylines": storylines, "records": records}[where]
    name = {"storylines": "save", "records": "notice"}[where]
    whole = getattr(home, name)

    async def dies(*args: Any) -> None:
        await whole(*args)
        msg = "the disk is full"
        raise OSError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(home, name, dies)
        with pytest.raises(OSError, match="the disk is full"):
            await notice.run(newsroom)
    assert await _all(newsroom) == before
    await notice.run(newsroom)
    assert await _all(newsroom) == await _undisturbed(newsroom, first, second)


async def test_what_is_erased_while_it_is_noticed_stays_erased(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that is deleted before its batch is stored gets no vector of its words, and no storyline."""
    said = _says("gone", _OPENER)
    await hear(newsroom, [said])
    keep = records.notice

    async def erased_first(connection: AsyncConnection, *found: Any) -> None:
        await records.erase(connection, [said.id], newsroom.clock.now())
        await keep(connection, *found)

    monkeypatch.setattr(records, "notice", erased_first)
    await notice.run(newsroom)
    row = (await _rows(newsroom))["gone"]
    assert (row.state, row.vector, row.storyline_id) == (records.ERASED, None, None)


async def _undisturbed(newsroom: Newsroom, *batches: Sequence[Record]) -> list[tuple[Any, ...]]:
    """Empty the store and notice the batches one after the other."""
    async with newsroom.store.write() as connection:
        for table in (schema.record_beats, schema.record_links, schema.records, schema.storylines):
            await connection.execute(table.delete())
    newsroom.memory = type(newsroom.memory)()
    for batch in batches:
        await hear(newsroom, batch)
        await notice.run(newsroom)
    return await _all(newsroom)


async def test_a_matter_goes_on_across_days(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Two days later, a new thread on the matter joins its storyline, and a copy its family."""
    first = await _noticed(newsroom, _says("a", _OPENER), _says("b", _NOTES))
    clock.advance(clock.now() + timedelta(days=2))
    found = await _noticed(
        newsroom, _says("c", _AGAIN, created_at=clock.now()), _says("d", _NOTES, created_at=clock.now())
    )
    assert found["c"].storyline_id == first["a"].storyline_id
    assert (found["d"].storyline_id, found["d"].family_id) == (first["b"].storyline_id, "fictional:b")


async def test_who_says_their_own_text_again_is_no_copier(newsroom: Newsroom) -> None:
    """A cross-post counts once and its author once; who repeats somebody else's text counts for nothing."""
    found = await _noticed(
        newsroom,
        _says("a", _LONG, author="x", community="bluesky"),
        _says("b", _LONG, author="x", community="forum.example", minutes=1),
        _says("c", _LONG, author="y", minutes=2),
        _says("d", "And I rolled back by noon.", root="a", parent="a", author="x", minutes=3),
        _says("e", "Mine broke as well.", root="a", parent="a", author="y", minutes=4),
    )
    line = found["a"].storyline_id
    async with newsroom.store.read() as connection:
        day = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
        (stretch,) = await storylines.stretches(connection, [line], *day, authors=1)
        said = await storylines.said_in(connection, line, *day)
        later = await storylines.said_in(connection, line, NOON, day[1])
    assert (stretch.records, stretch.authors, stretch.copies) == (2, 1, 2)
    assert stretch.discounted == {"fictional:y"}
    assert [record.native_id for record in said] == ["a", "d"]
    # The text that was repeated lies before this stretch.
    assert [record.native_id for record in later] == ["d"]
