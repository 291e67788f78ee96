"""Assignment: which signals deserve a story now, and whether it is one on a matter that was told before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from bot.detect.signals import WINDOW
from bot.domain.decision import DecisionKind
from bot.domain.signal import OF_MOOD, SignalKind, SignalState
from bot.domain.story import StoryState
from bot.domain.verdict import BEAT_IS_FULL, DAY_IS_FULL, MOVED, ONLY_GONE_ON, OVERTAKEN, RIPENING
from bot.pipeline import matter
from bot.store import counted, decisions, regroup, stories, storylines

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.signal import Signal, Storyline
    from bot.pipeline.newsroom import Newsroom
    from bot.settings import Settings
    from bot.store.stories import Head

# A matter is told when it has taken shape, not at its first hour.
_RIPEN = timedelta(hours=3)
_STALE = timedelta(hours=30)
_DAY = timedelta(days=1)
REMEMBER_TOLD = timedelta(days=14)
# So long the words of a matter are known; a day tells few stories, so that those of a year are not many.
_REMEMBER_WORDS = timedelta(days=365)
_UPDATE_AFTER = timedelta(hours=24)
_FEWEST_NEW_AUTHORS = 15
# More of the same is no update; these say that something about a matter is not as it was told.
_NEWS_AGAIN = OF_MOOD | {SignalKind.RETURN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a signal: tell it (maybe as an update of `updates`), pass it, or wait.

    `same_as` is the story that told its matter in much the same words; `held` says why the story has to wait
    for the desk, whatever the mode.
    """

    state: SignalState
    reason: str
    updates: str | None = None
    same_as: str | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Slate:
    """What a decision looks at beside the signal: the muted beats, and what was told in the last day."""

    muted: Collection[str]
    today: Sequence[Head]


async def slate(connection: AsyncConnection, now: datetime) -> Slate:
    """Return what the store knows of that now."""
    muted = await decisions.muted(connection)
    lately = await stories.heads(connection, now - _DAY)
    return Slate(muted.keys(), [story for story in lately if now - story.created_at < _DAY])


def in_turn(waiting: Sequence[Signal]) -> list[Signal]:
    """Return the signals in the order in which they are looked at: the most surprising storyline first.

    Of one storyline, how people speak comes before how many they are: the story on it tells both.
    """
    most: dict[str, float] = {}
    for signal in waiting:
        most[signal.storyline_id] = max(signal.surprise, most.get(signal.storyline_id, 0.0))
    return sorted(
        waiting,
        key=lambda s: (-most[s.storyline_id], s.storyline_id, s.kind not in OF_MOOD, -s.surprise, s.id),
    )


async def decide(newsroom: Newsroom, signal: Signal, since: datetime, known: Slate, now: datetime) -> Verdict:
    """Decide on a signal whose storyline has had an open one since `since`."""
    if now - since < _RIPEN:
        return Verdict(SignalState.OPEN, RIPENING)
    async with newsroom.store.read() as connection:
        line = await storylines.get(connection, signal.storyline_id)
        if over := await _over(connection, signal, line, now):
            return over
        if line.beat in known.muted:
            return Verdict(SignalState.OPEN, "the beat is muted")
        mine = await stories.linked(connection, [line.id])
        verdict = Verdict(SignalState.ASSIGNED, "told")
        if mine:
            verdict = await _update(connection, signal, mine, now)
    full = _full(newsroom.settings, line.beat, known.today)
    if full is not None and verdict.state is SignalState.ASSIGNED:
        return Verdict(SignalState.OPEN, full)
    if mine:
        return verdict
    async with newsroom.store.read() as connection:
        past = await stories.heads(connection, now - _REMEMBER_WORDS, killed_at_desk=True)
        match = await matter.told(connection, newsroom.memory.index, line, past, now - REMEMBER_TOLD, now)
        return verdict if match is None else await _another(connection, line, match, now)


async def _over(
    connection: AsyncConnection, signal: Signal, line: Storyline, now: datetime
) -> Verdict | None:
    """Say why `signal` is no reason to tell `line` any more, or not at this hour, if so."""
    stale = now - signal.detected_at > _STALE
    if (await regroup.homes(connection, {signal.id: line.id}))[signal.id] != line.id:
        # Its figures are those of two matters; the watch judges the part that left by its own. Where that was
        # a wrong turn, an audit soon puts them together again.
        return Verdict(SignalState.PASSED if stale else SignalState.OPEN, MOVED)
    if stale:
        return Verdict(SignalState.PASSED, OVERTAKEN)
    return None


def _full(settings: Settings, beat: str, today: Sequence[Head]) -> str | None:
    """Say which of the day's caps is reached, if one is; updates count like stories."""
    if len(today) >= settings.stories_per_day:
        return DAY_IS_FULL
    if sum(story.beat == beat for story in today) >= settings.stories_per_beat:
        return BEAT_IS_FULL
    return None


async def _update(
    connection: AsyncConnection, signal: Signal, mine: Sequence[Head], now: datetime
) -> Verdict:
    """Decide on a storyline that was told in `mine`: again if people speak otherwise of it, or it grew.

    What a person killed is held against the same, and comes back to the desk only.
    """
    last, family = mine[0], await _family(connection, mine[0])
    if now - last.created_at < _UPDATE_AFTER:
        return Verdict(SignalState.PASSED, _before(last, " a short while ago"))
    if signal.kind not in _NEWS_AGAIN:
        most = await _most(connection, family, now)
        if await _people(connection, signal.storyline_id, max(last.created_at, now - WINDOW), now) <= most:
            return Verdict(SignalState.PASSED, f"{_before(last)}{ONLY_GONE_ON}")
    new = await _people(connection, signal.storyline_id, last.created_at, now)
    if new < _FEWEST_NEW_AUTHORS:
        return Verdict(SignalState.PASSED, f"too few new voices since {last.id}")
    return await _again(connection, [*mine, *family])


async def _again(connection: AsyncConnection, told: Sequence[Head], same: str = "") -> Verdict:
    """Return that a matter that was `told` is told again, as an update of the first that is alive, if any.

    Once a person killed a story on it, each is held until a person approves a later one.
    """
    alive = _alive(told)
    updates = alive[0].id if alive else None
    reason = "told as an update" if updates else "told"
    word = await decisions.last_word(connection, {story.id for story in told})
    killed = word if word and word.kind is DecisionKind.KILL else None
    held = f"a person killed {killed.story_id} on this matter" if killed else None
    return Verdict(SignalState.ASSIGNED, f"{reason}, {same}" if same else reason, updates=updates, held=held)


def _alive(past: Sequence[Head]) -> list[Head]:
    return [story for story in past if story.state is not StoryState.KILLED]


def _before(story: Head, when: str = "") -> str:
    if story.state is StoryState.KILLED:
        return f"killed at the desk{when} as {story.id}"
    return f"told{when} in {story.id}"


async def _another(
    connection: AsyncConnection, line: Storyline, match: matter.Match, now: datetime
) -> Verdict:
    """Decide on a storyline whose matter was told on another one.

    In other words about the same thing, after a day and by enough people, something new is said about it. In
    the same words it is, if more people say it in a day than said what was told.
    """
    same, same_as, fewest = f"the same matter as {match.story.id}", None, _FEWEST_NEW_AUTHORS
    family = await _family(connection, match.story)
    if match.names:
        same = f"{same}: both speak of {' and '.join(match.names)}"
    else:
        same_as = match.story.id
        fewest = max(fewest, 1 + await _most(connection, family, now))
    last = max(family, key=attrgetter("created_at"))
    early = now - last.created_at < _UPDATE_AFTER
    if early or await _people(connection, line.id, max(last.created_at, now - WINDOW), now) < fewest:
        killed = ", which a person killed" if last.state is StoryState.KILLED else ""
        return Verdict(SignalState.PASSED, f"{same}{killed}", same_as=same_as)
    beside = await stories.linked(connection, {story.storyline_id for story in family})
    return await _again(connection, [match.story, *family, *beside], same)


async def _family(connection: AsyncConnection, story: Head) -> list[Head]:
    """Return the stories on the matter of `story`: what it continues, and what continues either."""
    return await stories.linked(connection, story_ids={story.id, story.updates or story.id})


async def _most(connection: AsyncConnection, family: Sequence[Head], now: datetime) -> int:
    """Return how many people took part in the day before one of these stories was told, at most."""
    return max([await _took_part(connection, story, now) for story in family])


async def _took_part(connection: AsyncConnection, story: Head, now: datetime) -> int:
    """Return how many people and articles a story counts of its last day.

    Of one told before such posts were kept, what is on its storyline now; who spoke long ago may have faded,
    and there its own figure counts.
    """
    start, end = story.created_at - WINDOW, story.created_at
    kept = await counted.people(connection, story.id, start, end)
    if kept is not None:
        return kept + story.articles
    if now - story.created_at < REMEMBER_TOLD:
        return await _people(connection, story.storyline_id, start, end)
    return story.people + story.articles


async def _people(connection: AsyncConnection, storyline_id: str, start: datetime, until: datetime) -> int:
    said = await storylines.said_in(connection, storyline_id, start, until)
    return len({record.author_key for record in said})
