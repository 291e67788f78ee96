"""Playing recorded discourse through a whole newsroom, and what came of it."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot import app
from bot.collect import tape, wire_host
from bot.collect.replay import BadLines, Recording
from bot.domain.clock import ReplayClock
from bot.domain.story import StoryState
from bot.pipeline import replay, wire
from bot.pipeline.ahead import reading_ahead
from bot.store import pages, records, stories

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress
    from bot.settings import Settings

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_TOMORROW = timedelta(days=1)
# To start a second process takes as long as to read so many records.
_MANY = 5_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What a replay came to. `kept` counts records that belong to a beat; `bad_lines` are the first."""

    records: int
    kept: int
    bad: int
    storylines: int
    signals: int
    published: int
    held: int
    killed: int
    seconds: float
    stories: tuple[str, ...]
    bad_lines: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the summary as a JSON-ready document."""
        return asdict(self)


async def play(
    settings: Settings,
    paths: Sequence[Path],
    *,
    beats_file: Path | None,
    total: Callable[[int], object],
    step: Callable[[Newsroom, Progress], Awaitable[object]],
) -> Summary:
    """Drive the pipeline with the records in `paths`.

    `total` is told how many good records there are before the first step; `step` follows each step.
    Raises InputError if a file cannot be read, or if the store holds anything else.
    """
    begun = time.monotonic()
    clock = ReplayClock(_BEGINNING)
    with Recording(paths, not_after=datetime.now(UTC) + _TOMORROW) as recording:
        total(recording.good)
        async with app.newsroom(settings, clock=clock, beats_file=beats_file, listening=False) as newsroom:
            with reading_ahead() if recording.good >= _MANY else nullcontext() as ahead:
                await replay.run(
                    newsroom, clock, recording, lambda progress: step(newsroom, progress), ahead=ahead
                )
            return await _summary(newsroom, recording.good, recording.bad, time.monotonic() - begun)


async def play_wire(
    settings: Settings,
    path: Path,
    *,
    total: Callable[[int], object],
    step: Callable[[Newsroom, Progress], Awaitable[object]],
) -> Summary:
    """Serve a recording of the wire to the source that was recorded, and drive the pipeline with it.

    `total` is told how many entries there are before the first step; `step` follows each step.
    Raises InputError if the file cannot be read, or if the store holds anything.
    """
    begun = time.monotonic()
    header, entries = tape.read(path)
    taken = list(entries)
    total(len(taken))
    clock = ReplayClock(header.began_at)
    async with (
        wire_host.serve(taken) as network,
        app.newsroom(wire.as_recorded(settings, header, taken), clock=clock, network=network) as newsroom,
    ):
        bad = BadLines()
        async for progress, unreadable in wire.replay(newsroom, clock, header, taken):
            bad.count += unreadable
            await step(newsroom, progress)
        async with newsroom.store.read() as connection:
            heard = sum((await records.tally(connection)).values())
        return await _summary(newsroom, heard, bad, time.monotonic() - begun)


async def _summary(newsroom: Newsroom, good: int, bad: BadLines, seconds: float) -> Summary:
    async with newsroom.store.read() as connection:
        census = await pages.census(connection)
        heard = await records.tally(connection)
        told = await stories.every(connection)
    states = Counter(story.state for story in told)
    return Summary(
        records=good,
        kept=heard.get(records.NOTICED, 0),
        bad=bad.count,
        storylines=census.storylines,
        signals=census.signals,
        published=sum(number for state, number in states.items() if state.public),
        held=states[StoryState.HELD],
        killed=states[StoryState.KILLED],
        seconds=round(seconds, 1),
        stories=tuple(sorted(story.id for story in told if story.state.public)),
        bad_lines=tuple(bad.first),
    )
