"""Signals: whether the last day of a storyline is news, and of which kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.detect import baseline
from bot.detect.exposure import ALL_HEARD, Exposure
from bot.domain.signal import Signal, SignalKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.detect.moods import Finding
    from bot.domain.mood import Voiced
    from bot.domain.signal import Baseline

WINDOW = timedelta(hours=24)
HISTORY = timedelta(days=7)
QUIET = timedelta(hours=36)
_QUIET_SHARE = 0.1
# From less of a time than this nothing is concluded about all of it.
_LEAST_HEARD = 0.5
_YOUNG = timedelta(hours=36)
# What grows for so many days before the window has not settled: its rise is no measure of itself.
_SETTLED_DAYS = 3.0
# Below these a conversation is not a community's: thin talk is never told, whatever its growth.
FEWEST_AUTHORS = 12
_FEWEST_RECORDS = 20
_SURPRISING = 3.0
_HOURS_A_DAY = 24
_ALL = 100
_OF_BEAT = "posts a day that a matter on this beat usually draws"
_OF_BOTH = "posts a day, from this matter's own past week and what is usual on its beat"
_HOUR = timedelta(hours=1)
BARS = _FEWEST_RECORDS, FEWEST_AUTHORS, _SURPRISING
"""How many posts by how many people, and how surprising, the volume of a day has to be for a signal."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What a storyline did in the window that ends at `until`, and before.

    Counts leave copies out, and the `farm` accounts that look like an account farm; `authors` counts the
    people behind originals. `before` are records in the HISTORY ahead of the window, of which the bot has
    heard `heard_days`; `spread` is how they scatter over those days, and `pace` how much is usual in the
    window against a day of those. `beat_rate` is what a storyline of the beat gets on a day it is spoken of;
    `lately` are records in the QUIET stretch just ahead of the window, `long_ago` those before the HISTORY,
    counted only where there are none in it; `raised` says whether the storyline's volume was a signal
    before; `exposure` how much of all that time was heard where it is spoken of.
    """

    storyline_id: str
    beat: str
    until: datetime
    first_at: datetime
    records: int
    authors: int
    copies: int
    places: Mapping[str, int]
    evidence: tuple[str, ...]
    before: int
    heard_days: float
    beat_rate: float
    lately: int
    farm: int = 0
    pace: float = 1.0
    spread: float = 0.0
    raised: bool = False
    long_ago: int = 0
    exposure: Exposure = ALL_HEARD


def judge(activity: Activity) -> Signal | None:
    """Return the signal in the volume of a storyline's last day, or None if it is nothing unusual."""
    if activity.authors < FEWEST_AUTHORS or activity.records < _FEWEST_RECORDS:
        return None
    kind, own = _kind(activity), _own(activity)
    odds = baseline.surprise(
        activity.records - activity.exposure.stray,
        beat_rate=activity.beat_rate,
        own_count=own.records,
        own_days=own.days,
        spread=_spread(activity, kind),
        window=_window(activity),
    )
    if odds < _SURPRISING:
        return None
    expected = _expected(activity, kind)
    return Signal(
        id=f"{activity.storyline_id}-{activity.until:%Y%m%d%H}",
        storyline_id=activity.storyline_id,
        kind=kind,
        beat=activity.beat,
        detected_at=activity.until,
        window_start=activity.until - WINDOW,
        window_end=activity.until,
        observed=activity.records,
        authors=activity.authors,
        baseline=expected,
        surprise=round(odds, 1),
        why=_why(kind, activity, expected.expected) + _left_out(activity),
        evidence=activity.evidence,
        numbers={
            "records": activity.records,
            "authors": activity.authors,
            "copies": activity.copies,
            "expected": expected.expected,
            "hours": _HOURS_A_DAY,
            "farm": activity.farm,
        },
    )


def of_mood(activity: Activity, found: Finding, window: timedelta, voices: Sequence[Voiced]) -> Signal:
    """Return the signal that the mood of `voices`, heard in the `window` before now, makes."""
    expected = _expected(activity, found.kind)
    authors = len({voiced.author_key for voiced in voices})
    return Signal(
        id=f"{activity.storyline_id}-{activity.until:%Y%m%d%H}-{found.kind.value}",
        storyline_id=activity.storyline_id,
        kind=found.kind,
        beat=activity.beat,
        detected_at=activity.until,
        window_start=activity.until - window,
        window_end=activity.until,
        observed=len(voices),
        authors=authors,
        baseline=expected,
        surprise=round(found.surprise, 1),
        why=found.why + _left_out(activity),
        evidence=found.evidence,
        numbers={
            "records": len(voices),
            "authors": authors,
            "copies": activity.copies,
            "expected": expected.expected,
            "hours": window / _HOUR,
            "farm": activity.farm,
            **found.numbers,
        },
    )


def _spread(activity: Activity, kind: SignalKind) -> float:
    # What is back after a silence is held against its rate; that it once came in a burst does not excuse it.
    return 0.0 if kind is SignalKind.RETURN else activity.spread


def _window(activity: Activity) -> float:
    # Few posts in the one hour that was heard are no day's rise.
    return activity.pace * max(_LEAST_HEARD, activity.exposure.window)


class _Own(NamedTuple):
    """What a storyline is held against of its own past."""

    records: int
    days: float


def _own(activity: Activity) -> _Own:
    """Return the past that the window is held against.

    A matter that grows day by day from its first one would excuse its own rise. Until it has settled or was
    raised, its past can lower what is to be expected on its beat and not lift it.
    """
    age = max(0.0, _days(activity.until - WINDOW - activity.first_at))
    heard = activity.exposure
    own = _Own(activity.before - heard.stray_before, min(activity.heard_days, age) * heard.before)
    rising = age <= _SETTLED_DAYS and own.records > own.days * activity.beat_rate
    return _Own(0, 0.0) if rising and not activity.raised else own


def _expected(activity: Activity, kind: SignalKind) -> Baseline:
    own = _own(activity)
    return baseline.expect(
        beat_rate=activity.beat_rate,
        own_count=own.records,
        own_days=own.days,
        spread=_spread(activity, kind),
        window=_window(activity),
        about=_OF_BEAT if kind is SignalKind.NEWCOMER or not own.records else _OF_BOTH,
    )


def _kind(activity: Activity) -> SignalKind:
    listened = activity.heard_days >= _days(QUIET) and activity.exposure.quiet >= _LEAST_HEARD
    if activity.before == 0 and activity.long_ago >= _FEWEST_RECORDS and listened:
        return SignalKind.RETURN
    if activity.before == 0 or activity.until - activity.first_at <= _YOUNG:
        return SignalKind.NEWCOMER
    was_much, heard = activity.before >= _FEWEST_RECORDS, activity.exposure.quiet
    # Nobody is quiet in a time that was not heard.
    if was_much and heard >= _LEAST_HEARD and activity.lately <= _QUIET_SHARE * activity.before * heard:
        return SignalKind.RETURN
    return SignalKind.SURGE


def _why(kind: SignalKind, activity: Activity, expected: float) -> str:
    places = " and ".join(sorted(activity.places, key=lambda place: (-activity.places[place], place))[:2])
    opening = {
        SignalKind.NEWCOMER: "A matter nobody spoke of two days ago"
        if _percent(activity.exposure.quiet) == _ALL
        else "A matter that was not heard of before",
        SignalKind.RETURN: "A matter that had gone quiet",
        SignalKind.SURGE: "A matter already under discussion",
    }[kind]
    return (
        f"{opening} drew {activity.records} posts by {activity.authors} people in 24 hours, "
        f"mostly on {places}; about {expected:g} were to be expected.{_unheard(kind, activity.exposure)}"
    )


def _unheard(kind: SignalKind, heard: Exposure) -> str:
    before = _percent(heard.quiet if kind is SignalKind.NEWCOMER else heard.before)
    window = _percent(heard.window)
    if before == window == _ALL:
        return ""
    return f" Where it is spoken of, {window}% of these hours and {before}% of the days before were heard."


def _percent(share: float) -> int:
    return round(100 * share)


def _left_out(activity: Activity) -> str:
    if not activity.farm:
        return ""
    return (
        f" Left out are {activity.farm} accounts that said nearly the same within minutes and were heard on "
        "nothing else; they look like an account farm."
    )


def _days(span: timedelta) -> float:
    return span / timedelta(days=1)
