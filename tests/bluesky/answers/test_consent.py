"""Who is not answered, who is obeyed, and how two bots come to rest."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.store import optouts, records
from handlers.phrases import say
from handlers.policy import PER_THREAD, Reason
from tests.bluesky.answers.readers import bluesky_record, forum_record, open_house

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bluesky.answers.readers import House
    from tests.network import Account, BlueskyNetwork


@pytest.mark.parametrize(
    ("text", "lang"),
    [("stop", "en"), ("返信しないでください", "ja")],
)
async def test_stop_is_obeyed_for_good_and_confirmed_once(
    house: House, bob: Account, text: str, lang: str
) -> None:
    """After a stop word there is one confirmation, and then nothing, whatever is asked, restarts included."""
    said = await house.ask(bob, text)
    assert say("stop", lang) in house.words(said)
    for later in ("source?", "stop", "what happened?", "don't quote me"):
        asked = await house.ask(bob, later)
        house.restart()
        await house.listen()
        assert house.replies_to(asked) == []
    house.clock.ahead = timedelta(days=400)
    async with house.store.read() as connection:
        assert await optouts.has(connection, f"bluesky:{bob.did}", optouts.REPLY)


async def test_unquoting_takes_the_person_out_of_everything(
    network: BlueskyNetwork, tmp_path: Path, ann: Account
) -> None:
    """Who says "don't quote me" is erased, with the answers that show them, and new records are refused."""
    cora = await asyncio.to_thread(network.create_account, "cora")
    text = "Heron runs on my old laptop, says Cora."
    post = await asyncio.to_thread(cora.post, text)
    record = bluesky_record(cora, post, text)
    async with open_house(network, tmp_path, [record]) as house:
        before = await house.ask(ann, "source?")
        assert text in house.words(before)
        said = await house.ask(cora, "don't quote me")
        assert say("unquote") in house.words(said)
        assert house.replies_to(before) == []
        assert (await house.row(before)).reason == Reason.TAKEN_BACK
        after = await house.ask(ann, "source?")
        assert say("gone") in house.words(after)
        async with house.store.write() as connection:
            assert await records.get(connection, [record.id]) == {}
            again = await records.add(
                connection, [bluesky_record(cora, after, "Something new")], house.clock.now()
            )
        assert again.refused == 1


async def test_bots_are_not_answered_but_obeyed(network: BlueskyNetwork, house: House) -> None:
    """An account labelled as a bot gets no answer; its stop word counts all the same."""
    robot = await asyncio.to_thread(network.create_account, "robot")
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    profile = {"$type": "app.bsky.actor.profile", "labels": labels}
    await asyncio.to_thread(robot.create, "app.bsky.actor.profile", profile, "self")
    await asyncio.to_thread(
        network.until, lambda: house.bot.get("app.bsky.actor.getProfile", actor=robot.did)["labels"]
    )
    asked, said = await house.ask(robot, "source?"), await house.ask(robot, "stop")
    assert house.replies_to(asked) == house.replies_to(said) == []
    assert (await house.row(asked)).reason == Reason.BOT
    async with house.store.read() as connection:
        assert await optouts.has(connection, f"bluesky:{robot.did}", optouts.REPLY)


async def test_who_hides_from_logged_out_readers_is_not_shown(
    network: BlueskyNetwork, tmp_path: Path, ann: Account
) -> None:
    """Posts of somebody who asks not to be shown to logged-out readers are left out of answers."""
    shy = await asyncio.to_thread(network.create_account, "shy")
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    await asyncio.to_thread(
        shy.create, "app.bsky.actor.profile", {"$type": "app.bsky.actor.profile", "labels": labels}, "self"
    )
    await asyncio.to_thread(
        network.until, lambda: ann.get("app.bsky.actor.getProfile", actor=shy.did)["labels"]
    )
    text = "Heron runs, but do not show me around."
    post = await asyncio.to_thread(shy.post, text)
    await asyncio.to_thread(network.until, lambda: network.posts(post["uri"]))
    async with open_house(network, tmp_path, [bluesky_record(shy, post, text)]) as house:
        asked = await house.ask(ann, "source?")
        assert say("gone") in house.words(asked)
        assert text not in house.words(asked)


async def test_who_blocks_us_is_not_answered(network: BlueskyNetwork, house: House) -> None:
    """The network would let us reply to somebody who blocks us; we do not."""
    dora = await asyncio.to_thread(network.create_account, "dora")
    asked = await asyncio.to_thread(house.say, dora, "source?", house.posts[1])
    await asyncio.to_thread(house.notified, [asked["uri"]])
    block = {"$type": "app.bsky.graph.block", "subject": house.bot.did, "createdAt": "2026-03-02T12:00:00Z"}
    await asyncio.to_thread(dora.create, "app.bsky.graph.block", block)
    await asyncio.to_thread(
        network.until,
        lambda: house.bot.get("app.bsky.actor.getProfile", actor=dora.did)["viewer"]["blockedBy"],
    )
    await house.listen()
    house.restart(told=[])
    await house.listen()
    assert house.replies_to(asked) == []


async def test_after_an_outage_old_questions_stay_unanswered(house: House, ann: Account) -> None:
    """What was asked more than a day ago is declined."""
    asked = await asyncio.to_thread(house.say, ann, "source?", house.posts[1])
    await asyncio.to_thread(house.notified, [asked["uri"]])
    house.clock.ahead = timedelta(days=1, minutes=1)
    await house.listen()
    assert house.replies_to(asked) == []
    assert (await house.row(asked)).reason == Reason.TOO_OLD


async def test_a_stop_word_is_obeyed_however_long_the_bot_was_away(
    house: House, ann: Account, bob: Account
) -> None:
    """It is found behind pages of questions that are too old to be answered."""
    said = await asyncio.to_thread(house.say, bob, "don't reply to me", house.posts[1])
    asked = await asyncio.to_thread(house.say, ann, "source?", house.posts[1])
    await asyncio.to_thread(house.notified, [said["uri"], asked["uri"]])
    page = await asyncio.to_thread(house.bot.get, "app.bsky.notification.listNotifications", limit=50)
    told = {note["uri"]: note for note in page["notifications"]}
    house.clock.ahead = timedelta(days=3)
    house.restart(told=[told[asked["uri"]], told[said["uri"]]], a_page=1)
    await house.listen()
    async with house.store.read() as connection:
        assert await optouts.has(connection, f"bluesky:{bob.did}", optouts.REPLY)
    assert house.replies_to(asked) == house.replies_to(said) == []


async def test_somebody_who_asks_on_and_on(house: House, ann: Account) -> None:
    """Whoever asks under every answer is answered three times in a thread."""
    under = house.posts[1]
    for _ in range(PER_THREAD):
        asked = await house.ask(ann, "source?", under=under)
        (under,) = house.replies_to(asked)
    last = await house.ask(ann, "source?", under=under)
    assert house.replies_to(last) == []
    assert (await house.row(last)).reason == Reason.THREAD_QUOTA


async def test_two_bots_set_on_each_other_come_to_rest(network: BlueskyNetwork, tmp_path: Path) -> None:
    """Two unlabelled instances whose quotes read as questions end within the quota, and stay silent."""
    provoking = [forum_record("q", "mira", "Who said that? Source? Where does this come from?")]
    async with (
        open_house(network, tmp_path / "one", provoking) as one,
        open_house(network, tmp_path / "two", provoking) as two,
    ):
        # What one bot says into the other's thread is a question, and so is every answer to it.
        begun = await asyncio.to_thread(one.say, two.bot, "source?", one.posts[1])
        other = await asyncio.to_thread(two.say, one.bot, "source?", two.posts[1])
        await one.hear(begun)
        await two.hear(other)
        written = -1
        silent = 0
        while silent < 2:
            now = sum(len(bot.records("app.bsky.feed.post")) for bot in (one.bot, two.bot))
            silent, written = (silent + 1, now) if now == written else (0, now)
            for house in (one, two):
                house.restart()
                await house.listen()
            await asyncio.sleep(0.5)
        answers = written - 2 * 4 - 2
        assert 2 <= answers <= 2 * PER_THREAD


async def test_nothing_of_an_own_post_is_kept(house: House) -> None:
    """The bot does not hear itself."""
    said = await asyncio.to_thread(house.say, house.bot, "source?", house.posts[1])
    await asyncio.to_thread(house.network.until, lambda: house.network.posts(said["uri"]))
    assert not (await house.listen()).decided
