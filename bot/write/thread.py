"""A story shaped as a thread of short posts, each of which knows its claims."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.disclosure import disclaimer, mark
from bot.domain.story import Relation
from bot.domain.text import graphemes, leading
from bot.write.language import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.story import Claim, Story
    from bot.settings import Settings

POST_LIMIT = 300
MOST_POSTS = 10
# So few graphemes hardly make a post.
_THIN = 60
HINT = "Reply “sources?” to any of these posts to see what it rests on."
_RELATIONS = {Relation.UPDATE: "Update", Relation.CLOSE: "Close to an earlier story"}
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014]\s|\s(?=and |but |because |which |while |when |where )")
_WORD_END = re.compile(r"\s")
_LEFT, _RIGHT = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


@dataclass(frozen=True, slots=True)
class ThreadPost:
    """One post of a thread: at most 300 graphemes, and the ids of the claims that it states."""

    text: str
    claim_ids: tuple[str, ...] = ()


def frame(settings: Settings, beat_name: str, story: Story) -> dict[str, str]:
    """Return what `as_thread` and `as_discord` put around a story."""
    return {
        "beat_name": beat_name,
        "url": f"{str(settings.site_url).rstrip('/')}/stories/{story.id}",
        "disclaimer": disclaimer(settings.bot_name, model=story.draft.model),
        "mark": mark(settings.bot_name),
    }


def as_thread(
    story: Story, *, beat_name: str, url: str, disclaimer: str, mark: str
) -> tuple[ThreadPost, ...]:
    """Return `story` as a thread of at most ten posts.

    The first post carries headline, deck, `mark` and whether it is an update, the last one the disclaimer and
    how to ask for sources.
    If the claims do not fit, some that end a paragraph stay out; no sentence is cut short.
    """
    draft = story.draft
    opening, left_over = _opening(draft.headline, draft.deck, _marked(story, mark), beat_name)
    paragraphs = [list(paragraph.claims) for paragraph in draft.paragraphs]
    body = _body(paragraphs, left_over)
    while len(body) > MOST_POSTS - 2 and (shorter := _shorter(paragraphs, left_over)):
        paragraphs = shorter
        body = _body(paragraphs, left_over)
    return (opening, *body[: MOST_POSTS - 2], ThreadPost(_closing(disclaimer, url)))


def _marked(story: Story, mark: str) -> str:
    """Return `mark` behind what the story is to an earlier one."""
    return mark if story.relation is None else f"{_RELATIONS[story.relation]} · {mark}"


def _opening(headline: Claim, deck: Claim, mark: str, beat: str) -> tuple[ThreadPost, list[ThreadPost]]:
    """Return the first post, and what did not fit into it of the deck as posts of its own.

    The name of the beat stands in it if there is room.
    """
    sentences = [deck.text[start:stop] for start, stop in sentence_spans(deck.text)]
    for fitting in range(len(sentences), 0, -1):
        for line in (f"{mark} · {beat}", mark):
            text = f"{headline.text}\n\n{' '.join(sentences[:fitting])}\n\n{line}"
            if graphemes(text) <= POST_LIMIT:
                left = " ".join(sentences[fitting:])
                return ThreadPost(text, (headline.id, deck.id)), _as_posts(deck, left)
    return ThreadPost(f"{headline.text}\n\n{mark} · {beat}", (headline.id,)), _as_posts(deck, deck.text)


def _as_posts(claim: Claim, text: str) -> list[ThreadPost]:
    return [ThreadPost(part, (claim.id,)) for part in pieces(text, POST_LIMIT) if part]


def _closing(disclaimer: str, url: str) -> str:
    for parts in ((disclaimer, HINT, url), (disclaimer, HINT), (disclaimer, url)):
        text = "\n\n".join(part for part in parts if part)
        if graphemes(text) <= POST_LIMIT:
            return text
    return disclaimer


def _body(paragraphs: Iterable[Sequence[Claim]], left_over: Sequence[ThreadPost]) -> list[ThreadPost]:
    body = list(left_over)
    for post in (post for claims in paragraphs for post in _posts(claims)):
        last = body[-1] if body else None
        thin = last is not None and (len(body) == len(left_over) or graphemes(last.text) <= _THIN)
        if last and thin and graphemes(f"{last.text} {post.text}") <= POST_LIMIT:
            body[-1] = ThreadPost(f"{last.text} {post.text}", (*last.claim_ids, *post.claim_ids))
        else:
            body.append(post)
    return body


def _posts(claims: Sequence[Claim]) -> list[ThreadPost]:
    """Pack the claims of one paragraph into posts, in order."""
    posts: list[ThreadPost] = []
    text, ids = "", list[str]()
    for claim in claims:
        for piece in pieces(claim.text, POST_LIMIT):
            joined = f"{text} {piece}" if text else piece
            if text and graphemes(joined) > POST_LIMIT:
                posts.append(ThreadPost(text, tuple(ids)))
                text, ids = piece, [claim.id]
                continue
            text = joined
            ids += [] if claim.id in ids else [claim.id]
    return [*posts, ThreadPost(text, tuple(ids))] if text else posts


def _shorter(paragraphs: list[list[Claim]], left_over: Sequence[ThreadPost]) -> list[list[Claim]] | None:
    """Return `paragraphs` without the one claim that costs least and saves most; None if only one is left.

    Only the last claim of a paragraph may go: those after another say "there" or "another commenter". A whole
    paragraph goes when no other has more than its beginning.
    """
    options: list[tuple[bool, int, int, int, list[list[Claim]]]] = []
    for index, claims in enumerate(paragraphs):
        kept = claims[:-1]
        rest = [*paragraphs[:index], *([kept] if kept else []), *paragraphs[index + 1 :]]
        saved = len(_body(rest, left_over)), graphemes(claims[-1].text)
        options.append((not kept, *saved, -index, rest))
    options = [option for option in options if option[-1]]
    return min(options, key=lambda option: option[:-1])[-1] if options else None


def pieces(text: str, limit: int) -> list[str]:
    """Return `text` in pieces of at most `limit` graphemes: whole, else sentences, else clauses.

    Where a piece ends inside a quotation it is closed, and opened again in the next.
    """
    if graphemes(text) <= limit:
        return [text]
    # Room for the quotation marks that a cut inside a quotation adds.
    room = limit - 2
    sentences = [text[start:stop] for start, stop in sentence_spans(text)]
    found: list[str] = []
    for sentence in sentences:
        for part in _clauses(sentence, room):
            if found and graphemes(f"{found[-1]} {part}") <= room:
                found[-1] = f"{found[-1]} {part}"
            else:
                found.append(part)
    return _honest(found)


def _clauses(sentence: str, room: int) -> list[str]:
    found: list[str] = []
    while graphemes(sentence) > room:
        cut = _cut(sentence, room)
        found.append(sentence[:cut].rstrip())
        sentence = sentence[cut:].lstrip()
    return [*found, sentence]


def _cut(sentence: str, room: int) -> int:
    reach = len(leading(sentence, room))
    for pattern in (_CLAUSE_END, _WORD_END):
        ends = [match.end() for match in pattern.finditer(sentence, reach // 3, reach)]
        if ends:
            return ends[-1]
    return reach


def _honest(parts: Sequence[str]) -> list[str]:
    mended: list[str] = []
    inside = False
    for part in parts:
        text = f"{_LEFT}{part}" if inside else part
        inside = text.count(_LEFT) > text.count(_RIGHT)
        mended.append(f"{text}{_RIGHT}" if inside else text)
    return mended
