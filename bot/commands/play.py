"""Commands that play recorded discourse: demo and replay."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bot import app, playback, schedule, screen
from bot import settings as configuration
from bot.commands.options import DataDir, Json, Wire  # noqa: TC001 - the command line reads the annotations
from bot.domain.errors import InputError
from bot.operate import logs
from bot.store import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress
    from bot.settings import Settings

_DEMO_DIR = Path("data/demo")


async def demo(*, data_dir: DataDir = None, serve: bool = True) -> int:
    """Replay a fictional week of discourse, show its stories as they are published, then serve the site.

    Parameters
    ----------
    serve
        Serve the site when the week is over.
    """
    folder = Path(str(files("bot.demo")))
    if data_dir is None:
        app.clear(_DEMO_DIR)
    settings = configuration.demo(data_dir or _DEMO_DIR)
    logs.configure("WARNING", settings)
    await _play(settings, [folder / "week.jsonl.gz"], beats_file=folder / "beats.toml", previews=True)
    if serve:
        async with app.newsroom(settings, beats_file=folder / "beats.toml", listening=False) as newsroom:
            with schedule.listen(settings) as door:
                screen.serving(schedule.address_of(door))
                await schedule.serve_site(app.site(newsroom), door)
    return 0


async def replay(
    recording: Path, /, *more: Path, wire: Wire = False, data_dir: DataDir = None, as_json: Json = False
) -> int:
    """Drive the whole pipeline with recorded discourse, on the records' own clock.

    Parameters
    ----------
    recording
        JSON Lines in the interchange format (docs/interchange.md), gzipped or not.
    more
        Further files; all are merged by time.
    """
    settings = configuration.load(data_dir=data_dir)
    logs.configure("WARNING", settings)
    if wire and more:
        msg = "one recording of the wire is played at a time"
        raise InputError(msg)
    if wire:
        summary = await _play_wire(settings, recording, previews=not as_json)
    else:
        summary = await _play(
            settings, [recording, *more], beats_file=settings.beats_file, previews=not as_json
        )
    if as_json:
        screen.document(summary.document())
    return 0


async def _play_wire(settings: Settings, recording: Path, *, previews: bool) -> playback.Summary:
    console = Console(stderr=not previews)
    with screen.Progress(console, "entries") as progress:
        summary = await playback.play_wire(
            settings, recording, total=progress.begin, step=_Step(progress, console, previews=previews)
        )
    if previews:
        screen.summary(console, summary)
    return summary


async def _play(
    settings: Settings, recordings: Sequence[Path], *, beats_file: Path | None, previews: bool
) -> playback.Summary:
    console = Console(stderr=not previews)
    with screen.Progress(console) as progress:
        summary = await playback.play(
            settings,
            recordings,
            beats_file=beats_file,
            total=progress.begin,
            step=_Step(progress, console, previews=previews),
        )
    if previews:
        screen.summary(console, summary)
    return summary


class _Step:
    """Shows how far a replay is, and the stories of each step."""

    def __init__(self, progress: screen.Progress, console: Console, *, previews: bool) -> None:
        self._progress = progress
        self._console = console
        self._previews = previews

    async def __call__(self, newsroom: Newsroom, at: Progress) -> None:
        self._progress.move(at)
        if self._previews:
            await _previews(newsroom, self._console, at.published)


async def _previews(newsroom: Newsroom, console: Console, published: list[str]) -> None:
    for story_id in published:
        async with newsroom.store.read() as connection:
            found = await pages.dossier(connection, story_id)
        screen.preview(console, newsroom.settings, newsroom.book, found.story)
