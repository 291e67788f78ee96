"""A small real model as a script of the loopback Messages API: it answers what the real SDK asks.

The model knows neither search results nor citations nor schemas. The records go into its prompt as text, a
grammar holds it to the form that is asked for, and "this sentence, that record" becomes a citation. Form is
all it is lent: every word, number, name and pointer is its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes import anthropic as play

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# It has 8,192 tokens for everything; a prompt of this size leaves room for the answer.
_MOST_RECORDS, _RECORD_LENGTH, _NOTE_LENGTH = 8, 200, 1_200
_SENTENCE_LENGTH, _SENTENCES, _A_PARAGRAPH = 160, 9, 3
_VERDICTS = ["supported", "not", "injected"]
_BOUNDS = {"string": {"maxLength": _SENTENCE_LENGTH}, "array": {"minItems": 1, "maxItems": 3}}

# Instructions, material and a JSON schema to an object of that form.
Model = Callable[[str, str, dict[str, Any]], dict[str, Any]]


def script(model: Model) -> Callable[[dict[str, Any]], play.Reply]:
    """Return the script that lets `model` answer; it is given instructions, material and a JSON schema."""

    def reply(body: dict[str, Any]) -> play.Reply:
        instructions = "\n".join(block["text"] for block in body["system"])
        said = model(instructions, _material(body), _form(body))
        if play.stage(body) == "narrative":
            return play.message(body, _narrative(body, said["story"]))
        if play.stage(body) == "reading":
            rows = [{"id": key, "verdict": verdict, "why": ""} for key, verdict in said.items()]
            return play.answer(body, {"claims": rows})
        return play.answer(body, said)

    return reply


def _material(body: dict[str, Any]) -> str:
    records = [
        f"Record {_marker(record)}: {' '.join(record.passages)[:_RECORD_LENGTH]}" for record in _shown(body)
    ]
    return "\n".join([*records, json.dumps(play.note(body), ensure_ascii=False)[:_NOTE_LENGTH]])


def _shown(body: dict[str, Any]) -> Sequence[play.Seen]:
    return play.seen(body)[:_MOST_RECORDS]


def _marker(record: play.Seen) -> int:
    return int(record.source.split()[1])


def _form(body: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the answer, bounded so that the model comes to an end."""
    if play.stage(body) == "narrative":
        sentence = _object({"text": {"type": "string"}, "record": {"type": "integer"}})
        form = _bounded(_object({"story": {"type": "array", "items": sentence}}), _markers(body))
        form["properties"]["story"] |= {"minItems": _SENTENCES, "maxItems": _SENTENCES}
        return form
    if play.stage(body) == "reading":
        return _object({claim["id"]: {"enum": _VERDICTS} for claim in play.note(body)["claims"]})
    return _bounded(body["output_config"]["format"]["schema"], _markers(body))


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _markers(body: dict[str, Any]) -> list[int]:
    """Return the numbers of the records that the model is shown, itself or in a finished story."""
    if _shown(body):
        return [_marker(record) for record in _shown(body)]
    cited = {marker for sentence in play.note(body)["sentences"] for marker in sentence["records"]}
    return sorted(cited) or [1]


def _bounded(schema: Mapping[str, Any], markers: list[int]) -> dict[str, Any]:
    """Return `schema` with an end to every text and list; whole numbers are those of records."""
    inner = {key: _bounded(part, markers) if isinstance(part, dict) else part for key, part in schema.items()}
    kind = schema.get("type")
    if kind == "integer":
        return inner | {"enum": markers}
    return inner | _BOUNDS.get(kind, {}) if isinstance(kind, str) else inner


def _narrative(body: dict[str, Any], story: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the sentences as text blocks, three a paragraph, each pointing at its record."""
    by_marker = {_marker(record): record for record in _shown(body)}
    content = []
    for number, sentence in enumerate(story):
        # A line break inside a sentence would open a paragraph.
        words = re.sub(r"\s+", " ", sentence["text"]).strip()
        content.append(play.text(words, (by_marker[sentence["record"]], 0)))
        content.append(play.text("\n\n" if number % _A_PARAGRAPH == _A_PARAGRAPH - 1 else " "))
    return content
