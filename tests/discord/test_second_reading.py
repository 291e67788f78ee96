"""The same bot on another Discord, which others wrote: simcord, in memory, for breadth.

It reads Discord's rules with other eyes than the loopback of these tests; the wire it does not have.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
import simcord
from pydantic import SecretStr

from bot.detect import beats
from bot.domain.clock import ReplayClock
from bot.domain.story import StoryState
from bot.pipeline import post
from bot.pipeline.newsroom import Office
from bot.publish.discord.session import Account
from bot.settings import load
from bot.store import signals, subscriptions
from handlers.discord.client import Client
from tests.bluesky.story import SITE, make_story
from tests.discord.driver import make_newsroom
from tests.discord.rig import READY_SECONDS
from tests.store import house as store_house
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.story import Story
    from bot.store.engine import Store

# So long a loaded machine may take over one interaction.
_PATIENCE = 60.0
# simcord's clock starts then.
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# What each command is used with; the channel and the story are filled in.
_USES: dict[str, dict[str, str]] = {
    "about": {},
    "ask": {"story": "heron-1", "question": "Which weights run on laptops?"},
    "beats": {},
    "follow": {"beat": "open-source", "channel": ""},
    "following": {},
    "forget-me": {},
    "halt": {"reason": "a wrong number"},
    "mood": {"beat": "open-source"},
    "report": {"story": "heron-1", "reason": "privacy"},
    "resume": {},
    "sources": {"story": "heron-1"},
    "story": {"search": "heron-1"},
    "unfollow": {"what": ""},
    "wire": {},
}
_OFFERS = (
    ("story", "search", "old"), ("story", "beat", "open"), ("sources", "story", ""), ("ask", "story", ""),
    ("mood", "beat", ""), ("report", "story", ""), ("follow", "beat", "all"), ("unfollow", "what", ""),
)  # fmt: skip


@dataclass
class _Place:
    """A guild with the desk in its one channel; `mo` manages it."""

    env: simcord.Env
    office: Office
    channel: simcord.ChannelHandle
    guild: simcord.GuildHandle
    mo: simcord.MemberActor
    cited: list[Any]

    @property
    def client(self) -> Client:
        """The bot's connection."""
        found = self.env.bot
        assert isinstance(found, Client)
        return found

    async def restart(self) -> None:
        """Have another process take over, which knows where the desk is."""
        settings = load(
            site_url=SITE, operator="The Example Society", discord_desk_channel=str(self.channel.id)
        )
        self.office = replace(self.office, settings=settings)
        await self.env.restart_bot(Client(self.office, ready_seconds=READY_SECONDS))

    async def tell(self, story: Story, *states: StoryState) -> None:
        """Put a story into the store."""
        async with self.office.store.write() as connection:
            await signals.add(connection, store_house.make_signal(id=story.signal_id))
            await store_house.put(connection, story, *states)


@asynccontextmanager
async def _open(store: Store) -> AsyncIterator[_Place]:
    """Give a guild in which the commands are registered and one story was told.

    It is no fixture: simcord's clock holds in the task that it was set in.
    """
    async with store.write() as connection:
        cited = await store_house.furnish(connection)
    clock = ReplayClock(_FIRST_DAY)
    office = Office(settings=load(site_url=SITE), store=store, clock=clock, book=beats.load())
    async with simcord.run(Client(office, ready_seconds=READY_SECONDS), settle_timeout=_PATIENCE) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("newsroom")
        keepers = guild.create_role("keepers", permissions=discord.Permissions(manage_guild=True))
        mo = guild.add_member(env.create_user("mo"), roles=[keepers])
        place = _Place(env, office, channel, guild, mo, cited)
        await place.restart()
        await place.client.tree.sync()
        await place.client.tree.sync(guild=discord.Object(guild.id))
        story = replace(make_story(1, paragraphs=4, cited=cited), signal_id="heron-1")
        await place.tell(story, StoryState.APPROVED, StoryState.PUBLISHED)
        yield place
        assert env.errors == []


def _words(found: Any) -> str:
    """Return what an answer says; simcord may give none, which fails here."""
    return "\n".join([found.content, *(str(embed.description) for embed in found.embeds)])


def _button(message: Any, label: str) -> str:
    (found,) = (it for row in message.components for it in row.children if it.label == label)
    return str(found.custom_id)


def _last(channel: simcord.ChannelHandle) -> discord.Message:
    found = channel.last_message
    assert found is not None
    return found


async def test_every_command_is_there_and_answers(sqlite_store: Store) -> None:
    """Each command is seen by those who may use it and answers, also by another process."""
    async with _open(sqlite_store) as place:
        assert set(place.mo.available_commands(place.channel)) == set(_USES)
        ann = place.guild.add_member(place.env.create_user("ann"))
        assert set(_USES) - set(ann.available_commands(place.channel)) == {"follow", "unfollow"}
        for _ in range(2):
            for name, options in _USES.items():
                given: dict[str, Any] = dict(options)
                given |= {"channel": place.channel} if "channel" in given else {}
                given |= {"what": f"{place.channel.id}/open-source"} if "what" in given else {}
                answered = await place.mo.slash(place.channel, name, **given)
                assert _words(answered.response).strip(), name
                assert answered.ephemeral or name in {"halt", "resume"}, name
            await place.restart()


async def test_everything_that_is_offered_while_one_types_is_taken(sqlite_store: Store) -> None:
    """Each option that offers something offers what Discord takes."""
    async with _open(sqlite_store) as place:
        async with place.office.store.write() as connection:
            await subscriptions.follow(
                connection,
                subscriptions.Subscription(
                    "discord", str(place.channel.id), "*", str(place.guild.id), place.office.clock.now()
                ),
            )
        for command, option, typed in _OFFERS:
            assert await place.mo.autocomplete(place.channel, command, option, typed), (command, option)


async def test_a_story_is_posted_and_its_sources_are_asked_for(sqlite_store: Store) -> None:
    """A text and an announcement channel get card and thread; button, menu and reply answer."""
    async with _open(sqlite_store) as place:
        made = [
            place.guild.create_text_channel("text"),
            place.guild.create_news_channel("news"),
        ]
        for channel in made:
            await place.mo.slash(place.channel, "follow", beat="open-source", channel=channel)
        await place.tell(
            replace(make_story(2, paragraphs=12, cited=place.cited), signal_id="heron-2"), StoryState.APPROVED
        )
        account = Account(SecretStr("unused"), place.office.clock)
        # The account would log in by itself; there is one client at simcord.
        account._client = place.client
        await post.run(make_newsroom(place.office.store, place.office.clock, account))
        await place.env.settle()
        for channel in made:
            assert len(channel.threads) == 1
            assert len(list(channel.threads[0].history())) > 1
        card = next(message for message in made[0].history() if message.embeds and message.components)
        await place.restart()
        for asked in (
            await place.mo.click(card, custom_id=_button(card, "Sources")),
            await place.mo.context_menu(made[0], "Show sources", card),
        ):
            assert asked.ephemeral
            assert place.cited[0].url in _words(asked.response)
        await place.mo.send(made[0], "sources?", reply_to=card)
        await until(lambda: _last(made[0]).embeds, 5)
        assert place.cited[0].url in _words(_last(made[0]))


async def test_the_desk_decides(sqlite_store: Store) -> None:
    """A held story is shown, edited by a form, shown whole and killed by a form."""
    async with _open(sqlite_store) as place:
        held = replace(store_house.make_doubtful(7, place.cited), signal_id="heron-7")
        await place.tell(held, StoryState.HELD)
        await place.client.round()
        await place.env.settle()
        card = _last(place.channel)
        whole = await place.mo.click(card, custom_id=_button(card, "Show everything"))
        assert whole.response is not None
        assert whole.response.attachments[0].filename == f"{held.id}.txt"
        form = await place.mo.click(card, custom_id=_button(card, "Edit"))
        await place.restart()
        await place.mo.submit_modal(
            form, {"headline": "Old laptops run the new weights", "deck": held.draft.deck.text}
        )
        card = _last(place.channel)
        assert card.embeds[0].title == "Old laptops run the new weights"
        form = await place.mo.click(card, custom_id=_button(card, "Kill"))
        await place.mo.submit_modal(form, {"reason": "too thin"})
        card = _last(place.channel)
        assert card.components == []
        assert "too thin" in str(card.embeds[0].fields[0].value)
