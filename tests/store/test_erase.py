"""Erasing: after it, no word of the post and nothing of its author stands anywhere in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.question import QuestionState
from bot.domain.record import Author, RecordKind
from bot.domain.story import Check, Citation, Claim, ClaimKind, Draft, Paragraph, Report, StoryState
from bot.store import consents, questions, records, signals, stories, storylines
from bot.store.questions import Question
from bot.store.schema import faded, metadata
from tests.factory import NOON, make_record
from tests.store import house

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.store.engine import Store

MARK, WHO = "zanzibarium", "quillon"
SAID = f"The {MARK} weights forget my {MARK} name."


async def everything(connection: AsyncConnection, *marks: str) -> list[str]:
    """Return every text in the store that holds one of `marks`, with its place."""
    found = []
    for table in metadata.sorted_tables:
        for row in await connection.execute(sa.select(table)):
            for name, value in row._mapping.items():
                if any(mark in repr(value).lower() for mark in marks):
                    found.append(f"{table.name}.{name}: {value}")
    return found


def _story(said: Record, **overrides: object) -> Story:
    mark = (Citation(1, said.id, f"forget my {MARK} name"),)
    body = Claim("c3", ClaimKind.NAMED, f"“forget my {MARK} name”, wrote a poster.", mark)
    draft = Draft(
        headline=Claim("headline", ClaimKind.ANALYSIS, "What laptops forget"),
        deck=Claim("deck", ClaimKind.NAMED, f"A {MARK} of a story.", mark),
        paragraphs=(Paragraph((body,)), Paragraph((Claim("c4", ClaimKind.ANALYSIS, "It goes on."),))),
        writer="extractive",
    )
    detail = f"no cited record says: my {MARK} name; names private persons: {WHO}"
    report = Report((Check("verbatim", "c4", passed=False, detail=detail),), 95)
    return house.make_story([], draft=draft, report=report, **overrides)


async def _fill(connection: AsyncConnection) -> Record:
    """Put a post into the store, and into every place to which its words are carried."""
    said = make_record(
        native_id="one", author=Author(f"id-{WHO}", f"{WHO}.example"), text=SAID, title=f"On {MARK}",
        url=f"https://forum.example/{WHO}/{MARK}", links=(f"https://{MARK}.example/",),
    )  # fmt: skip
    other = make_record(native_id="two", author="mira")
    await records.add(connection, [said, other], NOON)
    await storylines.save(connection, [storylines.Kept("heron", "open-source", NOON, NOON, 2, b"\x00")])
    noticed = [
        records.Noticed(one.id, records.NOTICED, "en", "heron", one.id, b"\x01") for one in (said, other)
    ]
    await records.notice(connection, noticed)
    await connection.execute(faded.insert().values(record_id=said.id, at=NOON, digest=MARK))
    for number, state in enumerate((StoryState.HELD, StoryState.PUBLISHED, StoryState.KILLED), 1):
        signal = f"heron-{number}"
        await signals.add(connection, house.make_signal(id=signal, evidence=(said.id, other.id)))
        story = _story(said, id=signal, signal_id=signal, state=state)
        if state is StoryState.KILLED:
            story = _story(other, id=signal, signal_id=signal, state=state)
        await stories.create(connection, story)
        await stories.revise(connection, replace(story, version=2), change="another look")
        key = f"{signal}@2/site"
        plan = house.make_publication(id=key, story_id=signal, version=2, content={"html": f"<p>{SAID}</p>"})
        await house.plan(connection, plan)
    post = {"uri": "at://did:plc:bot/p/1", "cid": "b1", "value": {"text": f"“{SAID}” — {WHO}"}}
    await questions.add(
        connection,
        Question(
            "at://asker/1", "bluesky", QuestionState.RECEIVED, NOON, "heron-2", "bluesky:asker", "t",
            answer={"posts": [post], "version": 1}, records=(said.id,),
        ),
    )  # fmt: skip
    return said


async def test_no_word_of_it_is_left_anywhere(store: Store) -> None:
    """Every text of every table is searched: stories in any state, reports, plans and unsent answers too."""
    async with store.write() as connection:
        said = await _fill(connection)
        places = {line.split(":")[0] for line in await everything(connection, MARK, WHO)}
        assert len(places) >= 12
        assert {"record_links.link", "faded.digest"} <= places
        await records.erase(connection, [said.id], NOON + timedelta(hours=1))
        assert await everything(connection, MARK, WHO) == []
        (unsent,) = await questions.unfounded(connection, "bluesky")
        assert [post["uri"] for post in unsent.answer["posts"]] == ["at://did:plc:bot/p/1"]
        (other,) = (await records.get(connection, ["fictional:two"])).values()
        assert other.text


async def test_an_article_keeps_headline_and_link_only(store: Store) -> None:
    """An article whose page is gone keeps its headline and what rests on it; its text is nowhere left."""
    said = make_record(
        native_id="one",
        kind=RecordKind.ARTICLE,
        title="Heron forgets",
        text=SAID,
        author="outlet",
        links=(f"https://{MARK}.example/",),
    )
    async with store.write() as connection:
        await records.add(connection, [said], NOON)
        await storylines.save(connection, [storylines.Kept("heron", "open-source", NOON, NOON, 1, b"\x00")])
        await signals.add(connection, house.make_signal())
        story = _story(said)
        kept = Claim(
            "c5", ClaimKind.NAMED, "“Heron forgets”, it said.", (Citation(1, said.id, said.title or ""),)
        )
        paragraphs = (*story.draft.paragraphs, Paragraph((kept,)))
        story = replace(story, draft=replace(story.draft, paragraphs=paragraphs))
        await stories.create(connection, story)
        assert await records.unquote(connection, [said.id], NOON) == (story.id,)
        assert await everything(connection, MARK, WHO) == []
        (left,) = (await records.get(connection, [said.id])).values()
        assert (left.title, left.url) == ("Heron forgets", said.url)
        after = await stories.get(connection, story.id)
        texts = {claim.id: claim.text for claim in after.draft.claims()}
        assert (texts["c3"], texts["deck"], texts["c5"]) == ("", "", kept.text)
        assert (await records.add(connection, [said], NOON)).refused == 1


async def test_consents_age_and_are_dropped(store: Store) -> None:
    """What somebody said counts from when it was asked; after a month nothing of it is kept."""
    month = timedelta(days=31)
    async with store.write() as connection:
        await consents.keep(connection, {"bluesky:a": None, "bluesky:b": "declared it"}, NOON)
        assert await consents.known(connection, ["bluesky:a", "bluesky:b", "bluesky:c"], NOON) == {
            "bluesky:a": None,
            "bluesky:b": "declared it",
        }
        assert await consents.known(connection, ["bluesky:a"], NOON + timedelta(seconds=1)) == {}
        assert await consents.refusing(connection, ["bluesky:a", "bluesky:b"]) == {"bluesky:b"}
        await consents.keep(connection, {"bluesky:b": None}, NOON + month)
        assert await consents.refusing(connection, ["bluesky:a", "bluesky:b"]) == set()
        assert await consents.known(connection, ["bluesky:a"], NOON) == {}
