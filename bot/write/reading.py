"""From a model's words to claims: sentences, the records they rest on, and what kind of statement each is.

Nothing a model says decides anything here: a pointer counts only if it leads into what was sent, quotes are
spans of the records themselves, and kinds and numbers are worked out from the sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from bot.domain.errors import WriterError
from bot.domain.story import Citation, Claim, ClaimKind, Paragraph
from bot.domain.text import clean, graphemes, quotations, shorten, squeeze, without_quotations
from bot.write import prompts
from bot.write.checks import CLAIM_LIMIT, DECK_LIMIT, FEWEST_COHORT_AUTHORS, HEADLINE_LIMIT
from bot.write.evidence import names, place_as_one, shared_voice
from bot.write.language import content_words, sentence_spans
from bot.write.numbers import forms, states, written
from bot.write.places import place_of
from bot.write.wording import acceptable, curly, plain, verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.domain.brief import Brief
    from bot.domain.record import Record
    from bot.write.reply import Block, Pointer
    from bot.write.request import SentRecord

_SAMPLE = 3
_ABOUT = 1  # content block 0 is what the record is, the passages follow

_stop = attrgetter("stop")
_Cited = dict[int, tuple[str, ...]]


class _Said(msgspec.Struct, frozen=True):
    text: str
    records: list[int]


class Package(msgspec.Struct, frozen=True):
    """Headline and deck as the packaging model states them."""

    headline: _Said
    deck: _Said


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of the narrative and the pointers behind it."""

    start: int
    stop: int
    pointers: tuple[Pointer, ...]


class Reader:
    """Reads what a model wrote about one brief."""

    def __init__(self, brief: Brief, sent: Sequence[SentRecord]) -> None:
        self._brief = brief
        self._sent = sent
        self._by_marker = {item.marker: item for item in sent}
        self._handles = frozenset(item.record.author.handle for item in brief.records)
        self._forms = {
            key: tuple(form.casefold() for form in forms(key, value))
            for key, value in brief.numbers.items()
            if key != "gaps"
        }
        self._places = {
            name for item in brief.records for name in (place_of(item.record).name, item.record.place)
        }
        self._names = re.compile(
            "|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in brief.names if name) or r"(?!)"
        )

    def narrative(self, blocks: Sequence[Block]) -> tuple[Paragraph, ...]:
        """Return the paragraphs of a reply; sentences that no reader may see are left out.

        Raises WriterError with reason "empty" if nothing is left.
        """
        text, stretches = _joined(blocks)
        paragraphs = []
        for number, (start, stop) in enumerate(_lines(text), 1):
            claims: list[Claim] = []
            for first, last in _sentences(text, start, stop):
                claim = self._claim(text[first:last], self._cited(_behind(text, stretches, first, last)))
                if claim is not None:
                    claims.append(replace(claim, id=f"p{number}s{len(claims) + 1}"))
            if claims:
                paragraphs.append(Paragraph(tuple(claims)))
        if not paragraphs:
            msg = "no sentence of the narrative can be used"
            raise WriterError(msg, reason="empty")
        return tuple(paragraphs)

    def packaged(self, package: Package) -> tuple[Claim, Claim]:
        """Return headline and deck as claims.

        Raises WriterError with reason "unusable" if one of them may not be shown.
        """
        made = []
        for name, said, longest in (
            ("headline", package.headline, HEADLINE_LIMIT),
            ("deck", package.deck, DECK_LIMIT),
        ):
            text = shorten(squeeze(clean(said.text)), longest)
            marked = dict.fromkeys(marker for marker in said.records if marker in self._by_marker)
            claim = self._claim(curly(text), {marker: self._by_marker[marker].passages for marker in marked})
            if claim is None:
                msg = f"the {name} cannot be used"
                raise WriterError(msg, reason="unusable")
            made.append(replace(claim, id=name))
        return made[0], made[1]

    def _cited(self, pointers: Iterable[Pointer]) -> _Cited:
        """Return the passages that `pointers` lead to, by the marker of their record."""
        found: _Cited = {}
        for pointer in pointers:
            index = pointer.search_result_index
            if pointer.type != "search_result_location" or not 0 <= index < len(self._sent):
                continue
            item = self._sent[index]
            blocks = 0 <= pointer.start_block_index < pointer.end_block_index <= len(item.passages) + _ABOUT
            if pointer.source == item.source and blocks:
                first = max(pointer.start_block_index - _ABOUT, 0)
                pointed = item.passages[first : pointer.end_block_index - _ABOUT] or item.passages
                found[item.marker] = found.get(item.marker, ()) + pointed
        return found

    def _claim(self, sentence: str, cited: _Cited) -> Claim | None:
        """Return the sentence as a claim, or None if it may not be shown."""
        items = {marker: self._by_marker[marker] for marker in sorted(cited)}
        text = verbatim(plain(squeeze(clean(sentence))), [item.record for item in items.values()])
        if graphemes(text) > CLAIM_LIMIT or prompts.echoed(text):
            return None
        if not acceptable(text, self._handles, self._brief.names):
            return None
        numbers = self._stated(text)
        measures = [key for key in numbers if self._is_measure(key)]
        if measures and not items:
            items = {item.marker: item for item in self._counted(measures)}
            cited = {marker: item.passages for marker, item in items.items()}
        citations = tuple(
            Citation(marker, item.record.id, _best(cited[marker], item, text))
            for marker, item in items.items()
        )
        kind = ClaimKind.MEASURED if measures else self._kind(text, [item.record for item in items.values()])
        return Claim("", kind, text, citations, numbers)

    def _stated(self, text: str) -> tuple[str, ...]:
        """Return the keys of the computed numbers that `text` states."""
        folded = text.casefold()
        likely = [key for key, ways in self._forms.items() if any(way in folded for way in ways)]
        return tuple(key for key in likely if states(text, key, self._brief.numbers[key]))

    def _counted(self, keys: Sequence[str]) -> list[SentRecord]:
        """Return a sample of the records that these numbers count: a reader can look at what was measured."""
        places = {key.split(":")[1] for key in keys if ":" in key}
        inside = [item for item in self._sent if item.record.place in places] or list(self._sent)
        voices = {item.record.author_key: item for item in reversed(inside)}
        found = sorted(voices.values(), key=lambda item: item.marker)
        # Of each place one, so that whoever is counted is shown.
        first = {item.record.place: item for item in reversed(found)} if places else {}
        sample = [*first.values(), *(item for item in found if item not in first.values())]
        return sorted(sample[: max(_SAMPLE, len(first))], key=lambda item: item.marker)

    def _kind(self, text: str, cited: Sequence[Record]) -> ClaimKind:
        said, given = without_quotations(text), [item.record for item in self._brief.records]
        # Who speaks for a group needs a group's support: with less, the checks find it unsupported.
        many = len({record.author_key for record in cited}) >= FEWEST_COHORT_AUTHORS
        if many or shared_voice(said, cited, given) or place_as_one(said, self._places):
            return ClaimKind.COHORT
        # A name makes a statement about somebody even without a citation: the checks find it unsupported.
        found = names(said)
        return ClaimKind.NAMED if any(map(self._names.search, found)) else ClaimKind.ANALYSIS

    def _is_measure(self, key: str) -> bool:
        """Tell whether stating this number is a measurement, not just "two camps" or "on Tuesday"."""
        return not key.startswith("at:") and not written(key, self._brief.numbers[key]).isalpha()


def _joined(blocks: Sequence[Block]) -> tuple[str, list[_Stretch]]:
    """Return the whole text with curly quotation marks, and the pointers behind each stretch of it."""
    text, stretches = "", []
    for block in blocks:
        start = len(text)
        body = clean(block.text)
        if not body:
            text += _space(block.text)
            continue
        lead = block.text[: len(block.text) - len(block.text.lstrip())]
        trail = block.text[len(block.text.rstrip()) :]
        text += f"{_space(lead)}{body}{_space(trail)}"
        stretches.append(_Stretch(start, len(text), tuple(block.citations or ())))
    return curly(text), stretches


def _space(white: str) -> str:
    return "\n" if "\n" in white else " " * bool(white)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(r"[^\n]+", text))


def _sentences(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one paragraph; a quotation of several sentences stays in one."""
    first: int | None = None
    unclosed = 0
    for from_, to in sentence_spans(text[start:stop]):
        first = start + from_ if first is None else first
        said = text[start + from_ : start + to]
        unclosed += said.count("“") - said.count("”")
        if unclosed <= 0:
            yield first, start + to
            first, unclosed = None, 0
    if first is not None:
        yield first, stop


def _behind(text: str, stretches: Sequence[_Stretch], start: int, stop: int) -> Iterator[Pointer]:
    """Yield the pointers of all stretches that share a word with the sentence."""
    for stretch in stretches[bisect_right(stretches, start, key=_stop) :]:
        if stretch.start >= stop:
            return
        shared = text[max(start, stretch.start) : min(stop, stretch.stop)]
        if any(letter.isalnum() for letter in shared):
            yield from stretch.pointers


def _best(passages: Sequence[str], item: SentRecord, text: str) -> str:
    """Return the passage that `text` rests on: the one it quotes, else the one it shares most words with."""
    quoted = quotations(text)
    for passage in (*passages, *item.passages):
        if any(quote and quote in passage for quote in quoted):
            return passage
    said = content_words(without_quotations(text))
    return max(passages, key=lambda passage: len(said & content_words(passage)))
