"""Text banks: the hand-written posts of the fictional week, loaded from TOML and validated.

A bank is one matter (a story that must or must not be told) or one kind of background talk.
Its entries are threads (an opening post with replies in order of arrival) and standalone posts.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

BANKS: Final = Path(__file__).parent / "banks"
WEEK_LENGTH: Final = timedelta(days=7)
SOURCES: Final = frozenset({"reddit", "hackernews", "discourse", "bluesky", "rss", "arxiv"})
TITLED: Final = SOURCES - {"bluesky"}
TALKING: Final = SOURCES - {"rss", "arxiv"}
LINKING: Final = TALKING - {"bluesky"}
"""Where a post may be a title and a link without a text."""
BACKGROUND: Final = frozenset({"noise", "offtopic", "other-language"})
BLUESKY_LENGTH: Final = 300
DEFAULT_OVER: Final = timedelta(hours=10)
AT: Final = re.compile(r"([0-6])d ([01]\d|2[0-3]):([0-5]\d)")
URL: Final = re.compile(r"https?://[^\s<>()\[\]\"']+[^\s<>()\[\]\"'.,;:!?]")

Voice = int | Literal["op"] | None
"""Who writes: a numbered account of the bank, the opener of the thread, or (None) anyone of the community."""


class BankError(ValueError):
    """A bank breaks the format; the message names the bank and the entry."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One text under an opening post."""

    text: str
    voice: Voice = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A thread or a standalone post; without `at` the generator chooses its time."""

    source: str
    community: str
    at: timedelta | None
    title: str | None
    text: str
    link: str | None
    over: timedelta
    replies: tuple[Reply, ...]
    voice: Voice
    lang: str | None
    phase: str | None

    @property
    def lasts(self) -> timedelta:
        """How long people answer."""
        return self.over if self.replies else timedelta()

    @property
    def texts(self) -> tuple[str, ...]:
        """The opening text and the replies."""
        return self.text, *(reply.text for reply in self.replies)

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Who opens and who replies."""
        return self.voice, *(reply.voice for reply in self.replies)


@dataclass(frozen=True, slots=True)
class Bank:
    """One matter of the week with everything said about it."""

    key: str
    title: str
    beat: str
    shape: str
    tell: bool
    names: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def is_background(self) -> bool:
        """Whether the entries have nothing to do with one another."""
        return self.shape in BACKGROUND


def load_banks(folder: Path = BANKS) -> tuple[Bank, ...]:
    """Every bank of the folder, ordered by key."""
    banks = sorted((load_bank(path) for path in folder.glob("*.toml")), key=lambda bank: bank.key)
    keys = [bank.key for bank in banks]
    if len(keys) != len(set(keys)):
        msg = f"two banks share a key: {keys}"
        raise BankError(msg)
    return tuple(banks)


def load_bank(path: Path) -> Bank:
    """One bank; a format error names the file and the entry."""
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
        return Bank(
            key=_string(raw, "key"),
            title=_string(raw, "title"),
            beat=_string(raw, "beat"),
            shape=_string(raw, "shape"),
            tell=bool(raw["tell"]),
            names=tuple(str(name) for name in raw["names"]),
            entries=tuple(_entries(raw)),
        )
    except (KeyError, ValueError) as error:
        msg = f"{path.name}: {error}"
        raise BankError(msg) from error


def links_in(entry_link: str | None, text: str) -> list[str]:
    """The link of an entry and the links inside a text, each once, in order."""
    found = ([entry_link] if entry_link else []) + URL.findall(text)
    return list(dict.fromkeys(found))


def _entries(raw: dict[str, Any]) -> Iterator[Entry]:
    for kind in ("thread", "post"):
        for number, table in enumerate(raw.get(kind, ()), start=1):
            try:
                entry = _entry(table)
                _validate(entry)
            except (KeyError, ValueError) as error:
                msg = f"{kind} {number}: {error}"
                raise BankError(msg) from error
            yield entry


def _entry(table: dict[str, Any]) -> Entry:
    hours = table.get("over")
    return Entry(
        source=_string(table, "source"),
        community=_string(table, "community"),
        at=_moment(table["at"]) if "at" in table else None,
        title=table.get("title"),
        text=str(table["text"]).strip(),
        link=table.get("link"),
        over=DEFAULT_OVER if hours is None else timedelta(hours=float(hours)),
        replies=tuple(_reply(reply) for reply in table.get("replies", ())),
        voice=table.get("author"),
        lang=table.get("lang"),
        phase=table.get("phase"),
    )


def _reply(raw: str | dict[str, Any]) -> Reply:
    if isinstance(raw, str):
        return Reply(raw.strip())
    return Reply(_string(raw, "text").strip(), raw["author"])


def _moment(at: str) -> timedelta:
    match = AT.fullmatch(at)
    if match is None:
        msg = f"at {at!r} is not like '3d 09:20'"
        raise ValueError(msg)
    day, hour, minute = map(int, match.groups())
    return timedelta(days=day, hours=hour, minutes=minute)


def _string(table: dict[str, Any], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        msg = f"{name} is not a text: {value!r}"
        raise ValueError(msg)
    return value


def _validate(entry: Entry) -> None:
    fault = next(chain(_faults(entry), _text_faults(entry)), None)
    if fault is not None:
        raise ValueError(fault)


def _faults(entry: Entry) -> Iterator[str]:
    if entry.source not in SOURCES:
        yield f"unknown source {entry.source!r}"
    if (entry.source in TITLED) != bool(entry.title):
        yield f"a {entry.source} post has a title, and only there: {entry.title!r}"
    if entry.replies and entry.source not in TALKING:
        yield f"{entry.source} has no replies"
    for voice in entry.voices:
        if not (voice is None or voice == "op" or isinstance(voice, int)):
            yield f"author {voice!r} is neither a number nor 'op'"


def _text_faults(entry: Entry) -> Iterator[str]:
    if not all(entry.texts[1:]) or not (entry.text or entry.source in LINKING):
        yield "empty text"
    for text in entry.texts:
        if entry.source == "bluesky" and len(text) > BLUESKY_LENGTH:
            yield f"{len(text)} characters on bluesky: {text[:40]!r}"
        for link in links_in(entry.link, text):
            if not (urlsplit(link).hostname or "").endswith(".example"):
                yield f"link outside .example: {link}"
