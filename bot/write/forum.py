"""The body of a story from one place: the few answers that say most to the posts whose titles it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.story import ClaimKind
from bot.write.desk import place_fields, quoted
from bot.write.merit import is_fragment
from bot.write.phrases import first_upper
from bot.write.titles import printable_title
from bot.write.voices import author_answers, heard
from bot.write.worth import says_little

if TYPE_CHECKING:
    from bot.domain.brief import BriefRecord
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

# A few answers say more than many; under a second title two make a paragraph.
_MOST, _ENOUGH, _UNDER_A_SECOND = 5, 3, 2
_NTH = ("one answer", "another", "a third", "a fourth", "a fifth")
_THREADS_TRIED = 5
# What so many voted for may begin with a small letter.
_WELL_RECEIVED, _PASSABLE = 10, 0.9
_LONGEST = 250


def body(desk: Desk) -> list[list[Claim]]:
    """Return who answers the post that heads the story, and under its own title a second one if few do."""
    opened = [item for item in desk.threads() if item.record.id in desk.titles_told]
    said = _answers(desk, opened[0], _MOST) if opened else []
    exchange = author_answers(desk, lambda quote: _fits(desk, quote, opened[0]), None) if opened else None
    said += [exchange] if exchange else []
    return [said, *([] if heard(said) > _ENOUGH else [_second(desk)])]


def _answers(desk: Desk, opener: BriefRecord, most: int) -> list[Claim]:
    """Return up to `most` answers to what opened a thread, those first that most voted for."""
    found: list[Quote] = []
    while len(found) < most and (
        quote := next(iter(desk.clips.rank(lambda q: _fits(desk, q, opener))), None)
    ):
        desk.clips.take(quote)
        found.append(quote)
    found.sort(key=lambda quote: -_votes(quote))
    told = [*found[:_ENOUGH], *(quote for quote in found[_ENOUGH:] if _votes(quote) >= _WELL_RECEIVED)]
    return [_answer(desk, quote, opener, nth) for nth, quote in enumerate(told)]


def _fits(desk: Desk, quote: Quote, opener: BriefRecord) -> bool:
    """Tell whether `quote` is most of what somebody answered to `opener`, and says something."""
    record = quote.record
    answering = (record.source, record.parent) == (opener.record.source, opener.record.native_id)
    if not (answering and quote.is_most) or quote.asks or len(quote.text) > _LONGEST:
        return False
    liked = _votes(quote) >= _WELL_RECEIVED and quote.score >= _PASSABLE
    typed = quote.careless or says_little(quote.text) or is_fragment(quote.text)
    on_matter = quote.whole or desk.clips.of_the_talk(quote) or desk.salience(quote.text) > 0
    return on_matter and (quote.strong or liked) and not typed


def _answer(desk: Desk, quote: Quote, opener: BriefRecord, nth: int) -> Claim:
    votes = f"votes:{quote.marker}"
    keys = {"votes": votes} if votes in desk.brief.numbers else {}
    desk.last_at = opener.record.created_at
    later = desk.is_days_away(quote.record)
    turn = "further-answer" if nth else "answer"
    turn += "-later" if later else "-liked" if keys else ""
    fields = {"day": desk.day(quote.record), "nth": _NTH[nth], "Nth": first_upper(_NTH[nth])}
    fields |= quoted(quote.text)
    return desk.say(turn, ClaimKind.NAMED, [desk.cite_quote(quote)], fields, keys=keys)


def _votes(quote: Quote) -> float:
    return quote.record.metrics.get("score", 0)


def _second(desk: Desk) -> list[Claim]:
    """Return the title of the next thread and two answers to it; nothing if no first one was told."""
    threads = desk.threads()
    if not any(item.record.id in desk.titles_told for item in threads):
        return []
    for item in threads[:_THREADS_TRIED]:
        title = printable_title(item.record)
        if title is None or not desk.names_its_subject(title) or desk.has_told(title):
            continue
        take_back = desk.bookmark()
        desk.title_told(item)
        fields = place_fields(item.record) | quoted(title)
        head = desk.say("second-thread", ClaimKind.NAMED, [desk.cite(item, title)], fields)
        said = _answers(desk, item, _UNDER_A_SECOND)
        if len(said) == _UNDER_A_SECOND:
            return [head, *said]
        take_back()
    return []
