"""`groundswell doctor`: is everything there that the bot needs, and if not, what to do."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from rich.table import Table
from rich.text import Text

from bot.collect import quality, registry
from bot.collect.http import Limits, open_fetcher
from bot.collect.port import PolledSource, StreamedSource, sort_of
from bot.detect import beats
from bot.detect.embedding import MODEL, Embedder
from bot.domain.clock import SystemClock
from bot.domain.errors import ConfigError, PublishError, SourceError, StoreError, WriterError
from bot.domain.publication import remedy
from bot.operate.logs import Redactor, secrets_of
from bot.store import decisions, migrate, publications
from bot.store.engine import open_store, sqlite_file, sqlite_url
from bot.write.credentials import try_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.clock import Clock
    from bot.domain.decision import Decision
    from bot.domain.publication import Publication
    from bot.settings import Settings
    from bot.store.engine import Store

PROBE_SECONDS = 5.0

# A commit that meets a checkpoint can damage a database in this range; here they never meet.
_WAL_RESET = ((3, 7, 0), (3, 51, 2))
_BUILT = datetime(2026, 11, 1, tzinfo=UTC)
_SHOWN = 3
_MAKE_STORE = "`groundswell run` makes it; --data-dir or GROUNDSWELL_DATA_DIR name another"
_NAME_STORE = "see GROUNDSWELL_DATABASE_URL and GROUNDSWELL_DATA_DIR in docs/configuration.md"
_STYLES = {"ok": "green", "off": "dim", "failing": "bold red"}


class Verdict(StrEnum):
    """What an examination came to."""

    OK = "ok"
    OFF = "off"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined: what was found, and what to do about it ("" if nothing)."""

    name: str
    verdict: Verdict
    detail: str
    todo: str = ""


async def examine(
    settings: Settings,
    *,
    sources: Sequence[PolledSource | StreamedSource] | None = None,
    clock: Clock | None = None,
) -> list[Finding]:
    """Examine everything and return what was found; no finding holds a secret.

    `sources` are asked for real, within PROBE_SECONDS each (default: all the settings name).
    """
    clock = clock or SystemClock()
    book, read = _beats(settings)
    folder = _folder(settings)
    store, outbox = await _store(settings)
    found = [
        _configuration(settings),
        folder,
        *store,
        _sqlite(),
        _clock(clock),
        read,
    ]
    found += [await asyncio.to_thread(_embedding), await _claude(settings), _site(settings)]
    found += [await _bluesky(settings, clock), await _discord(settings, clock), *outbox]
    limits = Limits(connect=PROBE_SECONDS, read=PROBE_SECONDS, total=PROBE_SECONDS)
    async with open_fetcher(settings, limits=limits) as fetcher:
        if sources is None:
            sources = registry.build(settings, book.beats if book else (), fetcher)
        found += [_terms(sources, clock), *await _ask_all(sources, clock)]
    redactor = Redactor(secrets_of(settings))
    return [Finding(f.name, f.verdict, redactor.clean(f.detail), redactor.clean(f.todo)) for f in found]


def render(findings: Iterable[Finding]) -> Table:
    """Return the findings as a table for a terminal."""
    table = Table("verdict", "name", "found", box=None, pad_edge=False, show_header=False)
    for finding in findings:
        verdict = finding.verdict.value
        found = Text(finding.detail)
        if finding.todo:
            found.append(f"\n\N{RIGHTWARDS ARROW} {finding.todo}", style="dim")
        table.add_row(Text(verdict, style=_STYLES[verdict]), Text(finding.name), found)
    return table


def document(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return the findings as plain data for JSON."""
    return [asdict(finding) for finding in findings]


def _configuration(settings: Settings) -> Finding:
    file = settings.model_config.get("env_file")
    there = file is not None and os.path.isfile(str(file))  # noqa: PTH113 - the setting may be of several types
    detail = (
        f"read from {file} and the environment" if there else "no .env file: the environment and the defaults"
    )
    todo = "" if there else "`groundswell init` writes one; the defaults listen, too"
    return Finding("configuration", Verdict.OK, f"Groundswell {version('groundswell')}, {detail}", todo)


def _folder(settings: Settings) -> Finding:
    """Look whether the data directory can be written, or made; nothing is left behind."""
    name, folder = "data directory", settings.data_dir
    try:
        there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"groundswell")
    except OSError as error:
        todo = "make it writable for this user, or set GROUNDSWELL_DATA_DIR"
        return Finding(name, Verdict.FAILING, f"{folder}: {error.strerror or error}", todo)
    if not folder.exists():
        return Finding(name, Verdict.OK, f"{folder.absolute()} is not there yet and can be made")
    return Finding(name, Verdict.OK, f"{folder.resolve()} can be written")


async def _store(settings: Settings) -> tuple[list[Finding], list[Finding]]:
    """Return how the store and publishing are, and what in the outbox waits for the network or a person.

    It only looks: no store is made, and none is brought up to date.
    """
    if settings.database_url is None and not sqlite_file(settings.data_dir).is_file():
        return [Finding("store", Verdict.OFF, f"there is none in {settings.data_dir} yet", _MAKE_STORE)], []
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(settings.data_dir)
    try:
        store = await open_store(url, migrate_up=False)
    except StoreError as error:
        return [Finding("store", Verdict.FAILING, str(error), _NAME_STORE)], []
    try:
        async with store.read() as connection:
            problem = _schema(store, await connection.run_sync(migrate.revision))
            return ([problem], []) if problem else await _contents(store, connection)
    except sa.exc.DBAPIError as error:
        return [Finding("store", Verdict.FAILING, f"it cannot be read: {error.orig}", _NAME_STORE)], []
    finally:
        await store.close()


def _schema(store: Store, revision: str | None) -> Finding | None:
    """Return why no further question can be put to the store; None if its schema is that of this version."""
    newest, *older = migrate.known()
    if revision == newest:
        return None
    if revision is None:
        return Finding("store", Verdict.OFF, f"{store.dialect}, nothing in it yet", _MAKE_STORE)
    if revision in older:
        todo = "`groundswell run` brings it up to date; `groundswell backup` copies it before"
        return Finding("store", Verdict.OK, f"{store.dialect}, schema {revision} of {newest}", todo)
    detail = f"schema {revision} was made by a newer version of Groundswell, or by something else"
    return Finding("store", Verdict.FAILING, detail, "update Groundswell, or name another store")


async def _contents(store: Store, connection: AsyncConnection) -> tuple[list[Finding], list[Finding]]:
    halt, muted = await decisions.halted(connection), await decisions.muted(connection)
    conflicts, waiting = await publications.in_conflict(connection), await publications.waiting(connection)
    fit = Finding("store", Verdict.OK, f"{store.dialect}, schema {migrate.known()[0]}")
    return [fit, _publishing(halt, muted)], [*map(_conflict, conflicts), *_waiting(waiting)]


def _conflict(item: Publication) -> Finding:
    return Finding(f"publication: {item.id}", Verdict.FAILING, item.error or "in conflict", remedy(item))


def _waiting(items: Sequence[Publication]) -> list[Finding]:
    """Return what is not on its channel yet, a finding a channel."""
    found = []
    for channel in sorted({item.channel for item in items}):
        mine = [item for item in items if item.channel == channel]
        detail = f"{len(mine)} waiting for another try; the last one: {mine[-1].error}"
        found.append(Finding(f"outbox: {channel}", Verdict.OK, detail, "the bot tries again by itself"))
    return found


def _publishing(halt: Decision | None, muted: Mapping[str, Decision]) -> Finding:
    if halt is not None:
        return Finding("publishing", Verdict.OFF, str(halt), "`groundswell resume` lets it go on")
    if muted:
        told = "; ".join(f"{slug} is {mute}" for slug, mute in sorted(muted.items()))
        return Finding("publishing", Verdict.OK, told, "`groundswell beats unmute SLUG` ends it")
    return Finding("publishing", Verdict.OK, "not halted, no beat muted")


def _sqlite() -> Finding:
    detail = f"SQLite {sqlite3.sqlite_version}"
    first, last = _WAL_RESET
    if first <= sqlite3.sqlite_version_info <= last:
        detail += " has the WAL-reset bug (3.7.0 to 3.51.2); the bot and its commands do not meet it"
        return Finding(
            "SQLite", Verdict.OK, detail, "let no other program write to groundswell.db or checkpoint it"
        )
    return Finding("SQLite", Verdict.OK, detail)


def _clock(clock: Clock) -> Finding:
    now = clock.now()
    if now < _BUILT:
        detail = f"the clock says {now:%Y-%m-%d %H:%M} UTC, which is before this version was made"
        return Finding("clock", Verdict.FAILING, detail, "set the machine's time, and keep it set with NTP")
    return Finding("clock", Verdict.OK, f"{now:%Y-%m-%d %H:%M} UTC")


def _beats(settings: Settings) -> tuple[beats.BeatBook | None, Finding]:
    try:
        book = beats.load(settings.beats_file)
    except ConfigError as error:
        return None, Finding(
            "beats", Verdict.FAILING, str(error), "mend the file, or unset GROUNDSWELL_BEATS_FILE"
        )
    return book, Finding("beats", Verdict.OK, f"{len(book.beats)} beats on {book.topic.name}")


def _embedding() -> Finding:
    try:
        (vector,) = Embedder().embed(["a word"])
    except Exception as error:  # noqa: BLE001 - whatever the package raises is the finding
        detail = f"{MODEL} cannot be loaded: {type(error).__name__}: {error}"
        return Finding("embedding model", Verdict.FAILING, detail, "install the locked packages again")
    return Finding("embedding model", Verdict.OK, f"{MODEL}, {len(vector)} dimensions, nothing to download")


async def _claude(settings: Settings) -> Finding:
    key, name = settings.anthropic_api_key, "writer: claude"
    if key is None:
        detail = "no key: stories are assembled from quotes and numbers, without a language model"
        return Finding(name, Verdict.OFF, detail, "`groundswell init` asks for a key")
    try:
        await try_key(key, base_url=str(settings.anthropic_base_url) if settings.anthropic_base_url else None)
    except WriterError as error:
        refused = error.reason == "credentials"
        todo = "`groundswell init` asks for another" if refused else "until it answers, stories do without"
        return Finding(name, Verdict.FAILING, str(error), todo)
    cap = f"at most ${settings.daily_cap_usd:.2f} a day and ${settings.monthly_cap_usd:.2f} a month"
    return Finding(name, Verdict.OK, f"the key works; {settings.writer_model}, {cap}")


def _site(settings: Settings) -> Finding:
    where = f"pages at http://{settings.host}:{settings.port}, linked to as {settings.site_url}"
    return Finding("channel: site", Verdict.OK, where)


async def _bluesky(settings: Settings, clock: Clock) -> Finding:
    name, handle, password = "channel: bluesky", settings.bluesky_handle, settings.bluesky_app_password
    if not handle and password is None:
        return Finding(name, Verdict.OFF, "no account: stories are on the site only")
    if not handle or password is None:
        missing = "GROUNDSWELL_BLUESKY_APP_PASSWORD" if handle else "GROUNDSWELL_BLUESKY_HANDLE"
        return Finding(name, Verdict.FAILING, f"{missing} is missing", "set both, or neither")
    from bot.publish.bluesky.session import Account  # noqa: PLC0415 - the SDK is only for those with an account

    account = Account(
        handle=handle,
        password=password,
        service=str(settings.bluesky_service),
        folder=settings.data_dir,
        clock=clock,
    )
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            session = await account.query("com.atproto.server.getSession")
    except (PublishError, TimeoutError) as error:
        detail = str(error) or f"no answer within {PROBE_SECONDS:g} seconds"
        return Finding(name, Verdict.FAILING, detail, "check handle, app password and service")
    finally:
        await account.close()
    where = f"logged in as {session['handle']} ({session['did']})"
    return Finding(name, Verdict.OK, where, "`groundswell bluesky setup` labels the profile as a bot's")


async def _discord(settings: Settings, clock: Clock) -> Finding:
    name, token = "channel: discord", settings.discord_token
    if token is None:
        return Finding(name, Verdict.OFF, "no token: the bot is not on Discord", "")
    from bot.publish.discord.session import Account  # noqa: PLC0415 - the SDK is only for those with a token

    account = Account(token, clock)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            who = await account.who()
    except (PublishError, TimeoutError) as error:
        detail = str(error) or f"no answer within {PROBE_SECONDS:g} seconds"
        return Finding(name, Verdict.FAILING, detail, "check the token in the developer portal")
    finally:
        await account.close()
    where = f"logged in as {who}"
    return Finding(name, Verdict.OK, where, "`groundswell discord setup` registers the commands")


def _terms(sources: Iterable[PolledSource | StreamedSource], clock: Clock) -> Finding:
    """Return whose terms are to be read again, of the sources that are listened to."""
    listening = {source.name for source in sources if source.off_reason is None}
    told = [quality.load(name) for name in quality.names() if name in listening]
    overdue = [
        f"{one.title} ({one.terms})" for one in told if one.terms and one.terms.overdue(clock.now().date())
    ]
    name = "terms of the sources"
    if not overdue:
        return Finding(name, Verdict.OK, "all were read within a year")
    todo = "read them, and update Groundswell: each version says when its maintainers did (docs/sources.md)"
    return Finding(name, Verdict.OK, f"not read within a year: {'; '.join(overdue)}", todo)


async def _ask_all(sources: Iterable[PolledSource | StreamedSource], clock: Clock) -> list[Finding]:
    return list(await asyncio.gather(*(_ask(source, clock) for source in sources)))


async def _ask(source: PolledSource | StreamedSource, clock: Clock) -> Finding:
    name = f"source: {source.name}"
    if source.off_reason is not None:
        return Finding(name, Verdict.OFF, source.off_reason)
    if not source.targets:
        return Finding(name, Verdict.OFF, "nothing is configured for it")
    asked = _sample(source.targets)
    problems = await asyncio.gather(*(_problem(source, target, clock.now()) for target in asked))
    found = list(zip(asked, problems, strict=True))
    faults = [f"{target}: {problem}" for target, problem in found if problem]
    answered = [target for target, problem in found if not problem]
    shown = "; ".join(faults[:_SHOWN]) + (
        f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    )
    if {*map(sort_of, answered)} != {*map(sort_of, asked)}:
        todo = "check the network and the setting; the bot goes on without it and tries again by itself"
        return Finding(name, Verdict.FAILING, shown, todo)
    told = f"{len(answered)} of {len(asked)} answered" if len(asked) > 1 else "answered"
    return Finding(name, Verdict.OK, f"{told}; not: {shown}" if faults else told)


def _sample(targets: Sequence[str]) -> list[str]:
    """Return the targets that tell how a source is: all addresses, else the first of each sort.

    Addresses are servers of their own; the listings of one server answer alike, and it may want them paced.
    """
    first = {sort_of(target): target for target in reversed(targets)}
    return [target for target in targets if "://" in target] or [*reversed(first.values())]


async def _problem(source: PolledSource | StreamedSource, target: str, now: datetime) -> str | None:
    """Return why `target` gave nothing usable within PROBE_SECONDS, or None."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            if isinstance(source, PolledSource):
                await source.fetch(target, {}, now)
            else:
                await _first(source, target)
    except TimeoutError:
        return f"no answer within {PROBE_SECONDS:g} seconds"
    except SourceError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - one broken source must not end the examination
        return f"{type(error).__name__}: {error}"
    return None


async def _first(source: StreamedSource, target: str) -> None:
    async with aclosing(_generator(source.stream(target, {}))) as stream:
        async for _ in stream:
            return


def _generator(stream: Any) -> Any:  # noqa: ANN401 - the port says iterator; the ones there are close like generators
    return stream
