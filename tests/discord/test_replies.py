"""Replies to a story, as a bot without any privileged intent hears them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.domain.question import QuestionState
from bot.store import optouts, questions, records
from bot.store.schema import questions as table
from tests.factory import NOON
from tests.waiting import until

if TYPE_CHECKING:
    from sqlalchemy import Row

    from tests.discord.conftest import Log
    from tests.discord.rig import House
    from tests.discord_lab.schema import Json


async def _row(house: House, message: Json) -> Row[Any] | None:
    async with house.store.read() as connection:
        statement = sa.select(table).where(table.c.id == f"discord:{message['id']}")
        return (await connection.execute(statement)).one_or_none()


async def _decided(house: House, message: Json) -> str | None:
    """Wait until the bot decided a message; return why it gave no answer."""
    for _ in range(3000):
        row = await _row(house, message)
        if row is not None and row.state != QuestionState.RECEIVED.value:
            reason: str | None = row.reason
            return reason
        await asyncio.sleep(0.01)
    msg = "it was never decided"
    raise AssertionError(msg)


async def test_sources_are_given_where_they_are_asked_for(house: House) -> None:
    """A reply to the card that asks for sources is answered as a reply, with the posts, pinging nobody."""
    asked = house.ann.says(house.channel, "What are your sources?", to=house.card)
    await until(lambda: house.answers(asked))
    (answer,) = house.answers(asked)
    assert answer["mentions"] == []
    assert house.cited[0].url in answer["embeds"][0]["description"]
    assert "Automated narrative by Groundswell" in answer["embeds"][0]["footer"]["text"]
    assert await _decided(house, asked) is None


async def test_a_reply_in_the_thread_gets_what_that_message_rests_on(house: House) -> None:
    """A reply in the thread, in German as well, is answered with the sources of that message's claims."""
    part = house.parts[0]
    asked = house.ann.says(house.thread, "Quellen?", to=part)
    assert await _decided(house, asked) is None
    told = house.answers(asked)[0]["embeds"][0]["description"]
    claims = {claim.id: claim.text for claim in house.story.draft.claims()}
    async with house.store.read() as connection:
        row = (await connection.execute(sa.select(table.c.answer))).scalar_one()
    assert row["claims"]
    outside = [text for key, text in claims.items() if key not in row["claims"]]
    assert claims[row["claims"][0]][:30] in told
    assert told.startswith("Das stützt sich auf")
    assert not any(text[:60] in told for text in outside if text not in part["content"])
    again = house.ann.says(house.thread, "source?", to=house.answers(asked)[0])
    await until(lambda: house.answers(again))


async def test_what_is_not_for_the_bot_is_left_alone(house: House) -> None:
    """Talk, bots, replies to nobody or to people get no answer, and nothing of a person is kept."""
    other = house.discord.world.add_user("other", bot=True)
    house.discord.world.add_member(house.guild, other)
    hello = house.ann.says(house.channel, "sources?")
    to_person = house.mo.says(house.channel, "sources?", to=hello)
    silent = house.ann.says(house.channel, "sources?", to=house.card, ping=False)
    thanks = house.ann.says(house.channel, "Thank you, lovely", to=house.card)
    assert await _decided(house, thanks) == "talk"
    body = {
        "content": f"<@{house.discord.world.bot['id']}> sources?",
        "message_reference": {"message_id": house.card["id"], "channel_id": house.channel["id"]},
    }
    robot = house.discord.world.make_message(house.channel["id"], other, body)
    assert await _decided(house, robot) == "bot"
    for message in (hello, to_person, silent, thanks, robot):
        assert house.answers(message) == []
    for message in (hello, to_person, silent):
        assert await _row(house, message) is None
    kept = await _row(house, thanks)
    assert kept is not None
    assert kept.author_key is None


async def test_stop_is_confirmed_once_and_obeyed(house: House) -> None:
    """Whoever says stop is told once that they were heard, and gets no reply any more."""
    asked = house.ann.says(house.channel, "stop", to=house.card)
    await until(lambda: house.answers(asked))
    assert "will not reply to you again" in house.answers(asked)[0]["embeds"][0]["description"]
    later = house.ann.says(house.channel, "sources?", to=house.card)
    assert await _decided(house, later) == "opted-out"
    await house.ann.slash(house.channel, "forget-me")
    async with house.store.read() as connection:
        assert await optouts.has(connection, f"discord:{house.ann.user['id']}", optouts.REPLY)


async def test_nobody_is_answered_without_end(house: House) -> None:
    """After three answers in a channel the same person gets no more there."""
    for _ in range(3):
        asked = house.ann.says(house.channel, "sources?", to=house.card)
        assert await _decided(house, asked) is None
    asked = house.ann.says(house.channel, "sources?", to=house.card)
    assert await _decided(house, asked) == "thread-quota"


async def test_an_answer_an_earlier_process_owed_is_given_once(house: House) -> None:
    """The next process sends what was decided and not sent, and not again what was sent."""
    asked = house.ann.says(house.channel, "sources?", to=house.card)
    assert await _decided(house, asked) is None
    row = await _row(house, asked)
    assert row is not None
    frozen = {**row.answer, "to": asked["id"], "embed": house.answers(asked)[0]["embeds"][0]}
    await house.stop()
    for there in (True, False):
        if not there:
            house.discord.world.messages[house.channel["id"]].pop(house.answers(asked)[0]["id"])
        async with house.store.write() as connection:
            await connection.execute(table.update().values(state="received", answer=frozen))
        house.discord.world.ahead += timedelta(hours=1)
        await house.restart()
        await house.bot.run()
        assert len(house.answers(asked)) == 1
        assert await _decided(house, asked) is None


async def test_an_answer_that_is_refused_for_good_keeps_no_other_waiting(house: House) -> None:
    """Of two answers that are owed one is refused whatever is tried; the other is given."""
    asked = [house.ann.says(house.channel, "sources?", to=house.card) for _ in range(2)]
    frozen = {}
    for message in asked:
        assert await _decided(house, message) is None
        row = await _row(house, message)
        assert row is not None
        (answer,) = house.answers(message)
        frozen[row.id] = {**row.answer, "to": message["id"], "embed": answer["embeds"][0]}
        house.discord.world.messages[house.channel["id"]].pop(answer["id"])
    await house.stop()
    async with house.store.write() as connection:
        for key, answer in frozen.items():
            owed = table.update().where(table.c.id == key).values(state="received", answer=answer)
            await connection.execute(owed)
    house.discord.world.ahead += timedelta(hours=1)
    house.discord.fail("POST", f"/channels/{house.channel['id']}/messages$", 400, code=50035)
    await house.restart()
    await house.bot.run()
    assert sorted(len(house.answers(message)) for message in asked) == [0, 1]
    assert sorted([str(await _decided(house, message)) for message in asked]) == ["None", "refused"]


async def test_an_event_that_fails_is_logged_with_its_name(
    house: House, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with what was heard is in the log, and the connection goes on."""

    async def broken(_: object) -> None:
        msg = "nobody foresaw this"
        raise RuntimeError(msg)

    assert house.bot.client is not None
    monkeypatch.setattr(house.bot.client._replies, "hear", broken)
    house.ann.says(house.channel, "sources?", to=house.card)
    await until(lambda: log.errors)
    (failed,) = [event for event in log.events if event["log_level"] == "error"]
    assert (failed["event"], failed["name"], str(failed["exc_info"])) == (
        "event failed", "on_message", "nobody foresaw this",
    )  # fmt: skip
    log.forgive()


@pytest.mark.parametrize("how", ["deleted", "edited", "edited while it was owed"])
async def test_an_answer_that_shows_what_was_taken_back_goes(house: House, how: str) -> None:
    """When a post that an answer shows is deleted, or the quote edited out of it, the answer is deleted."""
    asked = house.ann.says(house.channel, "sources?", to=house.card)
    assert await _decided(house, asked) is None
    said = house.cited[0]
    async with house.store.write() as connection:
        if "owed" in how:
            row = await _row(house, asked)
            assert row is not None
            owed = {"state": "received", "answered_at": None, "answer": {**row.answer, "to": asked["id"]}}
            await connection.execute(table.update().values(owed))
        if how == "deleted":
            await records.erase(connection, [said.id], NOON)
        else:
            await records.add(connection, [replace(said, title=None, text="Never mind.")], NOON)
    await house.bot.run()
    assert house.answers(asked) == []
    async with house.store.read() as connection:
        assert await questions.unfounded(connection, "discord") == []


@pytest.mark.parametrize("locked", [False, True])
async def test_an_answer_in_an_archived_thread_goes_as_well(house: House, *, locked: bool) -> None:
    """The thread is opened for it; where people locked it, too, that is tried once and nothing waits."""
    asked = house.ann.says(house.thread, "sources?", to=house.parts[0])
    assert await _decided(house, asked) is None
    house.thread["thread_metadata"] |= {"archived": True, "locked": locked}
    async with house.store.write() as connection:
        await records.erase(connection, [house.cited[0].id], NOON)
    await house.bot.run()
    assert len(house.answers(asked)) == locked
    async with house.store.read() as connection:
        assert await questions.unfounded(connection, "discord") == []


@pytest.mark.parametrize("there", [True, False])
async def test_an_answer_whose_fate_is_unknown_goes_when_its_post_does(house: House, there: bool) -> None:  # noqa: FBT001 - two cases
    """An answer that was sent and not noted is found and deleted; one that was not sent never comes."""
    asked = house.ann.says(house.channel, "sources?", to=house.card)
    assert await _decided(house, asked) is None
    row = await _row(house, asked)
    assert row is not None
    await house.stop()
    frozen = {**row.answer, "to": asked["id"], "embed": house.answers(asked)[0]["embeds"][0]}
    async with house.store.write() as connection:
        undone = {"state": "received", "answer": frozen, "answered_at": None}
        await connection.execute(table.update().values(undone))
        await records.erase(connection, [house.cited[0].id], NOON)
    if not there:
        house.discord.world.messages[house.channel["id"]].pop(house.answers(asked)[0]["id"])
    await house.restart()
    await house.bot.run()
    assert house.answers(asked) == []
    assert await _decided(house, asked) == "taken-back"


async def test_what_was_missed_while_cut_off_is_answered_after_resume(house: House, log: Log) -> None:
    """A question asked while the connection was cut is answered once when it is back."""
    await house.discord.gateway.drop()
    asked = house.ann.says(house.channel, "sources?", to=house.card)
    await until(lambda: house.answers(asked))
    assert await _decided(house, asked) is None
    assert len(house.answers(asked)) == 1
    log.forgive()
