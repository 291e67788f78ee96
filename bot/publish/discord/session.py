"""The bot's account towards Discord's REST interface: what posting a story needs, and what its refusals mean.

Posting needs no gateway, so it goes on while that is down. Nothing else in this room knows the SDK.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog

from bot.domain.errors import PlaceLostError, PublishError
from bot.domain.text import shorten, squeeze

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator, Mapping
    from datetime import datetime

    from pydantic import SecretStr

    from bot.domain.card import Card
    from bot.domain.clock import Clock

# A limit that lasts longer is not waited out: the publication is tried again when it is over.
LONGEST_WAIT_SECONDS = 60
ANNOUNCED = 40033
_HAS_THREAD = 160004
_UNKNOWN_CHANNEL = 10003
# What the codes mean that say that a place is lost.
_LOST = {
    _UNKNOWN_CHANNEL: "the channel is gone",
    10004: "the server is gone",
    50001: "the bot can no longer see the channel",
    50008: "the channel takes no messages",
    50013: (
        "the bot lacks a permission there: it has to view the channel, send messages, embed links, attach"
        " files, read the history, create public threads and send messages in threads"
    ),
    50024: "the channel is of a kind that takes no stories",
    40067: "the forum requires a tag, and none is named after the beat",
    160006: "the server has no room for another thread",
}
_SHOWN = 200
PICTURE = "story.png"
_MOST_ALT = 1024
# Clocks differ; a card cannot be older than its plan by more.
_SKEW = timedelta(minutes=10)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a card: one with a `marker` asks the bot, one with a `url` leads there."""

    label: str
    marker: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted as one message with buttons; `nonce` keeps a second one out for minutes."""

    embed: Mapping[str, Any]
    buttons: tuple[Button, ...]
    nonce: str
    picture: Card | None = None

    def shown(self) -> discord.Embed:
        """Return the embed, with the picture in it."""
        embed = discord.Embed.from_dict(dict(self.embed))
        return embed.set_image(url=f"attachment://{PICTURE}") if self.picture else embed

    def files(self) -> list[discord.File]:
        """Return the picture as a file, its words for those who do not see it as the description."""
        return [as_file(self.picture)] if self.picture else []


class Account:
    """The bot's account. Every call raises PublishError, or PlaceLostError if the place is lost."""

    def __init__(self, token: SecretStr, clock: Clock) -> None:
        self._token = token
        self._clock = clock
        self._client: discord.Client | None = None
        self._entrance = asyncio.Lock()

    async def open(self) -> discord.Client:
        """Return a client that is logged in."""
        async with self._entrance:
            if self._client is None:
                client = discord.Client(
                    intents=discord.Intents(guilds=True),
                    allowed_mentions=discord.AllowedMentions.none(),
                    max_messages=None,
                    max_ratelimit_timeout=LONGEST_WAIT_SECONDS,
                )
                with self._telling("log in"):
                    try:
                        await client.login(self._token.get_secret_value())
                    except BaseException:
                        await client.http.close()
                        raise
                self._client = client
            return self._client

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def who(self) -> str:
        """Return the bot's name and id."""
        user = (await self.open()).user
        assert user is not None  # logging in says who it is
        return f"{user.name} ({user.id})"

    async def place(self, channel_id: str) -> Place:
        """Return the channel to post in."""
        client = await self.open()
        with self._telling(f"channel {channel_id}"):
            found = await client.fetch_channel(int(channel_id))
        if not isinstance(found, (discord.TextChannel, discord.ForumChannel)):
            raise PlaceLostError(_told(f"channel {channel_id}", _LOST[50024]))
        return Place(self, client, found)

    @contextmanager
    def _telling(self, what: str, *, in_thread: bool = False) -> Iterator[None]:
        """Turn what the SDK raises into what it means for the rest of the house.

        A thread that somebody deleted does not lose the place it was in.
        """
        try:
            yield
        except discord.RateLimited as error:
            retry_at = self._clock.now() + timedelta(seconds=error.retry_after)
            raise PublishError(
                _told(what, "rate limited"), retry_at=retry_at, reason="rate-limited"
            ) from None
        except discord.LoginFailure as error:
            raise PublishError(_told(what, str(error)), reason="credentials") from None
        except discord.HTTPException as error:
            if error.code in _LOST and not (in_thread and error.code == _UNKNOWN_CHANNEL):
                raise PlaceLostError(_told(what, _LOST[error.code])) from None
            words = shorten(squeeze(error.text or ""), _SHOWN)
            told = _told(what, f"{error.status} ({error.code}) {words}".strip())
            # What was refused as it stands is refused again; all else may come right.
            raise PublishError(told, conflict=error.status in {400, 404}, reason=str(error.code)) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PublishError(_told(what, f"no answer ({type(error).__name__})")) from None


class Place:
    """A channel of a guild, and what is posted there."""

    def __init__(
        self, account: Account, client: discord.Client, channel: discord.TextChannel | discord.ForumChannel
    ) -> None:
        self._telling = account._telling  # noqa: SLF001 - both speak for one account
        self._client = client
        self._channel = channel
        self._reads = False

    @property
    def guild_id(self) -> str:
        """The guild the channel belongs to."""
        return str(self._channel.guild.id)

    @property
    def is_forum(self) -> bool:
        """Whether what is posted there has to be a thread of its own."""
        return isinstance(self._channel, discord.ForumChannel)

    async def find(self, markers: Collection[str], since: datetime) -> str | None:
        """Return the id of the message there since `since` with one of these buttons, as history has it."""
        newest = self._channel.last_message_id
        with self._telling(f"history of {self._channel.id}"):
            async for message in self._candidates(since - _SKEW):
                self._reads = True
                # An answer to somebody's command may have the same button.
                if self._is_own(message) and _markers(message) & set(markers):
                    return str(message.id)
            if newest and not self.is_forum and discord.utils.snowflake_time(newest) > since - _SKEW:
                await self._see(str(newest))
        return None

    async def post(self, post: Post, *, name: str, tag: str) -> str:
        """Post a message and return its id; in a forum it opens a thread called `name`, with that tag."""
        embed, view, files = post.shown(), _view(post.buttons), post.files()
        with self._telling(f"channel {self._channel.id}"):
            if isinstance(self._channel, discord.ForumChannel):
                made = await self._channel.create_thread(
                    name=name, embed=embed, view=view, files=files, applied_tags=self._tags(tag)
                )
                return str(made.message.id)
            sent = await self._channel.send(embed=embed, view=view, files=files, nonce=post.nonce)
            return str(sent.id)

    async def open_thread(self, message_id: str, name: str) -> None:
        """Open the thread under a message, unless it has one; the thread's id is the message's."""
        if isinstance(self._channel, discord.ForumChannel):
            return
        message = self._channel.get_partial_message(int(message_id))
        with self._telling(f"thread under {message_id}"):
            try:
                await message.create_thread(name=name)
            except discord.HTTPException as error:
                if error.code != _HAS_THREAD:
                    raise

    async def rename(self, thread_id: str, name: str, *, archived: bool = False) -> bool:
        """Have a thread called `name`, and open or archived; tell whether it is there and was done.

        It is not if the thread was deleted, or locked by people of the server.
        """
        with self._telling(f"thread {thread_id}", in_thread=True):
            try:
                thread = await self._client.fetch_channel(int(thread_id))
                assert isinstance(thread, discord.Thread)
                if (thread.name, thread.archived) != (name, archived):
                    await thread.edit(name=name, archived=archived)
            except (discord.NotFound, discord.Forbidden) as error:
                log.info("left as it is", action="post", status="skipped", thread=thread_id, error=str(error))
                return False
        return True

    async def edit(self, message_id: str, post: Post) -> None:
        """Have a message that was posted here say something else, if it is still there."""
        embed, view, files = post.shown(), _view(post.buttons), post.files()
        with self._telling(f"message {message_id}"), suppress(discord.NotFound):
            await self._posted(message_id).edit(embed=embed, view=view, attachments=files)

    async def reword(self, thread_id: str, message_id: str, text: str) -> None:
        """Have a message in a thread say something else, if it is still there."""
        with self._telling(f"thread {thread_id}", in_thread=True), suppress(discord.NotFound):
            await self._in(thread_id, message_id).edit(content=text)

    async def delete(self, message_id: str, *, thread_id: str | None = None) -> None:
        """Delete a message that was posted here, or in a thread, if it is still there."""
        message = self._in(thread_id, message_id) if thread_id else self._posted(message_id)
        with self._telling(f"message {message_id}", in_thread=True), suppress(discord.NotFound):
            await message.delete()

    async def said(self, thread_id: str) -> list[tuple[str, str]]:
        """Return the ids and words of what the bot itself said in a thread, oldest first.

        A thread that is gone holds nothing.
        """
        thread, found = self._client.get_partial_messageable(int(thread_id)), list[tuple[str, str]]()
        with self._telling(f"history of {thread_id}", in_thread=True):
            try:
                async for message in thread.history(limit=None, oldest_first=True):
                    self._reads = True
                    if message.content and self._is_own(message):
                        found.append((str(message.id), message.content))
            except discord.NotFound:
                return []
            await self._see(thread_id)
        return found

    async def say(self, thread_id: str, text: str, nonce: str) -> str:
        """Say something in a thread and return the message's id."""
        thread = self._client.get_partial_messageable(int(thread_id))
        with self._telling(f"thread {thread_id}", in_thread=True):
            return str((await thread.send(text, nonce=nonce, suppress_embeds=True)).id)

    async def announce(self, message_id: str) -> None:
        """Publish a message of an announcement channel to those who follow that; elsewhere do nothing."""
        if not isinstance(self._channel, discord.TextChannel) or not self._channel.is_news():
            return
        with self._telling(f"announcing {message_id}"):
            await self._channel.get_partial_message(int(message_id)).publish()

    async def _see(self, message_id: str) -> None:
        """See that an empty history is one: to whom may not read it Discord shows none, without an error."""
        if not self._reads:
            with suppress(discord.NotFound):
                await self._posted(message_id).fetch()
            self._reads = True

    def _posted(self, message_id: str) -> discord.PartialMessage:
        if isinstance(self._channel, discord.ForumChannel):
            # There the thread has the id of the message that opens it.
            return self._in(message_id, message_id)
        return self._channel.get_partial_message(int(message_id))

    def _in(self, thread_id: str, message_id: str) -> discord.PartialMessage:
        thread = self._client.get_partial_messageable(int(thread_id))
        return thread.get_partial_message(int(message_id))

    def _is_own(self, message: discord.Message) -> bool:
        ours = self._client.user
        plain = message.type is discord.MessageType.default and message.interaction_metadata is None
        return plain and ours is not None and message.author.id == ours.id

    async def _candidates(self, since: datetime) -> AsyncIterator[discord.Message]:
        if isinstance(self._channel, discord.TextChannel):
            async for message in self._channel.history(limit=None, after=since, oldest_first=True):
                yield message
            return
        ours = self._client.user
        async for thread in self._threads():
            recent = thread.created_at is None or thread.created_at >= since
            if recent and ours is not None and thread.owner_id == ours.id:
                # Somebody may have deleted the message that opened it.
                with suppress(discord.NotFound):
                    yield await thread.fetch_message(thread.id)

    async def _threads(self) -> AsyncIterator[discord.Thread]:
        assert isinstance(self._channel, discord.ForumChannel)
        for thread in await self._channel.guild.active_threads():
            if thread.parent_id == self._channel.id:
                yield thread
        async for thread in self._channel.archived_threads(limit=100):
            yield thread

    def _tags(self, wanted: str) -> list[discord.ForumTag]:
        assert isinstance(self._channel, discord.ForumChannel)
        found = [tag for tag in self._channel.available_tags if tag.name.casefold() == wanted.casefold()]
        return found[:1]


def as_file(picture: Card) -> discord.File:
    """Return a picture to send; an embed of the same message shows it by the name PICTURE."""
    return discord.File(io.BytesIO(picture.png), PICTURE, description=shorten(picture.alt, _MOST_ALT))


def _view(buttons: tuple[Button, ...]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        if button.marker:
            view.add_item(discord.ui.Button(label=button.label, custom_id=button.marker))
        else:
            view.add_item(discord.ui.Button(label=button.label, url=button.url))
    # A view that is over is not kept in memory; the gateway's client knows the buttons by their ids.
    view.stop()
    return view


def _markers(message: discord.Message) -> set[str | None]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return {item.custom_id for row in rows for item in row.children if isinstance(item, discord.Button)}


def _told(what: str, words: str) -> str:
    return f"Discord: {what}: {words}"
