"""The command that explains a storyline: everything the detector decided about it, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bot import app, screen
from bot import settings as configuration
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.detect.shares import Share
from bot.detect.signals import BARS
from bot.domain.clock import SystemClock
from bot.pipeline.why import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.mood import Tally
    from bot.pipeline.why import Explanation, LastDay, Told
    from bot.store.reasons import Ruling

_MOST_NEAR = 5


async def why(name: str, /, *, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Say what the detector decided about a storyline and why.

    Parameters
    ----------
    name
        The id of the storyline, or of a signal or story on it.
    """
    settings = configuration.load(data_dir=data_dir)
    async with app.store(settings, alone=False) as store, store.read() as connection:
        found = await explain(connection, name, SystemClock().now())
    if as_json:
        screen.document(_document(found))
    else:
        screen.say("\n".join(_lines(found)))
    return 0


def _document(found: Explanation) -> dict[str, Any]:
    line = found.storyline
    return {
        "id": line.id, "label": line.label, "beat": line.beat,
        "first_at": line.first_at.isoformat(), "last_at": line.last_at.isoformat(),
        "parts": list(found.parts),
        "records": [
            {
                "id": one.id, "place": one.place, "said_at": one.said_at.isoformat(),
                "copy_of": one.family_id if one.family_id != one.id else None,
                "discounted": one.author_key in found.discounted,
                "stance": one.stance, "register": one.register,
            }
            for one in found.members
        ],
        "moods": {place: _mood(tally) for place, tally in found.moods.items()},
        "last_day": {"posts": found.last_day.posts, "people": found.last_day.people},
        "signals": [_ruling(ruling) for ruling in found.rulings],
        "told": [
            {
                "story": told.story_id, "posts": told.posts, "people": told.people, "copies": told.copies,
                "on_other_storylines": told.elsewhere,
            }
            for told in found.told
        ],
        "near": [
            {"story": near.story_id, "nearness": near.nearness, "same_at": near.same} for near in found.near
        ],
        "joins_at": round(found.joins, 3),
    }  # fmt: skip


def _mood(tally: Tally) -> dict[str, Any]:
    low, high = Share(tally.against, tally.sides).interval()
    return {
        "people": tally.people, "for": tally.favour, "against": tally.against, "neither": tally.neither,
        "against_percent": {"low": round(low, 1), "high": round(high, 1)},
        "registers": {register.value: number for register, number in tally.registers.items()},
    }  # fmt: skip


def _ruling(ruling: Ruling) -> dict[str, Any]:
    signal = ruling.signal
    return {
        "id": signal.id, "kind": signal.kind.value, "detected_at": signal.detected_at.isoformat(),
        "observed": signal.observed, "authors": signal.authors, "expected": signal.baseline.expected,
        "surprise": signal.surprise, "why": signal.why, "numbers": dict(signal.numbers),
        "evidence": list(signal.evidence), "state": ruling.state.value, "reason": ruling.reason,
        "story": ruling.story_id, "story_state": ruling.story_state and ruling.story_state.value,
        "on_other_storylines": dict(ruling.elsewhere),
    }  # fmt: skip


def _lines(found: Explanation) -> Iterator[str]:
    line = found.storyline
    yield f"{line.label or 'a storyline without a name yet'} ({line.id}), beat {line.beat}"
    yield f"  spoken of from {line.first_at:%Y-%m-%d %H:%M} to {line.last_at:%Y-%m-%d %H:%M} UTC"
    if found.parts:
        yield f"  grown together with {', '.join(found.parts)}"
    yield from _records(found)
    yield "Mood, by the words people use:" if found.moods else "Mood: not read, too few have spoken in a day"
    for place, tally in found.moods.items():
        low, high = Share(tally.against, tally.sides).interval()
        yield (
            f"  {place}: {tally.people} people, {tally.favour} for, {tally.against} against "
            f"({low:.0f} to {high:.0f}% of those who take a side)"
        )
    yield "Signals:" if found.rulings else "Signals: none"
    for ruling in found.rulings:
        signal = ruling.signal
        seen = f"{signal.detected_at:%Y-%m-%d %H:%M} {signal.kind.value}"
        yield f"  {seen}, surprise {signal.surprise:g}: {signal.why}"
        yield f"    {screen.became(ruling)}"
        for other, size in sorted(ruling.elsewhere.items()):
            yield f"    {size} of its posts are on {other} by now"
    if not found.rulings:
        yield f"  {_unnoticed(found.last_day)}"
    yield from map(_counted, found.told)
    yield from _nearness(found)


def _counted(told: Told) -> str:
    if told.posts is None:
        return f"Told in {told.story_id}, which counts {told.people} people; of which posts was not kept then"
    said = f"Told in {told.story_id}, which counts {told.posts} posts by {told.people} people"
    gone = f"; {told.elsewhere} of them are on other storylines by now" if told.elsewhere else ""
    return f"{said}{gone}"


def _unnoticed(last_day: LastDay) -> str:
    said = f"In its last day {last_day.posts} posts by {last_day.people} people count"
    posts, people, surprise = BARS
    if last_day.posts < posts or last_day.people < people:
        return f"{said}; a signal takes {posts} by {people}"
    return f"{said}, and that was no surprise: a signal takes one of {surprise:g}, or a mood that turned"


def _records(found: Explanation) -> Iterator[str]:
    originals = [one for one in found.members if one.family_id == one.id]
    copies = Counter(one.family_id for one in found.members if one.family_id != one.id)
    yield f"Records: {len(originals)}, and {copies.total()} near-copies"
    for place, number in Counter(one.place for one in originals).most_common():
        yield f"  {place}: {number}"
    for family, number in copies.most_common():
        yield f"  {family} was copied {number} times"
    if found.discounted:
        yield f"  {len(found.discounted)} accounts that copied count for nothing"


def _nearness(found: Explanation) -> Iterator[str]:
    yield f"Nearness: talk joins at {found.joins:.2f}."
    for near in found.near[:_MOST_NEAR]:
        yield f"  {near.nearness:.2f} to {near.story_id}; from {near.same:.2f} on it is the same matter"
    if not found.near:
        yield "  No other matter was told in the two weeks before."
