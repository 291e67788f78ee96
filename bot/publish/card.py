"""The press: makes pictures with typst. Words are handed over as data, never as markup."""

from __future__ import annotations

import json
import struct
import zlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from bot.domain import volume
from bot.domain.card import Card
from bot.domain.disclosure import mark, source_type
from bot.domain.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.mood import Tally
    from bot.domain.signal import Signal
    from bot.domain.story import Story
    from bot.domain.volume import Volume

_PIXELS_PER_INCH = 72
# Below this a number keeps one decimal.
_WHOLE_FROM = 10
_MOST_NAME, _MOST_BEAT, _MOST_HEADLINE = 34, 40, 220
_PNG_HEADER = 8
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' Iptc4xmpExt:DigitalSourceType="{}"/></rdf:RDF></x:xmpmeta>'
)


class Press:
    """Makes cards; calling it takes a moment of one processor, so call it off the event loop.

    `beat_names` gives the name of a beat by its slug.
    """

    def __init__(self, *, bot_name: str, beat_names: Mapping[str, str]) -> None:
        self._bot_name = bot_name
        self._beat_names = beat_names

    def __call__(self, story: Story, signal: Signal) -> Card:
        """Return the card of a story."""
        beat = self._beat_names.get(story.beat, story.beat)
        shown = self._shown(story, signal, beat)
        words = json.dumps({key: value for key, value in shown.items() if key != "alt"})
        made = _compiled("card.typ", data=words)
        return Card(_marked(made, source_type(model=story.draft.model)), shown["alt"])

    def _shown(self, story: Story, signal: Signal, beat: str) -> dict[str, Any]:
        usual, said_there = signal.baseline, volume.of_story(story.numbers, story.created_at, signal)
        low, high = max(usual.low, 0.0), max(usual.high, 0.0)
        likely = f"{_amount(low)} to {_amount(high)}, nine times in ten"
        expected = f"Usual: {volume.usual(usual.expected)} ({likely})"
        counted = _counted(said_there, volume.in_threads(story.numbers))
        said = shorten(story.draft.headline.text, _MOST_HEADLINE)
        alt = f"{said}. {said_there.posts:,} {counted}. {expected}. {beat}. {mark(self._bot_name)}."
        return {
            "bot": shorten(self._bot_name, _MOST_NAME),
            "beat": shorten(beat, _MOST_BEAT),
            "headline": said,
            "amount": f"{said_there.posts:,}",
            "counted": counted,
            "usual": expected,
            "observed": said_there.daily,
            "expected": max(usual.expected, 0.0),
            "low": low,
            "high": high,
            "top": max(said_there.daily, high, 1),
            "limits": "From public posts; may contain inaccuracies",
            "mark": shorten(mark(self._bot_name), 2 * _MOST_NAME),
            "alt": alt,
        }


def avatar() -> bytes:
    """Return the picture of an account that has none of its own, as PNG."""
    return _compiled("avatar.typ")


def _counted(said: Volume, where: str) -> str:
    posts = "post" if said.posts == 1 else f"posts{where}"
    people = "one person" if said.people == 1 else f"{said.people:,} people"
    hours = "hour" if said.hours == 1 else f"{said.hours} hours"
    return f"{posts} by {people} in the {hours} to {said.end:%H:%M} UTC on {said.end:%-d %B}"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE_FROM or value == round(value) else f"{value:.1f}"


@cache
def _fonts() -> Any:  # noqa: ANN401 - the package's own type
    import typst  # noqa: PLC0415 - only what makes cards pays for it

    # The machine's fonts are for the scripts that the bundled ones lack.
    return typst.Fonts(font_paths=[str(resources.files("bot.publish") / "fonts")])


def _compiled(name: str, **inputs: str) -> bytes:
    import typst  # noqa: PLC0415 - the same

    template = str(resources.files("bot.publish") / name)
    made: bytes = typst.compile(
        template, format="png", ppi=_PIXELS_PER_INCH, font_paths=_fonts(), sys_inputs=inputs
    )
    return made


def _marked(png: bytes, kind: str) -> bytes:
    """Return the picture with the statement, for programs, that it is machine-made (IPTC, in XMP)."""
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP.format(kind).encode()
    body = b"iTXt" + text
    chunk = struct.pack(">I", len(text)) + body + struct.pack(">I", zlib.crc32(body))
    # After the header, which has to come first.
    end = _PNG_HEADER + 12 + struct.unpack(">I", png[_PNG_HEADER : _PNG_HEADER + 4])[0]
    return png[:end] + chunk + png[end:]


def chart(title: str, period: str, moods: Sequence[tuple[str, Tally]], *, bot_name: str) -> Card:
    """Return the picture of a mood by community: how many people are for it, of neither side, against it.

    Like making a card it takes a moment of one processor.
    """
    rows = [
        {"name": shorten(name, _MOST_NAME), "favour": it.favour, "neither": it.neither, "against": it.against}
        for name, it in moods
    ]
    shown = {"title": shorten(title, _MOST_BEAT), "period": period, "rows": rows, "mark": mark(bot_name)}
    told = "; ".join(
        f"{name}: {it.favour} for, {it.against} against, {it.neither} neither" for name, it in moods
    )
    made = _marked(_compiled("mood.typ", data=json.dumps(shown)), source_type(model=None))
    return Card(made, f"{title}, {period}. People by community: {told}. {mark(bot_name)}.")
