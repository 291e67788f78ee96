"""Replay: recorded discourse drives the whole pipeline on the records' own clock.

A step is an hour of that clock, or a few where little was said. What a step hears is committed together with
how far it has read; everything after that is due work in the store. So a replay that is killed anywhere goes
on where it stopped and ends with the same stories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import InputError
from bot.pipeline import tick
from bot.store import records, sources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.collect.replay import Recording
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.ahead import Ahead
    from bot.pipeline.newsroom import Newsroom

STEP = timedelta(hours=1)
SOURCE = "replay"
# After the last record the clock runs on for as long as a signal may wait for its story.
_AFTERMATH = 6
# A step is taken once this many records wait, or for this long.
_ENOUGH = 12
_LONGEST = timedelta(hours=4)
# After so much silence nothing is waiting any more, and the clock jumps over the rest of a long one.
_PATIENCE = timedelta(hours=10)
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
    *,
    ahead: Ahead | None = None,
) -> None:
    """Drive the pipeline through `recording`, from where an earlier run stopped; `report` each step.

    What comes next is read `ahead`, if anybody does that. Raises InputError if the store holds anything else.
    """
    async with newsroom.store.read() as connection:
        await need_to_itself(connection, recording.fingerprint)
        state = await sources.get(connection, SOURCE, recording.fingerprint)
    done, ended = int(state.cursor.get("done", 0)), int(state.cursor.get("ended", 0))
    if done:
        clock.advance(datetime.fromisoformat(state.cursor["until"]))
        await report(Progress(done, clock.now(), await tick.run(newsroom)))
    # The last record that was heard says how long it has been silent.
    said = recording.records(skip=max(done - 1, 0))
    if ahead is not None:
        newsroom.read, said = ahead.read, ahead.through(said)
    first = next(said, None)
    for until, batch in _steps(first, said, clock.now() if done else None) if first else ():
        done += len(batch)
        await _step(newsroom, clock, recording, until, batch, {"done": done})
        await report(Progress(done, until, await tick.run(newsroom)))
    for number in range(ended, _AFTERMATH if done else 0):
        await _step(newsroom, clock, recording, clock.now() + STEP, [], {"done": done, "ended": number + 1})
        await report(Progress(done, clock.now(), await tick.run(newsroom)))


async def need_to_itself(connection: AsyncConnection, fingerprint: str | None) -> None:
    """Raise InputError if anything but the recording with this fingerprint has been heard into the store.

    A replay moves the clock of everything in its store: among what a service heard it would publish, fade and
    count at hours that never were.
    """
    heard = {
        "another recording" if state.source == SOURCE else state.source
        for state in await sources.all_states(connection)
        if (state.source, state.target) != (SOURCE, fingerprint)
    }
    if heard:
        msg = (
            f"this store holds what was heard from {', '.join(sorted(heard))}, and a replay needs one to"
            " itself: name a new folder with --data-dir (several recordings can be played together)"
        )
        raise InputError(msg)


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


def _steps(
    first: Record, said: Iterator[Record], after: datetime | None
) -> Iterator[tuple[datetime, list[Record]]]:
    """Yield an hour's end and what was said since the last, once that is enough or has waited long enough.

    `after` is the step that `first` was heard at, None if it was not heard yet. What follows depends on
    nothing else, so a replay that goes on takes the steps that one in a single run would have taken.
    """
    until = after or _next_hour(first.created_at)
    taken, batch, last = after or until - STEP, [] if after else [first], first.created_at
    for record in said:
        while record.created_at > until:
            if len(batch) >= _ENOUGH or until - taken >= _LONGEST:
                yield until, batch
                batch, taken = [], until
            silent = record.created_at - until > _LONG_SILENCE and until - last >= _PATIENCE
            if silent and until == taken:
                until = _next_hour(record.created_at)
                taken = until - STEP
            else:
                until += STEP
        batch.append(record)
        last = record.created_at
    if batch:
        yield until, batch


def _next_hour(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day, moment.hour, tzinfo=UTC) + STEP
