"""Replay: recorded discourse drives the whole pipeline on the records' own clock.

A step is an hour of that clock, or a few where little was said. What a step hears is committed together with
how far it has read; everything after that is due work in the store. So a replay that is killed anywhere goes
on where it stopped and ends with the same stories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.pipeline import tick
from bot.store import records, sources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bot.collect.replay import Recording
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

STEP = timedelta(hours=1)
SOURCE = "replay"
# After the last record the clock runs on for as long as a signal may wait for its story.
_AFTERMATH = 6
# Nothing is still waiting after this; the clock jumps over the rest of a silence.
_ENOUGH = 12
_LONGEST = 4
_LONG_SILENCE = timedelta(days=3)


@dataclass(slots=True)
class Progress:
    """How far a replay is: records heard, the clock, and what was published at this step."""

    heard: int
    at: datetime
    published: list[str] = field(default_factory=list)


async def run(
    newsroom: Newsroom,
    clock: ReplayClock,
    recording: Recording,
    report: Callable[[Progress], Awaitable[object]],
) -> None:
    """Drive the pipeline through `recording`, from where an earlier run stopped; `report` each step."""
    async with newsroom.store.read() as connection:
        state = await sources.get(connection, SOURCE, recording.fingerprint)
    done, ended = int(state.cursor.get("done", 0)), int(state.cursor.get("ended", 0))
    if done:
        clock.advance(datetime.fromisoformat(state.cursor["until"]))
        await report(Progress(done, clock.now(), await tick.run(newsroom)))
    for until, batch in _steps(recording.records(skip=done), clock.now() if done else None):
        done += len(batch)
        await _step(newsroom, clock, recording, until, batch, {"done": done})
        await report(Progress(done, until, await tick.run(newsroom)))
    for number in range(ended, _AFTERMATH if done else 0):
        await _step(newsroom, clock, recording, clock.now() + STEP, [], {"done": done, "ended": number + 1})
        await report(Progress(done, clock.now(), await tick.run(newsroom)))


async def _step(
    newsroom: Newsroom,
    clock: ReplayClock,
    recording: Recording,
    until: datetime,
    batch: list[Record],
    cursor: dict[str, int],
) -> None:
    clock.advance(until)
    async with newsroom.store.write() as connection:
        await records.add(connection, batch, until)
        await sources.succeeded(
            connection,
            SOURCE,
            recording.fingerprint,
            cursor=cursor | {"until": until.isoformat()},
            at=until,
        )


def _steps(said: Iterator[Record], after: datetime | None) -> Iterator[tuple[datetime, list[Record]]]:
    """Yield an hour's end and what was said since the last, once that is enough or has waited long enough."""
    batch: list[Record] = []
    until = after
    hours = 0
    for record in said:
        if until is None:
            until = _next_hour(record.created_at)
        while record.created_at > until:
            hours += 1
            if len(batch) >= _ENOUGH or hours >= _LONGEST:
                yield until, batch
                batch, hours = [], 0
            until += STEP
            if record.created_at - until > _LONG_SILENCE:
                until = _next_hour(record.created_at)
        batch.append(record)
    if batch and until is not None:
        yield until, batch


def _next_hour(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day, moment.hour, tzinfo=UTC) + STEP
