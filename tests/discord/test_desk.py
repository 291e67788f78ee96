"""The desk in a private channel: what it is shown, and what becomes of a decision."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.story import StoryState
from bot.pipeline import amend
from bot.pipeline import desk as moves
from bot.store import decisions, signals, stories, subscriptions
from handlers.discord.words import say
from tests.discord.rig import House, open_house
from tests.discord_lab import rights
from tests.discord_lab.world import ClientError, walk
from tests.factory import NOON
from tests.store import house as store_house
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.decision import Decision
    from bot.domain.story import Story
    from bot.store.engine import Store
    from tests.discord.conftest import Log
    from tests.discord_lab.people import Person
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord


@dataclass
class Office:
    """A house with a desk. `lin` and `kim` decide there, `ann` cannot see it."""

    house: House
    channel: Json
    lin: Person
    kim: Person

    @property
    def cards(self) -> list[Json]:
        """What stands in the desk's channel."""
        return self.house.discord.world.in_channel(self.channel)

    async def look(self) -> Json:
        """Have the bot look after the desk, and return the newest card."""
        await self.house.bot.run()
        return self.cards[-1]

    async def hold(self, number: int = 7) -> Story:
        """Put a held story into the store."""
        signal_id = f"heron-{number}"
        async with self.house.store.write() as connection:
            await signals.add(connection, store_house.make_signal(id=signal_id))
            story = replace(store_house.make_doubtful(number, self.house.cited), signal_id=signal_id)
            await stories.create(connection, story)
            for state in (StoryState.CHECKED, StoryState.HELD):
                await stories.set_state(
                    connection, story.id, state, at=story.created_at, reason="mode is review"
                )
        return story

    async def story(self, story: Story) -> Story:
        """Return a story as it stands."""
        async with self.house.store.read() as connection:
            return await stories.get(connection, story.id)

    async def decisions(self, story: Story) -> list[Decision]:
        """Return what was decided about a story."""
        async with self.house.store.read() as connection:
            return await decisions.of_story(connection, story.id)


@pytest.fixture
async def office(discord: FakeDiscord, sqlite_store: Store) -> AsyncIterator[Office]:
    """Give a house with a desk in a channel that is private to two people."""
    world = discord.world
    guild = world.add_guild("newsroom")
    people = world.add_role(guild, "desk")
    channel = world.add_channel(guild, "desk")
    world.hide(channel, people)
    async with open_house(discord, sqlite_store, discord_desk_channel=channel["id"]) as house:
        lin, kim = (discord.person(name, guild, people) for name in ("lin", "kim"))
        yield Office(house, channel, lin, kim)


def _fields(card: Json) -> dict[str, str]:
    return {field["name"]: field["value"] for field in card["embeds"][0].get("fields", ())}


def _labels(card: Json) -> list[str]:
    return [item["label"] for item in walk(card["components"]) if "label" in item]


async def test_a_held_story_is_shown_once_with_all_there_is_to_decide(office: Office) -> None:
    """The card has the reason, claims beside quotes, the cost, a file and four buttons."""
    story = await office.hold()
    card = await office.look()
    await office.look()
    await office.house.restart()
    await office.look()
    assert len(office.cards) == 1
    assert _fields(card)["Cost"] == "nothing"
    assert _fields(card)["Fidelity"] == "80 %"
    told = card["embeds"][0]["description"]
    assert told.startswith("Held because mode is review.\n1 of 7 claims fails a check; it comes first.\n\n")
    first = told.split("\n\n")[1]
    assert first.startswith("\N{CROSS MARK} **They say: “nobody wrote this anywhere”**\n*verbatim: ")
    assert f"“{office.house.cited[0].text}”" in told
    assert card["attachments"][0]["filename"] == f"{story.id}.txt"
    assert _labels(card) == ["Approve", "Edit", "Kill", "Show everything"]


async def test_a_story_is_approved_by_a_press(office: Office) -> None:
    """Approve lets the story go out; the card says who decided and loses its buttons."""
    story = await office.hold()
    await office.lin.press(await office.look(), "Approve")
    await _until(office, story, StoryState.APPROVED)
    (made,) = await office.decisions(story)
    assert made.by == f"lin (discord:{office.lin.user['id']})"
    await _closed(office)
    assert "approved by lin" in _fields(office.cards[0])["Decided"]
    assert office.cards[0]["components"] == []
    _see_no_words(office, story)
    await office.house.bot.run()
    assert len(office.cards) == 1


async def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    """Of two who decide at once one decision stands, and the other is told of it."""
    story = await office.hold()
    card = await office.look()
    kills = await office.kim.press(card, "Kill")
    pressed = await asyncio.gather(office.lin.press(card, "Approve"), office.kim.press(card, "Approve"))
    await _until(office, story, StoryState.APPROVED)
    (made,) = await office.decisions(story)
    loser = pressed[1] if made.by.startswith("lin") else pressed[0]
    await asyncio.wait_for(loser.settled.wait(), 30)
    told = [m for m in office.house.discord.world.messages[office.channel["id"]].values() if m["flags"] & 64]
    assert [made.by.split()[0] in message["content"] for message in told] == [True]
    refused = office.kim.answer_to(await office.kim.submit(kills, reason="too thin"))
    assert "approved by" in refused["content"]
    await _closed(office)
    assert (await office.story(story)).state is StoryState.APPROVED


async def test_a_story_is_killed_for_a_reason_also_after_a_restart(office: Office) -> None:
    """Kill asks for a reason; the form may be sent to another process than the one that opened it."""
    story = await office.hold()
    opened = await office.lin.press(await office.look(), "Kill")
    await office.house.restart()
    with pytest.raises(ClientError, match="required"):
        await office.lin.submit(opened)
    await office.lin.submit(opened, reason="too thin")
    await _until(office, story, StoryState.KILLED)
    await _closed(office)
    assert "too thin" in _fields(office.cards[0])["Decided"]
    _see_no_words(office, story)


async def test_forms_are_in_the_language_of_who_opens_them(office: Office) -> None:
    """A form is titled and labelled in the language of the client it is opened in."""
    await office.hold()
    card = await office.look()
    office.lin.locale = "de"
    kill, edit = await office.lin.press(card, "Kill"), await office.lin.press(card, "Edit")
    assert [opened.callback["data"]["title"] for opened in (kill, edit)] == [
        say("de", "form-kill"), say("de", "form-edit")
    ]  # fmt: skip
    labels = [item["label"] for item in edit.callback["data"]["components"]]
    assert labels == [say("de", f"form-{name}") for name in ("headline", "deck", "claims")]
    card = {**card, "channel_id": office.house.channel["id"]}
    refused = office.lin.answer_to(await office.lin.press(card, "Approve"))
    assert refused["content"] == say("de", "only-at-desk")


async def test_the_desk_works_after_resume(office: Office, log: Log) -> None:
    """When the connection was cut, buttons and commands at the desk work as before."""
    story = await office.hold()
    card = await office.look()
    await office.house.discord.gateway.drop()
    await until(lambda: office.house.discord.gateway.resumed == 1)
    assert "halted" in office.kim.answer_to(await office.kim.slash(office.channel, "halt"))["content"]
    assert "goes on" in office.kim.answer_to(await office.kim.slash(office.channel, "resume"))["content"]
    await office.lin.submit(await office.lin.press(card, "Kill"), reason="too thin")
    await _until(office, story, StoryState.KILLED)
    await _closed(office)
    log.forgive()


async def test_a_story_is_edited_and_the_checks_run_again(office: Office) -> None:
    """An edit becomes the next version if the checks pass, else nothing changes and the reason is told."""
    story = await office.hold()
    card = await office.look()
    opened = await office.lin.press(card, "Edit")
    refused = office.lin.answer_to(
        await office.lin.submit(opened, headline="9,999 posts about “what nobody wrote anywhere”")
    )
    assert "does not pass the checks" in refused["content"]
    assert (await office.story(story)).version == 1
    await office.lin.submit(opened, headline="Old laptops run the new weights")
    for _ in range(1000):
        if (await office.story(story)).version == 2 and "Old laptops run" in office.cards[0]["embeds"][0][
            "title"
        ]:
            break
        await asyncio.sleep(0.01)
    assert len(office.cards) == 1
    assert (await office.story(story)).draft.headline.text == "Old laptops run the new weights"
    assert (await office.story(story)).draft.deck == story.draft.deck
    late = office.kim.answer_to(await office.kim.submit(opened, headline="Another headline"))
    assert "edited by lin" in late["content"]


async def test_everything_is_shown_as_a_file(office: Office) -> None:
    """Show everything gives the whole case as a file, to the one who asks."""
    story = await office.hold()
    shown = office.lin.answer_to(await office.lin.press(await office.look(), "Show everything"))
    assert shown["flags"] & 64
    assert shown["attachments"][0]["filename"] == f"{story.id}.txt"
    assert shown["attachments"][0]["size"] > 800


async def test_what_is_decided_elsewhere_closes_the_card(office: Office) -> None:
    """A story decided at the command line loses its buttons here."""
    story = await office.hold()
    await office.look()
    await moves.kill(office.house.office, story.id, "cli", "not now")
    card = await office.look()
    assert card["components"] == []
    assert "killed by cli" in _fields(card)["Decided"]
    _see_no_words(office, story)


async def test_words_that_are_taken_back_leave_the_desk(office: Office) -> None:
    """A held story is shown anew without them, also where its card was deleted; one that falls is closed."""
    first, other = await office.hold(), await office.hold(8)
    await office.look()
    world, away = office.house.discord.world, office.cards[0]
    del world.messages[office.channel["id"]][away["id"]]
    async with office.house.store.write() as connection:
        for story in (first, other):
            revised = store_house.revised(story, headline="Less on old machines")
            await stories.revise(connection, revised, change="A post was taken back.")
    await office.look()
    assert [card["embeds"][0]["title"] for card in office.cards] == ["Less on old machines"] * 2
    now = office.house.office.clock.now()
    async with office.house.store.write() as connection:
        for story in (first, other):
            await stories.set_state(connection, story.id, StoryState.KILLED, at=now, reason="it fell")
    await office.look()
    for card, story in zip(office.cards, (other, first), strict=True):
        assert _fields(card)["Decided"] == "killed: it fell"
        assert card["attachments"] == card["components"] == []
        _see_no_words(office, story)


async def test_a_desk_that_is_closed_to_the_bot_keeps_nobody_else_waiting(office: Office) -> None:
    """Who followed in vain is told, though nothing can be shown at the desk."""
    house, world = office.house, office.house.discord.world
    await office.hold()
    world.deny(office.channel, "send_messages")
    async with house.store.write() as connection:
        place = house.channel["id"]
        mine = subscriptions.Subscription(
            "discord", place, "agents", house.guild["id"], NOON, followed_by=house.mo.user["id"]
        )
        await subscriptions.follow(connection, mine)
        await subscriptions.lose(connection, "discord", place, "the channel is closed")
    await house.bot.run()
    assert office.cards == []
    dms = [m for channel in world.channels.values() if channel["type"] == rights.DM
           for m in world.in_channel(channel)]  # fmt: skip
    assert ["the channel is closed" in message["content"] for message in dms] == [True]


def _see_no_words(office: Office, story: Story) -> None:
    """See that nothing of a story that was decided on is left at the desk, where nobody looks after it."""
    for card in office.cards:
        assert card["attachments"] == []
        assert not any(claim.text in str(card["embeds"]) for claim in story.draft.claims())


async def test_publishing_is_halted_and_resumed_at_the_desk_only(office: Office) -> None:
    """/halt stops publishing and /resume ends that, at the desk; elsewhere the commands are not there."""
    told = office.lin.answer_to(await office.lin.slash(office.channel, "halt", reason="a wrong number"))
    assert "halted by lin" in told["content"]
    story = await office.hold()
    await office.lin.press(await office.look(), "Approve")
    await until(lambda: not office.cards[-1]["components"])
    assert "halted by lin" in _fields(office.cards[-1])["It waits"]
    assert (await office.story(story)).state is StoryState.APPROVED
    await office.house.tell(2)
    async with office.house.store.read() as connection:
        assert (await stories.get(connection, "heron-2")).state is StoryState.APPROVED
    assert "goes on" in office.lin.answer_to(await office.lin.slash(office.channel, "resume"))["content"]
    with pytest.raises(ClientError, match="not registered"):
        await office.house.ann.slash(office.house.channel, "halt")
    open_channel = office.house.discord.world.add_channel(
        office.house.discord.world.guilds[office.channel["guild_id"]], "general"
    )
    refused = office.lin.answer_to(await office.lin.slash(open_channel, "halt"))
    assert refused["content"] == "That is decided at the desk."
    async with office.house.store.read() as connection:
        assert await decisions.halted(connection) is None


async def test_nobody_decides_outside_the_desk(office: Office) -> None:
    """A card that was copied to another channel decides nothing."""
    story = await office.hold()
    card = await office.look()
    world = office.house.discord.world
    elsewhere = world.add_channel(world.guilds[office.channel["guild_id"]], "general")
    body = {key: card[key] for key in ("content", "components")} | {"content": "copied"}
    copied = world.make_message(elsewhere["id"], world.bot, body)
    refused = office.kim.answer_to(await office.kim.press(copied, "Approve"))
    assert refused["content"] == "That is decided at the desk."
    assert (await office.story(story)).state is StoryState.HELD


async def _until(office: Office, story: Story, state: StoryState) -> None:
    for _ in range(1000):
        if (await office.story(story)).state is state:
            return
        await asyncio.sleep(0.01)
    msg = f"it never became {state}"
    raise AssertionError(msg)


async def _closed(office: Office) -> None:
    """Wait until the card has no buttons any more."""
    for _ in range(1000):
        if not office.cards[0]["components"]:
            return
        await asyncio.sleep(0.01)
    msg = "the card was not closed"
    raise AssertionError(msg)


async def test_what_readers_say_is_wrong_is_shown_and_counted(office: Office) -> None:
    """A story that readers dispute is shown once, however often they say so and whoever restarts."""
    house = office.house
    await house.ann.slash(house.channel, "report", story=house.story.id, reason="wrong")
    assert (await office.look())["embeds"][0]["description"].startswith("A reader says")
    await house.ann.slash(house.channel, "report", story=house.story.id, reason="privacy")
    shown = await office.look()
    await house.restart()
    assert await office.look() == shown
    assert len(office.cards) == 1
    embed = shown["embeds"][0]
    assert (embed["title"], embed["url"].rsplit("/", 1)[-1]) == (house.story.id, house.story.id)
    assert embed["description"].startswith("2 readers' messages say that something is wrong")
    assert "discord: privacy" in embed["description"]
    now = house.office.clock.now()
    await amend.retract(house.store, house.story.id, "It was.", remove=False, at=now, dry_run=False)
    await house.ann.slash(house.channel, "report", story=house.story.id, reason="other")
    assert "other" not in (await office.look())["embeds"][0]["description"]
