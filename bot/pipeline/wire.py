"""Recordings of the wire: made by hearing one source for a while, played by hearing it again from them."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.collect import registry
from bot.collect.port import PolledSource
from bot.collect.tape import Opened, Visit
from bot.collect.taping import TapedSource
from bot.domain.errors import InputError, SourceError
from bot.pipeline import hear, tick
from bot.pipeline.replay import Progress, need_to_itself

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime, timedelta

    from bot.collect.port import StreamedSource
    from bot.collect.tape import Entry, Header, Tape
    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom
    from bot.settings import Settings

# What a source is given in place of a secret: the recording serves whoever asks.
_SECRETS = ("github_token", "youtube_api_key", "reddit_client_id", "reddit_client_secret")


def secrets_of(settings: Settings) -> list[str]:
    """Return the names of the secrets that are set and decide what a source asks for."""
    return [name for name in _SECRETS if getattr(settings, name, None) is not None]


def as_recorded(settings: Settings, header: Header, entries: Sequence[Entry]) -> Settings:
    """Return the settings under which a source asks as it asked when it was recorded."""
    changed: dict[str, object] = {
        name: SecretStr("recorded") for name in header.secrets if name in _SECRETS
    } | {"reddit_access_approved": True, "reddit_username": "recorded"}
    streams = [entry.url for entry in entries if isinstance(entry, Opened)]
    if streams:
        changed["bluesky_hosts"] = tuple(streams[:1])
    return settings.model_copy(update=changed)


async def record(newsroom: Newsroom, tape: Tape, source: str, pause: timedelta, length: timedelta) -> None:
    """Hear one source for so long, in a newsroom whose network is taped; it looks what is due every `pause`.

    Raises ConfigError for an unknown source, InputError for one that is off or not on the wire.
    """
    found = registry.named(source, [*newsroom.polled, *newsroom.streamed])
    if found.off_reason is not None:
        msg = f"{source} is off: {found.off_reason}"
        raise InputError(msg)
    end = newsroom.clock.now() + length
    if not isinstance(found, PolledSource):
        await hear.listen(newsroom, found, found.targets[0], until=end)
        return
    newsroom.polled = [TapedSource(found, tape)]
    while newsroom.clock.now() < end:
        await hear.run(newsroom)
        await newsroom.clock.wait_until(min(end, newsroom.clock.now() + pause))


async def replay(
    newsroom: Newsroom, clock: ReplayClock, header: Header, entries: Sequence[Entry]
) -> AsyncIterator[tuple[Progress, int]]:
    """Hear a recording that the newsroom's network serves; yield each step, and how much it could not read.

    Raises ConfigError for an unknown source, InputError if anything was heard into the store before: the
    source would ask for other things then.
    """
    found = registry.named(header.source, [*newsroom.polled, *newsroom.streamed])
    async with newsroom.store.read() as connection:
        await need_to_itself(connection, None)
    if isinstance(found, PolledSource):
        for number, entry in enumerate(entries, start=1):
            if isinstance(entry, Visit):
                clock.advance(entry.at)
                visited = await hear.visit(newsroom, found, entry.target, force=True)
                yield Progress(number, clock.now(), await tick.run(newsroom)), visited.bad
        return
    heard = 0
    async for at, bad in _stream(newsroom, clock, found, found.targets[0]):
        heard += 1
        yield Progress(heard, at, await tick.run(newsroom)), bad


async def _stream(
    newsroom: Newsroom, clock: ReplayClock, source: StreamedSource, target: str
) -> AsyncIterator[tuple[datetime, int]]:
    """Hear a stream to its end; yield the time and what could not be read after each batch."""
    begun = False
    try:
        async with aclosing(source.stream(target, {})) as stream:
            async for haul in stream:
                begun = True
                clock.advance(haul.heard_until or clock.now())
                await hear.keep(newsroom, source.name, target, haul)
                yield clock.now(), haul.bad
    except SourceError:
        # A recording ends like a connection that is lost.
        if not begun:
            raise
