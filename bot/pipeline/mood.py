"""Mood: read how the busy storylines are spoken of, and find where that has turned or parted."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.detect import twins
from bot.detect.mood import read as read_mood
from bot.detect.moods import FEWEST, diverged, shifted, tally
from bot.detect.signals import HISTORY, WINDOW, of_mood
from bot.detect.tokens import names, words
from bot.store import gaps, moods

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.signals import Activity
    from bot.domain.mood import Mood, Tally, Voiced
    from bot.domain.signal import Signal
    from bot.store.storylines import Stretch

# Two communities seldom take up a matter in the same hours.
_APART_OVER = timedelta(hours=48)
_NAMES_OF_A_MATTER = 4
# What comes up more seldom is what the matter is compared with.
_OF_THE_FIRST = 0.5


async def read(
    connection: AsyncConnection, busy: Sequence[tuple[Stretch, Activity]], now: datetime
) -> list[Signal]:
    """Read and keep the moods that are not known yet in these storylines; return the signals they give."""
    ids = [stretch.storyline_id for stretch, _ in busy]
    unread = await moods.unread(connection, ids, now - HISTORY - WINDOW)
    subjects = await _subjects(connection, unread, now - HISTORY - WINDOW)
    await moods.keep(connection, await asyncio.to_thread(_read, unread, subjects))
    voiced = await _voiced(connection, ids, now)
    leanings: Mapping[tuple[str, str], tuple[int, int]] | None = None
    found: list[Signal] = []
    for stretch, activity in busy:
        heard = [
            one
            for one in voiced.get(stretch.storyline_id, ())
            if not one.author_key or one.author_key not in stretch.discounted
        ]
        found += await _shift(connection, activity, heard)
        lately = [one for one in heard if one.said_at > now - _APART_OVER]
        # It takes two to part.
        if len({one.place for one in lately}) > 1:
            if leanings is None:
                leanings = await moods.leanings(connection, now - HISTORY, now)
            usual = _elsewhere(stretch.storyline_id, leanings)
            found += await _divergence(connection, activity, lately, usual)
    return found


async def _voiced(
    connection: AsyncConnection, ids: Sequence[str], now: datetime
) -> Mapping[str, Sequence[Voiced]]:
    """Return, by storyline, what was voiced over as long as it can matter: fewer people give no signal."""
    stirred = await moods.stirred(connection, ids, now - WINDOW, now, people=FEWEST)
    # Most that stir today were not there before, and have nothing to turn from.
    may_turn = await moods.stirred(connection, stirred, now - HISTORY - WINDOW, now - WINDOW, people=FEWEST)
    may_part = await moods.sided_apart(connection, ids, now - _APART_OVER, now, people=FEWEST)
    return {
        **await moods.voiced(connection, may_turn, now - HISTORY - WINDOW, now),
        **await moods.voiced(connection, may_part - may_turn, now - _APART_OVER, now),
    }


def _read(unread: Mapping[str, Mapping[str, str]], subjects: Mapping[str, frozenset[str]]) -> dict[str, Mood]:
    return {
        record_id: read_mood(text, subjects[line])
        for line, said in unread.items()
        for record_id, text in said.items()
    }


async def _subjects(
    connection: AsyncConnection, ids: Iterable[str], since: datetime
) -> dict[str, frozenset[str]]:
    """Return the words of the names that each storyline goes by, in lower case.

    They are those of its label, or, while that has none, those that come up in what was said since `since`.
    """
    labels = await moods.labels(connection, ids)
    called = {line: _words(twins.names(label)) for line, label in labels.items()}
    said = await moods.said(connection, [line for line, known in called.items() if not known], since)
    return called | await asyncio.to_thread(
        lambda: {line: _subject(texts.values()) for line, texts in said.items()}
    )


def _subject(said: Iterable[str]) -> frozenset[str]:
    """Return the words of the names that come up most, at least half as often as the first of them."""
    named = Counter(name.lower() for text in said for name in dict.fromkeys(names(text)))
    most = named.most_common(_NAMES_OF_A_MATTER)
    return _words(name for name, times in most if times >= _OF_THE_FIRST * most[0][1])


def _words(called: Iterable[str]) -> frozenset[str]:
    return frozenset(word for name in called for word in words(name))


async def _shift(connection: AsyncConnection, activity: Activity, voices: Sequence[Voiced]) -> list[Signal]:
    """Return the signal that the mood has turned, among the same communities before and since.

    Who was not heard throughout the window is left out of both. Of the days before count the times at which
    all others were heard: else it would be their shares that have changed, not their mood.
    """
    start = activity.until - WINDOW
    if not shifted(*_parted(voices, start)):
        return []
    lost = await gaps.missing(connection, _sources(voices), start, activity.until)
    before, now = _parted([one for one in voices if one.place not in lost], start)
    missed = await gaps.missing(connection, _sources([*before, *now]), start - HISTORY, start)
    holes = [one.gap for found in missed.values() for one in found]
    before = [one for one in before if not any(gap.start <= one.said_at <= gap.end for gap in holes)]
    found = shifted(before, now)
    return [of_mood(activity, found, WINDOW, now)] if found else []


def _parted(voices: Sequence[Voiced], start: datetime) -> tuple[list[Voiced], list[Voiced]]:
    """Return what was voiced up to `start`, and after it."""
    return [one for one in voices if one.said_at <= start], [one for one in voices if one.said_at > start]


def _sources(voices: Iterable[Voiced]) -> set[tuple[str, str]]:
    return {(one.source, one.place) for one in voices}


async def _divergence(
    connection: AsyncConnection,
    activity: Activity,
    lately: Sequence[Voiced],
    usual: Mapping[str, tuple[int, int]],
) -> list[Signal]:
    places = {one.place for one in lately}
    if not diverged(lately, places, usual):
        return []
    start = activity.until - _APART_OVER
    heard = places - set(await gaps.missing(connection, _sources(lately), start, activity.until))
    found = diverged(lately, heard, usual)
    return [of_mood(activity, found, _APART_OVER, lately)] if found else []


def _elsewhere(
    storyline_id: str, leanings: Mapping[tuple[str, str], tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Return how many were for and against by place, in all other storylines."""
    summed: dict[str, tuple[int, int]] = {}
    for (line, place), (favour, against) in leanings.items():
        if line != storyline_id:
            before = summed.get(place, (0, 0))
            summed[place] = before[0] + favour, before[1] + against
    return summed


async def by_community(
    connection: AsyncConnection, storyline_id: str, start: datetime, end: datetime
) -> dict[str, Tally]:
    """Return the mood of each community on a storyline over (start, end], most voices first."""
    places: defaultdict[str, list[Voiced]] = defaultdict(list)
    for one in (await moods.voiced(connection, [storyline_id], start, end)).get(storyline_id, ()):
        places[one.place].append(one)
    tallies = {place: tally(said) for place, said in places.items()}
    return dict(sorted(tallies.items(), key=lambda item: (-item[1].people, item[0])))
