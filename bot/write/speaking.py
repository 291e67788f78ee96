"""Which posts of a large talk have something to say that can be quoted: they come first into its brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.brief import BriefRecord
from bot.write.merit import follows
from bot.write.quotes import candidates, is_borne
from bot.write.worth import says_little

if TYPE_CHECKING:
    from bot.domain.record import Record
    from bot.write.quotes import Quote


def can_speak(record: Record) -> bool:
    """Tell whether a post has a sentence to quote that is understood under what it answers, or by itself."""
    return is_borne(record) and any(map(_says, candidates(BriefRecord(0, record, 0.0, 0), lambda _: 1.0)))


def _says(quote: Quote) -> bool:
    understood = quote.apart if quote.deep else follows(quote.text) and not quote.addresses
    return understood and not (quote.asks or quote.careless or says_little(quote.text))
