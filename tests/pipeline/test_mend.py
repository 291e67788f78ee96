"""Mending: a post that is taken back leaves every story, and the story is made good without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import settings
from bot.domain.errors import PublishError, WriterError
from bot.domain.publication import PublicationState
from bot.domain.story import ClaimKind, StoryState
from bot.domain.text import quotations
from bot.pipeline import mend, post, tell, tick
from bot.store import counted, publications, records, schema, stories
from bot.write.extractive import ExtractiveWriter
from tests.pipeline import plant, week
from tests.pipeline.hushed import Hushed
from tests.pipeline.paper import Paper
from tests.pipeline.telling import verdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.domain.brief import Brief
    from bot.domain.clock import ReplayClock
    from bot.domain.publication import Publication
    from bot.domain.record import Record
    from bot.domain.story import Draft, Story
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store


@pytest.fixture
async def story(newsroom: Newsroom, clock: ReplayClock, store: Store) -> Story:
    """Give an approved story on sixty posts, on both databases."""
    newsroom.store = store
    said = week.matter("heron-licence")[:60]
    clock.advance(said[-1].created_at)
    await plant.line(newsroom, "m1", "open-source", said)
    await plant.signal(newsroom, "m1", "open-source", said, at=clock.now())
    clock.advance(clock.now() + timedelta(hours=3))
    (told,) = await tell.run(newsroom)
    assert told.state is StoryState.APPROVED
    return told


def _quoted_once(story: Story) -> str:
    """Return the id of a record that one claim of the body quotes and no other claim cites."""
    cited = [item.record_id for claim in story.draft.claims() for item in claim.citations]
    return next(
        claim.citations[0].record_id
        for paragraph in story.draft.paragraphs[1:]
        for claim in paragraph.claims[1:]
        if claim.kind is ClaimKind.NAMED
        and len(claim.citations) == 1
        and cited.count(claim.citations[0].record_id) == 1
    )


async def _erase(newsroom: Newsroom, *ids: str) -> list[Record]:
    """Erase records and return what they were."""
    async with newsroom.store.write() as connection:
        was = await records.get(connection, ids)
        await records.erase(connection, ids, newsroom.clock.now())
    return list(was.values())


async def _now(newsroom: Newsroom, story: Story) -> Story:
    async with newsroom.store.read() as connection:
        return await stories.get(connection, story.id)


async def _everything_kept(newsroom: Newsroom) -> str:
    """Return every word that the store keeps in stories, claims, citations, publications and records."""
    tables = (schema.stories, schema.story_versions, schema.claims, schema.citations)
    async with newsroom.store.read() as connection:
        rows = [
            str(row)
            for table in (*tables, schema.publications, schema.records)
            for row in await connection.execute(sa.select(table))
        ]
    return "\n".join(rows)


def _words(gone: Record) -> list[str]:
    """Return the sentences of a record that are long enough to be its own."""
    return [part.strip() for part in gone.text.replace("\n", ". ").split(". ") if len(part.split()) > 4]


async def test_a_public_story_is_corrected_without_the_post(
    newsroom: Newsroom, clock: ReplayClock, story: Story
) -> None:
    """A post taken back is gone from the story, which keeps the rest, one version on, and says so."""
    await post.run(newsroom)
    before = {claim.id: claim for claim in (await _now(newsroom, story)).draft.claims()}
    gone = _quoted_once(story)
    await _erase(newsroom, gone)
    clock.advance(clock.now() + timedelta(hours=1))
    assert await tick.run(newsroom) == []
    mended = await _now(newsroom, story)
    assert (mended.state, mended.version, mended.updated_at) == (StoryState.CORRECTED, 2, clock.now())
    assert "taken back" in (mended.reason or "")
    after = {claim.id: claim for claim in mended.draft.claims()}
    lost = before.keys() - after.keys()
    assert all(gone in {item.record_id for item in before[claim].citations} for claim in lost)
    assert {claim: before[claim] for claim in after} == after
    assert not mended.report.failed
    assert await mend.run(newsroom) == {}


async def test_a_quote_that_its_author_edits_out_leaves_the_story(newsroom: Newsroom, story: Story) -> None:
    """A quotation stands in its record as the record is now, in each version; other edits change nothing."""
    await post.run(newsroom)
    edited = _quoted_once(story)
    async with newsroom.store.write() as connection:
        was = (await records.get(connection, [edited]))[edited]
        await records.add(connection, [replace(was, text=f"{was.text} Edit: a typo.")], newsroom.clock.now())
    assert await mend.run(newsroom) == {}
    async with newsroom.store.write() as connection:
        await records.add(connection, [replace(was, title=None, text="Never mind.")], newsroom.clock.now())
    assert await mend.run(newsroom) == {story.id: StoryState.CORRECTED}
    kept = await _everything_kept(newsroom)
    assert [words for words in _words(was) if words in kept] == []
    mended = await _now(newsroom, story)
    assert mended.version == 2
    async with newsroom.store.read() as connection:
        known = await records.get(connection, {item.record_id for item in mended.draft.citations()})
    quotes = [item for item in mended.draft.citations() if item.quote]
    assert quotes
    assert all(known[item.record_id].says(item.quote) for item in quotes)


@pytest.mark.parametrize("public", [True, False])
async def test_not_a_word_of_the_post_is_kept(newsroom: Newsroom, story: Story, public: bool) -> None:  # noqa: FBT001 - two cases
    """Neither its sentences nor its author's handle stand anywhere in the store, in any version."""
    if public:
        await post.run(newsroom)
    else:
        await post.plan(newsroom, story)
        await post.freeze(newsroom)
    ids = [_quoted_once(story), story.draft.deck.citations[0].record_id]
    was = await _erase(newsroom, *ids)
    sentences = [words for gone in was for words in _words(gone)]
    assert sentences
    await mend.run(newsroom)
    kept = await _everything_kept(newsroom)
    for words in [*sentences, *(gone.author.handle for gone in was)]:
        assert words not in kept
    for quote in [q for claim in story.draft.claims() for q in quotations(claim.text)]:
        if len(quote.split()) > 4 and any(quote in gone.words for gone in was):
            assert quote not in kept


async def test_a_story_that_lost_its_headline_is_written_again(newsroom: Newsroom, story: Story) -> None:
    """When headline or deck fall, the story is written anew from what is left, and keeps its id."""
    await post.run(newsroom)
    gone = {item.record_id for claim in (story.draft.headline, story.draft.deck) for item in claim.citations}
    await _erase(newsroom, *gone)
    assert await mend.run(newsroom) == {story.id: StoryState.CORRECTED}
    mended = await _now(newsroom, story)
    assert mended.version == 2
    assert mended.draft.headline.text
    assert "written again" in (mended.reason or "")
    assert not gone & {item.record_id for claim in mended.draft.claims() for item in claim.citations}
    assert all(claim.text for claim in mended.draft.claims())
    async with newsroom.store.read() as connection:
        posts = {post.record_id for post in await counted.of_story(connection, story.id)}
    assert len(posts) == mended.numbers["records"] < story.numbers["records"]
    assert not gone & posts


@pytest.mark.parametrize("public", [True, False])
async def test_a_story_with_nothing_left_is_retracted(newsroom: Newsroom, story: Story, public: bool) -> None:  # noqa: FBT001 - two cases
    """A story whose posts are all gone is retracted if readers have seen it, else killed and never sent."""
    if public:
        await post.run(newsroom)
    await _erase(newsroom, *(record.id for record in week.matter("heron-licence")))
    ending = StoryState.RETRACTED if public else StoryState.KILLED
    assert await mend.run(newsroom) == {story.id: ending}
    assert (await _now(newsroom, story)).state is ending
    assert await mend.run(newsroom) == {}
    assert await post.run(newsroom) == []


class _Silent:
    """A writer that never writes."""

    name = "silent"

    def __init__(self, why: Exception) -> None:
        self._why = why

    async def write(self, brief: Brief) -> Draft:  # noqa: ARG002 - the port's signature
        raise self._why


@pytest.mark.parametrize("why", [WriterError("nothing to say", reason="silent"), KeyError("of 1")], ids=repr)
async def test_a_writer_that_fails_leaves_nothing_untrue_standing(
    newsroom: Newsroom, story: Story, why: Exception
) -> None:
    """If a story cannot stand and is not written again, for whatever reason, it is retracted."""
    await post.run(newsroom)
    newsroom.writer = _Silent(why)
    await _erase(newsroom, *(item.record_id for item in story.draft.deck.citations))
    assert await mend.run(newsroom) == {story.id: StoryState.RETRACTED}


@pytest.mark.parametrize("others", [True, False])
async def test_a_story_that_lost_its_third_person_does_not_stand(
    newsroom: Newsroom,
    clock: ReplayClock,
    others: bool,  # noqa: FBT001 - two cases
) -> None:
    """A story that shows three people and loses one is written again with others, or else retracted."""
    said = week.matter("parchment-ruling")[:60]
    clock.advance(said[-1].created_at)
    newsroom.writer = Hushed(3)
    await plant.line(newsroom, "m2", "law", said)
    await plant.signal(newsroom, "m2", "law", said, at=clock.now())
    clock.advance(clock.now() + timedelta(hours=3))
    (told,) = await tell.run(newsroom)
    await post.run(newsroom)
    newsroom.writer = ExtractiveWriter() if others else _Silent(WriterError("nothing", reason="silent"))
    front = {item.record_id for claim in (told.draft.headline, told.draft.deck) for item in claim.citations}
    body = (item.record_id for paragraph in told.draft.paragraphs for item in paragraph.claims[0].citations)
    await _erase(newsroom, next(record_id for record_id in body if record_id not in front))
    ending = StoryState.CORRECTED if others else StoryState.RETRACTED
    assert await mend.run(newsroom) == {told.id: ending}
    mended = await _now(newsroom, told)
    assert ("written again" in (mended.reason or "")) is others


async def test_a_correction_goes_out_in_the_tick_that_mends(
    newsroom: Newsroom, paper: Paper, story: Story
) -> None:
    """Nothing else has to be due for readers to get what a mended story owes them."""
    await post.run(newsroom)
    await _erase(newsroom, _quoted_once(story))
    await tick.run(newsroom)
    assert list(paper.printed) == [f"{story.id}@1/paper", f"{story.id}@2/paper/correction"]


async def test_a_story_that_waits_goes_out_only_as_mended(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, story: Story
) -> None:
    """What was frozen before the post was taken back is not sent again, and taken away where it may be.

    The mended version goes out, once; only that makes the story public.
    """
    paper.troubles.append(PublishError("the line is cut"))
    await post.run(newsroom)
    (gone,) = await _erase(newsroom, _quoted_once(story))
    clock.advance(clock.now() + timedelta(hours=1))
    assert await tick.run(newsroom) == []
    assert list(paper.printed) == [f"{story.id}@1/paper/removal"]
    assert (await _now(newsroom, story)).state is StoryState.APPROVED
    assert await tick.run(newsroom) == [story.id]
    printed = paper.printed[f"{story.id}@2/paper"]
    assert gone.id not in printed["cited"]
    assert not any(words in text for words in _words(gone) for text in printed["text"])
    mended = await _now(newsroom, story)
    assert (mended.state, mended.version) == (StoryState.PUBLISHED, 2)
    clock.advance(clock.now() + timedelta(days=1))
    assert await tick.run(newsroom) == []
    assert len(paper.printed) == 2


async def test_a_channel_that_was_down_gets_the_mended_version(
    newsroom: Newsroom, clock: ReplayClock, story: Story
) -> None:
    """A channel that has not got the story yet gets the corrected one only; one that has, the correction."""
    good, bad = Paper("good"), Paper("bad", [PublishError("the line is cut")])
    newsroom.channels = {"good": good, "bad": bad}
    await post.run(newsroom)
    (gone,) = await _erase(newsroom, _quoted_once(story))
    clock.advance(clock.now() + timedelta(hours=1))
    await tick.run(newsroom)
    clock.advance(clock.now() + timedelta(hours=1))
    await tick.run(newsroom)
    assert list(bad.printed) == [f"{story.id}@1/bad/removal", f"{story.id}@2/bad"]
    assert gone.id not in bad.printed[f"{story.id}@2/bad"]["cited"]
    assert list(good.printed) == [f"{story.id}@1/good", f"{story.id}@2/good/correction"]
    assert "taken back" in good.printed[f"{story.id}@2/good/correction"]["said"]


async def test_a_post_that_is_taken_back_twice_stops_nothing(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, story: Story
) -> None:
    """A source that repeats that a post is gone does not stop the mended version on its way."""
    paper.troubles += [PublishError("the line is cut")] * 2
    await post.run(newsroom)
    gone = _quoted_once(story)
    await _erase(newsroom, gone)
    clock.advance(clock.now() + timedelta(hours=1))
    assert await tick.run(newsroom) == []
    await _erase(newsroom, gone)
    clock.advance(clock.now() + timedelta(hours=1))
    assert [await tick.run(newsroom) for _ in range(2)] == [[], [story.id]]
    assert list(paper.printed) == [f"{story.id}@1/paper/removal", f"{story.id}@2/paper"]


async def test_a_send_that_fails_after_the_post_was_taken_back_is_not_repeated(
    newsroom: Newsroom, story: Story, paper: Paper
) -> None:
    """A failure that comes in after the withdrawal does not bring the old version back."""
    await post.plan(newsroom, story)
    await post.freeze(newsroom)
    async with newsroom.store.read() as connection:
        (publication,) = await publications.of_story(connection, story.id)
    await _erase(newsroom, _quoted_once(story))
    paper.troubles.append(PublishError("the line is cut"))
    await post.send(newsroom, publication)
    async with newsroom.store.read() as connection:
        (publication,) = await publications.of_story(connection, story.id)
    assert publication.state is PublicationState.WITHDRAWN


class _Overtaken(Paper):
    """A paper on which the story is mended, by another process, while it is being printed."""

    def __init__(self, newsroom: Newsroom, gone: list[str]) -> None:
        super().__init__("slow")
        self._newsroom, self._gone = newsroom, gone

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Print, and have posts deleted at that moment."""
        answer = await super().send(publication)
        gone, self._gone = self._gone, []
        if gone:
            await _erase(self._newsroom, *gone)
            await mend.run(self._newsroom)
        return answer


async def test_a_story_that_loses_words_while_it_is_sent_is_taken_away_there(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, story: Story
) -> None:
    """Where the old version arrived all the same it goes; every channel gets the mended story, once."""
    slow = _Overtaken(newsroom, [_quoted_once(story)])
    newsroom.channels = {"slow": slow, "paper": paper}
    paper.troubles.append(PublishError("the line is cut"))
    await post.run(newsroom)
    for _ in range(2):
        clock.advance(clock.now() + timedelta(hours=1))
        await tick.run(newsroom)
    assert list(slow.printed) == [f"{story.id}@1/slow", f"{story.id}@1/slow/removal", f"{story.id}@2/slow"]
    assert list(paper.printed) == [f"{story.id}@1/paper/removal", f"{story.id}@2/paper"]
    assert (await _now(newsroom, story)).state is StoryState.PUBLISHED


async def test_a_story_that_falls_while_it_is_sent_is_taken_away(
    newsroom: Newsroom, clock: ReplayClock, story: Story
) -> None:
    """A story that was killed because nothing is left of it does not stay where it arrived all the same."""
    slow = _Overtaken(newsroom, [record.id for record in week.matter("heron-licence")])
    newsroom.channels = {"slow": slow}
    await post.run(newsroom)
    clock.advance(clock.now() + timedelta(hours=1))
    await tick.run(newsroom)
    assert list(slow.printed) == [f"{story.id}@1/slow", f"{story.id}@1/slow/removal"]
    assert (await _now(newsroom, story)).state is StoryState.KILLED


class _Overheard(ExtractiveWriter):
    """A writer that needs its time, in which a post it was given is deleted."""

    def __init__(self, newsroom: Newsroom, known: Collection[str] = ()) -> None:
        super().__init__()
        self._newsroom, self._known = newsroom, known
        self.gone: list[Record] = []

    async def write(self, brief: Brief) -> Draft:
        """Write, and have a post deleted that the draft quotes and that was not `known`."""
        draft = await super().write(brief)
        if not self.gone:
            cited = (item.record_id for claim in draft.claims() for item in claim.citations if item.quote)
            self.gone = await _erase(self._newsroom, next(it for it in cited if it not in self._known))
        return draft


@pytest.mark.usefixtures("signalled")
async def test_a_post_deleted_while_it_is_written_about_is_not_told(newsroom: Newsroom, paper: Paper) -> None:
    """Writing takes minutes; a draft on a post that is gone by then is not kept, and the matter told anew."""
    newsroom.writer = writer = _Overheard(newsroom)
    assert await tell.run(newsroom) == []
    ((state, reason),) = (await verdicts(newsroom)).values()
    assert (state, reason) == ("open", "waits: a post was taken back or edited while it was written of")
    (story_id,) = await tick.run(newsroom)
    (gone,) = writer.gone
    shown = f"{await _everything_kept(newsroom)}{paper.printed}"
    assert [words for words in (*_words(gone), gone.title) if words and words in shown] == []
    assert list(paper.printed) == [f"{story_id}@1/paper"]


@pytest.mark.usefixtures("signalled")
async def test_a_post_edited_while_it_is_written_about_is_quoted_as_it_is_now(newsroom: Newsroom) -> None:
    """A draft with words that its record does not say any more is not kept, and the matter told anew."""

    class Rewriting(ExtractiveWriter):
        old: Record | None = None

        async def write(self, brief: Brief) -> Draft:
            draft = await super().write(brief)
            if self.old is None:
                said = {item.record.id: item.record for item in brief.records}
                self.old = said[next(item.record_id for item in draft.citations() if item.quote)]
                new = replace(
                    self.old, title=None, text="I was wrong about all of it, and I am sorry for the noise."
                )
                async with newsroom.store.write() as connection:
                    await records.add(connection, [new], newsroom.clock.now())
            return draft

    newsroom.writer = Rewriting()
    assert await tell.run(newsroom) == []
    (story_id,) = await tick.run(newsroom)
    async with newsroom.store.read() as connection:
        told = await stories.get(connection, story_id)
        known = await records.get(connection, {item.record_id for item in told.draft.citations()})
    assert all(known[item.record_id].says(item.quote) for item in told.draft.citations())


async def test_a_post_deleted_while_the_story_is_written_again_stays_out(
    newsroom: Newsroom, story: Story
) -> None:
    """A story that is written again for one deletion, and meets another on the way, is looked at again."""
    before = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    newsroom.writer = writer = _Overheard(newsroom, before)
    await post.run(newsroom)
    lead = {item.record_id for claim in (story.draft.headline, story.draft.deck) for item in claim.citations}
    await _erase(newsroom, *lead)
    while await mend.run(newsroom):
        pass
    (gone,) = writer.gone
    kept = await _everything_kept(newsroom)
    assert [words for words in (*_words(gone), gone.title) if words and words in kept] == []
    assert (await _now(newsroom, story)).state is StoryState.CORRECTED


@pytest.mark.parametrize("mode", ["review", "dry-run"])
async def test_a_held_story_stays_held(newsroom: Newsroom, story: Story, mode: str) -> None:
    """A story that waits for a person is mended where it lies."""
    newsroom.settings = settings.load(mode=mode)
    async with newsroom.store.write() as connection:
        await stories.set_state(connection, story.id, StoryState.HELD, at=newsroom.clock.now())
    await _erase(newsroom, _quoted_once(story))
    assert await mend.run(newsroom) == {story.id: StoryState.HELD}
    assert (await _now(newsroom, story)).version == 2


async def test_a_post_nobody_cited_changes_no_story(newsroom: Newsroom, story: Story) -> None:
    """A post that no claim rests on leaves the story at its version."""
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    other = next(record.id for record in week.matter("heron-licence")[:60] if record.id not in cited)
    await _erase(newsroom, other)
    assert await mend.run(newsroom) == {}
    assert (await _now(newsroom, story)).version == 1
