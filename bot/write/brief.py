"""The brief: which records a writer gets, and every figure that a story on them may state."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.detect.moods import FEWEST
from bot.domain.brief import Brief, BriefRecord, Counted, Voice, Worn
from bot.domain.clock import hour_of
from bot.domain.signal import OF_MOOD, SignalKind
from bot.write import event
from bot.write.clean import printable
from bot.write.language import prose, words
from bot.write.merit import FIRST_PERSON, liking
from bot.write.places import from_press
from bot.write.speaking import can_speak
from bot.write.terms import UNITS, alike, distinctive, names, phrases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.beat import Beat
    from bot.domain.brief import Told
    from bot.domain.record import Record
    from bot.domain.signal import Signal, Storyline

MOST_RECORDS = 60
_MOST_BACKGROUND = 14
_MOST_PRESS = 8
_PER_AUTHOR = 2
# So many answers of those who opened a thread a brief holds first.
_MOST_ANSWERED = 5
_FEWEST_WORDS, _MOST_CHARACTERS = 5, 6_000
_MIDDLING, _LIKED, _ANSWERING, _SPEAKING = 0.5, 0.1, 0.3, 1.0
_QUARTERS = 4
_MINUTE, _HOUR, _HOURS_A_DAY = 60.0, 3600.0, 24
_MOST_STRANDS = 6
_TERMS_COUNTED, _FEWEST_USES = 8, 3
# So many votes say that an answer was well received.
_MOST_VOTED, _ENOUGH_VOTES = 10, 20
# A word that marks one end of the talk: so many posts there, and so many times as many as at the other end.
_FEWEST_TO_MOVE, _LEAST_SHIFT, _ENOUGH_TO_SPLIT = 4, 2.5, 80
# On fewer posts or people a percentage or a median says more than was seen: they are counted.
FEWEST_FOR_SHARES = 40
_OF_SIDES = ("against:", "people-against:", "sides:")
_WHOLE_OF_MOOD = {"against:": "sides:", "against-": "heard-against-", "joy-": "heard-joy-"}
# The numbers that are counted over the very posts that "records" counts. Not so those of one place, of people
# who take a side, of another time, of one end of the talk, or of reports.
OF_ALL_POSTS = frozenset({
    "records", "authors", "communities", "threads", "hours", "peak",
    "at:first", "at:last", "at:peak", "lag:now",
})  # fmt: skip
# How the keys begin of numbers that belong to one post: its time, its votes. Nothing was counted for them.
OF_ONE_POST = ("at:", "votes:")
_NONE: Mapping[str, datetime] = MappingProxyType({})
_LOOKS_BACK = frozenset({SignalKind.MOOD_SHIFT, SignalKind.RETURN})


def compose(
    *,
    storyline: Storyline,
    signal: Signal,
    beat: Beat,
    records: Sequence[Record],
    weights: Mapping[str, float] | None = None,
    stances: Mapping[str, int] | None = None,
    copies: Mapping[str, datetime] = _NONE,
    told: Sequence[Told] = (),
    now: datetime,
    gaps: Sequence[str] = (),
    silent: Collection[str] = (),
    worn: Worn = Worn(),  # noqa: B008 - it is frozen
    lately: Sequence[str] = (),
) -> Brief:
    """Return the brief on `signal`.

    `records` are the storyline's records up to `now` without near-copies, those before the window included;
    `weights` (0-1) say by record id how central each is, `stances` which side it takes; `copies` says
    when each near-copy was said, by record id.
    `silent` are the keys of authors who may not be quoted: they are counted, and nothing else. `worn` is what
    recent stories have used up, `lately` what the latest said. `told` begins with the latest.
    """
    material = _sort_out(records, signal, told, now, silent)
    chosen = _choose(material, signal, weights or {}, look_back=_looks_back(signal, told))
    numbered = _number(chosen, weights or {}, stances or {})
    dropped = [key for key, at in copies.items() if at >= (material.begun or signal.window_start)]
    return Brief(
        storyline=storyline,
        signal=signal,
        beat=beat,
        records=numbered,
        voices=material.voices,
        numbers=_counted(material, signal, told, now)
        | _sided(material, signal, stances or {})
        | _votes(numbered)
        | {"gaps": len(gaps)}
        | ({"copies": len(dropped)} if dropped else {}),
        terms=material.terms,
        names=material.names,
        now=now,
        begun=material.begun,
        counted=(*_by_person(material.talk), *(Counted(key, None) for key in dropped)),
        told=tuple(told),
        gaps=tuple(gaps),
        worn=worn,
        lately=tuple(lately),
    )


def _counted(material: _Material, signal: Signal, told: Sequence[Told], now: datetime) -> dict[str, float]:
    noticed = {key: value for key, value in signal.numbers.items() if not key.startswith(_OF_SIDES)}
    return {**_of_signal(noticed), **_count(material, signal, told, now)}


def _by_person(talk: Sequence[Record]) -> list[Counted]:
    """Return the posts of `talk`, with their authors numbered in the order in which they speak."""
    people = {key: number for number, key in enumerate(dict.fromkeys(r.author_key for r in talk), 1)}
    return [Counted(record.id, people[record.author_key]) for record in talk]


@dataclass(frozen=True, slots=True)
class _Material:
    begun: datetime | None
    window: tuple[Record, ...]
    quotable: tuple[Record, ...]
    background: tuple[Record, ...]
    places: Mapping[str, tuple[Record, ...]]
    voices: tuple[Voice, ...]
    names: tuple[str, ...]
    terms: tuple[str, ...]

    @property
    def talk(self) -> list[Record]:
        """What is counted: the window without articles and papers."""
        return [record for record in self.window if not from_press(record)]


def _sort_out(
    records: Sequence[Record], signal: Signal, told: Sequence[Told], now: datetime, silent: Collection[str]
) -> _Material:
    evidence = frozenset(signal.evidence)
    ordered = sorted({record.id: record for record in records}.values(), key=lambda r: (r.created_at, r.id))
    inside = [r for r in ordered if r.id in evidence or signal.window_start <= r.created_at <= now]
    begun = _begun(inside, signal, told, now, silent)
    window = [r for r in inside or ordered if begun is None or r.created_at >= begun]
    places: defaultdict[str, list[Record]] = defaultdict(list)
    for record in window:
        if not from_press(record):
            places[record.place].append(record)
    quotable = [record for record in window if record.author_key not in silent]
    found = tuple(name for name in names(quotable) if printable(name))
    heard = {place: [r for r in said if r.author_key not in silent] for place, said in places.items()}
    coming_back = phrases(quotable)
    terms = (
        distinctive(heard, found[:3])
        if len(places) > 1
        else dict.fromkeys(places, _recurring(coming_back, found))
    )
    voices = [
        Voice(place, len(said), len({record.author_key for record in said}), terms.get(place, ()))
        for place, said in places.items()
    ]
    chosen = {record.id for record in window}
    return _Material(
        begun=begun,
        window=tuple(window),
        quotable=tuple(quotable),
        background=tuple(
            record
            for record in ordered
            if record.id not in chosen
            and record.created_at < (begun or signal.window_start)
            and record.author_key not in silent
        ),
        places={place: tuple(said) for place, said in places.items()},
        voices=tuple(sorted(voices, key=lambda v: (-v.records, v.community))),
        names=found,
        terms=tuple(phrase for phrase in coming_back if printable(phrase)),
    )


def _begun(
    window: Sequence[Record], signal: Signal, told: Sequence[Told], now: datetime, silent: Collection[str]
) -> datetime | None:
    heard = [record for record in window if record.author_key not in silent]
    readable = [record for record in heard if _usable(record)]
    reports = event.fresh(readable, signal, told)
    if not reports and signal.kind not in OF_MOOD:
        voices = [record for record in heard if _readable(record) and not from_press(record)]
        reports = event.heading(voices, signal, told)
    return event.begun(readable, reports, names(readable), now) if reports else None


def _recurring(coming_back: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """Return what of that a single community keeps `coming_back` to is not a name of the matter itself."""
    named = {word for name in found[:2] for word in words(name)}
    people = [name.lower() for name in found[2:] if name not in UNITS]
    recurring: list[str] = []
    for phrase in (*people, *coming_back):
        if not named & set(phrase.split()) and not any(alike(phrase, other) for other in recurring):
            recurring.append(phrase)
    return tuple(recurring[:_MOST_STRANDS])


def _looks_back(signal: Signal, told: Sequence[Told]) -> bool:
    return signal.kind in _LOOKS_BACK or bool(told)


def _choose(
    material: _Material, signal: Signal, weights: Mapping[str, float], *, look_back: bool
) -> list[Record]:
    evidence = frozenset(signal.evidence)
    usable = [record for record in material.quotable if _usable(record)]
    press = [record for record in usable if from_press(record)][:_MOST_PRESS]
    openers = _openers(material)
    first = [r for r in usable if r.id in evidence and not from_press(r)]
    rest = [r for r in usable if r.id not in evidence and not from_press(r)]
    back = [r for r in material.background if _usable(r)] if look_back else []
    kept = min(len(back), _MOST_BACKGROUND)
    titles = {record.thread: record.title for record in openers}
    worth = {record.id: _worth(record, weights, titles) for record in (*first, *rest, *back)}
    queue = [*press, *openers, *_answered(usable, openers), *_spread(first, worth), *_spread(rest, worth)]
    authors = {record.author_key for record in openers}
    chosen = _within(queue, MOST_RECORDS - kept, authors)
    chosen += _within([r for r in _spread(back, worth) if r not in chosen], kept)
    # Rather a thin record than none.
    return sorted(chosen or list(material.quotable[:1]), key=lambda r: (r.created_at, r.id))


def _usable(record: Record) -> bool:
    enough = len(words(record.words)) >= _FEWEST_WORDS
    return _readable(record) and enough and len(record.words) <= _MOST_CHARACTERS


def _readable(record: Record) -> bool:
    return printable(record.words)


def _openers(material: _Material) -> list[Record]:
    """Return what opened the threads, most replies first: of any length, for a title says the matter."""
    replies = Counter(record.thread for record in material.quotable)
    known = (*material.quotable, *material.background)
    openers = [r for r in known if r.title and r.opens_thread and r.thread in replies]
    titled = [r for r in openers if not from_press(r) and _readable(r)]
    return sorted(titled, key=lambda r: (-replies[r.thread], r.created_at, r.id))[: MOST_RECORDS // 5]


def _answered(usable: Sequence[Record], openers: Sequence[Record]) -> list[Record]:
    """Return what the authors of threads answered to others, each behind what it answers."""
    opened = {(record.source, record.native_id): record for record in openers}
    direct = {
        (record.source, record.native_id): record
        for record in usable
        if (record.source, record.parent) in opened
    }
    pairs = [
        (direct[key], record)
        for record in usable
        if (key := (record.source, record.parent or "")) in direct
        and record.author_key == opened[record.source, direct[key].parent or ""].author_key
        and record.author_key != direct[key].author_key
    ]
    pairs.sort(key=lambda pair: (-sum(map(liking, pair)), pair[1].id))
    return [record for pair in pairs[:_MOST_ANSWERED] for record in pair]


def _spread(records: Iterable[Record], worth: Mapping[str, float]) -> list[Record]:
    """Order records so that any beginning of the list holds every community and every part of the time."""
    by_place: defaultdict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda r: (r.created_at, r.id)):
        by_place[record.place].append(record)
    queues = [_over_time(said, worth) for _, said in sorted(by_place.items())]
    # A community twice as talkative gets about 1.4 times the turns, not twice.
    ranked = [
        ((turn + 1) / len(queue) ** 0.5, place, record)
        for place, queue in enumerate(queues)
        for turn, record in enumerate(queue)
    ]
    return [record for _, _, record in sorted(ranked, key=lambda item: (item[0], item[1], item[2].id))]


def _over_time(said: Sequence[Record], worth: Mapping[str, float]) -> list[Record]:
    size = max(1, -(-len(said) // _QUARTERS))
    quarters = [
        sorted(said[start : start + size], key=lambda r: (-worth[r.id], r.id))
        for start in range(0, len(said), size)
    ]
    return [quarter[turn] for turn in range(size) for quarter in quarters if turn < len(quarter)]


def _worth(record: Record, weights: Mapping[str, float], titles: Mapping[str, str | None]) -> float:
    """Weigh a record for the brief: near the matter, liked where it stands, an answer to the opening.

    Before all, it says something: a picture, a link and a cheer take the room of those who do.
    """
    answers = record.parent is not None and record.parent == record.root
    standing = (
        _LIKED * liking(record)
        + _ANSWERING * answers
        + _SPEAKING * can_speak(record, titles.get(record.thread))
    )
    return weights.get(record.id, _MIDDLING) + standing


def _within(queue: Iterable[Record], most: int, authors: Collection[str] = ()) -> list[Record]:
    """Return the first `most` of `queue`, few by one person; `authors` of threads may say more."""
    chosen: dict[str, Record] = {}
    spoken: Counter[str] = Counter()
    for record in queue:
        if len(chosen) >= most:
            break
        limit = most if from_press(record) else _PER_AUTHOR
        limit += _MOST_ANSWERED if record.author_key in authors else 0
        if record.id not in chosen and spoken[record.author_key] < limit:
            chosen[record.id] = record
            spoken[record.author_key] += 1
    return list(chosen.values())


def _number(
    records: Iterable[Record], weights: Mapping[str, float], stances: Mapping[str, int]
) -> tuple[BriefRecord, ...]:
    return tuple(
        BriefRecord(marker, record, weights.get(record.id, _MIDDLING), stances.get(record.id, 0))
        for marker, record in enumerate(records, 1)
    )


def _count(material: _Material, signal: Signal, told: Sequence[Told], now: datetime) -> dict[str, float]:
    talk = material.talk
    expected = signal.baseline.expected
    # One span for the whole story: from its first post, not before the window, to the moment of telling.
    start = max(signal.window_start, (talk or material.window)[0].created_at)
    minutes = max(_MINUTE, (now - start).total_seconds() / _MINUTE)
    hours = max(1, round(minutes / _MINUTE))
    authors = {record.author_key for record in talk}
    numbers: dict[str, float] = {
        "records": len(talk),
        "authors": len(authors),
        "communities": len(material.places),
        "articles": len(material.window) - len(talk),
        "hours": hours,
        "expected": expected,
    }
    if all(record.title or record.parent for record in talk):
        # A post that stands by itself is in none.
        numbers["threads"] = len({record.thread for record in talk})
    if expected > 0:
        # What is expected is a day's count.
        numbers["ratio"] = len(talk) * _HOURS_A_DAY / max(hours, _HOURS_A_DAY) / expected
    numbers |= _times(talk or list(material.window))
    numbers["lag:now"] = minutes
    for place, said in material.places.items():
        numbers |= _about(place, said, material, len(talk))
    if told:
        numbers |= _since(told[0], talk)
    return numbers | _course(talk, material.terms[:_TERMS_COUNTED])


def _votes(chosen: Iterable[BriefRecord]) -> dict[str, float]:
    """Return how many votes the best received answers of a subreddit had when they were heard, by marker."""
    counted = {
        item.marker: item.record.metrics.get("score", 0)
        for item in chosen
        if item.record.place.startswith("r/") and not item.record.opens_thread
    }
    best = sorted(counted, key=lambda marker: (-counted[marker], marker))[:_MOST_VOTED]
    return {f"votes:{marker}": float(counted[marker]) for marker in best if counted[marker] >= _ENOUGH_VOTES}


def _of_signal(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return the figures of a signal without the shares of fewer people than a share takes."""
    few = {
        key
        for key in numbers
        for share, whole in _WHOLE_OF_MOOD.items()
        if key.startswith(share) and numbers[key.replace(share, whole, 1)] < FEWEST_FOR_SHARES
    }
    return {key: value for key, value in numbers.items() if key not in few}


def _sided(material: _Material, signal: Signal, stances: Mapping[str, int]) -> dict[str, float]:
    """Return who takes which side in two communities: as it was noticed, or since the event began."""
    noticed = {key: value for key, value in signal.numbers.items() if key.startswith(_OF_SIDES)}
    if material.begun is None:
        return _of_signal(noticed)
    counted: dict[str, float] = {}
    for place in (key.removeprefix("sides:") for key in noticed if key.startswith("sides:")):
        leaning: Counter[str] = Counter()
        for record in material.places.get(place, ()):
            leaning[record.author_key] += stances.get(record.id, 0)
        against, sides = (sum(holds(side) for side in leaning.values()) for holds in (_is_against, bool))
        if sides < FEWEST:
            return {}
        counted |= {
            f"against:{place}": 100 * against / sides,
            f"people-against:{place}": float(against),
            f"sides:{place}": float(sides),
        }
    return _of_signal(counted)


def _is_against(leaning: int) -> bool:
    return leaning < 0


def _times(talk: Sequence[Record]) -> dict[str, float]:
    hours = Counter(hour_of(record.created_at) for record in talk)
    peak, most = max(hours.items(), key=lambda item: (item[1], -item[0].timestamp()))
    return {
        "at:first": talk[0].created_at.timestamp(),
        "at:last": talk[-1].created_at.timestamp(),
        "at:peak": peak.timestamp(),
        "peak": most,
    }


def _about(place: str, said: Sequence[Record], material: _Material, total: int) -> dict[str, float]:
    first = next(record for record in material.window if not from_press(record))
    numbers = {
        f"records:{place}": float(len(said)),
        f"authors:{place}": float(len({record.author_key for record in said})),
        f"at:{place}": said[0].created_at.timestamp(),
        f"lag:{place}": (said[0].created_at - first.created_at).total_seconds() / _MINUTE,
    }
    others = [record for other, records in material.places.items() if other != place for record in records]
    if total >= FEWEST_FOR_SHARES:
        numbers[f"share:{place}"] = 100 * len(said) / total
    for where, talk in (("", said), ("-elsewhere", others)):
        if len(talk) >= FEWEST_FOR_SHARES:
            numbers |= {f"{measure}{where}:{place}": of(talk) for measure, of in MEASURES.items()}
    voice = next(voice for voice in material.voices if voice.community == place)
    for term in dict.fromkeys((*voice.terms, *material.terms[:_TERMS_COUNTED])):
        here = sum(uses(record, term) for record in said)
        if here >= _FEWEST_USES:
            numbers |= {
                f"uses:{place}:{term}": float(here),
                f"elsewhere:{place}:{term}": float(sum(uses(record, term) for record in others)),
            }
    return numbers


def _course(talk: Sequence[Record], terms: Iterable[str]) -> dict[str, float]:
    """Count the words that mark the earlier or the later posts, in equally many of each."""
    if len(talk) < _ENOUGH_TO_SPLIT:
        return {}
    size = len(talk) // 2
    numbers: dict[str, float] = {"ends": float(size)}
    for term in terms:
        early = sum(uses(record, term) for record in talk[:size])
        late = sum(uses(record, term) for record in talk[-size:])
        if max(early, late) >= max(_FEWEST_TO_MOVE, _LEAST_SHIFT * min(early, late)):
            numbers |= {f"early:{term}": float(early), f"late:{term}": float(late)}
    return numbers


def _since(told: Told, talk: Sequence[Record]) -> dict[str, float]:
    if told.near:
        # Nothing was added to talk that was never told of.
        return {"at:told": told.published_at.timestamp()}
    new = [record for record in talk if record.created_at > told.published_at]
    return {
        "at:told": told.published_at.timestamp(),
        "new": float(len(new)),
        "new-authors": float(len({record.author_key for record in new})),
    }


def _percent(holds: Callable[[Record], bool]) -> Callable[[Sequence[Record]], float]:
    return lambda said: 100 * sum(holds(record) for record in said) / len(said)


# How a community talks, so far as code can tell: the share of its posts in the first person, with a question,
# and the median length of its posts in words.
MEASURES: Mapping[str, Callable[[Sequence[Record]], float]] = {
    "firsthand": _percent(lambda record: bool(FIRST_PERSON & set(words(record.text)))),
    "asking": _percent(lambda record: "?" in record.words),
    "length": lambda said: float(median(len(words(record.words)) for record in said)),
}


def uses(record: Record, term: str) -> bool:
    """Tell whether `term` (lower case, 1-3 words) stands in the running text of `record`."""
    return f" {term} " in f" {' '.join(words(prose(record.words)))} "
