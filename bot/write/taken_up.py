"""What of a report or an opening post those who talk take up: the fact that they argue about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.write.language import content_words, words
from bot.write.merit import stands_alone
from bot.write.quotes import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import BriefRecord
    from bot.write.quotes import Quote

_LONGEST, _SHORTEST = 45, 8
# So many people have to use so many of its words.
_FEWEST_PEOPLE, _FEWEST_WORDS = 3, 2


def taken_up(
    item: BriefRecord,
    talk: Sequence[BriefRecord],
    told: str,
    salience: Callable[[str], float],
    *,
    behind: int = 0,
) -> str | None:
    """Return the words of `item` that most people in `talk` take up and `told` does not hold, if any.

    They begin `behind` so many of its characters or later.
    """
    heard = frozenset(words(told))
    said: dict[str, set[str]] = {}
    for other in talk:
        if other.record.author_key != item.record.author_key:
            said.setdefault(other.record.author_key, set()).update(words(other.record.words))
    spans = [
        quote
        for quote in candidates(item, salience, fewest=_SHORTEST, most=_LONGEST)
        if stands_alone(quote.text) and quote.text in item.record.text[behind:]
    ]

    def people(quote: Quote) -> int:
        fresh = content_words(quote.text) - heard
        return sum(len(fresh & spoken) >= _FEWEST_WORDS for spoken in said.values())

    best = max(spans, key=lambda quote: (people(quote), -quote.length), default=None)
    return best.text if best and people(best) >= _FEWEST_PEOPLE else None
