"""The paragraphs on who talks about what: a community's own title, the words it turns on, its voices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.story import ClaimKind
from bot.write.desk import closing, place_fields, quoted, span_around, surface
from bot.write.language import holds, words
from bot.write.merit import is_fragment
from bot.write.pasted import speaks_of_self
from bot.write.places import place_of
from bot.write.point import point
from bot.write.terms import UNITS, alike
from bot.write.titles import printable_title
from bot.write.voices import (
    agreeing,
    author_answers,
    dissenting,
    exchange,
    heard,
    preferred,
    voice,
)
from bot.write.worth import figures, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import BriefRecord, Voice
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

_FEWEST_AUTHORS = 3
_NAMES_OF_THE_MATTER = 4
_THREADS_TRIED = 5
_ON_A_WORD = 2
_ENOUGH_POSTS = 8
# A word that fewer posts hold tells nobody anything of a place.
_ENOUGH_USES = 8
# A word in fewer of the posts is no theme of theirs.
_ENOUGH_SHARE = 0.1
_TELLS_APART = 2
# A common word tells a community apart only where it is used so often, and so much more than elsewhere.
_OFTEN, _FAR_APART = 5, 4
# How far a community must lie from the others before its manner is worth a sentence (percent; words).
_WIDE_GAPS = {"firsthand": 15.0, "asking": 12.0, "length": 12.0}


@dataclass(frozen=True, slots=True)
class Aspect:
    """A word that several people of a community use, as they write it, and the records that hold it."""

    place: str
    term: str
    shown: str
    here: float
    there: float
    users: tuple[BriefRecord, ...]


def community(desk: Desk, part: Voice, *, voices: int) -> list[Claim]:
    """Return what is told of one community among several."""
    turned = _turning(desk, part)
    if turned:
        return [*turned, *_voices(desk, part, voices - len(turned) + 1, already=len(turned) - 1)]
    headed = _headed(desk, part, voices)
    if headed:
        return headed
    first = manners(desk, part) if desk.may_compare else None
    said = _voices(desk, part, voices, already=0 if first else None)
    if not said:
        return []
    return [first, *said] if first else said


def _turning(desk: Desk, part: Voice) -> list[Claim]:
    """Return the word that a community turns on and the others do not, and who uses it there."""
    if not desk.may_compare or len(desk.voices) == 1:
        return []
    for aspect in aspects(desk, part):
        if aspect.here >= _ENOUGH_USES and aspect.here > _TELLS_APART * aspect.there:
            desk.words_told.update(aspect.term.split())
            spoken = on_word(desk, aspect)
            return [word(desk, aspect, "word-apart"), *spoken] if spoken else []
    return []


def _headed(desk: Desk, part: Voice, most: int) -> list[Claim]:
    """Return a community's own title, what its author found and up to `most` voices of that thread.

    Where its largest thread says what was told of another, it is the next one; nothing if it has none, or if
    the largest was told itself: those who answer it have the word.
    """
    for item in desk.threads(part.community)[:_THREADS_TRIED]:
        if item.record.id in desk.titles_told:
            return []
        title = printable_title(item.record)
        if title and desk.names_its_subject(title) and not desk.has_told(title):
            return _under_title(desk, part, item, title, most)
    return []


def _under_title(desk: Desk, part: Voice, item: BriefRecord, title: str, most: int) -> list[Claim]:
    take_back = desk.bookmark()
    desk.title_told(item)
    citations = [desk.cite(item, title)]
    turn = "frame-asks" if title.endswith("?") else "frame"
    head = desk.say(turn, ClaimKind.NAMED, citations, place_fields(item.record) | quoted(title))
    found = _found(desk, item, title)
    said = _voices(desk, part, most, already=0, thread=item.record.thread)
    if said:
        return [head, *found, *said]
    take_back()
    return []


def _found(desk: Desk, item: BriefRecord, title: str) -> list[Claim]:
    """Return what the author of a thread measured, where its title has no figure of that."""
    said = point(item, desk.salience)
    if said is None or not measured(said) or figures(said) <= figures(title):
        return []
    own = "" if speaks_of_self(item.record.text) else "-bare"
    return [desk.say(f"first-words{own}", ClaimKind.NAMED, [desk.cite(item, said)], {"Q": closing(said)})]


def _voices(
    desk: Desk, part: Voice, most: int, *, already: int | None, thread: str | None = None
) -> list[Claim]:
    """Return up to `most` voices, one answering another, dissent last.

    `already` counts who spoke in the paragraph; None if its place has not been told either. Under the title
    of a `thread` nobody from elsewhere speaks.
    """
    said: list[Claim] = []
    here = voices_at(part.community, thread)
    answering = min(desk.book.lot(f"answer {part.community}", 2), most - 1)
    for turn in range(most):
        at = heard(said) + already if already is not None else heard(said) or None
        claim = None
        if turn == answering:
            claim = author_answers(desk, here, at, part.community) or exchange(desk, here, at)
        # Whoever speaks first says what of.
        claim = claim or (_one(desk, naming(desk, agreeing(here)), at) if turn == 0 else None)
        claim = claim or (_one(desk, dissenting(here), at) if turn == most - 1 else None)
        claim = claim or _one(desk, agreeing(here) if turn < most - 1 else here, at)
        if claim is None and not said and not already:
            # Rather a weak voice than a community without one.
            quote = desk.clips.best(here)
            claim = voice(desk, quote, at) if quote else None
        if claim is None:
            break
        said.append(claim)
    return said


def naming(desk: Desk, accept: Callable[[Quote], bool]) -> Callable[[Quote], bool]:
    """Return the test that lets pass only quotes that name the matter, in a sentence."""

    def names(quote: Quote) -> bool:
        named = any(holds(quote.text, name) for name in desk.brief.names[:_NAMES_OF_THE_MATTER])
        return accept(quote) and named and not is_fragment(quote.text)

    return names


def voices_at(place: str, thread: str | None = None) -> Callable[[Quote], bool]:
    """Return the test whether a quote comes from `place` (and `thread`, if given) and may stand by itself."""

    def here(quote: Quote) -> bool:
        of_thread = thread is None or quote.record.thread == thread
        return quote.record.place == place and of_thread and not quote.asks

    return here


def _one(desk: Desk, accept: Callable[[Quote], bool], nth: int | None) -> Claim | None:
    quote = preferred(desk.clips.rank(lambda q: accept(q) and q.strong))
    if quote is None:
        return None
    desk.clips.take(quote)
    return voice(desk, quote, nth)


def aspects(desk: Desk, part: Voice) -> list[Aspect]:
    """Return the words that a community comes back to and that were not told of yet, best first."""
    place = part.community
    found: list[tuple[float, Aspect]] = []
    for term in dict.fromkeys((*part.terms, *desk.brief.terms)):
        here = desk.number(f"uses:{place}:{term}")
        if here < max(_FEWEST_AUTHORS, _ENOUGH_SHARE * part.records) or any(
            alike(term, told) for told in desk.words_told
        ):
            continue
        users = [(item, way) for item in desk.places[place] if (way := surface(item.record, term))]
        if len({item.record.author_key for item, _ in users}) < _FEWEST_AUTHORS:
            continue
        shown = _shown(desk, [way for _, way in users])
        there = desk.number(f"elsewhere:{place}:{term}")
        apart = len(desk.voices) > 1 and here >= max(_OFTEN, _FAR_APART * there)
        if not tellable(desk, shown) and not apart:
            continue
        aspect = Aspect(place, term, shown, here, there, tuple(i for i, _ in users))
        found.append((here * (2 if term in part.terms else 1), aspect))
    return [aspect for _, aspect in sorted(found, key=lambda pair: (-pair[0], pair[1].term))]


def tellable(desk: Desk, shown: str) -> bool:
    """Tell whether `shown` says what is talked about: a name, a figure or a phrase, never a common word."""
    mixed = any(letter.isupper() for letter in shown[1:]) or any(letter.isdigit() for letter in shown)
    return " " in shown or (shown not in UNITS and (mixed or shown in desk.brief.names))


def _shown(desk: Desk, ways: Sequence[str]) -> str:
    """Return the one of `ways` to write a word: as a name or acronym if it is one, else as most people do."""
    names = UNITS | set(desk.brief.names)
    usual = Counter(ways).most_common(1)[0][0]
    # Capitalised at the head of a sentence is not how people write a word.
    plain = next((way for way in ways if way == usual.lower()), usual) if usual.istitle() else usual
    return next((way for way in ways if way in names), plain)


def on_word(desk: Desk, aspect: Aspect) -> list[Claim]:
    """Return voices that use the word of `aspect` in what they are quoted with."""

    def fits(quote: Quote) -> bool:
        uses = surface_in(quote.text, aspect.term)
        return quote.record.place == aspect.place and not quote.asks and quote.strong and uses

    said: list[Claim] = []
    for _ in range(_ON_A_WORD):
        claim = _one(desk, fits, heard(said))
        said += [claim] if claim else []
    return said


def surface_in(text: str, term: str) -> bool:
    """Tell whether `text` uses `term` (lower case)."""
    return f" {term} " in f" {' '.join(words(text))} "


def word(desk: Desk, aspect: Aspect, turn: str) -> Claim:
    """Return the claim that a community comes back to a word, in a sentence for `turn`."""
    desk.words_told.update(aspect.term.split())
    way = [(item, surface(item.record, aspect.term) or "") for item in aspect.users]
    # Words are shown as most people write them, not as they stand at the head of a sentence.
    way.sort(key=lambda user: user[1] != aspect.shown)
    citations = [desk.cite(item, span_around(item.record, written)) for item, written in way]
    keys = {"here": f"uses:{aspect.place}:{aspect.term}", "there": f"elsewhere:{aspect.place}:{aspect.term}"}
    fields = {"term": f"“{aspect.shown}”"} | place_fields(aspect.users[0].record)
    told = desk.say(turn, ClaimKind.MEASURED, citations[:_FEWEST_AUTHORS], fields, keys=keys)
    return told if told.numbers else replace(told, kind=ClaimKind.COHORT)


def elsewhere(desk: Desk, parts: Sequence[Voice]) -> list[Claim]:
    """Return a voice from each of the smaller communities."""
    said: list[Claim] = []
    for here in (voices_at(part.community) for part in parts):
        # Where there is room for one voice, whoever differs has it.
        quote = desk.clips.best(dissenting(here)) or desk.clips.best(here)
        said += [voice(desk, quote, None)] if quote else []
    return said


def manners(desk: Desk, part: Voice) -> Claim | None:
    """Return how the community talks, where that sets it clearly apart; each measure serves once a story."""
    gaps: list[tuple[float, str, str]] = []
    for measure, wide in _WIDE_GAPS.items():
        here = desk.number(f"{measure}:{part.community}")
        there = desk.number(f"{measure}-elsewhere:{part.community}")
        if measure not in desk.measured and abs(here - there) >= wide and min(here, there) > 0:
            gaps.append((abs(here - there) / wide, measure, "" if here > there else "-less"))
    if not gaps:
        return None
    _, measure, less = max(gaps)
    desk.measured.add(measure)
    inside = desk.places[part.community]
    outside = [item for item in desk.talk if item.record.place != part.community]
    keys = {"x": f"{measure}:{part.community}", "y": f"{measure}-elsewhere:{part.community}"}
    citations = [*desk.cite_some(inside, 2), *desk.cite_some(outside, 1)]
    fields = place_fields(inside[0].record)
    return desk.say(f"{measure}{less}", ClaimKind.MEASURED, citations, fields, keys=keys)


def contrast(desk: Desk) -> list[Claim]:
    """Return what sets the communities apart, in figures."""
    large = [part for part in desk.voices if part.records >= _ENOUGH_POSTS]
    if len(large) < 2 or not desk.may_compare:  # noqa: PLR2004 - nothing to compare
        return []
    apart = [
        aspect
        for part in large
        for aspect in aspects(desk, part)
        if aspect.here >= _ENOUGH_USES and aspect.here > _TELLS_APART * aspect.there
    ]
    counted = min(apart, key=lambda aspect: (2 * aspect.there - aspect.here, aspect.term), default=None)
    told = word(desk, counted, "count-word" if counted.there else "count-word-only") if counted else None
    return [claim for claim in (_sides(desk), told, *(manners(desk, part) for part in large[:2])) if claim]


def _sides(desk: Desk) -> Claim | None:
    """Return how many of those who take a side are against it, in the two communities that stand apart."""
    if not desk.apart or desk.topic is None:
        return None
    more, less = desk.apart
    ways = desk.counted_as(f"against:{more}", f"against:{less}")
    keys = {"x": ways[0], "m": f"sides:{more}", "y": ways[1], "n": f"sides:{less}"}
    here, there = desk.places[more], desk.places[less]
    fields = place_fields(here[0].record) | {"there": place_of(there[0].record).on, "topic": desk.subject}
    citations = [*desk.cite_some(_on_side(here, -1), 2), *desk.cite_some(_on_side(there, 1), 2)]
    return desk.say("sides", ClaimKind.MEASURED, citations, fields, keys=keys)


def _on_side(items: Sequence[BriefRecord], side: int) -> list[BriefRecord]:
    """Return those that take a side, all if none does."""
    return [item for item in items if item.stance == side] or list(items)
