"""A story shaped for Discord: a card, and the narrative in parts, each of which knows its claims."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain.story import Relation
from bot.domain.text import shorten, squeeze
from bot.domain.volume import in_words
from bot.write.thread import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.domain.story import Claim, Story

MOST_MESSAGE = 2000
MOST_NAME = 100
MOST_TITLE = 256
MOST_DESCRIPTION = 4096
MOST_VALUE = 1024
MOST_FOOTER = 2048
COLOUR = 0x0B6E75
RETRACTED = 0x6B7280
_CORRECTION = "Correction"
_RELATIONS = {Relation.UPDATE: "This one is an update", Relation.CLOSE: "Close to this one"}
# As much as is read in one breath, and can be replied to with "source?".
_READABLE = 900
_MARKDOWN = re.compile(r"([\\*_~`|<>\[\]@])")
_LINE_MARKUP = re.compile(r"^(\s*)(#{1,3}\s|-#\s|-\s|\+\s|\d+\.\s)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One message of the narrative, and the ids of the claims that it states."""

    text: str
    claim_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What stands in the channel. Every text is escaped and within what Discord takes.

    `note` is the correction that it bears.
    """

    title: str
    url: str
    description: str
    fields: tuple[tuple[str, str], ...]
    footer: str
    note: str = ""
    colour: int = COLOUR

    def embed(self) -> dict[str, Any]:
        """Return the card as Discord's embed."""
        fields = [{"name": _CORRECTION, "value": self.note, "inline": False}] if self.note else []
        fields += [{"name": name, "value": value, "inline": True} for name, value in self.fields]
        return {
            "title": self.title,
            "url": self.url,
            "description": self.description,
            "color": self.colour,
            "fields": fields,
            "footer": {"text": self.footer},
        }


@dataclass(frozen=True, slots=True)
class Shaped:
    """A story for Discord; `name` is that of its thread."""

    name: str
    card: Card
    parts: tuple[Part, ...]


def as_discord(story: Story, *, beat_name: str, url: str, disclaimer: str, note: str = "") -> Shaped:
    """Return `story` as a card and messages; the last one closes with the disclaimer and the link.

    A correction's `note` stands on the card, and as a message after these.
    """
    card = as_card(story, beat_name=beat_name, url=url, disclaimer=disclaimer, note=note)
    return Shaped(
        name=cut(squeeze(story.draft.headline.text), MOST_NAME) or story.id,
        card=card,
        parts=_parts(story, f"-# {escape(disclaimer)}\n<{url}>"),
    )


def as_retracted(reason: str, *, beat_name: str, url: str, mark: str) -> Shaped:
    """Return what stands in the place of a retracted story: that it is, and why, and not a word of it."""
    card = Card(
        title="This story was retracted",
        url=url,
        description=f"{fitted(reason, MOST_VALUE)}\n\nIt is not to be relied on.",
        fields=(("Beat", fitted(beat_name, MOST_VALUE)),),
        footer=cut(mark, MOST_FOOTER),
        colour=RETRACTED,
    )
    told = notice("Retracted", reason)
    parts = (Part(f"{told}\n\nWhat stood here is not to be relied on.\n<{url}>"),)
    return Shaped(name="Retracted story", card=card, parts=parts)


def notice(opening: str, said: str) -> str:
    """Return the message by which a thread is told of a correction or retraction."""
    return f"**{opening}**: {fitted(said, MOST_VALUE)}"


def as_card(story: Story, *, beat_name: str, url: str, disclaimer: str, note: str = "") -> Card:
    """Return the card of `story`: headline, deck, beat, volume against its baseline, fidelity, disclaimer.

    It says of an earlier story whether this one goes on from it.
    """
    fields = [("Beat", fitted(beat_name, MOST_VALUE))]
    if told := _volume(story.numbers):
        fields.append(("Volume", told))
    fields.append(("Fidelity", f"{story.report.fidelity} % of claims supported"))
    if story.relation is not None:
        fields.append(("Earlier story", _RELATIONS[story.relation]))
    return Card(
        title=fitted(story.draft.headline.text, MOST_TITLE),
        url=url,
        description=fitted(story.draft.deck.text, MOST_DESCRIPTION - MOST_FOOTER),
        fields=tuple(fields),
        footer=cut(disclaimer, MOST_FOOTER),
        note=fitted(note, MOST_VALUE),
    )


def escape(text: str) -> str:
    """Return `text` so that Discord shows it as it is."""
    return _LINE_MARKUP.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def size(text: str) -> int:
    """Return the length of `text` as the strictest of Discord's counts has it: in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Return `text` within `limit`, cut at a word if it was longer."""
    return _within(text, limit, lambda shown: shown)


def fitted(text: str, limit: int) -> str:
    """Return `text` escaped and within `limit`, cut at a word if it was longer."""
    return _within(text, limit, escape)


def _within(text: str, limit: int, shape: Callable[[str], str]) -> str:
    room = limit
    while size(shaped := shape(shorten(text, room))) > limit and room > 1:
        room = room * 4 // 5
    return shaped if size(shaped) <= limit else ""


def _volume(numbers: Mapping[str, float]) -> str:
    """Return how much was said, and how much was to be expected."""
    return "\n".join(in_words(numbers))


def _parts(story: Story, closing: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    for part in (part for paragraph in story.draft.paragraphs for part in _said(paragraph.claims)):
        joined = parts and Part(
            f"{parts[-1].text}\n\n{part.text}", tuple(dict.fromkeys(parts[-1].claim_ids + part.claim_ids))
        )
        if joined and size(joined.text) <= _READABLE:
            parts[-1] = joined
        else:
            parts.append(part)
    if parts and size(f"{parts[-1].text}\n\n{closing}") <= MOST_MESSAGE:
        return (*parts[:-1], Part(f"{parts[-1].text}\n\n{closing}", parts[-1].claim_ids))
    return (*parts, Part(closing))


def _said(claims: Sequence[Claim]) -> Iterable[Part]:
    """Pack the claims of one paragraph into parts, in order."""
    text, ids = "", list[str]()
    for claim in claims:
        for piece in _split(claim.text):
            joined = f"{text} {piece}" if text else piece
            if text and size(joined) > _READABLE:
                yield Part(text, tuple(ids))
                text, ids = piece, [claim.id]
                continue
            text = joined
            ids += [] if claim.id in ids else [claim.id]
    if text:
        yield Part(text, tuple(ids))


def _split(text: str) -> list[str]:
    """Return `text` escaped, in pieces that can be read and that Discord takes."""
    room = _READABLE
    while room > 1:
        found = [escape(piece) for piece in pieces(text, room)]
        if all(size(piece) <= MOST_MESSAGE - _READABLE for piece in found):
            return [piece for piece in found if piece.strip()]
        room //= 2
    return [fitted(text, _READABLE)]
