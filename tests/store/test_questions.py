"""Questions and opt-outs: dealt with once, counted for quotas, taken back with what they show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.question import QuestionState
from bot.store import optouts, questions, records, stories
from bot.store.questions import Question
from tests.factory import NOON
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from bot.store.engine import Store

HOUR = timedelta(hours=1)
ANN = "bluesky:did:plc:ann"


def question(name: str, **overrides: Any) -> Question:
    """Return a received question of Ann's in the thread "t"."""
    fields: dict[str, Any] = {
        "id": name, "channel": "bluesky", "state": QuestionState.RECEIVED, "asked_at": NOON,
        "story_id": "heron", "author_key": ANN, "thread": "t", "answer": {"posts": [{"uri": name}]},
    }  # fmt: skip
    return Question(**fields | overrides)


async def test_a_question_is_kept_once_and_due_until_answered(store: Store) -> None:
    """The first decision on a remote id stands; its answer is due until it is there."""
    async with store.write() as connection:
        await questions.add(connection, question("q1"))
        await questions.add(connection, question("q1", state=QuestionState.DECLINED, answer={}))
        assert await questions.known(connection, ["q1", "q2"]) == {"q1"}
        assert await questions.due(connection, "bluesky") == [question("q1")]
        assert await questions.due(connection, "discord") == []
        await questions.answered(connection, "q1", NOON + HOUR, answer={"posts": []})
        assert await questions.due(connection, "bluesky") == []
        (kept,) = await questions.in_thread(connection, "t")
    assert (kept.state, kept.answered_at, kept.answer) == (QuestionState.ANSWERED, NOON + HOUR, {"posts": []})


async def test_quotas_count_answers_not_refusals(store: Store) -> None:
    """Answers of the last day and of the thread are counted per person; declined questions are not."""
    async with store.write() as connection:
        await questions.add(connection, question("new"))
        await questions.add(connection, question("old", asked_at=NOON - 25 * HOUR))
        await questions.add(connection, question("elsewhere", thread="u"))
        await questions.add(connection, question("theirs", author_key="bluesky:did:plc:bob"))
        await questions.add(connection, question("refused", state=QuestionState.DECLINED))
        assert await questions.counts(connection, ANN, "t", NOON - 24 * HOUR) == (2, 2)
        await questions.declined(connection, "new", "refused")
        assert await questions.counts(connection, ANN, "t", NOON - 24 * HOUR) == (1, 1)


async def test_an_answer_falls_with_the_record_it_shows(store: Store) -> None:
    """Once a record is erased, the answers that show it are listed until they are given up."""
    async with store.write() as connection:
        first, second, _ = await furnish(connection)
        await questions.add(connection, question("q1", records=(first.id, second.id)))
        await questions.add(connection, question("q2", records=(second.id,)))
        assert await questions.unfounded(connection, "bluesky") == []
        await records.erase(connection, [first.id], NOON)
        assert [row.id for row in await questions.unfounded(connection, "bluesky")] == ["q1"]
        await questions.declined(connection, "q1", "taken-back")
        assert await questions.unfounded(connection, "bluesky") == []


async def test_an_answer_falls_with_the_words_it_shows(store: Store) -> None:
    """What an author edits out of a post is taken back in answers, too: sent, owed, or on their way."""
    async with store.write() as connection:
        first, second, _ = await furnish(connection)
        await stories.create(connection, make_story([first, second]))
        for key in ("sent", "owed", "on-its-way"):
            await questions.add(connection, question(key, records=(first.id,)))
        await questions.add(connection, question("of-another", records=(second.id,)))
        await questions.answered(connection, "sent", NOON, answer={"posts": [], "version": 1})
        await records.add(connection, [replace(first, text=f"{first.text} A typo is mended.")], NOON)
        assert await questions.unfounded(connection, "bluesky") == []
        await records.add(connection, [replace(first, title=None, text="Never mind.")], NOON)
        await questions.answered(connection, "on-its-way", NOON, answer={"posts": [], "version": 1})
        torn = await questions.unfounded(connection, "bluesky")
        assert [row.id for row in torn] == ["on-its-way", "owed", "sent"]
        assert [row.id for row in await questions.due(connection, "bluesky")] == ["of-another"]


async def test_disputes_are_listed_newest_first(store: Store) -> None:
    """The desk gets what readers say is wrong, the newest first, as far back as it asks."""
    async with store.write() as connection:
        for hours in (1, 2, 30):
            said = question(f"h{hours}", disputed=True, asked_at=NOON - hours * HOUR)
            await questions.add(connection, said)
        await questions.add(connection, question("fine"))
        listed = await questions.disputed(connection, NOON - 24 * HOUR)
    assert [row.id for row in listed] == ["h1", "h2"]


async def test_an_opt_out_is_new_once_and_can_be_taken_back(store: Store) -> None:
    """An opt-out is kept until it is taken back; being left alone is not the same as not being quoted."""
    async with store.write() as connection:
        assert await optouts.add(connection, ANN, optouts.REPLY, NOON)
        assert not await optouts.add(connection, ANN, optouts.REPLY, NOON + HOUR)
        assert await optouts.has(connection, ANN, optouts.REPLY)
        assert not await optouts.has(connection, ANN, optouts.QUOTE)
        await optouts.forget(connection, ANN, optouts.REPLY)
        assert not await optouts.has(connection, ANN, optouts.REPLY)


async def test_who_is_not_to_be_quoted_is_erased(store: Store) -> None:
    """Opting out of being quoted erases the person's records and refuses new ones."""
    async with store.write() as connection:
        first, *others = await furnish(connection)
        await optouts.add(connection, first.author_key, optouts.QUOTE, NOON)
        left = await records.get(connection, [first.id, *(record.id for record in others)])
        assert set(left) == {record.id for record in others}
        assert (await records.add(connection, [first], NOON)).refused == 1
