"""A later truth reaches Discord: what stands there is corrected, retracted or removed in place, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import StoryState
from bot.pipeline import amend, mend, post
from bot.publish.discord.session import Account
from bot.store import publications, records, stories
from tests.bluesky.story import put_approved
from tests.discord.driver import make_newsroom
from tests.discord.places import cards_in, every_word, follow
from tests.discord_lab import rights

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.publication import Publication
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord

_STORY = "heron-1"
_NOTE = "The weights were published on Monday."
_KINDS = (rights.TEXT, rights.FORUM, rights.NEWS)


@dataclass
class _House:
    discord: FakeDiscord
    newsroom: Newsroom
    store: Store
    clock: ReplayClock
    places: list[Json]
    story: Story

    async def correct(self, note: str = _NOTE) -> None:
        """Correct the story and bring that to Discord."""
        await amend.correct(self.store, _STORY, note, at=self.clock.now(), dry_run=False)
        await self.post()

    async def retract(self, *, remove: bool = False) -> None:
        """Retract the story and bring that to Discord."""
        now = self.clock.now()
        await amend.retract(self.store, _STORY, "It was a joke.", remove=remove, at=now, dry_run=False)
        await self.post()

    async def post(self) -> None:
        """Send what is due, an hour later."""
        self.clock.advance(self.clock.now() + timedelta(hours=1))
        await post.run(self.newsroom)

    async def take_back(self, *ids: str) -> StoryState:
        """Have posts deleted by their authors, and mend the story."""
        async with self.store.write() as connection:
            await records.erase(connection, ids, self.clock.now())
        return await mend.mend(self.newsroom, _STORY)

    async def outbox(self, place: Json) -> list[Publication]:
        """Return what the outbox holds for a place."""
        async with self.store.read() as connection:
            known = await publications.of_story(connection, _STORY)
        return [item for item in known if item.channel == f"discord:{place['id']}"]

    def card(self, place: Json) -> Json:
        """Return the one card there."""
        (card,) = cards_in(self.discord.world, place)
        return card

    def said(self, place: Json) -> list[str]:
        """Return what the bot says in the thread there."""
        card = self.card(place)
        here = self.discord.world.in_channel({"id": card["id"]})
        ours = [m for m in here if m["author"]["id"] == self.discord.world.bot["id"]]
        return [m["content"] for m in ours if m["id"] != card["id"]]


@pytest.fixture
async def house(discord: FakeDiscord, sqlite_store: Store) -> AsyncIterator[_House]:
    """Give a newsroom that told a story in a text channel, a forum and an announcement channel."""
    world, clock = discord.world, ReplayClock(SystemClock().now())
    places = [world.add_channel(world.add_guild(), f"c{kind}", kind) for kind in _KINDS]
    for place in places:
        await follow(sqlite_store, place)
    (story,) = await put_approved(sqlite_store, 1)
    account = Account(SecretStr(discord.token), clock)
    yield _House(discord, make_newsroom(sqlite_store, clock, account), sqlite_store, clock, places, story)
    await account.close()


@pytest.fixture
async def told(house: _House) -> _House:
    """Give the same after the story was brought there."""
    await post.run(house.newsroom)
    return house


async def test_a_correction_is_made_in_place_once(told: _House) -> None:
    """Card and thread stay where they are and say what was corrected; each correction is said once."""
    before = [(told.card(place)["id"], told.said(place)) for place in told.places]
    await told.correct()
    await told.post()
    await told.correct("It was eleven schools.")
    for place, (card_id, said) in zip(told.places, before, strict=True):
        card = told.card(place)
        assert card["id"] == card_id
        fields = {item["name"]: item["value"] for item in card["embeds"][0]["fields"]}
        assert fields["Correction"] == "It was eleven schools."
        assert card["components"][0]["components"][0]["custom_id"] == f"gs1:sources:3:{_STORY}"
        assert told.said(place) == [
            *said, f"**Correction**: {_NOTE}", "**Correction**: It was eleven schools.",
        ]  # fmt: skip


async def test_no_word_that_was_taken_back_is_left_anywhere(told: _House) -> None:
    """When a post is deleted by its author, what rested on it goes from cards, threads and their names."""
    gone = told.story.draft.paragraphs[0].claims[0].citations[1].record_id
    words = {c.text for c in told.story.draft.claims() if gone in {i.record_id for i in c.citations}}
    async with told.store.write() as connection:
        await records.erase(connection, [gone], told.clock.now())
        kept = tuple(replace(it, claims=it.claims[1:]) for it in told.story.draft.paragraphs)
        revised = replace(told.story, version=2, draft=replace(told.story.draft, paragraphs=kept))
        known = await publications.of_story(connection, _STORY)
        await stories.revise(connection, revised, change="A post was taken back.")
        await stories.set_state(connection, _STORY, StoryState.CORRECTED, at=told.clock.now())
        await amend.owe(connection, _STORY, 2, amend.corrections(known), at=told.clock.now())
    await told.post()
    for place in told.places:
        shown = every_word(told.discord.world, place)
        stays = kept[0].claims[0].text
        assert stays[:40] in shown
        assert not any(text[:40] in shown for text in words - {c.text for p in kept for c in p.claims})
        assert told.said(place)[-1] == "**Correction**: A post was taken back."


async def test_of_a_retracted_story_no_word_is_left(told: _House) -> None:
    """Card, thread and its name say that it was retracted and why; what people said there stays."""
    ann = told.discord.person("ann", told.discord.world.guilds[told.places[0]["guild_id"]])
    thread = told.discord.world.channels[told.card(told.places[0])["id"]]
    hers = ann.says(thread, "I run it on my laptop")
    await told.correct()
    await told.retract()
    for place in told.places:
        card = told.card(place)
        assert card["embeds"][0]["title"] == "This story was retracted"
        assert card["embeds"][0]["description"].startswith("It was a joke.")
        assert [item["label"] for item in card["components"][0]["components"]] == ["Story page"]
        assert told.discord.world.channels[card["id"]]["name"] == "Retracted story"
        (notice,) = told.said(place)
        assert notice.startswith("**Retracted**: It was a joke.")
        assert all(
            c.text[:30] not in every_word(told.discord.world, place) for c in told.story.draft.claims()
        )
    assert hers["id"] in told.discord.world.messages[thread["id"]]


async def test_a_removed_story_is_gone_and_the_talk_stays(told: _House) -> None:
    """With --delete-thread nothing of the bot's is left; a thread in which people talked is theirs."""
    place = told.places[0]
    thread = told.discord.world.channels[told.card(place)["id"]]
    hers = told.discord.person("ann", told.discord.world.guilds[place["guild_id"]]).says(thread, "Why?")
    await told.correct()
    await told.retract(remove=True)
    for there in told.places:
        assert cards_in(told.discord.world, there) == []
        assert all(
            c.text[:30] not in every_word(told.discord.world, there) for c in told.story.draft.claims()
        )
        assert (await told.outbox(there))[-1].state is PublicationState.SENT
    assert [m["id"] for m in told.discord.world.in_channel(thread) if m["type"] == 0] == [hers["id"]]
    asked = len(told.discord.requests)
    await told.post()
    assert len(told.discord.requests) == asked


@pytest.mark.parametrize("trouble", ["archived", "locked", "thread gone", "card gone", "part gone"])
async def test_what_people_did_to_a_thread_does_not_keep_words_there(told: _House, trouble: str) -> None:
    """An archived thread is opened; in a locked one all that can go is deleted; what is gone stays so."""
    world = told.discord.world
    for place in told.places:
        card = told.card(place)
        about = world.channels[card["id"]]["thread_metadata"]
        if trouble in {"archived", "locked"}:
            about[trouble] = True
        elif trouble == "thread gone":
            world.messages.pop(card["id"], None)
            del world.channels[card["id"]]
        else:
            where, number = (place, 0) if trouble == "card gone" else ({"id": card["id"]}, -1)
            message = card if trouble == "card gone" else world.in_channel(where)[number]
            del world.messages[message["channel_id"]][message["id"]]
    await told.retract()
    for place in told.places:
        assert [it.state for it in await told.outbox(place)] == [PublicationState.SENT] * 2
        shown = every_word(world, place)
        words = {claim.text[:30] for claim in told.story.draft.claims()}
        if trouble == "locked":
            # The name of a locked thread is not the bot's to change.
            words -= {told.story.draft.headline.text[:30]}
        assert not any(text in shown for text in words)


@pytest.mark.parametrize("locked", [False, True])
async def test_a_removal_reaches_into_an_archived_thread(told: _House, *, locked: bool) -> None:
    """An archived thread is opened to be emptied; where people locked it as well, a person is told."""
    for place in told.places:
        about = told.discord.world.channels[told.card(place)["id"]]["thread_metadata"]
        about |= {"archived": True, "locked": locked}
    await told.retract(remove=True)
    for place in told.places:
        removal = (await told.outbox(place))[-1]
        if locked:
            assert removal.state is PublicationState.CONFLICT
            assert "archived" in (removal.error or "")
            continue
        shown = every_word(told.discord.world, place)
        assert not any(claim.text[:30] in shown for claim in told.story.draft.claims())
        threads = [it for it in told.discord.world.channels.values() if it.get("parent_id") == place["id"]]
        assert [it["thread_metadata"]["archived"] for it in threads] == [True]


async def test_a_story_that_fell_while_its_fate_was_unknown_leaves_nothing(house: _House) -> None:
    """If an answer was lost and the story does not stand any more, what may be there is taken away."""
    text, forum, _ = (place["id"] for place in house.places)
    house.discord.fail("POST", f"/channels/{text}/messages$", 403, code=20001, after=True)
    house.discord.fail("POST", f"/channels/{forum}/threads$", 403, code=20001, after=True)
    # On the site it would have been public at once.
    house.newsroom.channels = {}
    world = house.discord.world
    world.deny(house.places[2], "view_channel")
    await post.run(house.newsroom)
    assert [len(cards_in(world, place)) for place in house.places] == [1, 1, 0]
    cited = {item.record_id for claim in house.story.draft.claims() for item in claim.citations}
    assert await house.take_back(*cited) is StoryState.KILLED
    await house.post()
    assert [cards_in(world, place) for place in house.places] == [[], [], []]
    assert all("laptops" not in every_word(world, place) for place in house.places[:2])


async def test_words_that_were_lost_on_the_way_are_replaced_by_the_next_version(house: _House) -> None:
    """What half stands of a version that lost words goes, and the next version takes its place."""
    place = house.places[0]
    house.discord.fail("POST", f"/channels/{place['id']}/messages/.*/threads", 403, code=20001)
    await post.run(house.newsroom)
    assert house.card(place)["components"][0]["components"][0]["custom_id"] == f"gs1:sources:1:{_STORY}"
    async with house.store.write() as connection:
        known = await publications.of_story(connection, _STORY)
        now = house.clock.now()
        await publications.withdraw(connection, [(_STORY, 1)])
        await stories.revise(connection, replace(house.story, version=2), change="Less.")
        known = await publications.of_story(connection, _STORY)
        await amend.owe(connection, _STORY, 2, amend.corrections(known), at=now)
    await house.post()
    assert house.card(place)["components"][0]["components"][0]["custom_id"] == f"gs1:sources:2:{_STORY}"
    assert [it.kind for it in await house.outbox(place)] == [PublicationKind.STORY] * 2
    assert len(house.said(place)) == len(house.said(house.places[1])) - 1


async def test_a_place_that_was_lost_before_is_owed_no_correction(house: _House) -> None:
    """Where the story never came, and cannot, nothing waits in vain and the desk is not bothered twice."""
    house.discord.world.remove_channel(house.places[0])
    await post.run(house.newsroom)
    await house.correct()
    assert [it.state for it in await house.outbox(house.places[0])] == [PublicationState.CONFLICT]
    assert house.said(house.places[1])[-1] == f"**Correction**: {_NOTE}"


async def test_a_thread_that_cannot_be_read_is_not_told_twice(told: _House) -> None:
    """Where the history is hidden from the bot a correction adds nothing, and a person is told."""
    before = [told.said(place) for place in told.places]
    for place in told.places:
        told.discord.world.deny(place, "read_message_history")
    await told.correct()
    for place, said in zip(told.places, before, strict=True):
        assert told.said(place) == said
        failed = (await told.outbox(place))[-1]
        assert failed.state is PublicationState.CONFLICT
        assert "read the history" in (failed.error or "")
