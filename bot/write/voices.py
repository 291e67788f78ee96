"""Letting people speak: a quote becomes a sentence that says who, where and in which manner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.record import RecordKind
from bot.domain.story import ClaimKind
from bot.domain.text import graphemes
from bot.write.desk import closing, inline, place_fields, quoted
from bot.write.manner import manner
from bot.write.phrases import first_upper
from bot.write.places import place_of
from bot.write.worth import argues

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.record import Record
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

# How somebody speaks is said before what about.
_TOLD_BY_MANNER = frozenset({"asks", "dissent"})
_ANSWERS = frozenset({"answers", "liked-answer"})
_FURTHER = ("another", "a third", "somebody else")
_EXCHANGES_TRIED, _VOTES_TOLD = 12, 2
# So many times the votes put an answer before another, and make those of the other no news.
_FAR_ABOVE = 3
# By so much a remark has to be better than an argument to be told before it.
_MUCH_BETTER, _WELL_RECEIVED = 1.5, 10
# Two people who answer one another are read in one post of a thread.
IN_ONE_POST = 230


def dissenting(accept: Callable[[Quote], bool]) -> Callable[[Quote], bool]:
    """Return the test that lets pass only quotes in which somebody says that they differ."""
    return lambda quote: accept(quote) and manner(quote) == "dissent"


def agreeing(accept: Callable[[Quote], bool]) -> Callable[[Quote], bool]:
    """Return the test without such quotes: whoever spoke after one would be taken to differ, too."""
    return lambda quote: accept(quote) and manner(quote) != "dissent"


def speaker(record: Record, nth: int | None = None, before: Sequence[str] = ()) -> str:
    """Return who wrote `record`: platform or community and role, never a name or handle.

    `nth` counts the speakers of a paragraph, whose place has been told, from 0; None is somebody who speaks
    first or alone. `before` are the roles of those who spoke in the paragraph: "another" is one more of them.
    """
    role = role_of(record)
    if nth is None:
        return place_of(record).a(role)
    bare = role.rsplit(" ", 1)[-1]
    if not nth:
        return f"one {bare}"
    if before and role not in before:
        return f"a {bare}"
    return further(nth) if all(other == role for other in before) else f"another {bare}"


def role_of(record: Record) -> str:
    """Return in which role `record` was written: its author opened a thread or took part in one."""
    place = place_of(record)
    opened = record.opens_thread and record.kind is RecordKind.POST
    return place.poster if opened else place.member


def further(nth: int) -> str:
    """Return "another", "a third" for the further speakers of a paragraph, from 1; then nobody counts."""
    return _FURTHER[min(nth, len(_FURTHER)) - 1]


def heard(said: Sequence[Claim]) -> int:
    """Return how many people speak in `said`: both of those that answer one another."""
    return sum(len(claim.citations) for claim in said if claim.kind is ClaimKind.NAMED)


def preferred(quotes: Sequence[Quote]) -> Quote | None:
    """Return which of `quotes`, best first, is told: that which argues, else that which most voted for.

    Of one thread an argument goes before a remark, unless hardly anybody voted for it beside that;
    of two arguments, or two remarks, the one with several times the votes goes first.
    """
    best = next(iter(quotes), None)
    for quote in quotes[1:]:
        best = quote if best and _goes_before(quote, best) else best
    return best


def _goes_before(quote: Quote, other: Quote) -> bool:
    if quote.record.id == other.record.id:
        # Which of their sentences says most has been weighed.
        return False
    mine, theirs = argues(quote.text), argues(other.text)
    if mine is theirs:
        return _far_above(quote, other)
    near = quote.score >= other.score - _MUCH_BETTER and _voted_in_one_thread(quote, other)
    return mine and near and (quote.record.metrics["score"] >= _WELL_RECEIVED or not _far_above(other, quote))


def _far_above(quote: Quote, other: Quote) -> bool:
    """Tell whether `quote` got several times the votes of `other`, where both answer in one thread."""
    if not _voted_in_one_thread(quote, other):
        return False
    mine, theirs = (max(1, one.record.metrics["score"]) for one in (quote, other))
    return mine >= _FAR_ABOVE * theirs


def _voted_in_one_thread(*quotes: Quote) -> bool:
    voted = all("score" in one.record.metrics and not one.record.opens_thread for one in quotes)
    return voted and len({one.record.thread for one in quotes}) == 1


def _outvoted(desk: Desk, quote: Quote) -> bool:
    """Tell whether an answer that was not told, and could be, has several times the votes of `quote`."""
    return bool(desk.clips.rank(lambda q: q.strong and not q.asks and _far_above(q, quote)))


def _spoken(desk: Desk, quote: Quote, nth: int | None) -> dict[str, str]:
    # Whoever speaks first in a paragraph is counted from.
    before = desk.roles if nth else []
    who = speaker(quote.record, nth, before)
    desk.roles = [*before, role_of(quote.record)]
    return {"who": who, "Who": first_upper(who)} | quoted(quote.text)


def voice(desk: Desk, quote: Quote, nth: int | None = 0) -> Claim:
    """Return the claim in which `quote` is spoken."""
    turn, fields = manner(quote), _spoken(desk, quote, nth)
    keys: dict[str, str] = {}
    answers = desk.answers_the_title(quote)
    if turn not in _TOLD_BY_MANNER:
        votes = f"votes:{quote.marker}"
        few = desk.votes_told >= _VOTES_TOLD or votes not in desk.brief.numbers or _outvoted(desk, quote)
        if nth is not None and not few:
            desk.votes_told += 1
            turn, keys = ("liked-answer" if answers else "liked"), {"votes": votes}
        elif turn == "says" and answers:
            # After the first, a reader takes those who go on to answer, too.
            turn = "says" if nth and desk.answered else "answers"
    if desk.is_days_away(quote.record) and turn not in _TOLD_BY_MANNER:
        # Beside what was said on another day it would be taken to be of that.
        turn, keys, fields = "then", {}, fields | {"day": desk.day(quote.record)}
    desk.last_at = quote.record.created_at
    desk.answered = answers and turn != "asks" and (desk.answered or turn in _ANSWERS)
    if not desk.answered:
        # After a voice that is not told as an answer, the next one would be taken to answer that.
        desk.answerable = None
    return desk.say(turn, ClaimKind.NAMED, [desk.cite_quote(quote)], fields, keys=keys)


def alone(desk: Desk, turn: str, quote: Quote) -> Claim:
    """Return the claim in which `quote` is spoken on its day, in a sentence for `turn`."""
    fields = {"day": desk.day(quote.record)} | place_fields(quote.record) | _spoken(desk, quote, None)
    return desk.say(turn, ClaimKind.NAMED, [desk.cite_quote(quote)], fields)


def exchange(desk: Desk, accept: Callable[[Quote], bool], nth: int | None) -> Claim | None:
    """Return a claim in which one person answers another, if the records hold such an exchange."""
    openings = desk.clips.rank(lambda q: accept(q) and not q.asks and q.strong and desk.salience(q.text) > 0)
    for quote in openings[:_EXCHANGES_TRIED]:
        reply = desk.clips.reply_to(quote)
        if reply is None:
            continue
        if graphemes(f"{quote.text}{reply.text}") > IN_ONE_POST:
            desk.clips.give_back(reply)
            continue
        desk.clips.take(quote)
        return _answered(desk, "exchange", quote, reply, nth)
    return None


def author_answers(
    desk: Desk, accept: Callable[[Quote], bool], nth: int | None, place: str | None = None
) -> Claim | None:
    """Return a claim in which the author of the post (at `place`) answers somebody, if that can be had."""
    opener = desk.main_thread(place)
    if opener is None or opener.record.id not in desk.titles_told:
        return None
    own, post = opener.record.author_key, opener.record.native_id
    for quote in desk.clips.rank(
        lambda q: q.record.parent == post and (q.asks or accept(q)) and not q.careless
    ):
        reply = desk.clips.author_on(quote, own)
        if reply is None or graphemes(f"{quote.text}{reply.text}") > IN_ONE_POST:
            continue
        desk.clips.take(quote)
        turn = "author-asked" if quote.asks else "author-told"
        return _answered(desk, turn, quote, reply, nth)
    return None


def _answered(desk: Desk, turn: str, quote: Quote, reply: Quote, nth: int | None) -> Claim:
    """Return the claim in which `quote` is spoken and answered: after it an answer might be to that."""
    desk.answerable = None
    fields = _spoken(desk, quote, nth) | {"R": closing(reply.text)}
    desk.roles = [*desk.roles, role_of(reply.record)]
    return desk.say(turn, ClaimKind.NAMED, [desk.cite_quote(quote), desk.cite_quote(reply)], fields)


def short(quote: Quote, most: int = 14) -> bool:
    """Tell whether `quote` is brief enough for a deck or headline."""
    return quote.length <= most and inline(quote.text) is not None
