"""Headline and deck of an extractive story."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.domain.signal import SignalKind
from bot.domain.story import Claim, ClaimKind
from bot.domain.text import graphemes
from bot.write.checks import of_claim
from bot.write.communities import aspects
from bot.write.desk import (
    closing,
    inline,
    listing,
    one_per_author,
    place_fields,
    quoted,
    span_around,
    surface,
    unique,
)
from bot.write.language import content_words, holds
from bot.write.merit import is_fragment
from bot.write.opening import has_a_past
from bot.write.pasted import speaks_of_self
from bot.write.places import outlet, place_of
from bot.write.point import opening_words
from bot.write.terms import UNITS, alike
from bot.write.titles import NAMING, printable_title, to_break
from bot.write.voices import short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.story import Citation
    from bot.write.communities import Aspect
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

DECK_LIMIT = 280
_SHORT_POINT = 240
_PLACES_NAMED = 4
_TERMS_NAMED = 3
_WORTH_COMPARING = 1.5
_ENOUGH_NAMES, _NAMES_TOLD = 4, 2


def headline(desk: Desk) -> Claim:
    """Return the headline: what happened, if a title says so; else the topic and a voice on it."""
    ways = (_shaped, _plain, _worded, _threaded, _naming, _voiced)
    made = next((claim for claim in (_accepted(desk, way) for way in ways) if claim), None) or _placed(desk)
    title = _news(desk) or next(iter(desk.threads()), None)
    if title and any(citation.record_id == title.record.id for citation in made.citations):
        shown = printable_title(title.record, to_break) or ""
        if shown and shown.rstrip(".") in made.text:
            desk.title_told(title)
    return made


def _accepted(desk: Desk, way: Callable[[Desk], Claim | None]) -> Claim | None:
    """Return the claim made in one `way` if no check refuses it; else it is taken back."""
    take_back = desk.bookmark()
    claim = way(desk)
    if claim and _fits(desk, claim):
        return claim
    take_back()
    return None


def _fits(desk: Desk, claim: Claim) -> bool:
    records = {item.record.id: item.record for item in desk.brief.records}
    return all(row.passed for row in of_claim(claim, records, desk.brief.numbers))


def _shaped(desk: Desk) -> Claim | None:
    if desk.topic and desk.brief.told and not desk.brief.told[0].near:
        return _titled(desk) if _news(desk) else _quoting(desk, "head-more-quote")
    if desk.brief.signal.kind is SignalKind.DIVERGENCE and len(desk.voices) > 1 and desk.topic:
        return _apart(desk)
    returns = desk.brief.signal.kind is SignalKind.RETURN and not desk.fresh_reports()
    if returns and len(desk.voices) > 1 and desk.topic:
        return _quoting(desk, "head-again-quote") or _titled(desk)
    return _titled(desk) or _quoting(desk, "head-quote")


def _news(desk: Desk) -> BriefRecord | None:
    """Return the record whose title says what happened: the first report, else the thread that drew most."""
    titled = (*desk.fresh_reports(), *desk.threads())
    shown = ((item, printable_title(item.record, to_break)) for item in titled)
    return next((item for item, title in shown if title and desk.names_its_subject(title)), None)


def telling(desk: Desk, skip: frozenset[str] = frozenset()) -> Quote | None:
    """Return a short quote for headline or deck by an author not in `skip`."""
    return desk.clips.headline(
        lambda q: short(q) and q.record.author_key not in skip and not desk.clips.disputed(q)
    )


def _quoting(desk: Desk, turn: str) -> Claim | None:
    quote = telling(desk)
    if quote is None or desk.topic is None:
        return None
    citations = [desk.cite_quote(quote), *desk.cite_subject()]
    return _head(desk, turn, ClaimKind.NAMED, citations, {"q": inline(quote.text) or ""})


def _titled(desk: Desk) -> Claim | None:
    item = _news(desk)
    # Above a picture a title may be a joke that names nothing; then the matter is named before it.
    title = (item.record.title if item else None) or ""
    named = desk.topic is not None and content_words(desk.topic.phrase) <= content_words(title)
    if item is None:
        unnamed = next(iter(desk.threads()), None)
        return _named_by_talk(desk, unnamed) if unnamed else None
    if named or NAMING.search(title[1:]):
        return _titling(desk, "head-title", item)
    if desk.topic:
        return _titling(desk, "head-topic-title", item)
    return _named_by_talk(desk, item) or _titling(desk, "head-title", item)


def _named_by_talk(desk: Desk, item: BriefRecord) -> Claim | None:
    """Return a headline of a title that names nothing after the name that most people mention."""
    title = printable_title(item.record, to_break)
    for name in desk.brief.names:
        users = one_per_author([user for user in desk.talk if holds(user.record.words, name)])
        if title is None or name in UNITS or len(users) < _ENOUGH_NAMES:
            continue
        saying = [desk.cite(user, span_around(user.record, name)) for user in users[:_ENOUGH_NAMES]]
        fields = {"topic": name, "q": f"“{title.removesuffix('.')}”"}
        made = _head(desk, "head-topic-title", ClaimKind.NAMED, [desk.cite(item, title), *saying], fields)
        return made if _fits(desk, made) else None
    return None


def _titling(desk: Desk, turn: str, item: BriefRecord | None) -> Claim | None:
    """Return a headline in the words of a title; from one place it says who asks or answers there."""
    if item is None:
        return None
    alone = len(desk.voices) == 1 and turn == "head-title"
    made: list[Claim] = []
    for shape in (str, to_break):
        title = printable_title(item.record, shape)
        if title is None:
            continue
        said = place_fields(item.record) | {"q": f"“{title.removesuffix('.')}”"}
        citations = [desk.cite(item, title), *desk.cite_subject(), *desk.cite_some(desk.talk, 2)]
        told = f"{turn}-{'asks' if title.endswith('?') else 'there'}" if alone and _is_bare(title) else turn
        made += [_head(desk, form, ClaimKind.NAMED, citations, said) for form in (told, "head-title")]
    return next((claim for claim in made if _fits(desk, claim)), None)


def _is_bare(title: str) -> bool:
    """Tell whether a title by itself says nothing that happened: a question, a name."""
    return title.endswith("?") or is_fragment(title)


def _apart(desk: Desk) -> Claim | None:
    parts = desk.apart or [part.community for part in desk.voices[:2]]
    first, second = (desk.places[place] for place in parts)
    one, two = place_of(first[0].record), place_of(second[0].record)
    citations = [*desk.cite_subject(), *desk.cite_some(first, 2), *desk.cite_some(second, 2)]
    fields = {"one": one.name, "two": two.name, "on_one": one.on, "on_two": two.on}
    return _head(desk, "head-apart", ClaimKind.COHORT, citations, fields)


def _head(
    desk: Desk, turn: str, kind: ClaimKind, citations: Sequence[Citation], fields: dict[str, str]
) -> Claim:
    own = {"Topic": desk.topic.opening if desk.topic else "", "topic": desk.subject}
    keys = {"records": "records", "hours": "hours"}
    said = desk.say(turn, kind, unique(citations), own | fields, keys=keys)
    return Claim("headline", said.kind, said.text.rstrip("."), said.citations, said.numbers)


def _plain(desk: Desk) -> Claim | None:
    """Return a headline in figures on a matter that has a name."""
    if desk.topic is None:
        return None
    citations = [*desk.cite_subject(), *desk.cite_some(desk.talk)]
    return _head(desk, "head-plain", ClaimKind.MEASURED, citations, {})


def _worded(desk: Desk) -> Claim | None:
    """Return a headline in figures on the words that people come back to."""
    found = _terms(desk)[:2]
    if len(found) < 2:  # noqa: PLR2004 - one word is no matter
        return None
    fields = {"terms": _listed(found), **place_fields(_largest(desk)[0].record)}
    # What was counted was said in all places together.
    turn = "head-terms" if len(desk.voices) == 1 else "head-terms-all"
    return _head(desk, turn, ClaimKind.MEASURED, _users(desk, found), fields)


def _threaded(desk: Desk) -> Claim | None:
    """Return the title that people came to."""
    return _titling(desk, "head-title", next(iter(desk.threads()), None))


def _naming(desk: Desk) -> Claim | None:
    """Return a headline of the names that many mention in the place where most is said."""
    largest = _largest(desk)
    named = _names(desk, largest)
    if not named:
        return None
    citations = [*(cited for _, cited in named), *desk.cite_some(largest)]
    fields = {"names": listing([name for name, _ in named]), **place_fields(largest[0].record)}
    return _head(desk, "head-names", ClaimKind.COHORT, citations, fields)


def _voiced(desk: Desk) -> Claim | None:
    """Return a headline of a voice and the place of the talk."""
    spoken = telling(desk)
    if spoken is None:
        return None
    largest = _largest(desk)
    fields = {"q": inline(spoken.text) or "", **place_fields(largest[0].record)}
    return _head(
        desk, "head-voice", ClaimKind.NAMED, [desk.cite_quote(spoken), *desk.cite_some(largest)], fields
    )


def _placed(desk: Desk) -> Claim:
    """Return the headline that says only how much was said where."""
    largest = _largest(desk)
    fields = place_fields(largest[0].record)
    keys = {"records": f"records:{desk.voices[0].community}"}
    said = desk.say("head-place", ClaimKind.MEASURED, desk.cite_some(largest), fields, keys=keys)
    return Claim("headline", said.kind, said.text.rstrip("."), said.citations, said.numbers)


def _largest(desk: Desk) -> Sequence[BriefRecord]:
    return desk.places[desk.voices[0].community]


def _names(desk: Desk, said: Sequence[BriefRecord]) -> list[tuple[str, Citation]]:
    """Return the names that many people mention in what was `said`, each with one who does."""
    found: list[tuple[str, Citation]] = []
    for name in (name for name in desk.brief.names if name not in UNITS):
        users = one_per_author([user for user in said if holds(user.record.words, name)])
        if len(users) >= _ENOUGH_NAMES and len(found) < _NAMES_TOLD:
            found.append((name, desk.cite(users[0], span_around(users[0].record, name))))
    return found


def deck(desk: Desk, head: Claim) -> Claim:
    """Return the deck: what happened if the headline does not say so, and how much was said where."""
    # Whoever speaks in the headline has spoken; the body gives the word to others.
    quoted_there = {
        citation.record_id for citation in head.citations if citation.quote.removesuffix(".") in head.text
    }
    speakers = frozenset(item.record.author_key for item in desk.talk if item.record.id in quoted_there)
    desk.clips.spoken(speakers)
    counted = "records" in head.numbers
    news = _accepted(desk, _deck_news) or _deck_point_and_place(desk, head, counted=counted)
    # A deck that a check refuses would take the story with it.
    for told, bare in ((news, counted), (None, counted), (news, True)):
        made = _accepted(desk, partial(_whole_deck, news=told, counted=bare))
        if made is not None:
            return made
    return _whole_deck(desk, news=None, counted=True)


def _whole_deck(desk: Desk, *, news: Claim | None, counted: bool) -> Claim:
    said = _within([news, _deck_size(desk, counted=counted)])
    citations = unique(citation for part in said for citation in part.citations)
    stated = tuple(dict.fromkeys(key for part in said for key in part.numbers))
    kind = ClaimKind.MEASURED if stated else ClaimKind.NAMED
    return Claim("deck", kind, " ".join(part.text for part in said), citations, stated)


def _within(parts: Sequence[Claim | None]) -> list[Claim]:
    """Return as many of `parts` as a deck has room for."""
    said = [part for part in parts if part]
    while len(said) > 1 and graphemes(" ".join(part.text for part in said)) > DECK_LIMIT:
        said.pop()
    return said


def _deck_news(desk: Desk) -> Claim | None:
    """Return what happened in the words of a title that the headline does not have."""
    item = _news(desk)
    title = printable_title(item.record) if item else None
    if item is None or title is None or item.record.id in desk.titles_told:
        return None
    desk.title_told(item)
    report = item in desk.press
    fields = {"outlet": outlet(item.record), "day": desk.day(item.record)} | place_fields(item.record)
    turn = "deck-report" if report else "deck-thread"
    return desk.say(turn, ClaimKind.NAMED, [desk.cite(item, title)], fields | quoted(title))


def _deck_point_and_place(desk: Desk, head: Claim, *, counted: bool) -> Claim | None:
    """Return what the post comes to, and where if neither the headline nor a sentence behind it says that."""
    before = desk.bookmark()
    told = _accepted(desk, _deck_point)
    thread = desk.main_thread()
    if told is None or thread is None or place_of(thread.record).name in head.text:
        return told
    without_size = desk.bookmark()
    has_room = len(_within([told, _deck_size(desk, counted=counted)])) > 1
    without_size()
    if has_room:
        return told
    before()
    return _accepted(desk, partial(_deck_point, placed=True))


def _deck_point(desk: Desk, *, placed: bool = False) -> Claim | None:
    """Return what the post comes to whose title heads a story from one place, if it is said shortly."""
    item = desk.main_thread() if len(desk.voices) == 1 else None
    if item is None or item.record.id not in desk.titles_told:
        return None
    said = opening_words(item, desk.salience)
    if said is None or graphemes(said) > _SHORT_POINT:
        return None
    desk.points_told.add(item.record.id)
    desk.clips.spoken([item.record.author_key])
    turn = "deck-point" if speaks_of_self(item.record.text) else "deck-point-bare"
    fields = place_fields(item.record) | {"Q": closing(said)}
    return desk.say(f"{turn}-placed" if placed else turn, ClaimKind.NAMED, [desk.cite(item, said)], fields)


def _deck_size(desk: Desk, *, counted: bool) -> Claim:
    """Return where it is talked about, and in how many posts unless they were `counted` above."""
    firsts = [desk.places[part.community][0] for part in desk.voices[:_PLACES_NAMED]]
    ons = [place_of(item.record).on for item in firsts]
    fields = {"places": listing([ons[0], *(on.removeprefix("on ") for on in ons[1:])])}
    citations = [desk.cite(item) for item in firsts]
    if counted:
        return desk.say("deck-places", ClaimKind.NAMED, citations, fields)
    usual = desk.number("ratio") >= _WORTH_COMPARING and (desk.is_new or has_a_past(desk))
    turn = "deck-size" if not usual else "deck-size-new" if desk.is_new else "deck-size-usual"
    keys = {"records": "records", "hours": "hours", "times": "ratio", "expected": "expected"}
    if desk.in_threads:
        # What was said in other threads did not answer the one that heads the story.
        turn, keys = f"{turn}-threads", keys | {"threads": "threads"}
    if desk.number("authors") != desk.number("records"):
        keys["authors"] = "authors"
    return desk.say(turn, ClaimKind.MEASURED, citations, fields, keys=keys)


def _users(desk: Desk, found: Sequence[Aspect]) -> list[Citation]:
    """Return citations of one who writes each word as it is shown, and of others up to three people."""
    shown = [
        next(item for item in aspect.users if surface(item.record, aspect.term) == aspect.shown)
        for aspect in found
    ]
    people = one_per_author([*shown, *(item for aspect in found for item in aspect.users)])
    return [
        desk.cite(item)
        for item in {item.record.id: item for item in (*shown, *people[:_TERMS_NAMED])}.values()
    ]


def _terms(desk: Desk) -> list[Aspect]:
    found: list[Aspect] = []
    for aspect in (aspect for part in desk.voices for aspect in aspects(desk, part)):
        if len(found) < _TERMS_NAMED and not any(alike(aspect.term, other.term) for other in found):
            found.append(aspect)
    return found


def _listed(found: Sequence[Aspect]) -> str:
    return listing([f"“{aspect.shown}”" for aspect in found])
