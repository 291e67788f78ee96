"""The one gate: every record of every source is made here, so that all obey the same rules.

Text and title are cleaned (`bot.domain.text.clean`); dates before 2000 and beyond the caller's bound are
refused; URLs are http or https; a record says something (text or title); ids are printable, without spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from bot.collect.port import Haul
from bot.domain.errors import InputError
from bot.domain.record import Author, Record, RecordKind
from bot.domain.text import clean, squeeze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.domain.gap import Gap

T = TypeVar("T")

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MAX_TEXT = 40_000
MAX_TITLE = 1_000
MAX_ID = 512
MAX_URL = 2_048
MAX_LINKS = 50
MAX_METRICS = 20
# Clocks and time zones of servers are often wrong by hours; a date further ahead than this is a lie.
AHEAD = timedelta(days=1)

_MAX_COUNT = 2**53
# Most addresses are plain, and to know that costs a tenth of taking them apart.
_PLAIN_URL = re.compile(r"https?://[a-z0-9.-]+(?:/[!-~]*)?")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Gone:
    """A record that its author or the platform took back."""

    record_id: str


@dataclass(frozen=True, slots=True)
class GoneAuthor:
    """An author whose every record must go."""

    author_key: str


Heard = Record | Gone | GoneAuthor


def make_record(
    *,
    source: str,
    native_id: str,
    kind: RecordKind,
    url: str,
    author: Author,
    created_at: datetime,
    not_after: datetime,
    text: str = "",
    title: str | None = None,
    lang: str | None = None,
    parent: str | None = None,
    root: str | None = None,
    community: str | None = None,
    links: Iterable[object] = (),
    metrics: Mapping[str, object] | None = None,
) -> Record:
    """Return the record if every rule is kept.

    `not_after` is the latest `created_at` that is believed. What is too long is cut at a word; links that are
    not http(s), and metrics that are not whole numbers, are left out. Raises InputError that names the field.
    """
    words, headline = _said(text, title or "")
    return Record(
        source=_source(source),
        native_id=_identifier("native_id", native_id),
        kind=kind,
        url=_required_url(url),
        author=Author(_label("author.id", author.id), _label("author.handle", author.handle)),
        created_at=_within(created_at, not_after),
        text=words,
        title=headline or None,
        lang=language(lang),
        parent=_identifier("parent", parent) if parent else None,
        root=_identifier("root", root) if root else None,
        community=squeeze(clean(community or ""))[:MAX_ID] or None,
        links=web_links(links),
        metrics=_counts(metrics or {}),
    )


def cut(text: str, limit: int) -> str:
    """Return `text` within `limit` characters, cut at the last space or line end if it was longer."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    at = max(head.rfind(" "), head.rfind("\n"))
    return head[: at if at > limit // 2 else limit].rstrip()


def from_iso(value: str) -> datetime:
    """Read an ISO 8601 date and time with its time zone; returns UTC.

    Raises InputError.
    """
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    msg = f"created_at: {value[:40]!r} is not a date and time with a time zone"
    raise InputError(msg)


def from_unix(seconds: float) -> datetime:
    """Read seconds since 1970; returns UTC.

    Raises InputError.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        msg = "created_at: the number is not a time"
        raise InputError(msg) from None


def as_heard(created_at: datetime, now: datetime) -> datetime:
    """Return when something heard at `now` was said; a clock up to a day ahead counts as now."""
    return now if now < created_at <= now + AHEAD else created_at


def web_url(value: object) -> str | None:
    """Return `value` if it is an http(s) URL that is safe to show and to link to."""
    if not isinstance(value, str):
        return None
    value = value.strip()
    if len(value) > MAX_URL or not value.isprintable() or " " in value:
        return None
    if _PLAIN_URL.fullmatch(value):
        return value
    try:
        parts = urlsplit(value)
        safe = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return value if safe else None


def web_links(values: Iterable[object]) -> tuple[str, ...]:
    """Return the http(s) URLs among `values`, each once, in order, at most 50."""
    return tuple(dict.fromkeys(url for value in values if (url := web_url(value))))[:MAX_LINKS]


def host_of(url: str) -> str:
    """Return the host of a URL as a reader knows it: lower case, without "www."."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def language(tag: str | None) -> str | None:
    """Return the primary language of a BCP 47 tag ("en" for "en-GB"), if it looks like one."""
    match = _LANGUAGE.fullmatch(tag) if tag else None
    return match[1].lower() if match else None


def decode(data: bytes | msgspec.Raw, shape: type[T]) -> T:
    """Read JSON into `shape`.

    Raises InputError, whatever the bytes are.
    """
    try:
        return msgspec.json.decode(data, type=shape)
    except RecursionError:
        msg = "the JSON is nested too deeply"
    except UnicodeDecodeError:
        msg = "the JSON is not UTF-8"
    except msgspec.MsgspecError as error:
        # The message may repeat a value from the input, which may be megabytes long.
        msg = clean(str(error)[:200])
    raise InputError(msg)


@dataclass(slots=True)
class Batch:
    """What was heard so far in one fetch: the last word about each record counts."""

    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    gone_authors: dict[str, None] = field(default_factory=dict)
    bad: int = 0

    def take(self, heard: Heard | None) -> None:
        """Add one thing that was heard."""
        match heard:
            case Record():
                self.gone.pop(heard.id, None)
                self.records[heard.id] = heard
            case Gone(record_id):
                self.records.pop(record_id, None)
                self.gone[record_id] = None
            case GoneAuthor(key):
                self.records = {i: r for i, r in self.records.items() if r.author_key != key}
                self.gone_authors[key] = None
            case None:
                pass

    def read(self, reader: Callable[[T], Heard | None], item: T) -> None:
        """Read one item and add what it says; an item that cannot be read is counted, never raised."""
        try:
            self.take(reader(item))
        except InputError:
            self.bad += 1

    def haul(
        self,
        cursor: Mapping[str, Any],
        *,
        next_check_at: datetime | None = None,
        gaps: Sequence[Gap] = (),
        heard_until: datetime | None = None,
        unfinished: bool = False,
    ) -> Haul:
        """Return the batch with the cursor that covers it."""
        return Haul(
            records=tuple(self.records.values()),
            cursor=cursor,
            gone=tuple(self.gone),
            gone_authors=tuple(self.gone_authors),
            bad=self.bad,
            next_check_at=next_check_at,
            gaps=tuple(gaps),
            heard_until=heard_until,
            unfinished=unfinished,
        )


def _said(text: str, title: str) -> tuple[str, str]:
    words, headline = cut(clean(text), MAX_TEXT), cut(squeeze(clean(title)), MAX_TITLE)
    if not words and not headline:
        msg = "text: neither text nor title says anything"
        raise InputError(msg)
    return words, headline


def _source(name: str) -> str:
    if ":" in name:
        msg = "source: must not hold a colon"
        raise InputError(msg)
    return _identifier("source", name)


def _identifier(name: str, value: str) -> str:
    if not value or len(value) > MAX_ID or not value.isprintable() or " " in value:
        msg = f"{name}: must be 1 to {MAX_ID} printable characters without spaces"
        raise InputError(msg)
    return value


def _label(name: str, value: str) -> str:
    label = squeeze(clean(value))
    if not label or len(label) > MAX_ID:
        msg = f"{name}: must be 1 to {MAX_ID} visible characters"
        raise InputError(msg)
    return label


def _required_url(value: str) -> str:
    url = web_url(value)
    if url is None:
        msg = f"url: {value[:60]!r} is not an http(s) URL"
        raise InputError(msg)
    return url


def _within(moment: datetime, not_after: datetime) -> datetime:
    if moment.tzinfo is None:
        msg = "created_at: has no time zone"
        raise InputError(msg)
    if not EARLIEST <= moment <= not_after:
        msg = f"created_at: {moment:%Y-%m-%d} lies outside {EARLIEST:%Y-%m-%d} to {not_after:%Y-%m-%d}"
        raise InputError(msg)
    return moment.astimezone(UTC)


def _counts(metrics: Mapping[str, object]) -> dict[str, int]:
    counts = {
        name: value
        for name, value in metrics.items()
        if isinstance(value, int)
        and not isinstance(value, bool)
        and abs(value) < _MAX_COUNT
        and 0 < len(name) <= MAX_ID
        and name.isprintable()
    }
    return dict(list(counts.items())[:MAX_METRICS])
