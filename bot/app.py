"""The composition root: the one place that wires settings, store, sources, writers and channels."""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.collect import registry
from bot.collect.appview import AppView
from bot.collect.article import Articles
from bot.collect.http import open_fetcher
from bot.collect.network import LIVE
from bot.collect.port import PolledSource, Recheckable, StreamedSource
from bot.detect import beats
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.domain.budget import Caps
from bot.domain.clock import SystemClock
from bot.domain.errors import StoreError
from bot.domain.models import DEAREST, flat
from bot.pipeline.doorkeeper import Doorkeeper
from bot.pipeline.newsroom import Newsroom, Office
from bot.publish.card import Press
from bot.publish.site import SiteChannel
from bot.settings import AtCap, Mode
from bot.store.engine import open_store, sqlite_file, sqlite_url, take
from bot.store.spend import SpendLedger
from bot.web import site as web
from bot.write.extractive import ExtractiveWriter
from bot.write.fallback import FallbackWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from pydantic import SecretStr
    from starlette.applications import Starlette

    from bot.collect.http import Fetcher
    from bot.collect.network import Network
    from bot.detect.beats import BeatBook
    from bot.domain.clock import Clock
    from bot.pipeline.newsroom import Listener
    from bot.publish.bluesky.session import Account
    from bot.publish.port import Channel
    from bot.settings import Settings
    from bot.store.engine import Store
    from bot.write.port import Writer
    from handlers.discord.client import Bot as DiscordBot

LOCK = "groundswell.lock"


@asynccontextmanager
async def store(settings: Settings, *, alone: bool) -> AsyncIterator[Store]:
    """Open the store the settings name; `alone` refuses to share it with another bot, or makes it.

    Who is not alone is given a store that is there already: in a folder named by mistake, an empty one would
    say that nothing is held of somebody, or that publishing is halted. Raises StoreError.
    """
    if not (alone or has_store(settings)):
        msg = (
            f"there is no store in {settings.data_dir}: name the one you mean with --data-dir or"
            " GROUNDSWELL_DATA_DIR; `groundswell run` makes a new one"
        )
        raise StoreError(msg)
    try:
        # It holds what people wrote.
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{error.strerror or error} (docs/configuration.md#data_dir)"
        msg = f"the data directory {settings.data_dir} cannot be made: {problem}"
        raise StoreError(msg) from error
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(settings.data_dir)
    opened = await open_store(url, lock_path=settings.data_dir / LOCK if alone else None)
    try:
        yield opened
    finally:
        await opened.close()


def has_store(settings: Settings) -> bool:
    """Tell whether there is a store; one that has an address of its own is taken for being there."""
    return settings.database_url is not None or sqlite_file(settings.data_dir).is_file()


async def sources(settings: Settings) -> list[PolledSource | StreamedSource]:
    """Return every source as the settings want it, to be looked at and not to be asked.

    Raises ConfigError.
    """
    async with open_fetcher(settings) as fetcher:
        return registry.build(settings, beats.load(settings.beats_file).beats, fetcher)


def clear(data_dir: Path) -> None:
    """Remove what an earlier run left in `data_dir`.

    Raises StoreError if a bot is running there.
    """
    lock = take(data_dir / LOCK)
    try:
        for left in data_dir.glob("groundswell.db*"):
            left.unlink()
    finally:
        lock.release()


@asynccontextmanager
async def newsroom(
    settings: Settings,
    *,
    clock: Clock | None = None,
    beats_file: Path | None = None,
    listening: bool = True,
    network: Network | None = None,
) -> AsyncIterator[Newsroom]:
    """Open the whole newsroom, alone on its store; `listening` false leaves the sources out, as in a replay.

    With a `network` of its own it only hears: nothing is asked again, and nothing leaves the house.
    Raises ConfigError or StoreError. Nothing is reached yet.
    """
    abroad = listening and network is None
    posts = abroad and settings.mode is not Mode.DRY_RUN
    clock = clock or SystemClock()
    book = beats.load(beats_file or settings.beats_file)
    async with (
        store(settings, alone=True) as opened,
        open_fetcher(settings, network=network or LIVE) as fetcher,
        bluesky(settings, wanted=posts) as account,
        _discord(settings, book, clock, wanted=posts) as followed,
    ):
        house = _furnished(Office(settings=settings, store=opened, clock=clock, book=book), account, followed)
        if listening:
            house = _hearing(house, fetcher, network or LIVE)
        yield _asking_again(house, fetcher, account) if abroad else house


def _furnished(desk: Office, account: Account | None, followed: Mapping[str, Channel]) -> Newsroom:
    """Return the house with all that notices, tells, posts and answers."""
    settings, book, embedder = desk.settings, desk.book, Embedder()
    on_discord = [discord_bot(settings.discord_token, desk)] if settings.discord_token and followed else []
    return Newsroom(
        settings=settings,
        store=desk.store,
        clock=desk.clock,
        book=book,
        embedder=embedder,
        relevance=Relevance(book, embedder),
        writer=_writer(settings, desk.store),
        channels={channel.name: channel for channel in _channels(settings, book, account)},
        followed=followed,
        listeners=[*_listeners(desk, account), *on_discord],
        gateways=on_discord,
        press=Press(bot_name=settings.bot_name, beat_names={beat.slug: beat.name for beat in book.beats}),
    )


def _hearing(house: Newsroom, fetcher: Fetcher, network: Network) -> Newsroom:
    """Return the house with its sources."""
    gate = Doorkeeper(
        house.relevance, house.store, house.clock, languages=house.settings.languages, source=registry.GATED
    )
    sources = registry.build(house.settings, house.book.beats, fetcher, gate, network)
    return replace(
        house,
        polled=[source for source in sources if isinstance(source, PolledSource)],
        streamed=[source for source in sources if isinstance(source, StreamedSource)],
    )


def _asking_again(house: Newsroom, fetcher: Fetcher, account: Account | None) -> Newsroom:
    """Return the house with all that it may ask about records it has heard.

    A story does not wait for a source that is off.
    """
    appview = AppView(fetcher, ask=account.query if account else None)
    sources: list[PolledSource | StreamedSource] = [*house.polled, *house.streamed]
    asked = [source for source in sources if isinstance(source, Recheckable) and source.off_reason is None]
    return replace(
        house,
        recheckable={source.name: source for source in (appview, *asked)},
        consenting={appview.name: appview},
        articles=Articles(fetcher),
    )


@contextmanager
def apart(settings: Settings) -> Iterator[Settings]:
    """Give settings with a store to themselves, empty and thrown away, for what must leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="groundswell-") as folder:
        yield settings.model_copy(update={"data_dir": Path(folder), "database_url": None})


@asynccontextmanager
async def office(settings: Settings, *, alone: bool = False) -> AsyncIterator[Office]:
    """Open what a person at the desk needs, beside a running bot or without one; `alone` as in `store`.

    Raises ConfigError or StoreError.
    """
    book = beats.load(settings.beats_file)
    async with store(settings, alone=alone) as opened:
        yield Office(settings=settings, store=opened, clock=SystemClock(), book=book)


def site(newsroom: Newsroom) -> Starlette:
    """Return the site over a newsroom's store."""
    return web.build(
        store=newsroom.store,
        settings=newsroom.settings,
        beats={beat.slug: beat for beat in newsroom.book.beats},
        clock=newsroom.clock,
    )


@asynccontextmanager
async def bluesky(settings: Settings, *, wanted: bool = True) -> AsyncIterator[Account | None]:
    """Open the bot's Bluesky account; None if the settings name none or it is not `wanted`."""
    if not wanted or not settings.bluesky_handle or settings.bluesky_app_password is None:
        yield None
        return
    from bot.publish.bluesky.session import Account  # noqa: PLC0415 - the SDK is only for those with an account

    account = Account(
        handle=settings.bluesky_handle,
        password=settings.bluesky_app_password,
        service=str(settings.bluesky_service),
        folder=settings.data_dir,
        clock=SystemClock(),
    )
    try:
        yield account
    finally:
        await account.close()


@asynccontextmanager
async def _discord(
    settings: Settings, book: BeatBook, clock: Clock, *, wanted: bool
) -> AsyncIterator[Mapping[str, Channel]]:
    """Open what brings stories to Discord; nothing if the settings have no token or it is not `wanted`."""
    if not wanted or settings.discord_token is None:
        yield {}
        return
    from bot.publish.discord.channel import DiscordChannel  # noqa: PLC0415 - only for those with a token
    from bot.publish.discord.session import Account  # noqa: PLC0415 - the same

    account = Account(settings.discord_token, clock)
    channel = DiscordChannel(
        account,
        bot_name=settings.bot_name,
        site_url=str(settings.site_url),
        beat_names={beat.slug: beat.name for beat in book.beats},
    )
    try:
        yield {channel.name: channel}
    finally:
        await account.close()


def discord_bot(token: SecretStr, desk: Office) -> DiscordBot:
    """Return the bot that people on Discord talk to."""
    from handlers.discord.client import Bot  # noqa: PLC0415 - the SDK is only for those with a token

    return Bot(token, desk)


def _channels(settings: Settings, book: BeatBook, account: Account | None) -> list[Channel]:
    channels: list[Channel] = [SiteChannel(str(settings.site_url))]
    if account is None:
        return channels
    from bot.publish.bluesky.channel import BlueskyChannel  # noqa: PLC0415 - the same

    bluesky_channel = BlueskyChannel(
        account,
        bot_name=settings.bot_name,
        site_url=str(settings.site_url),
        beat_names={beat.slug: beat.name for beat in book.beats},
    )
    return [*channels, bluesky_channel]


def _listeners(desk: Office, account: Account | None) -> list[Listener]:
    if account is None:
        return []
    from handlers.bluesky import Listener as BlueskyListener  # noqa: PLC0415 - the same

    return [BlueskyListener(account, store=desk.store, clock=desk.clock, settings=desk.settings)]


def _writer(settings: Settings, opened: Store) -> Writer:
    extractive = ExtractiveWriter()
    if settings.anthropic_api_key is None:
        return extractive
    from bot.write.claude import ClaudeWriter  # noqa: PLC0415 - only an operator with a key pays for the SDK

    caps = Caps.from_dollars(daily=settings.daily_cap_usd, monthly=settings.monthly_cap_usd)
    claude = ClaudeWriter(
        api_key=settings.anthropic_api_key,
        ledger=SpendLedger(opened, SystemClock(), caps),
        writer_model=settings.writer_model,
        small_model=settings.small_model,
        floor=settings.fidelity_floor,
        base_url=str(settings.anthropic_base_url) if settings.anthropic_base_url else None,
        unlisted=DEAREST if settings.unlisted_model_usd is None else flat(settings.unlisted_model_usd),
    )
    return FallbackWriter(claude, extractive, waits_at_cap=settings.at_cap is AtCap.HOLD)
