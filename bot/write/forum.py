"""The body of a story from one place: the few answers that say most to the posts whose titles it tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.story import ClaimKind
from bot.write.desk import place_fields, quoted
from bot.write.merit import META, is_fragment
from bot.write.phrases import first_upper
from bot.write.titles import printable_title
from bot.write.voices import author_answers, heard
from bot.write.worth import argues, says_little

if TYPE_CHECKING:
    from bot.domain.brief import BriefRecord
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

# A few answers say more than many; under a second title two make a paragraph.
_MOST, _ENOUGH, _UNDER_A_SECOND = 5, 3, 2
_NTH = ("one answer", "another", "a third", "a fourth answer", "a fifth answer")
_THREADS_TRIED = 5
# What so many voted for may begin with a small letter.
_WELL_RECEIVED, _PASSABLE = 10, 0.9
_LONGEST = 250
# "Me to this model: ..." plays a part, and what stands behind a label needs what stands before that.
_LABELLED = re.compile(r"[^.,;!?\"]{1,24}: ")


def body(desk: Desk) -> list[list[Claim]]:
    """Return who answers the post that heads the story, and under its own title a second one if few do."""
    opened = [item for item in desk.threads() if item.record.id in desk.titles_told]
    said = answers(desk, opened[0], _MOST) if opened else []
    exchange = author_answers(desk, lambda quote: _fits(desk, quote, opened[0]), None) if opened else None
    said += [exchange] if exchange else []
    return [said, *([] if heard(said) > _ENOUGH else [second_thread(desk, _UNDER_A_SECOND)])]


def answers(desk: Desk, opener: BriefRecord, most: int) -> list[Claim]:
    """Return up to `most` answers to what opened a thread, those first that most voted for."""
    found: list[Quote] = []
    while len(found) < most and (
        quote := next(iter(desk.clips.rank(lambda q: _fits(desk, q, opener))), None)
    ):
        desk.clips.take(quote)
        found.append(quote)
    found.sort(key=lambda quote: -_votes(quote))
    more = (quote for quote in found[_ENOUGH:] if not desk.clips.is_cold(quote, _WELL_RECEIVED))
    told = [*found[:_ENOUGH], *more]
    return [_answer(desk, quote, opener, nth) for nth, quote in enumerate(told)]


def _fits(desk: Desk, quote: Quote, opener: BriefRecord) -> bool:
    """Tell whether `quote` answers `opener` and says something of it."""
    answering = (quote.record.source, quote.record.parent) == (opener.record.source, opener.record.native_id)
    if not answering or "?" in quote.text or len(quote.text) > _LONGEST:
        return False
    liked = _votes(quote) >= _WELL_RECEIVED and quote.score >= _PASSABLE
    little = says_little(quote.text) and not (liked and argues(quote.text))
    typed = quote.careless or is_fragment(quote.text) or _LABELLED.match(quote.text)
    on_matter = quote.whole or desk.clips.of_the_talk(quote) or desk.salience(quote.text) > 0
    said = on_matter and not (little or typed or META.search(quote.text))
    return said and (quote.strong or liked) and not desk.clips.is_cold(quote)


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


def second_thread(desk: Desk, most: int) -> list[Claim]:
    """Return the title of the next thread and `most` answers to it; nothing if no first one was told."""
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
        said = answers(desk, item, most)
        if len(said) == most:
            return [head, *said]
        take_back()
    return []
