"""Telling: which signals become a story, how many a day, and what becomes of a draft that fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.domain.errors import BudgetError, WriterError
from bot.domain.gap import Gap
from bot.domain.record import RecordKind
from bot.domain.story import Citation, Claim, ClaimKind, Paragraph, StoryState
from bot.domain.text import quotations
from bot.pipeline import tick
from bot.store import counted, gaps, publications, schema, sources, stories, storylines
from bot.write.comparison import across
from bot.write.extractive import ExtractiveWriter
from tests.factory import make_record
from tests.pipeline import plant, week
from tests.pipeline.hushed import Hushed
from tests.pipeline.steps import HOUR
from tests.pipeline.telling import RIPE, put, told_at, verdicts

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.brief import Brief
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.story import Draft
    from bot.pipeline.newsroom import Newsroom
    from tests.pipeline.paper import Paper

_DAY = 24 * HOUR
_FALSE = "Atlantis left 7,431 of them behind."


@pytest.fixture
def now(clock: ReplayClock) -> datetime:
    """Give the time of the signals."""
    return clock.now() + timedelta(days=3)


async def test_a_signal_is_told_once_it_is_ripe(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """Before three hours a signal waits; then it becomes one story, with its beat, matter and signal."""
    await put(newsroom, clock, "parchment-ruling", at=now)
    assert await told_at(newsroom, clock, at=now + RIPE - timedelta(seconds=1)) == []
    assert (await verdicts(newsroom))["parchment-ruling"] == ("open", "ripening")
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert (story.state, story.beat, story.storyline_id) == (
        StoryState.APPROVED, "law", "parchment-ruling",
    )  # fmt: skip
    assert (await verdicts(newsroom))["parchment-ruling"] == ("assigned", "told")
    assert await told_at(newsroom, clock, at=now + 2 * RIPE) == []


async def test_the_days_stories_have_a_cap(newsroom: Newsroom, clock: ReplayClock, now: datetime) -> None:
    """The more surprising matter is told first; the other waits, and is told when a day has passed."""
    newsroom.settings = settings.load(stories_per_day=1)
    await put(newsroom, clock, "parchment-ruling", at=now, surprise=5.0)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now, surprise=9.0)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    assert first.storyline_id == "oriel-evals"
    assert await told_at(newsroom, clock, at=now + RIPE + timedelta(hours=23)) == []
    assert (await verdicts(newsroom))["parchment-ruling"] == ("open", "the day's stories are told")
    (second,) = await told_at(newsroom, clock, at=now + RIPE + timedelta(hours=24))
    assert second.storyline_id == "parchment-ruling"


async def test_a_beat_has_a_cap_of_its_own(newsroom: Newsroom, clock: ReplayClock, now: datetime) -> None:
    """A beat that has had its stories of the day waits, while another beat is told."""
    newsroom.settings = settings.load(stories_per_beat=1)
    await put(newsroom, clock, "parchment-ruling", at=now, surprise=9.0)
    await put(newsroom, clock, "oriel-evals", at=now, surprise=8.0)
    await put(newsroom, clock, "gradewise-return", beat="education", at=now, surprise=7.0)
    told = await told_at(newsroom, clock, at=now + RIPE)
    assert [story.storyline_id for story in told] == ["parchment-ruling", "gradewise-return"]
    assert (await verdicts(newsroom))["oriel-evals"] == ("open", "the beat's stories of the day are told")


async def test_a_signal_that_waited_too_long_is_passed(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """After thirty hours a matter is no longer news, and the wire says why it was not told."""
    await put(newsroom, clock, "parchment-ruling", at=now)
    assert await told_at(newsroom, clock, at=now + timedelta(hours=30, seconds=1)) == []
    state, reason = (await verdicts(newsroom))["parchment-ruling"]
    assert state == "passed"
    assert "no longer news" in (reason or "")


class _Failing:
    """A writer that gives no draft for the first `times` briefs."""

    name = "failing"

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times = error, times

    async def write(self, brief: Brief) -> Draft:
        self.times -= 1
        if self.times >= 0:
            raise self.error
        return await ExtractiveWriter().write(brief)


async def test_a_matter_waits_for_money(newsroom: Newsroom, clock: ReplayClock, now: datetime) -> None:
    """At a cap a matter stays on the wire with that reason, and is told once there is money again."""
    newsroom.writer = _Failing(BudgetError("the cap is reached"), 1)
    await put(newsroom, clock, "parchment-ruling", at=now)
    assert await told_at(newsroom, clock, at=now + RIPE) == []
    assert (await verdicts(newsroom))["parchment-ruling"] == ("open", "waits: the cap is reached")
    (story,) = await told_at(newsroom, clock, at=now + 2 * RIPE)
    assert story.storyline_id == "parchment-ruling"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (WriterError("the model declined", reason="refusal"), "no draft: the model declined"),
        (KeyError("of 1"), "no draft: the writer failed unexpectedly (KeyError), see the log"),
    ],
)
async def test_a_writer_without_a_draft_passes_the_signal(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, error: Exception, why: str
) -> None:
    """A matter that no draft came of, for whatever reason, is passed with it; the next matter is told."""
    newsroom.writer = _Failing(error, 1)
    await put(newsroom, clock, "parchment-ruling", at=now, surprise=9.0)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now, surprise=8.0)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert story.storyline_id == "oriel-evals"
    assert (await verdicts(newsroom))["parchment-ruling"] == ("passed", why)


class _Untitled:
    """A writer whose stories quote people, but no title and no report."""

    name = "untitled"

    def __init__(self, headline: str = "What people say of it") -> None:
        self.headline = headline

    async def write(self, brief: Brief) -> Draft:
        draft = await ExtractiveWriter().write(brief)
        given = {item.record.id: item.record for item in brief.records}

        def titled(claim: Claim) -> bool:
            cited = [given[one.record_id] for one in claim.citations]
            return any(one.kind is RecordKind.ARTICLE or one.titled(quotations(claim.text)) for one in cited)

        kept = [claim for part in draft.paragraphs for claim in part.claims if not titled(claim)]
        headline = replace(draft.headline, text=self.headline)
        return replace(draft, headline=headline, paragraphs=(Paragraph(tuple(kept)),))


async def test_words_that_were_counted_are_no_voice(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """A headline of two words and how often they were used does not say what happened."""
    newsroom.writer = _Untitled("18 posts about “style” and “court”")
    await put(newsroom, clock, "parchment-ruling", at=now)
    assert await told_at(newsroom, clock, at=now + RIPE) == []


async def test_a_title_of_two_words_says_what_happened(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """What is called in two words is told like any other: a release often is its name and no more."""
    await put(newsroom, clock, "llamaforge-regression", beat="local-models", at=now, title="Parchment fined!")
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert "“Parchment fined!”" in story.draft.headline.text


async def test_a_matter_that_no_title_names_is_passed(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """A story without a model that shows no title, no report and no voice in its headline says nothing."""
    newsroom.writer = _Untitled()
    await put(newsroom, clock, "parchment-ruling", at=now)
    assert await told_at(newsroom, clock, at=now + RIPE) == []
    state, why = (await verdicts(newsroom))["parchment-ruling"]
    assert state == "passed"
    assert why is not None
    assert why.startswith("no draft: no title")


@pytest.mark.parametrize("unheard", [0, 3])
async def test_a_matter_of_which_hardly_anybody_can_be_shown_is_passed(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, unheard: int
) -> None:
    """A story that shows what two people said is not told, whatever its figures count; one of three is.

    Whoever is cited beside the words of somebody else is not shown.
    """
    newsroom.writer = Hushed(2, unheard)
    await put(newsroom, clock, "parchment-ruling", at=now)
    assert await told_at(newsroom, clock, at=now + RIPE) == []
    assert (await verdicts(newsroom))["parchment-ruling"] == (
        "passed", "no draft: of 2 people only can it be shown what they said, of 3 it takes",
    )  # fmt: skip
    newsroom.writer = Hushed(3)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now)
    assert [story.storyline_id for story in await told_at(newsroom, clock, at=now + RIPE)] == ["oriel-evals"]


async def test_a_story_whose_third_person_fails_the_checks_is_killed(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """People are counted in what is left of a draft: whoever is shown by a false claim only is not shown."""
    newsroom.settings, newsroom.writer = settings.load(fidelity_floor=50), Hushed(2, more=_FALSE)
    await put(newsroom, clock, "parchment-ruling", at=now)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert story.state is StoryState.KILLED
    assert "the people it shows did not survive" in (story.reason or "")
    newsroom.writer = Hushed(3, more=_FALSE)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert story.state is StoryState.APPROVED
    assert story.claim("more") is None


@pytest.mark.parametrize("mode", ["review", "dry-run"])
async def test_a_story_is_held_unless_the_mode_is_auto(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, mode: str
) -> None:
    """In review and dry-run every story is held with that reason, and nothing is planned or sent."""
    newsroom.settings = settings.load(mode=mode)
    await put(newsroom, clock, "parchment-ruling", at=now)
    clock.advance(now + RIPE)
    assert await tick.run(newsroom) == []
    async with newsroom.store.read() as connection:
        (story,) = await stories.every(connection)
        assert await publications.due(connection, clock.now()) == []
    assert (story.state, story.reason) == (StoryState.HELD, f"mode is {mode}")


class _Liar:
    """A writer that puts `claims` of its own into an honest draft, or a headline of its own on top."""

    name = "liar"

    def __init__(self, *claims: Claim, headline: str | None = None) -> None:
        self.claims, self.headline = claims, headline

    async def write(self, brief: Brief) -> Draft:
        draft = await ExtractiveWriter().write(brief)
        first = Paragraph(draft.paragraphs[0].claims + self.claims)
        draft = replace(draft, paragraphs=(first, *draft.paragraphs[1:]))
        if self.headline is not None:
            draft = replace(draft, headline=replace(draft.headline, text=self.headline))
        return draft


def _lie(record: Record) -> Claim:
    quote = "I never said this at all"
    text = f"One poster wrote: \N{LEFT DOUBLE QUOTATION MARK}{quote}.\N{RIGHT DOUBLE QUOTATION MARK}"
    return Claim("lie", ClaimKind.NAMED, text, (Citation(1, record.id, quote),))


@pytest.mark.parametrize(("floor", "state"), [(100, StoryState.HELD), (50, StoryState.APPROVED)])
async def test_a_claim_that_fails_is_left_out_and_the_story_judged_by_its_fidelity(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, floor: int, state: StoryState
) -> None:
    """An invented quotation is left out; a story below the floor is held, and shows what failed."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    newsroom.settings, newsroom.writer = settings.load(fidelity_floor=floor), _Liar(_lie(said[0]))
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert story.state is state
    assert 50 <= story.report.fidelity < 100
    if state is StoryState.APPROVED:
        assert story.claim("lie") is None
    else:
        assert "verbatim" in {item.name for item in story.report.failed if item.claim_id == "lie"}
        assert story.reason == f"fidelity {story.report.fidelity} is below the floor of 100"


async def test_a_story_whose_headline_fails_is_killed(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, paper: Paper
) -> None:
    """A draft with a headline that nothing supports is killed, kept with its reason, and never sent."""
    newsroom.writer = _Liar(headline="Parchment loses 7,431 members over the ruling")
    await put(newsroom, clock, "parchment-ruling", at=now)
    clock.advance(now + RIPE)
    assert await tick.run(newsroom) == []
    async with newsroom.store.read() as connection:
        (story,) = await stories.every(connection)
    assert story.state is StoryState.KILLED
    assert "did not survive the checks" in (story.reason or "")
    assert paper.printed == {}


async def test_an_id_is_of_words_that_many_say_and_no_other_storys(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """An id is for good, so it is made of the matter's label and of no headline, which may quote somebody."""
    for key, beat in (("parchment-ruling", "law"), ("oriel-evals", "safety")):
        await put(newsroom, clock, key, beat=beat, at=now)
        async with newsroom.store.write() as connection:
            await storylines.describe(connection, key, beat=beat, label="What, people say")
    told = await told_at(newsroom, clock, at=now + RIPE)
    assert sorted(story.id for story in told) == ["what-people-say", "what-people-say-2"]


async def test_what_comes_after_the_signal_is_told_too(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """The brief holds what was said up to the telling, not only up to the signal."""
    briefs: list[Brief] = []
    newsroom.writer = _Listening(briefs)
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (late,) = week.again(said[-1:], after=now + timedelta(hours=1) - said[-1].created_at, name="late")
    clock.advance(now + timedelta(hours=1))
    await plant.line(newsroom, "parchment-ruling", "law", [late])
    await told_at(newsroom, clock, at=now + RIPE)
    (brief,) = briefs
    assert brief.now == now + RIPE
    window = [record for record in [*said, late] if record.created_at > now - timedelta(days=1)]
    assert brief.numbers["records"] + brief.numbers["articles"] == len(window)
    assert all(0 <= item.weight <= 1 for item in brief.records)
    assert len({item.weight for item in brief.records}) > 3


async def test_near_copies_up_to_the_telling_are_left_out_and_told(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """What repeats a counted post, after the signal too, is left out, and the story knows how much it is."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    again = week.again(said[-4:], after=now + timedelta(hours=2) - said[-1].created_at, name="copy")
    again = [replace(one, author=replace(one.author, id=f"copier-{n}")) for n, one in enumerate(again)]
    clock.advance(now + timedelta(hours=2))
    await plant.line(newsroom, "parchment-ruling", "law", again)
    async with newsroom.store.write() as connection:
        copies = schema.records.update().where(schema.records.c.id.in_([one.id for one in again]))
        await connection.execute(copies.values(family_id=said[0].id))
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    async with newsroom.store.read() as connection:
        posts = await counted.of_story(connection, story.id)
    assert story.numbers["copies"] == len(again)
    assert {post.record_id for post in posts if post.person is None} == {one.id for one in again}
    assert sum(post.person is not None for post in posts) == story.numbers["records"]


class _Listening:
    """A writer that keeps the briefs it gets."""

    name = "listening"

    def __init__(self, briefs: list[Brief]) -> None:
        self.briefs = briefs

    async def write(self, brief: Brief) -> Draft:
        self.briefs.append(brief)
        return await ExtractiveWriter().write(brief)


async def test_where_something_was_not_heard_nothing_is_compared(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """A gap reaches the brief, the story's numbers and so the checks; no sentence compares communities."""
    async with newsroom.store.write() as connection:
        await sources.succeeded(connection, "bluesky", "jetstream", cursor={}, at=now)
    briefs: list[Brief] = []
    newsroom.writer = _Listening(briefs)
    await put(newsroom, clock, "parchment-ruling", at=now)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert all(gap.startswith("Bluesky was not heard") for gap in briefs[0].gaps)
    assert story.numbers["gaps"] == len(briefs[0].gaps) > 0
    assert not any(across(claim.numbers) for claim in story.draft.claims())


@pytest.mark.parametrize(("where", "posts", "told"), [("matter", 3, 1), ("beat", 30, 1), ("beat", 3, 0)])
async def test_a_place_that_fell_silent_with_its_source_is_missed(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, where: str, posts: int, told: int
) -> None:
    """A place where the matter or its beat is usually spoken of is missed although nothing was heard there.

    A place where little of the beat is said is not: else any matter would lack something.
    """
    async with newsroom.store.write() as connection:
        await sources.succeeded(connection, "mastodon", "loud.example", cursor={}, at=now - 8 * _DAY)
        gap = Gap(now - 2 * _DAY, now + RIPE, "it was down")
        await gaps.add(connection, "mastodon", "loud.example", [gap])
    briefs: list[Brief] = []
    newsroom.writer = _Listening(briefs)
    await put(newsroom, clock, "parchment-ruling", at=now)
    earlier = [
        make_record(
            source="mastodon",
            community="loud.example",
            native_id=f"loud-{number}",
            author=f"loud-{number}",
            created_at=now - 4 * _DAY + number * HOUR,
        )
        for number in range(posts)
    ]
    await plant.line(newsroom, "parchment-ruling" if where == "matter" else "older", "law", earlier)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert story.numbers["gaps"] == len(briefs[0].gaps) == told
    async with newsroom.store.read() as connection:
        assert (await stories.get(connection, story.id)).gaps == briefs[0].gaps
    assert all(gap.startswith("loud.example was not heard") for gap in briefs[0].gaps)
    assert not told or not any(across(claim.numbers) for claim in story.draft.claims())


async def test_what_the_checks_cannot_read_waits_for_the_desk(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """A bot for another language than English holds every story: the word lists of the checks are English."""
    newsroom.settings = settings.load(languages="de")
    await put(newsroom, clock, "parchment-ruling", at=now)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    assert (story.state, story.reason) == (StoryState.HELD, "the checks read English only")
