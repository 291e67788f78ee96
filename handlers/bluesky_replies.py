"""An answer as Bluesky shows it: up to three posts with quotes, author labels, dates and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from bot.domain.place import place_name
from bot.domain.text import clean, graphemes, leading, shorten, squeeze
from bot.publish.bluesky.records import MOST_BYTES, MOST_GRAPHEMES
from handlers.phrases import ENGLISH, count, said_on, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.question import Answer, Source

MOST_POSTS = 3
_GAP = "\n\n"
# How much of a quotation is shown: as much as lets every source stand in the posts there are.
_QUOTE_LENGTHS = (220, 190, 160, 130, 110, 95, 80, 60)
_LABEL_LENGTH = 40
_BYTES_PER_GRAPHEME = 8
_LONGEST_URL = 2000


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text with at most one link, on the characters from `start` to `stop`.

    `size` is its length in graphemes: counting them is slow, so it is done once.
    """

    text: str
    url: str = ""
    start: int = 0
    stop: int = 0
    size: int = field(init=False)

    def __post_init__(self) -> None:
        """Count the graphemes."""
        object.__setattr__(self, "size", graphemes(self.text))


@dataclass(frozen=True, slots=True)
class Post:
    """One post: passages with a blank line between them."""

    passages: tuple[Passage, ...] = ()

    @property
    def text(self) -> str:
        """The words of the post."""
        return _GAP.join(passage.text for passage in self.passages)

    @property
    def fits(self) -> bool:
        """Whether the network takes it."""
        gaps = len(_GAP) * (len(self.passages) - 1)
        size = sum(passage.size for passage in self.passages) + gaps
        weight = sum(len(passage.text.encode()) for passage in self.passages) + gaps
        return size <= MOST_GRAPHEMES and weight <= MOST_BYTES

    @property
    def facets(self) -> list[dict[str, Any]]:
        """The links as the network wants them: in bytes of UTF-8."""
        found, before = list[dict[str, Any]](), 0
        for passage in self.passages:
            if passage.url:
                first, last = (
                    before + len(passage.text[:at].encode()) for at in (passage.start, passage.stop)
                )
                link = {"$type": "app.bsky.richtext.facet#link", "uri": passage.url}
                found.append({"index": {"byteStart": first, "byteEnd": last}, "features": [link]})
            before += len((passage.text + _GAP).encode())
        return found


def posts(answer: Answer, *, mark: str, page: str, lang: str = ENGLISH) -> tuple[Post, ...]:
    """Return `answer` as at most MOST_POSTS posts in `lang`, the last of which ends with `mark`.

    Quotations are shortened as far as that lets all sources in; those that still do not fit are counted,
    with a link to `page`, the story's own.
    """
    sources, opening, closing = _distinct(answer), Passage(answer.text), Passage(mark)
    room = MOST_POSTS * MOST_GRAPHEMES
    whole = [
        packed
        for length in _QUOTE_LENGTHS
        if length * len(sources) <= room
        and len(packed := _pack([opening, *(_entry(source, length, lang) for source in sources), closing]))
        <= MOST_POSTS
    ]
    if whole:
        return next(filter(_ends_well, whole), whole[0])
    shortest = _QUOTE_LENGTHS[-1]
    entries = [_entry(source, shortest, lang) for source in sources[: room // shortest]]
    for shown in range(min(len(entries), len(sources) - 1), 0, -1):
        packed = _pack([opening, *entries[:shown], _rest(len(sources) - shown, page, lang), closing])
        if len(packed) <= MOST_POSTS and _ends_well(packed):
            return packed
    return _pack([opening, _rest(len(sources), page, lang), closing])


def _ends_well(packed: Sequence[Post]) -> bool:
    """Tell whether the last post says more than who wrote it."""
    return len(packed[-1].passages) > 1


def only_record(answer: Answer) -> str | None:
    """Return the id of the one record the answer rests on, or None if there are more or none."""
    ids = {source.record_id for source in _distinct(answer)}
    return ids.pop() if len(ids) == 1 else None


def _distinct(answer: Answer) -> list[Source]:
    """Return each record once; claims take turns, so that the first few already speak for all of them."""
    found: dict[str, Source] = {}
    for turn in zip_longest(*(claim.sources for claim in answer.claims)):
        for source in turn:
            if source is not None:
                found.setdefault(source.record_id, source)
    return list(found.values())


def _entry(source: Source, length: int, lang: str) -> Passage:
    label = _short(source.author.lstrip("@"), _LABEL_LENGTH)
    if source.community != source.author:
        place = place_name(source.source, source.community)
        label = say("label", lang, who=label, place=place if lang == ENGLISH else place.removeprefix("the "))
    opening = f"“{_short(source.quote, length)}”\n— "
    link = _short(label, 2 * _LABEL_LENGTH)
    text = f"{opening}{link}{said_on(source.created_at, lang)}"
    url = source.url if _linkable(source.url) else ""
    return Passage(text, url, len(opening), len(opening) + len(link))


def _rest(number: int, page: str, lang: str) -> Passage:
    link = say("story-page", lang)
    text = count("rest", number, lang, link=link)
    url, start = page if _linkable(page) else "", text.index(link)
    return Passage(text, url, start, start + len(link))


def _short(text: str, length: int) -> str:
    """Return `text` on one line within `length` graphemes of a bearable size in bytes."""
    text = shorten(squeeze(clean(text[: length * _BYTES_PER_GRAPHEME])), length)
    while len(text.encode()) > length * _BYTES_PER_GRAPHEME:
        text = leading(text, max(graphemes(text) // 2, 0)) if graphemes(text) > 1 else ""
    return text


def _linkable(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= _LONGEST_URL and url == squeeze(clean(url))


def _pack(passages: Iterable[Passage]) -> tuple[Post, ...]:
    packed = [Post()]
    for passage in passages:
        longer = Post((*packed[-1].passages, passage))
        packed[-1:] = [longer] if longer.fits or not packed[-1].passages else [packed[-1], Post((passage,))]
    return (*packed[:-2], *_balanced(packed[-2:]))


def _balanced(packed: list[Post]) -> list[Post]:
    """Return the last posts, so that the last one says more than who wrote it if that can be."""
    if len(packed) == 1 or _ends_well(packed) or len(packed[0].passages) == 1:
        return packed
    *kept, moved = packed[0].passages
    last = Post((moved, *packed[1].passages))
    return [Post(tuple(kept)), last] if last.fits else packed
