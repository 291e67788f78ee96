"""A record: one public utterance."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class RecordKind(StrEnum):
    """What sort of utterance a record is."""

    POST = "post"
    COMMENT = "comment"
    ARTICLE = "article"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Author:
    """Who said it: a key that is stable within the source, and the handle shown as a link label."""

    id: str
    handle: str


@dataclass(frozen=True, slots=True)
class Record:
    """One public utterance, with its text already cleaned (see `bot.domain.text.clean`).

    `parent` and `root` are native ids in the same source; `community` is where it was said
    ("r/LocalLLaMA", "hackernews", "bluesky", an outlet's host); `created_at` is UTC.
    """

    source: str
    native_id: str
    kind: RecordKind
    url: str
    author: Author
    created_at: datetime
    text: str
    title: str | None = None
    lang: str | None = None
    parent: str | None = None
    root: str | None = None
    community: str | None = None
    links: tuple[str, ...] = ()
    metrics: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The identity of the record everywhere: `source:native_id`."""
        return f"{self.source}:{self.native_id}"

    @property
    def author_key(self) -> str:
        """The identity of the author everywhere: `source:author id`."""
        return f"{self.source}:{self.author.id}"

    @property
    def thread(self) -> str:
        """The id of the record that opened the conversation (its own if it opened one)."""
        return f"{self.source}:{self.root or self.native_id}"

    @property
    def opens_thread(self) -> bool:
        """Whether this record is not a reply."""
        return self.thread == self.id

    @property
    def words(self) -> str:
        """Title and text together, as a reader sees them."""
        return words_of(self.title, self.text)

    @property
    def place(self) -> str:
        """Where it was said, for grouping: the community, else the source."""
        return self.community or self.source

    def called(self, quote: str) -> bool:
        """Tell whether `quote` is the whole title, but for a full stop."""
        return self.title is not None and quote.removesuffix(".") == self.title.strip().removesuffix(".")

    def titled(self, quotes: Iterable[str]) -> bool:
        """Tell whether one of `quotes` stands in the title."""
        return any(quote in (self.title or "") for quote in quotes)

    def says(self, quote: str) -> bool:
        """Tell whether `quote` stands verbatim in the title or in the text."""
        return bool(quote) and (quote in self.text or quote in (self.title or ""))


def words_of(title: str | None, text: str) -> str:
    """Return the title and the text of a record together, as a reader sees them."""
    return f"{title}\n\n{text}".strip() if title else text
