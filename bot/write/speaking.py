"""Which posts of a large talk have something to say that can be quoted: they come first into its brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.brief import BriefRecord
from bot.write.anchor import lacks_its_people, rests_on_a_part, speaks_for_many, stems, unmet
from bot.write.merit import answers, follows
from bot.write.quotes import candidates, is_borne
from bot.write.worth import says_little

if TYPE_CHECKING:
    from bot.domain.record import Record
    from bot.write.quotes import Quote


def can_speak(record: Record, title: str | None) -> bool:
    """Tell whether a post has a sentence to quote that is understood under the `title` of its thread."""
    spans = candidates(BriefRecord(0, record, 0.0, 0), lambda _: 1.0) if is_borne(record) else []
    return any(_says(quote, title or "") for quote in spans)


def _says(quote: Quote, title: str) -> bool:
    text, begins = quote.text, quote.opens and not quote.deep
    if quote.asks or quote.careless or says_little(text) or speaks_for_many(text) or rests_on_a_part(text):
        return False
    if any(lost.is_needed(titled=not quote.deep) for lost in unmet(text, stems(title), titled=True)):
        return False
    if begins:
        return answers(text) and (not quote.addresses or title.rstrip().endswith("?"))
    understood = quote.apart if quote.deep else follows(text) and not quote.addresses
    return understood and not lacks_its_people(text)
