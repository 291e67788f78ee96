"""The paragraphs of an extractive story.

Each function returns the claims of one paragraph, or none if there is nothing to say.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.record import RecordKind
from bot.domain.signal import SignalKind
from bot.domain.story import ClaimKind
from bot.write.desk import (
    listing,
    one_per_author,
    place_fields,
    printable_title,
    quoted,
    span_around,
    surface,
)
from bot.write.phrases import first_upper
from bot.write.places import outlet, place_of
from bot.write.quotes import Clippings, Quote, candidates, stands_alone
from bot.write.voices import alone, exchange, pair, voice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import BriefRecord, Voice
    from bot.domain.story import Citation, Claim
    from bot.write.desk import Desk

_COHORT = 3
_ENOUGH_POSTS = 8
_ENOUGH_USES = 4
_LEAST_PEAK = 5
_LEAST_COPIES = 3
_MOST_TERMS = 3
_MOST_PRESS = 3
_VOICES_TO_A_STRAND = 2
_LATEST = 8
_MOSTLY = 50.5
_HOUR = 3600
# How far a community must lie from the others before its manner is worth a sentence (percent; words).
_WIDE_GAPS = {"firsthand": 15.0, "asking": 12.0, "length": 12.0}


def lead(desk: Desk) -> list[Claim]:
    """What happened, how much was said about it against what was to be expected, and where it went."""
    opening = _since(desk) if desk.brief.told else None
    return [
        claim
        for claim in (opening, _happening(desk), _size(desk), _spread(desk), _copies(desk), _farm(desk))
        if claim
    ]


def _since(desk: Desk) -> Claim | None:
    if desk.number("new") < 2:  # noqa: PLR2004 - one post is no news
        return None
    told = desk.brief.told[-1].published_at
    new = [item for item in desk.talk if item.record.created_at > told]
    # Where all posts are new, the next sentence counts them.
    turn = "since-bare" if desk.number("new") == desk.number("records") else "since"
    keys = {"told": "at:told", "new": "new", "newcomers": "new-authors"}
    return desk.say(turn, ClaimKind.MEASURED, desk.cite_some(new), keys=keys)


def _happening(desk: Desk) -> Claim | None:
    since = max([desk.brief.signal.window_start, *(earlier.published_at for earlier in desk.brief.told)])
    reports = [item for item in desk.press if item.record.kind is RecordKind.ARTICLE]
    fresh = [item for item in reports if item.record.created_at >= since]
    return (
        next((claim for item in fresh if (claim := _report(desk, item))), None)
        or _thread(desk)
        or _post(desk)
    )


def _report(desk: Desk, item: BriefRecord) -> Claim | None:
    fields = {"outlet": outlet(item.record), "day": desk.day(item.record)}
    sentences = [quote for quote in candidates(item, desk.salience, most=45) if stands_alone(quote.text)]
    if sentences:
        # News prose says what happened first; of the spans that begin there the shortest is one sentence.
        first = min(sentences, key=lambda quote: (item.record.text.find(quote.text), quote.length)).text
        return desk.say("report", ClaimKind.NAMED, [desk.cite(item, first)], fields | quoted(first))
    title = printable_title(item.record)
    if title is None:
        return None
    return desk.say("report-title", ClaimKind.NAMED, [desk.cite(item, title)], fields | quoted(title))


def _thread(desk: Desk) -> Claim | None:
    """Tell of the thread that drew most replies, the more so if its title names the matter."""
    titled = [item for item in desk.talk if item.record.opens_thread and printable_title(item.record)]
    if not titled:
        return None

    def draw(item: BriefRecord) -> float:
        replies = sum(other.record.thread == item.record.id for other in desk.talk)
        return replies + 10 * desk.salience(item.record.title or "")

    item = max(titled, key=lambda item: (draw(item), -item.marker))
    title = printable_title(item.record) or ""
    came_first = f"at:{item.record.place}"
    timed = desk.number(came_first) == item.record.created_at.timestamp()
    desk.clips.spoken([item.record.author_key])
    return desk.say(
        "thread" if timed else "thread-untimed",
        ClaimKind.NAMED,
        [desk.cite(item, title)],
        {"day": desk.day(item.record)} | place_fields(item.record) | quoted(title),
        keys={"time": came_first} if timed else {},
    )


def _post(desk: Desk) -> Claim | None:
    quote = desk.clips.best(lambda q: stands_alone(q.text) and not q.asks)
    return alone(desk, "post", quote) if quote else None


def _size(desk: Desk) -> Claim:
    keys = {
        "records": "records",
        "by": "authors",
        "hours": "hours",
        "age": "lag:now",
        "expected": "expected",
    }
    if desk.number("authors") != desk.number("records"):
        keys["authors"] = "authors"
    again = desk.brief.signal.kind is SignalKind.RETURN
    turn = "size-new" if desk.is_new else "size-again" if again else "size"
    fields = {"topic": desk.subject, "Topic": first_upper(desk.subject)}
    citations = [*desk.cite_subject(), *desk.cite_some(desk.talk)]
    return desk.say(
        turn if desk.number("ratio") > 1 else "size-bare", ClaimKind.MEASURED, citations, fields, keys=keys
    )


def _spread(desk: Desk) -> Claim | None:
    arrivals = sorted(desk.voices, key=lambda v: (desk.number(f"at:{v.community}"), v.community))
    if not desk.is_new or len(arrivals) < 2 or not desk.may_compare:  # noqa: PLR2004 - one place is no spread
        return _peak(desk)
    firsts = [desk.places[part.community][0] for part in arrivals]
    start, second = arrivals[0].community, arrivals[1].community
    fields = place_fields(firsts[0].record) | {"second": place_of(firsts[1].record).name}
    further = [place_of(item.record).name for item in firsts[2:]]
    if further:
        fields["rest"] = listing(further)
    keys = {"time": f"at:{start}", "day": f"at:{start}", "lag": f"lag:{second}"}
    turn = "spread" if further else "spread-two"
    return desk.say(turn, ClaimKind.MEASURED, [desk.cite(item) for item in firsts], fields, keys=keys)


def _peak(desk: Desk) -> Claim | None:
    if desk.number("peak") < _LEAST_PEAK:
        return None
    hour = desk.number("at:peak")
    then = [item for item in desk.talk if 0 <= item.record.created_at.timestamp() - hour < _HOUR]
    keys = {"time": "at:peak", "day": "at:peak", "peak": "peak"}
    return desk.say("peak", ClaimKind.MEASURED, desk.cite_some(then or desk.talk), keys=keys)


def _copies(desk: Desk) -> Claim | None:
    if desk.number("copies") < _LEAST_COPIES:
        return None
    return desk.say("copies", ClaimKind.MEASURED, desk.cite_some(desk.talk), keys={"copies": "copies"})


def _farm(desk: Desk) -> Claim | None:
    if not desk.number("farm"):
        return None
    return desk.say("farm", ClaimKind.MEASURED, desk.cite_some(desk.talk), keys={"farm": "farm"})


def community(desk: Desk, part: Voice, *, voices: int = 3) -> list[Claim]:
    """One community: what marks its talk, and two or three of its voices."""
    here = _spoken_at(part.community)
    said: list[Claim] = []
    # Where in the paragraph people answer one another is drawn by lot, so that paragraphs differ in build.
    answering = desk.book.lot(f"answer {part.community}", voices)
    pairing = voices - 1 if desk.book.lot(f"pair {part.community}", 2) else voices
    while len(said) < voices:
        claim = exchange(desk, here, len(said)) if len(said) == answering else None
        claim = claim or (pair(desk, here, len(said)) if len(said) == pairing else None)
        claim = claim or _one_voice(desk, here, len(said))
        if claim is None:
            break
        said.append(claim)
    return [_mark(desk, part), *said] if said else []


def _spoken_at(place: str) -> Callable[[Quote], bool]:
    return lambda quote: quote.record.place == place


def _speaks_of(term: str) -> Callable[[Quote], bool]:
    return lambda quote: surface(quote.record, term) is not None


def _one_voice(desk: Desk, accept: Callable[[Quote], bool], nth: int) -> Claim | None:
    quote = desk.clips.best(lambda q: accept(q) and not q.asks)
    return voice(desk, quote, nth) if quote else None


def _mark(desk: Desk, part: Voice) -> Claim:
    if len(desk.voices) == 1:
        return _its_share(desk, part, "place-only")
    if not desk.may_compare:
        return _in_its_words(desk, part, "words") or _its_share(desk, part, "place")
    most = "-most" if desk.number(f"share:{part.community}") >= _MOSTLY else ""
    in_words = _in_its_words(desk, part, f"words{most}")
    return in_words or _its_manner(desk, part) or _its_share(desk, part, f"place{most}")


def _in_its_words(desk: Desk, part: Voice, turn: str) -> Claim | None:
    terms, citations = _cited_terms(desk, part)
    if len(terms) < 2 or len(citations) < _COHORT:  # noqa: PLR2004 - a single word is no vocabulary
        return None
    fields = {"terms": listing([f"“{term}”" for term in terms])}
    fields |= place_fields(desk.places[part.community][0].record)
    keys = {"share": f"share:{part.community}"} if desk.may_compare else {}
    return desk.say(turn, ClaimKind.COHORT, citations, fields, keys=keys)


def _cited_terms(desk: Desk, part: Voice) -> tuple[list[str], list[Citation]]:
    """Return the community's words as it writes them, and records by at least three authors that use them."""
    items = one_per_author(desk.places[part.community])
    terms: list[str] = []
    cited: dict[str, Citation] = {}
    for term in part.terms[:_MOST_TERMS]:
        found = [(item, way) for item in items if (way := surface(item.record, term))]
        fresh = [(item, way) for item, way in found if item.record.id not in cited]
        if fresh:
            # Words are shown as most people write them, not as they stand at the head of a sentence.
            item, way = min(fresh, key=lambda pair: pair[1][:1].isupper())
            terms.append(way)
            cited[item.record.id] = desk.cite(item, span_around(item.record, way))
    for item in items:
        way = next((way for term in part.terms if (way := surface(item.record, term))), "")
        if way and len(cited) < _COHORT and item.record.id not in cited:
            cited[item.record.id] = desk.cite(item, span_around(item.record, way))
    return terms, list(cited.values())


def _its_manner(desk: Desk, part: Voice) -> Claim | None:
    """How the community talks, where that sets it clearly apart; each measure serves once a story."""
    others = sum(voice.records for voice in desk.brief.voices) - part.records
    if min(part.records, others) < _ENOUGH_POSTS:
        return None
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


def _its_share(desk: Desk, part: Voice, turn: str) -> Claim:
    place = part.community
    keys = {"records": f"records:{place}", "all": "records"}
    keys |= {"share": f"share:{place}"} if desk.may_compare else {}
    here = desk.places[place]
    return desk.say(turn, ClaimKind.MEASURED, desk.cite_some(here), place_fields(here[0].record), keys=keys)


def elsewhere(desk: Desk, parts: Sequence[Voice]) -> list[Claim]:
    """A voice from each of the smaller communities."""
    quotes = [desk.clips.best(_speaking_at(part.community)) for part in parts]
    return [voice(desk, quote) for quote in quotes if quote]


def _speaking_at(place: str) -> Callable[[Quote], bool]:
    return lambda quote: quote.record.place == place and not quote.asks


def contrast(desk: Desk) -> list[Claim]:
    """What sets the communities apart, in figures."""
    large = [part for part in desk.voices if part.records >= _ENOUGH_POSTS]
    if len(large) < 2 or not desk.may_compare:  # noqa: PLR2004 - nothing to compare
        return []
    manners = [_its_manner(desk, part) for part in large[:2]]
    return [claim for claim in (_sides(desk), _counted_word(desk, large), *manners) if claim]


def _sides(desk: Desk) -> Claim | None:
    """Return how many of those who take a side are against it, in the two communities that stand apart."""
    if not desk.apart:
        return None
    more, less = desk.apart
    keys = {"x": f"against:{more}", "m": f"sides:{more}", "y": f"against:{less}", "n": f"sides:{less}"}
    here, there = desk.places[more], desk.places[less]
    fields = place_fields(here[0].record) | {"there": place_of(there[0].record).on}
    citations = [*desk.cite_some(_on_side(here, -1), 2), *desk.cite_some(_on_side(there, 1), 2)]
    return desk.say("sides", ClaimKind.MEASURED, citations, fields, keys=keys)


def _on_side(items: Sequence[BriefRecord], side: int) -> list[BriefRecord]:
    """Return those that take a side, all if none does."""
    return [item for item in items if item.stance == side] or list(items)


def _counted_word(desk: Desk, large: Sequence[Voice]) -> Claim | None:
    counted = [
        (
            desk.number(f"uses:{part.community}:{term}"),
            desk.number(f"elsewhere:{part.community}:{term}"),
            part,
            term,
        )
        for part in large
        for term in part.terms
    ]
    for here, there, part, term in sorted(counted, key=lambda c: (2 * c[1] - c[0], c[3])):
        place = part.community
        users = [(item, way) for item in desk.places[place] if (way := surface(item.record, term))]
        if here < _ENOUGH_USES or here <= 2 * there or not users:
            continue
        fields = {"term": f"“{users[0][1]}”"} | place_fields(users[0][0].record)
        citations = [desk.cite(item, span_around(item.record, way)) for item, way in users[:_COHORT]]
        keys = {"here": f"uses:{place}:{term}", "there": f"elsewhere:{place}:{term}"}
        turn = "count-word" if there else "count-word-only"
        return desk.say(turn, ClaimKind.MEASURED, citations, fields, keys=keys)
    return None


def strands(desk: Desk, part: Voice) -> list[list[Claim]]:
    """Where all talk is in one place: what its posts keep coming back to, a paragraph for each word."""
    found: list[list[Claim]] = []
    for term in part.terms:
        here = desk.places[part.community]
        users = [(item, way) for item in here if (way := surface(item.record, term))]
        if len({item.record.author_key for item, _ in users}) < _COHORT:
            continue
        usual = Counter(way for _, way in users).most_common(1)[0][0]
        users.sort(key=lambda user: user[1] != usual)
        voices = [_one_voice(desk, _speaks_of(term), nth) for nth in range(_VOICES_TO_A_STRAND)]
        said = [claim for claim in voices if claim]
        if not said:
            continue
        citations = [desk.cite(item, span_around(item.record, way)) for item, way in users[:_COHORT]]
        keys = {"here": f"uses:{part.community}:{term}"}
        fields = {"term": f"“{usual}”"}
        found.append([desk.say("strand", ClaimKind.MEASURED, citations, fields, keys=keys), *said])
    return found


def further(desk: Desk, part: Voice, *, voices: int = 2) -> list[Claim]:
    """More voices of a community that has had a paragraph."""
    heard = [_one_voice(desk, _spoken_at(part.community), nth) for nth in range(voices)]
    return [claim for claim in heard if claim]


def turned(desk: Desk) -> list[Claim]:
    """What was written before the window, and what is written now."""
    before = Clippings(desk.earlier, desk.salience)
    said: list[Claim] = _turn_of_mood(desk)
    for turn, clips in (("before", before), ("before", before), ("after", desk.clips)):
        quote = clips.best(lambda q: stands_alone(q.text) and not q.asks)
        if quote:
            said.append(alone(desk, turn, quote))
    return said if len(said) > 1 and desk.earlier else []


def _turn_of_mood(desk: Desk) -> list[Claim]:
    """Return what was counted of the mood before and now, with words from either time."""
    for measure in ("against", "joy"):
        keys = {
            "x": f"{measure}-before", "m": f"heard-{measure}-before",
            "y": f"{measure}-now", "n": f"heard-{measure}-now",
        }  # fmt: skip
        if keys["y"] in desk.brief.numbers and desk.earlier:
            citations = [*desk.cite_some(desk.earlier, 2), *desk.cite_some(desk.talk, 2)]
            return [desk.say(f"turned-{measure}", ClaimKind.MEASURED, citations, keys=keys)]
    return []


def press(desk: Desk, told: set[str]) -> list[Claim]:
    """The articles and papers that the talk rests on, other than those in `told`."""
    said: list[Claim] = []
    for item in desk.press:
        title = printable_title(item.record)
        if title is None or item.record.id in told or len(said) >= _MOST_PRESS:
            continue
        turn = "paper" if item.record.kind is RecordKind.PAPER else "press"
        fields = {"outlet": outlet(item.record), "day": desk.day(item.record)} | quoted(title)
        said.append(desk.say(turn, ClaimKind.NAMED, [desk.cite(item, title)], fields))
    return said


def ending(desk: Desk) -> list[Claim]:
    """A question that somebody asked, or one of the latest words."""
    asked = desk.clips.rank(_open_question)
    said = desk.clips.rank(lambda q: stands_alone(q.text) and not q.asks)[:_LATEST]
    latest = sorted(said, key=lambda q: q.record.created_at, reverse=True)
    choice = next(iter([*asked, *latest]), None)
    if choice is None:
        return []
    desk.clips.take(choice)
    return [alone(desk, "open" if choice.asks else "last", choice)]


def _open_question(quote: Quote) -> bool:
    single = quote.asks and "?" not in quote.text[:-1]
    return single and not quote.record.opens_thread and stands_alone(quote.text)
