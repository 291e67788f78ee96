"""The first paragraph of an extractive story: what happened, how much was said about it, where it went."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.links import canonical
from bot.domain.record import RecordKind
from bot.domain.signal import SignalKind
from bot.domain.story import ClaimKind
from bot.write.definition import what_it_is
from bot.write.desk import closing, listing, place_fields, quoted
from bot.write.language import content_words, words
from bot.write.merit import stands_alone
from bot.write.pasted import speaks_of_self
from bot.write.phrases import first_upper
from bot.write.places import outlet, place_of
from bot.write.point import opening_words
from bot.write.quotes import candidates
from bot.write.taken_up import taken_up
from bot.write.titles import printable_title
from bot.write.voices import alone
from bot.write.worth import figures

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

_LEAST_COPIES = 3
_LONGEST_REPORT = 45
_OPENERS_TRIED, _SAYS_THE_SAME, _ENOUGH_FIGURES = 3, 3, 2
_A_PAST = timedelta(days=2)


def lead(desk: Desk, *, counted: Collection[str]) -> list[Claim]:
    """Return the claims of the first paragraph; `counted` are the numbers that the front states."""
    happening = _happening(desk)
    said = [
        _since(desk) if desk.brief.told else None,
        what_it_is(desk, happening),
        *happening,
        _earlier_round(desk),
        None if "records" in counted else _size(desk, counted),
        _spread(desk, told=any(_tells_beginning(desk, claim) for claim in happening)),
        _paper(desk),
    ]
    return [claim for claim in said if claim]


def notes(desk: Desk) -> list[Claim]:
    """Return what was not counted and what was not heard."""
    return [claim for claim in (_copies(desk), _farm(desk), _unheard(desk)) if claim]


def _since(desk: Desk) -> Claim:
    if desk.brief.told[0].near:
        return desk.say("near", ClaimKind.MEASURED, desk.cite_some(desk.talk), keys={"told": "at:told"})
    told = desk.brief.told[0].published_at
    new = [item for item in desk.talk if item.record.created_at > told]
    return desk.say("since", ClaimKind.MEASURED, desk.cite_some(new or desk.talk), keys={"told": "at:told"})


def _happening(desk: Desk) -> list[Claim]:
    for item in desk.fresh_reports():
        claim = _report(desk, item)
        if claim:
            return [claim, *_report_adds(desk, item, claim)]
    paper = _abstract(desk)
    if paper:
        return [paper]
    # In one place the headline has told which thread it is.
    openers = desk.threads()[: _OPENERS_TRIED if len(desk.voices) > 1 else 1]
    for opener in openers:
        said = _thread(desk, opener)
        if said:
            return said
    # In one place whoever answers is told under the title that they answer.
    return [] if desk.points_told or len(desk.voices) == 1 else _event(desk)


def _abstract(desk: Desk) -> Claim | None:
    """Return what the paper that the talk hangs on found: the figures in its abstract that titles took up."""
    titles = [item.record.title or "" for item in desk.threads()[:_OPENERS_TRIED]]

    def found(quote: Quote) -> tuple[int, float]:
        figures = sum(word[0].isdigit() for word in words(quote.text))
        return min(figures, _ENOUGH_FIGURES) + _says(quote.text, titles), -quote.length

    start = desk.brief.signal.window_start
    papers = (item for item in desk.press if item.record.kind is RecordKind.PAPER and _bears_on(desk, item))
    for item in (item for item in papers if item.record.created_at >= start):
        spans = [quote for quote in candidates(item, desk.salience) if stands_alone(quote.text)]
        best = max(spans, key=found, default=None)
        if best:
            desk.title_told(item)
            fields = {"day": desk.day(item.record)} | quoted(best.text)
            return desk.say("abstract", ClaimKind.NAMED, [desk.cite(item, best.text)], fields)
    return None


def _bears_on(desk: Desk, paper: BriefRecord) -> bool:
    """Tell whether those who talk mean this paper: they link to it, or say what its title says."""
    address = canonical(paper.record.url)
    linked = any(address == canonical(link) for item in desk.talk for link in item.record.links)
    titles = [item.record.title or "" for item in desk.threads()]
    return linked or _says(paper.record.title or "", titles) >= _SAYS_THE_SAME


def _event(desk: Desk) -> list[Claim]:
    """Return somebody's sentence that says what a title says, where no text of an opening post does."""
    titles = [item.record.title for item in desk.talk if item.record.title and item.record.opens_thread]
    told = desk.clips.rank(lambda q: q.strong and not q.asks and _says(q.text, titles) >= _SAYS_THE_SAME)
    best = max(told, key=lambda q: (_says(q.text, titles), q.score), default=None)
    if best is None:
        return []
    desk.clips.take(best)
    return [alone(desk, "then", best)]


def _says(text: str, titles: Sequence[str]) -> int:
    """Return how many telling words `text` has in common with one of `titles`."""
    return max((len(content_words(title) & content_words(text)) for title in titles), default=0)


def _report(desk: Desk, item: BriefRecord) -> Claim | None:
    fields = {"outlet": outlet(item.record), "day": desk.day(item.record)}
    earliest = item.record.created_at.timestamp() <= desk.number("at:first")
    sentences = [
        quote for quote in candidates(item, desk.salience, most=_LONGEST_REPORT) if stands_alone(quote.text)
    ]
    if sentences:
        # News prose says what happened first, and in the next sentence how.
        first = min(sentences, key=lambda quote: (item.record.text.find(quote.text), -quote.length)).text
        turn = "report-first" if earliest else "report"
        desk.clips.fact(first)
        return desk.say(turn, ClaimKind.NAMED, [desk.cite(item, first)], fields | quoted(first))
    title = printable_title(item.record)
    if title is None or item.record.id in desk.titles_told:
        return None
    desk.title_told(item)
    return desk.say("report-title", ClaimKind.NAMED, [desk.cite(item, title)], fields | quoted(title))


def _report_adds(desk: Desk, item: BriefRecord, told: Claim) -> list[Claim]:
    """Return what the report says next, if that has a figure or terms that people take up; else what they do.

    That is what new terms forbid, not only that they are.
    """
    said = told.citations[0].quote
    text = item.record.text
    behind = text.find(said) + len(said) if said in text else 0
    known = f"{item.record.title} {told.text}"
    more = _next_sentence(desk, item, behind) or taken_up(
        item, desk.talk, known, desk.salience, behind=behind
    )
    if more is None:
        return []
    desk.clips.fact(more)
    fields = {"outlet": outlet(item.record)} | quoted(more)
    turn = "report-on" if text[behind:].lstrip().startswith(more) else "report-adds"
    return [desk.say(turn, ClaimKind.NAMED, [desk.cite(item, more)], fields)]


def _next_sentence(desk: Desk, item: BriefRecord, behind: int) -> str | None:
    """Return the longest that can be quoted of a report right `behind` what was told, if it has figures."""
    following = item.record.text[behind:].lstrip()
    spans = [
        quote.text
        for quote in candidates(item, desk.salience, most=_LONGEST_REPORT)
        if following.startswith(quote.text) and stands_alone(quote.text) and figures(quote.text)
    ]
    return max(spans, key=len, default=None)


def _thread(desk: Desk, item: BriefRecord) -> list[Claim]:
    """Tell of the thread that the talk hangs on: its title, if that was not told above, and its own words."""
    came_first = f"at:{item.record.place}"
    timed = desk.number(came_first) == item.record.created_at.timestamp()
    keys = {"time": came_first} if timed else {}
    fields = {"day": desk.day(item.record)} | place_fields(item.record)
    title = printable_title(item.record)
    begins = None if item.record.id in desk.points_told else _begins(desk, item)
    own = "" if speaks_of_self(item.record.text) else "-bare"
    said: list[Claim] = []
    if title and item.record.id not in desk.titles_told and desk.names_its_subject(title):
        desk.title_told(item)
        citations = [desk.cite(item, title)]
        said.append(desk.say("thread", ClaimKind.NAMED, citations, fields | quoted(title), keys=keys))
        if begins:
            spoken = {"Q": closing(begins)}
            said.append(desk.say(f"first-words{own}", ClaimKind.NAMED, [desk.cite(item, begins)], spoken))
    elif begins:
        citations = [desk.cite(item, begins)]
        said.append(desk.say(f"opener{own}", ClaimKind.NAMED, citations, fields | quoted(begins), keys=keys))
    if said:
        desk.clips.spoken([item.record.author_key])
    return said


def _begins(desk: Desk, item: BriefRecord) -> str | None:
    """Return what an opening post says happened, else, of one among several places, what people take up."""
    said = opening_words(item, desk.salience)
    if said or len(desk.voices) == 1:
        return said
    return taken_up(item, desk.talk, item.record.title or "", desk.salience)


def _origin_told(desk: Desk) -> bool:
    """Tell whether a later sentence says where the talk began."""
    return desk.is_new and len(desk.voices) > 1 and desk.may_compare


def _paper(desk: Desk) -> Claim | None:
    """Return the first paper that the talk rests on."""
    for item in desk.press:
        title = printable_title(item.record)
        if item.record.id in desk.titles_told:
            continue
        if title and item.record.kind is RecordKind.PAPER and _bears_on(desk, item):
            fields = {"day": desk.day(item.record)} | quoted(title)
            turn = "paper-told" if desk.has_told(title) else "paper"
            desk.title_told(item)
            return desk.say(turn, ClaimKind.NAMED, [desk.cite(item, title)], fields)
    return None


def _earlier_round(desk: Desk) -> Claim | None:
    """Return where and when a matter that returns was talked about before."""
    if desk.brief.signal.kind is not SignalKind.RETURN or not desk.earlier:
        return None
    titled = [item for item in desk.earlier if item.record.opens_thread and printable_title(item.record)]
    item = next(iter([*titled, *desk.earlier]))
    title = printable_title(item.record) if titled else None
    fields = {"day": desk.day(item.record)} | place_fields(item.record)
    if title is None:
        return desk.say("round", ClaimKind.NAMED, [desk.cite(item)], fields)
    desk.title_told(item)
    return desk.say("round-title", ClaimKind.NAMED, [desk.cite(item, title)], fields | quoted(title))


def has_a_past(desk: Desk) -> bool:
    """Tell whether the matter is old enough for something to be usual for it."""
    return desk.brief.signal.window_start - desk.brief.storyline.first_at >= _A_PAST


def _size(desk: Desk, counted: Collection[str]) -> Claim | None:
    keys = {
        "records": "records",
        "by": "authors",
        "hours": "hours",
        "age": "lag:now",
        "expected": "expected",
    }
    if desk.number("authors") != desk.number("records") and "authors" not in counted:
        keys["authors"] = "authors"
    again = desk.brief.signal.kind is SignalKind.RETURN and bool(desk.earlier)
    stated = desk.number("ratio") > 1 and (desk.is_new or again or has_a_past(desk))
    turn = "size-bare" if not stated else "size-new" if desk.is_new else "size-again" if again else "size"
    if desk.in_threads:
        turn, keys = f"{turn}-threads", keys | {"threads": "threads"}
    if {"records", "hours"} <= {*counted} and not stated and "authors" not in keys:
        return None
    fields = {"topic": desk.subject, "Topic": first_upper(desk.subject)}
    citations = [*desk.cite_subject(), *desk.cite_some(desk.talk)]
    return desk.say(turn, ClaimKind.MEASURED, citations, fields, keys=keys)


def people(desk: Desk, *, counted: Collection[str] = ()) -> list[Claim]:
    """Return how many people wrote it, for a story with little else; if `counted`, its busiest hour."""
    if "authors" in counted and desk.number("peak") > 1:
        keys = {"peak": "peak", "time": "at:peak", "day": "at:peak"}
        return [desk.say("busiest", ClaimKind.MEASURED, desk.cite_some(desk.talk), keys=keys)]
    keys = {"records": "records", "authors": "authors"}
    here = desk.places[desk.voices[0].community]
    fields = place_fields(here[0].record)
    return [desk.say("people", ClaimKind.MEASURED, desk.cite_some(desk.talk), fields, keys=keys)]


def _tells_beginning(desk: Desk, claim: Claim) -> bool:
    """Tell whether `claim` says when the very first post was written."""
    return any(key.startswith("at:") and desk.number(key) == desk.number("at:first") for key in claim.numbers)


def _spread(desk: Desk, *, told: bool) -> Claim | None:
    arrivals = sorted(desk.voices, key=lambda v: (desk.number(f"at:{v.community}"), v.community))
    if not _origin_told(desk):
        return None
    firsts = [desk.places[part.community][0] for part in arrivals]
    start, second = arrivals[0].community, arrivals[1].community
    fields = place_fields(firsts[0].record) | {"second": place_of(firsts[1].record).name}
    further = [place_of(item.record).name for item in firsts[2:]]
    if further:
        fields["rest"] = listing(further)
    keys = {"time": f"at:{start}", "day": f"at:{start}", "lag": f"lag:{second}"}
    turn = ("spread" if further else "spread-two") + ("-on" if told else "")
    return desk.say(turn, ClaimKind.MEASURED, [desk.cite(item) for item in firsts], fields, keys=keys)


def _copies(desk: Desk) -> Claim | None:
    if desk.number("copies") < _LEAST_COPIES:
        return None
    return desk.say("copies", ClaimKind.MEASURED, desk.cite_some(desk.talk), keys={"copies": "copies"})


def _farm(desk: Desk) -> Claim | None:
    if not desk.number("farm"):
        return None
    return desk.say("farm", ClaimKind.MEASURED, desk.cite_some(desk.talk), keys={"farm": "farm"})


def _unheard(desk: Desk) -> Claim | None:
    return desk.say("unheard", ClaimKind.ANALYSIS, ()) if desk.brief.gaps else None
