"""What is sent to the model: records as search results, everything else as one note, all of it JSON-encoded.

A record's words stand only inside JSON strings of its own block, so that no text from the network can pass
for part of the request.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.write.language import sentence_spans
from bot.write.numbers import written
from bot.write.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.domain.brief import Brief, BriefRecord
    from bot.domain.record import Record
    from bot.domain.story import Paragraph

_MOST_RECORDS = 60
_RECORD_LENGTH = 2_400
_PASSAGE_LENGTH = 600
_URL_LENGTH = 300
_URL_SAFE = ":/?#[]@!$&'()*+,;=%~"


@dataclass(frozen=True, slots=True)
class SentRecord:
    """A record as it was sent: `passages` are verbatim spans of it, in the order of its content blocks."""

    marker: int
    record: Record
    source: str
    passages: tuple[str, ...]


def prepare(brief: Brief) -> tuple[SentRecord, ...]:
    """Return the records of `brief` that are sent, the most central ones if there are too many."""
    central = sorted(brief.records, key=lambda item: (-item.weight, item.marker))[:_MOST_RECORDS]
    sent = (_sent(item) for item in sorted(central, key=lambda item: item.marker))
    return tuple(item for item in sent if item.passages)


def _sent(item: BriefRecord) -> SentRecord:
    url = quote(item.record.url, safe=_URL_SAFE)[:_URL_LENGTH]
    return SentRecord(item.marker, item.record, f"record {item.marker} {url}", tuple(passages(item.record)))


def passages(record: Record) -> Iterator[str]:
    """Yield the title, then the sentences of the text, long ones in pieces, up to the length that is sent."""
    left = _RECORD_LENGTH
    for text in (record.title or "", record.text):
        for start, stop in sentence_spans(text):
            for passage in _pieces(text[start:stop]):
                if len(passage) > left:
                    return
                left -= len(passage)
                yield passage


def _pieces(sentence: str) -> Iterator[str]:
    while len(sentence) > _PASSAGE_LENGTH:
        cut = sentence.rfind(" ", 1, _PASSAGE_LENGTH)
        cut = cut if cut > 0 else _PASSAGE_LENGTH
        yield sentence[:cut].strip()
        sentence = sentence[cut:].lstrip()
    if sentence:
        yield sentence


def search_results(sent: Sequence[SentRecord], *, citations: bool = True) -> list[dict[str, Any]]:
    """Return one `search_result` block for each record, with or without citations.

    A content block is the smallest thing a model can cite, so each passage has one of its own.
    """
    speakers: dict[str, int] = {}
    blocks = []
    for item in sent:
        speaker = speakers.setdefault(item.record.author_key, len(speakers) + 1)
        lines = [_about(item, speaker), *item.passages]
        blocks.append(
            {
                "type": "search_result",
                "source": item.source,
                "title": f"Record {item.marker}",
                "content": [{"type": "text", "text": encode(line)} for line in lines],
                "citations": {"enabled": citations},
            }
        )
    return blocks


def _about(item: SentRecord, speaker: int) -> dict[str, Any]:
    record = item.record
    return {
        "kind": record.kind.value,
        "place": place_of(record).name,
        "said_at": f"{record.created_at:%Y-%m-%d %H:%M} UTC",
        "speaker": speaker,
        "reply": not record.opens_thread,
    }


def desk_note(
    brief: Brief, plan: Mapping[str, Any] | None = None, faults: Sequence[Mapping[str, str]] = ()
) -> str:
    """Return all that a model is told besides the records; `faults` are those of a version sent back."""
    signal = brief.signal
    places = {item.record.place: place_of(item.record).name for item in brief.records}
    return encode({
        "today": f"{brief.now:%A, %Y-%m-%d}",
        "beat": {"name": brief.beat.name, "description": brief.beat.description},
        "matter": brief.storyline.label,
        "reason": {"kind": signal.kind.value, "why": signal.why, "baseline": signal.baseline.about},
        "numbers": _numbers(brief.numbers),
        "communities": [
            {"key": voice.community, "place": places.get(voice.community), "terms": voice.terms}
            for voice in brief.voices
        ],
        "terms": brief.terms,
        "names": brief.names,
        "told": [
            {"headline": one.headline, "published": f"{one.published_at:%Y-%m-%d}", "same_talk": not one.near}
            for one in brief.told
        ],
        "gaps": brief.gaps,
        "worn": asdict(brief.worn),
    } | ({"plan": plan} if plan else {}) | _sent_back(faults))  # fmt: skip


def _sent_back(faults: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    told = [{"sentence": fault["sentence"], "why": fault["why"]} for fault in faults]
    return {"sent_back": told} if told else {}


def finished_story(
    brief: Brief, paragraphs: Sequence[Paragraph], faults: Sequence[Mapping[str, str]] = ()
) -> str:
    """Return the narrative as the packaging model gets it, `faults` those of an earlier headline or deck."""
    authors = {item.record.id: item.record.author_key for item in brief.records}
    return encode(
        _sent_back(faults)
        | {
            "sentences": [
                {
                    "text": claim.text,
                    "records": [citation.marker for citation in claim.citations],
                    "people": len({authors.get(citation.record_id) for citation in claim.citations}),
                }
                for paragraph in paragraphs
                for claim in paragraph.claims
            ],
            "numbers": _numbers(brief.numbers),
            "told": [told.headline for told in brief.told],
            "worn": asdict(brief.worn),
        }
    )


def _numbers(numbers: Mapping[str, float]) -> dict[str, str]:
    return {key: written(key, value) for key, value in numbers.items() if key != "gaps"}


def encode(data: object) -> str:
    """Return `data` as JSON on one line, in which no angle bracket can open or close a tag."""
    plain = json.dumps(data, ensure_ascii=False)
    return re.sub(r"[<>]", lambda match: f"\\u{ord(match.group()):04x}", plain)


def _said(description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": description},
            "records": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["text", "records"],
        "additionalProperties": False,
    }


PACKAGE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"headline": _said("At most 90 characters."), "deck": _said("At most 200 characters.")},
    "required": ["headline", "deck"],
    "additionalProperties": False,
}
