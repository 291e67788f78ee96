"""A story that a halt broke off half-way: what is taken back leaves the channel before the resume."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.detect import beats
from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import Citation, Claim, ClaimKind, Draft, Paragraph, StoryState
from bot.pipeline import amend, mend, post, switches
from bot.publish.discord.session import Account
from bot.store import optouts, publications, records, signals, stories, subscriptions
from tests.discord.driver import SOME_WAIT, Bot, make_newsroom
from tests.discord.places import cards_in, every_word, follow, see_whole
from tests.discord_lab import rights
from tests.factory import NOON, make_record
from tests.store import house as store_house
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from bot.domain.publication import Publication
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord

_HOUR = timedelta(hours=1)
_VOICES = (
    "It answers while I make tea, on the laptop that I had put away for the children.",
    "My machine is from the year of the flood and it runs, if I leave it alone at night.",
    "I took the memory out of a broken one and now the whole family shares what is left.",
    "The fan is louder than the kettle, but it does not crash, and that is all I asked for.",
    "We tried it in the library with the old row of screens, and two of them kept up well.",
    "Nobody told me that it would need the whole disk, so the photographs had to move out.",
)


def _story(number: int, cited: list[Record]) -> Story:
    """Return a story with a paragraph for each post; it stands without any one but the first."""
    marks = [Citation(place, record.id, record.text) for place, record in enumerate(cited, 1)]
    said = [
        Claim(f"c{mark.marker + 2}", ClaimKind.ANALYSIS, " ".join([f"“{mark.quote}”"] * 3), (mark,))
        for mark in marks
    ]
    draft = Draft(
        Claim("c1", ClaimKind.ANALYSIS, "Old laptops, new weights", (marks[0],)),
        Claim("c2", ClaimKind.ANALYSIS, "What it takes to run them at home, and what it costs.", (marks[0],)),
        tuple(Paragraph((claim,)) for claim in said),
        "extractive",
    )
    return store_house.make_story(cited, id=f"heron-{number}", signal_id=f"heron-{number}", draft=draft)


def _said(voices: Iterable[str]) -> list[Record]:
    return [make_record(author=f"author-{number}", text=text) for number, text in enumerate(voices)]


@dataclass
class _House:
    """A newsroom with a story to tell. `hers` is the second post, which stands early in the thread."""

    discord: FakeDiscord
    newsroom: Newsroom
    store: Store
    clock: ReplayClock
    cited: list[Record]

    @property
    def hers(self) -> Record:
        """The post that is going to be taken back."""
        return self.cited[1]

    async def approve(self, number: int, cited: list[Record]) -> Story:
        """Have a story approved that rests on these posts."""
        story = _story(number, cited)
        async with self.store.write() as connection:
            await records.add(connection, cited, NOON)
            await signals.add(connection, store_house.make_signal(id=story.signal_id))
            return await store_house.put(connection, story, StoryState.APPROVED)

    async def break_off(self, place: Json) -> None:
        """Halt while the second message of the thread in that channel is waiting for a limit."""
        self.discord.limit("POST", f"/channels/(?!{place['id']})\\d+/messages$", seconds=30, skip=1)
        sending = asyncio.create_task(post.run(self.newsroom))
        await until(lambda: any(status == 429 for *_, status in self.discord.requests))
        await switches.halt(self.newsroom, "lin", "a wrong number")
        await sending
        assert self.hers.text in every_word(self.discord.world, place)

    async def take_back(self, *gone: Record) -> None:
        """Have posts deleted by their authors, and let the newsroom do what follows at once."""
        async with self.store.write() as connection:
            await records.erase(connection, [record.id for record in gone], self.clock.now())
        await self.go_on()

    async def take_back_without(self, place: Json, permission: str) -> None:
        """Have her post deleted where the bot lacks a permission: the removal is a person's to end."""
        self.discord.world.deny(place, permission)
        await self.take_back(self.hers)
        async with self.store.read() as connection:
            (conflict,) = await publications.in_conflict(connection)
        assert conflict.kind is PublicationKind.REMOVAL

    async def go_on(self, *, later: timedelta = timedelta()) -> None:
        """Let the newsroom do what is due."""
        self.clock.advance(self.clock.now() + later)
        async with self.store.read() as connection:
            wounded = await stories.wounded(connection)
        for story_id in wounded:
            await mend.mend(self.newsroom, story_id)
        await post.run(self.newsroom)

    async def resume(self) -> None:
        """End the halt and let the newsroom go on."""
        await switches.resume(self.newsroom, "lin")
        for _ in range(2):
            await self.go_on(later=_HOUR)

    async def outbox(self, place: Json) -> list[Publication]:
        """Return what the outbox holds for a channel."""
        async with self.store.read() as connection:
            told = await stories.every(connection)
            known = [it for story in told for it in await publications.of_story(connection, story.id)]
        return [item for item in known if item.channel == f"discord:{place['id']}"]

    def see_nothing(self, *places: Json) -> None:
        """See that no card is left in these channels, and no word of anybody."""
        for place in places:
            assert cards_in(self.discord.world, place) == []
            shown = every_word(self.discord.world, place)
            assert not any(voice in shown for voice in _VOICES)
            assert "laptops" not in shown

    async def see_corrected(self, place: Json) -> None:
        """See that the story as it stands now is in the channel whole, once, and nothing else."""
        told = (await self.outbox(place))[-1]
        see_whole(self.discord.world, place, [told])
        assert told.kind is PublicationKind.STORY
        shown = every_word(self.discord.world, place)
        assert self.hers.text not in shown
        assert all(record.text in shown for record in self.cited if record is not self.hers)


@pytest.fixture
async def house(
    discord: FakeDiscord, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[_House]:
    """Give a newsroom with an approved story."""
    monkeypatch.setattr(post, "_LOOK_SECONDS", 0.01)
    clock = ReplayClock(SystemClock().now())
    account = Account(SecretStr(discord.token), clock)
    newsroom = make_newsroom(sqlite_store, clock, account)
    newsroom.book = beats.load()
    async with sqlite_store.write() as connection:
        await store_house.furnish(connection)
    opened = _House(discord, newsroom, sqlite_store, clock, _said(_VOICES))
    await opened.approve(1, opened.cited)
    yield opened
    await account.close()


async def _place(house: _House, kind: int = rights.TEXT) -> Json:
    """Return a channel that follows, in a guild of its own."""
    world = house.discord.world
    place = world.add_channel(world.add_guild(), f"c{kind}", kind)
    await follow(house.store, place)
    return place


@pytest.mark.parametrize("kind", [rights.TEXT, rights.FORUM])
@pytest.mark.parametrize("opts_out", [False, True])
async def test_what_is_taken_back_goes_while_publishing_is_halted(
    house: _House, kind: int, *, opts_out: bool
) -> None:
    """Half a thread does not keep the words of a deleted post until the resume; then all comes, once."""
    place = await _place(house, kind)
    await house.break_off(place)
    if opts_out:
        async with house.store.write() as connection:
            await optouts.add(connection, house.hers.author_key, "quote", house.clock.now())
        await house.go_on()
    else:
        await house.take_back(house.hers)
    house.see_nothing(place)
    await house.go_on(later=_HOUR)
    house.see_nothing(place)
    await house.resume()
    await house.see_corrected(place)
    assert [(it.version, it.kind) for it in await house.outbox(place)] == [
        (1, PublicationKind.STORY), (1, PublicationKind.REMOVAL), (2, PublicationKind.STORY),
    ]  # fmt: skip


async def test_a_story_that_is_not_public_yet_is_no_exception(house: _House) -> None:
    """What stands half of a story that has come nowhere whole goes too, and that makes nothing public."""
    house.newsroom.channels = {}
    place = await _place(house)
    await house.break_off(place)
    await house.take_back(house.hers)
    house.see_nothing(place)
    async with house.store.read() as connection:
        assert (await stories.get(connection, "heron-1")).state is StoryState.APPROVED
    await house.resume()
    await house.see_corrected(place)


async def test_a_muted_beat_keeps_no_words_either(house: _House) -> None:
    """Whatever keeps the next version in, the half that stands of the last one goes at once."""
    place = await _place(house)
    house.discord.fail("POST", f"/channels/(?!{place['id']})\\d+/messages$", 403, code=20001, skip=1)
    await post.run(house.newsroom)
    assert house.hers.text in every_word(house.discord.world, place)
    await switches.mute(house.newsroom, "open-source", "lin")
    await house.take_back(house.hers)
    house.see_nothing(place)
    await switches.unmute(house.newsroom, "open-source", "lin")
    await house.go_on(later=_HOUR)
    await house.see_corrected(place)


async def test_where_the_story_stands_whole_it_is_corrected_meanwhile(house: _House) -> None:
    """Of two channels the one that got everything has the correction, the other one nothing until later."""
    whole, half = await _place(house), await _place(house)
    house.discord.fail("POST", f"/channels/{half['id']}/messages$", 403, code=20001)
    await post.run(house.newsroom)
    house.clock.advance(house.clock.now() + _HOUR)
    await house.break_off(half)
    await house.take_back(house.hers)
    house.see_nothing(half)
    assert house.hers.text not in every_word(house.discord.world, whole)
    assert _VOICES[2] in every_word(house.discord.world, whole)
    await house.resume()
    await house.see_corrected(half)
    assert len(cards_in(house.discord.world, whole)) == 1


@pytest.mark.parametrize("halted", [True, False])
async def test_what_takes_words_back_does_not_wait_behind_a_story(house: _House, *, halted: bool) -> None:
    """A story that is kept in, or waits for another try, holds up nothing that takes words back beside it."""
    place = await _place(house)
    await post.run(house.newsroom)
    await house.approve(2, _said(f"{voice} Or so I was told." for voice in reversed(_VOICES)))
    if halted:
        await house.break_off(place)
    else:
        house.discord.fail("POST", f"/channels/{place['id']}/messages$", 403, code=20001)
        await post.run(house.newsroom)
    assert len(cards_in(house.discord.world, place)) == 1 + halted
    house.clock.advance(house.clock.now() + timedelta(seconds=1))
    await house.take_back(house.hers)
    assert f"{house.hers.text}”" not in every_word(house.discord.world, place)
    assert f"{house.cited[2].text}”" in every_word(house.discord.world, place)


@pytest.mark.parametrize("trouble", ["refused", "no answer"])
async def test_a_removal_that_fails_is_tried_again_while_publishing_is_halted(
    house: _House, trouble: str
) -> None:
    """What could not be taken away at once goes as soon as Discord lets it, before the resume."""
    place = await _place(house)
    await house.break_off(place)
    if trouble == "refused":
        house.discord.fail("DELETE", "/messages/", 403, code=20001)
    else:
        house.discord.fail("DELETE", f"/channels/{place['id']}/messages/", 502, after=True, times=9)
    await house.take_back(house.hers)
    house.discord.heal()
    await house.go_on(later=_HOUR)
    house.see_nothing(place)
    await house.resume()
    await house.see_corrected(place)


async def test_a_retraction_does_not_stop_a_removal(house: _House) -> None:
    """When a person retracts the story while its half could not be taken away yet, that still goes."""
    place = await _place(house)
    await house.break_off(place)
    house.discord.fail("DELETE", "/messages/", 403, code=20001)
    await house.take_back(house.hers)
    now = house.clock.now()
    await amend.retract(house.store, "heron-1", "A wrong number.", remove=False, at=now, dry_run=False)
    await house.go_on(later=_HOUR)
    house.see_nothing(place)


async def test_where_the_bot_is_shut_out_a_person_is_told_and_the_next_version_clears_up(
    house: _House,
) -> None:
    """Words out of the bot's reach are a conflict at the desk; let in again, it leaves none of them."""
    place = await _place(house)
    await house.break_off(place)
    await house.take_back_without(place, "view_channel")
    async with house.store.read() as connection:
        (lost,) = await subscriptions.of_guild(connection, "discord", place["guild_id"])
    assert "no longer see" in (lost.lost or "")
    place["permission_overwrites"].clear()
    await follow(house.store, place)
    await house.resume()
    await house.see_corrected(place)


async def test_a_story_that_falls_later_is_not_removed_twice(house: _House) -> None:
    """When nothing is left of the story, the next version does not come either, and nobody is asked anew."""
    place = await _place(house)
    await house.break_off(place)
    await house.take_back(house.hers)
    await house.take_back(*house.cited)
    asked = len(house.discord.requests)
    await house.resume()
    assert len(house.discord.requests) == asked
    house.see_nothing(place)
    assert [it.state for it in await house.outbox(place)] == [
        PublicationState.WITHDRAWN, PublicationState.SENT, PublicationState.WITHDRAWN,
    ]  # fmt: skip


async def test_the_half_of_the_next_version_goes_as_well(house: _House) -> None:
    """Broken off a second time and with nothing left to tell, the channel is empty again."""
    place = await _place(house)
    await house.break_off(place)
    await house.take_back(house.hers)
    await switches.resume(house.newsroom, "lin")
    house.discord.requests.clear()
    house.cited[1], house.cited[2] = house.cited[2], house.cited[1]
    await house.break_off(place)
    await house.take_back(*house.cited)
    house.see_nothing(place)
    assert [it.kind for it in await house.outbox(place)] == [
        PublicationKind.STORY, PublicationKind.REMOVAL, PublicationKind.STORY, PublicationKind.REMOVAL,
    ]  # fmt: skip


async def test_a_bot_killed_while_it_takes_words_back_leaves_none(house: _House, tmp_path: Path) -> None:
    """Killed at each step, still halted, the bot ends with an empty channel; then the story comes once."""
    place = await _place(house)
    await house.break_off(place)
    async with house.store.write() as connection:
        await records.erase(connection, [house.hers.id], house.clock.now())
    await mend.mend(house.newsroom, "heron-1")
    bot = Bot(tmp_path, house.discord)
    for step in ("discord.begin", "discord.cleared", "discord.card-cleared", "mark.begin"):
        assert await bot.die(step) == -signal.SIGKILL
    assert await bot.run() == SOME_WAIT
    house.see_nothing(place)
    await switches.resume(house.newsroom, "lin")
    for step in ("discord.card", "discord.part"):
        assert await bot.die(step) == -signal.SIGKILL
    await bot.run()
    await house.see_corrected(place)


async def test_a_history_that_is_hidden_is_not_taken_for_an_empty_one(house: _House) -> None:
    """Without the permission to read it the bot neither says anything twice nor takes words for gone."""
    place, world = await _place(house), house.discord.world
    await house.break_off(place)
    await house.take_back_without(place, "read_message_history")
    await switches.resume(house.newsroom, "lin")
    await house.go_on(later=_HOUR)
    assert len(cards_in(world, place)) == 1
