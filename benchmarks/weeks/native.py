"""Native ids and addresses: what each platform would call the texts of the week, all under .example."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from benchmarks.weeks.people import Author

KINDS: Final = {"rss": "article", "arxiv": "paper"}
TID_ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
ARXIV_LINK: Final = re.compile(r"https://arxiv\.example/abs/(\d{4}\.\d{5})")


@dataclass(slots=True, eq=False)
class Draft:
    """A text with its author and time, before it has a native id; drafts refer to one another, not to ids."""

    bank: str
    source: str
    community: str
    title: str | None
    text: str
    link: str | None
    links: list[str]
    created: datetime
    author: Author
    lang: str | None
    phase: str | None
    opening: Draft | None = None
    parent: Draft | None = None
    children: int = 0
    thread_size: int = 0
    metrics: dict[str, int] = field(default_factory=dict)
    native_id: str = ""
    url: str = ""

    @property
    def kind(self) -> str:
        """post, comment, article or paper."""
        if self.opening is not None and self.source != "bluesky":
            return "comment"
        return KINDS.get(self.source, "post")

    @property
    def identity(self) -> str:
        """The record's identity across sources."""
        return f"{self.source}:{self.native_id}"


class Registry:
    """Hands out ids in order of time, with the gaps that the rest of a platform leaves."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}/ids")
        self._counters = {
            "t3_": int("1rk4q2m", 36),
            "t1_": int("o8e1k3f", 36),
            "item": 47_210_336,
            "topic": 181_204,
            "forum post": 612_877,
            "paper": 17,
        }
        self._topics: dict[Draft, tuple[int, int]] = {}
        self._used: set[str] = set()
        self._namers: dict[str, Callable[[Draft], tuple[str, str]]] = {
            "reddit": self._reddit,
            "hackernews": self._hackernews,
            "discourse": self._discourse,
            "bluesky": self._bluesky,
            "rss": self._rss,
            "arxiv": self._arxiv,
        }

    def name_all(self, drafts: Sequence[Draft]) -> None:
        """Give every draft its native id and address; an opening must come before its replies."""
        for draft in drafts:
            if address := own_address(draft):
                draft.native_id, draft.url = self._claim(draft, address)
        for draft in drafts:
            if not draft.native_id:
                draft.native_id, draft.url = self._namers[draft.source](draft)

    def _claim(self, draft: Draft, address: str) -> tuple[str, str]:
        """The address that a bank gives an article or a paper; other posts already link to it."""
        if address in self._used:
            msg = f"two {draft.source} posts claim {address}"
            raise ValueError(msg)
        self._used.add(address)
        paper = ARXIV_LINK.fullmatch(address)
        return (paper[1] if paper else address), address

    def _next(self, counter: str, mean_gap: int) -> int:
        self._counters[counter] += self._rng.randrange(1, 2 * mean_gap)
        return self._counters[counter]

    def _reddit(self, draft: Draft) -> tuple[str, str]:
        opening = draft.opening
        if opening is None:
            post = base36(self._next("t3_", 900))
            page = f"{draft.community}/comments/{post}/{slug(draft.title, '_')}/"
            return f"t3_{post}", f"https://reddit.example/{page}"
        comment = base36(self._next("t1_", 9000))
        return f"t1_{comment}", f"{opening.url}{comment}/"

    def _hackernews(self, _: Draft) -> tuple[str, str]:
        item = str(self._next("item", 40))
        return item, f"https://news.hackernews.example/item?id={item}"

    def _discourse(self, draft: Draft) -> tuple[str, str]:
        opening = draft.opening or draft
        topic, places = self._topics.get(opening) or (self._next("topic", 3), 0)
        self._topics[opening] = topic, places + 1
        post = str(self._next("forum post", 12))
        return post, f"https://{draft.community}/t/{slug(opening.title, '-')}/{topic}/{places + 1}"

    def _bluesky(self, draft: Draft) -> tuple[str, str]:
        micros = int(draft.created.timestamp()) * 1_000_000 + self._rng.randrange(1_000_000)
        rkey = tid(micros, clock=self._rng.randrange(1024))
        return f"{draft.author.id}/{rkey}", f"https://bsky.example/profile/{draft.author.handle}/post/{rkey}"

    def _rss(self, draft: Draft) -> tuple[str, str]:
        day = f"{draft.created:%Y/%m/%d}"
        address = f"https://{draft.community}/{day}/{slug(draft.title, '-')}"
        return self._claim(draft, address)

    def _arxiv(self, draft: Draft) -> tuple[str, str]:
        while True:
            address = f"https://arxiv.example/abs/2603.{self._next('paper', 60):05}"
            if address not in self._used:
                return self._claim(draft, address)


def own_address(draft: Draft) -> str | None:
    """The link of an article or a paper that is its own address rather than a reference."""
    if draft.link is None:
        return None
    own_article = draft.source == "rss" and urlsplit(draft.link).hostname == draft.community
    own_paper = draft.source == "arxiv" and ARXIV_LINK.fullmatch(draft.link)
    return draft.link if own_article or own_paper else None


def slug(title: str | None, joint: str) -> str:
    """The first words of a title as they stand in an address."""
    plain = unicodedata.normalize("NFKD", title or "").encode("ascii", "ignore").decode().lower()
    return joint.join(re.findall(r"[a-z0-9]+", plain)[:8]) or "post"


def base36(number: int) -> str:
    """A number in the digits of reddit's ids."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def tid(micros: int, clock: int) -> str:
    """A timestamp identifier: 13 characters that sort by time."""
    number = micros << 10 | clock
    return "".join(TID_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))
