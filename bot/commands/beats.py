"""The command about beats: show them, mute one, or try out what one would match."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path  # noqa: TC003 - the command line reads the annotations
from typing import TYPE_CHECKING, Any, Literal

from bot import app, screen
from bot import settings as configuration
from bot.collect.replay import Recording
from bot.commands.office import at_desk, whoami
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.detect import beats as book
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.detect.trial import matches
from bot.domain.clock import SystemClock
from bot.domain.errors import ConfigError
from bot.pipeline import switches
from bot.store import decisions, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.detect.trial import Match
    from bot.domain.decision import Decision
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Office
    from bot.settings import Settings

_LOOKED_AT = 5_000
_SHOWN = 20
_TITLE = 100


async def beats(
    move: Literal["mute", "unmute", "try"] | None = None,
    slug: str | None = None,
    /,
    *files: Path,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> int:
    """Show the beats the bot covers; or mute one, unmute it, or try out what it would match.

    Parameters
    ----------
    move
        `mute`: nothing new is told or published on the beat; `unmute` ends it; `try`: show what the beat, as
        its file describes it now, would match; leave it out to show the beats.
    slug
        Which beat.
    files
        For `try`: recorded discourse to look at, instead of the newest conversations in the store.
    """
    settings = configuration.load(data_dir=data_dir)
    if files and move != "try":
        msg = "files go with `try` only: groundswell beats try SLUG FILE..."
        raise ConfigError(msg)
    if move is None:
        return await _show(settings, as_json=as_json)
    if slug is None:
        msg = f"which beat? groundswell beats {move} SLUG (`groundswell beats` shows them)"
        raise ConfigError(msg)
    if move == "try":
        return await _try(settings, slug, files, as_json=as_json)
    async with at_desk(data_dir) as office:
        told = await _switch(office, move, slug)
    if as_json:
        return await _show(settings, as_json=True)
    screen.say(told)
    return 0


async def _show(settings: Settings, *, as_json: bool) -> int:
    known, muted = book.load(settings.beats_file).beats, await _muted(settings)
    if as_json:
        screen.document([screen.beat(item, muted.get(item.slug)) for item in known])
    else:
        screen.beats(known, muted)
    return 0


async def _muted(settings: Settings) -> dict[str, Decision]:
    """Return what is muted; the beats are those of a file, and can be shown before there is a store."""
    if not app.has_store(settings):
        return {}
    async with app.store(settings, alone=False) as store, store.read() as connection:
        return await decisions.muted(connection)


async def _switch(office: Office, move: str, slug: str) -> str:
    if move == "mute":
        return f"The beat {slug} is {await switches.mute(office, slug, whoami())}."
    ended = await switches.unmute(office, slug, whoami())
    return f"The beat {slug} is told again; it was {ended}." if ended else f"The beat {slug} was not muted."


async def _try(settings: Settings, slug: str, files: Sequence[Path], *, as_json: bool) -> int:
    known = book.load(settings.beats_file)
    beat = known.beat(slug)
    said = _recorded(files) if files else await _stored(settings)
    embedder = Embedder()
    found = sorted(
        matches(Relevance(known, embedder), embedder, slug, said), key=lambda m: (-m.score, m.record.id)
    )
    looked_at = sum(record.opens_thread for record in said)
    if as_json:
        whole = {"beat": slug, "looked_at": looked_at, "matched": len(found)}
        screen.document(whole | {"matches": [_document(match) for match in found]})
    else:
        screen.say("\n".join(_lines(f"{beat.name} ({slug})", looked_at, found)))
    return 0


def _recorded(files: Sequence[Path]) -> list[Record]:
    tomorrow = SystemClock().now() + timedelta(days=1)
    with Recording(files, not_after=tomorrow) as recording:
        return list(recording.records(skip=0))


async def _stored(settings: Settings) -> list[Record]:
    async with app.store(settings, alone=False) as store, store.read() as connection:
        return await records.openers(connection, _LOOKED_AT)


def _document(match: Match) -> dict[str, Any]:
    record = match.record
    return {
        "record": record.id, "place": record.place, "url": record.url, "text": _opening(record),
        "score": match.score, "terms": list(match.terms),
    }  # fmt: skip


def _lines(name: str, looked_at: int, found: Sequence[Match]) -> Iterator[str]:
    yield f"{name} would match {len(found)} of {looked_at} conversations."
    for match in found[:_SHOWN]:
        yield f"  {match.score:.2f}  {_opening(match.record)}"
        yield f"        {match.record.place}: {', '.join(match.terms) or 'near the description'}"
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more, with lower scores (--json lists them)"


def _opening(record: Record) -> str:
    return " ".join((record.title or record.text)[:_TITLE].split())
