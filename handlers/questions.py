"""Questions about a story, answered from its own claims and records, without a model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.place import place_name
from bot.domain.question import Answer, SourcedClaim
from bot.domain.story import ClaimKind
from bot.domain.text import quotations
from bot.write.brief import OF_ALL_POSTS, OF_ONE_POST
from bot.write.language import content_words
from bot.write.places import source_of
from bot.write.wordlists import wordlist
from handlers.intents import QuestionKind, classify
from handlers.phrases import ENGLISH, count, say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.domain.record import Record
    from bot.domain.story import Claim, Story

_MOST_CLAIMS = 3
_ENOUGH = 1.2
_CITED_WEIGHT = 0.5
_SOURCES = re.compile(
    r"\b(?:sources?|citations?|references?|proof|evidence|receipts|links?"
    r"|where (?:is|did|does) (?:this|that|it|you)\b.*\bfrom"
    r"|says who|according to whom|based on what|how do you know"
    r"|quellen?|beleg(?:e|t)?|woher|nachweis(?:e)?"
    r"|fuentes?|referencias?|pruebas?|de d[oó]nde"
    r"|r[eé]f[eé]rences?|preuves?|d['\u2019]o[uù])\b"
    r"|出典|情報源|ソース|根拠",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|big)\b|\bwie ?viele?\b|\bcu[aá]nt[oa]s?\b|\bcombien\b", re.IGNORECASE
)
_ABOUT_SOURCES = wordlist("about-sources")


def meant(place: int, claim_ids: Collection[str]) -> tuple[str, ...] | None:
    """Return which claims a question under the post at `place` of a thread is about.

    Under the opening and the closing post the whole story is meant (None).
    """
    return tuple(claim_ids) or None if place else None


def answer(
    story: Story,
    records: Mapping[str, Record],
    text: str,
    *,
    claim_ids: Collection[str] | None = None,
    lang: str = ENGLISH,
) -> Answer:
    """Return the answer to `text` about `story`, in the words of `lang`.

    `records` are the records that still exist, by id; what is not in it never appears. `claim_ids` are the
    claims of the post that was replied to (None: the whole story is meant): its sources are theirs alone, and
    a free question is answered by them if they can, else by the rest of the story.
    """
    whole = list(story.draft.claims())
    claims = [claim for claim in whole if claim_ids is None or claim.id in claim_ids]
    sources = classify(text).kind is QuestionKind.SOURCES
    about = "story" if claim_ids is None else "post"
    if sources and not _topic_of(text):
        return _sources(story, claims, records, about, lang)
    found = _matching(claims, records, text)
    if not found and sources:
        return _sources(story, claims, records, about, lang)
    if not found and claim_ids is not None:
        found = _matching(whole, records, text)
    if not found:
        return Answer(story.id, say("no-source", lang))
    sourced = tuple(_sourced(claim, records) for claim in found)
    return Answer(story.id, _with_counts(say("found", lang), story, sourced, lang), sourced)


def _topic_of(text: str) -> frozenset[str]:
    return content_words(_SOURCES.sub(" ", text)) - _ABOUT_SOURCES


def _sources(
    story: Story, claims: Sequence[Claim], records: Mapping[str, Record], about: str, lang: str
) -> Answer:
    sourced = tuple(found for claim in claims if (found := _sourced(claim, records)).sources)
    if not sourced:
        lost = any(claim.citations for claim in claims)
        return Answer(story.id, say("gone" if lost else "no-source", lang))
    number = len({source.record_id for claim in sourced for source in claim.sources})
    return Answer(story.id, _with_counts(count(about, number, lang), story, sourced, lang), sourced)


def _with_counts(told: str, story: Story, sourced: Sequence[SourcedClaim], lang: str) -> str:
    """Return `told`; where a claim that still has words states a count: that the posts cited are examples.

    Over how many posts it was counted is said only where that is so of every number stated.
    """
    worded = {item.claim_id for item in sourced if item.text}
    claims = [claim for claim in story.draft.claims() if claim.id in worded]
    counted = [claim for claim in claims if not all(key.startswith(OF_ONE_POST) for key in claim.numbers)]
    if not counted:
        return told
    total = round(story.numbers.get("records", 0))
    over_all = total and all(OF_ALL_POSTS.issuperset(claim.numbers) for claim in counted)
    key = "counted" if over_all else "examples"
    if counted == claims and not any(quotations(claim.text) for claim in claims):
        return say(key, lang, count=total)
    return f"{say(f'{key}-too', lang, count=total)} {told}"


def _sourced(claim: Claim, records: Mapping[str, Record]) -> SourcedClaim:
    sources = tuple(
        source_of(citation, records[citation.record_id])
        for citation in claim.citations
        if citation.record_id in records
    )
    return SourcedClaim(claim.id, claim.text, sources)


@dataclass(frozen=True, slots=True)
class _Match:
    claim: Claim
    score: float


def _matching(claims: Sequence[Claim], records: Mapping[str, Record], text: str) -> list[Claim]:
    """Return the claims with sources left that share most words with `text`; rare words count more."""
    standing = [claim for claim in claims if any(c.record_id in records for c in claim.citations)]
    if _HOW_MANY.search(text):
        standing = [claim for claim in standing if claim.kind is ClaimKind.MEASURED]
        if not _topic_of(text):
            return standing[:_MOST_CLAIMS]
    asked = _stems(_topic_of(text))
    own = {claim.id: _stems(content_words(claim.text)) for claim in standing}
    cited = {claim.id: _stems(_cited_words(claim, records)) for claim in standing}
    spread = {word: sum(word in own[c.id] | cited[c.id] for c in standing) for word in asked}
    matches = [
        _Match(
            claim,
            sum(
                (1.0 if word in own[claim.id] else _CITED_WEIGHT) * _weight(spread[word], len(standing))
                for word in asked
                if word in own[claim.id] | cited[claim.id]
            ),
        )
        for claim in standing
    ]
    needed = _ENOUGH if len(asked) > 1 else _ENOUGH / 2
    ranked = sorted((m for m in matches if m.score >= needed), key=lambda m: -m.score)
    return [match.claim for match in ranked[:_MOST_CLAIMS]]


def _weight(spread: int, total: int) -> float:
    return 1.0 if spread <= max(2, total // 4) else 0.6


def _cited_words(claim: Claim, records: Mapping[str, Record]) -> set[str]:
    return {
        word
        for c in claim.citations
        if c.record_id in records
        for word in content_words(records[c.record_id].words)
    }


def _stems(words: Collection[str]) -> set[str]:
    return {re.sub(r"(?:ing|ed|es|s|e)$", "", word) if len(word) > 4 else word for word in words}  # noqa: PLR2004 - short words have no endings


def render(answer: Answer) -> str:
    """Return `answer` as plain text for a terminal."""
    lines = [answer.text]
    for claim in answer.claims:
        lines += ["", claim.text]
        for source in claim.sources:
            own_place = source.community == source.author
            place = "" if own_place else f" on {place_name(source.source, source.community)}"
            lines.append(f"  [{source.marker}] “{source.quote}”")
            lines.append(f"      {source.author}{place}, {source.created_at:%-d %B %Y, %H:%M} UTC")
            lines.append(f"      {source.url}")
    return "\n".join(lines)
