"""The extractive writer: verbatim quotes, computed numbers and plain sentences between them. No model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.domain.errors import WriterError
from bot.domain.signal import SignalKind
from bot.domain.story import Draft, Paragraph
from bot.domain.text import quotations
from bot.write import communities, course, forum, front, opening
from bot.write.desk import Desk
from bot.write.shape import renumbered

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.story import Claim

_FEWEST, _MOST = 3, 6
_MOST_COMMUNITIES = 3
_FEW_RECORDS = 4
# How many people speak in the paragraphs of the first, the second and any further community.
_VOICES = (3, 2, 2)
_OPENINGS = {SignalKind.DIVERGENCE: communities.contrast, SignalKind.MOOD_SHIFT: course.turned}


class ExtractiveWriter:
    """Tells a brief in the words of its records. It never fails on a brief in which people talk."""

    name = "extractive"

    async def write(self, brief: Brief) -> Draft:
        """Return the draft on `brief`; the same brief always gives the same draft.

        Raises WriterError if the brief holds articles only: news is no discourse.
        """
        return await asyncio.to_thread(assemble, brief)


def assemble(brief: Brief) -> Draft:
    """Return the extractive draft on `brief`.

    Raises WriterError as `ExtractiveWriter.write` does.
    """
    desk = Desk(brief)
    if not desk.voices:
        msg = f"nobody talks about {brief.storyline.id}; there are only reports"
        raise WriterError(msg, reason="no-talk")
    head = front.headline(desk)
    below = front.deck(desk, head)
    counted = {*head.numbers, *below.numbers}
    lead = opening.lead(desk, counted=counted)
    parts = _parts(desk, lead, counted)
    return renumbered(
        Draft(headline=head, deck=below, paragraphs=_paragraphs(parts), writer=ExtractiveWriter.name)
    )


def _parts(desk: Desk, lead: list[Claim], counted: set[str]) -> list[list[Claim]]:
    """Return the paragraphs after `lead` and itself: who says what, what is asked, what was not counted.

    `counted` are the numbers that the front states.
    """
    last = course.ending(desk)
    body = [part for part in _body(desk) if part][: _MOST - 2]
    notes = opening.notes(desk)
    # They tell nothing by themselves, and never begin a story.
    first, after = ([*lead, *notes], []) if lead else ([], notes)
    if body and not any(quotations(claim.text) for claim in lead):
        # Nobody has spoken yet: no paragraph by itself.
        first, body = [*first, *body[0]], body[1:]
    parts = [first, *body, *([last] if last else [])]
    parts[-1] = [*parts[-1], *after]
    if sum(len(part) for part in parts) < _FEWEST:
        told = counted.union(*(claim.numbers for claim in lead))
        parts[0] = [*parts[0], *opening.people(desk, counted=told)]
    return parts


def _body(desk: Desk) -> list[list[Claim]]:
    voices = desk.voices
    opening = _OPENINGS.get(desk.brief.signal.kind)
    before = [opening(desk)] if opening else []
    if len(voices) == 1:
        return [*before, *forum.body(desk)]
    large = (
        tuple(voice for voice in voices if voice.records >= _FEW_RECORDS)[:_MOST_COMMUNITIES] or voices[:1]
    )
    small = tuple(voice for voice in voices if voice not in large)
    each = [
        communities.community(desk, voice, voices=most) for voice, most in zip(large, _VOICES, strict=False)
    ]
    return [*before, *each, communities.elsewhere(desk, small), course.moved(desk)]


def _paragraphs(parts: list[list[Claim]]) -> tuple[Paragraph, ...]:
    filled = [part for part in parts if part]
    # A thin brief fills fewer paragraphs; its longest is parted so that a story keeps its shape.
    while len(filled) < _FEWEST:
        longest = max(range(len(filled)), key=lambda index: len(filled[index]))
        claims = filled[longest]
        if len(claims) < 2:  # noqa: PLR2004 - nothing left to part
            break
        middle = (len(claims) + 1) // 2
        filled[longest : longest + 1] = [claims[:middle], claims[middle:]]
    return tuple(Paragraph(tuple(part)) for part in filled)
