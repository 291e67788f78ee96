"""A recording of the wire: what servers sent, byte for byte, and when. JSON Lines, gzipped if named so.

The first line says what was recorded. After it come visits of a source's targets, the HTTP answers that each
led to, and the frames of streams. Nothing that was sent is kept but the address, without its secrets.
"""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Self, cast

import msgspec

from bot.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FORMAT = 1
_SECRET = re.compile(r"([?&](?:key|access_token|client_secret)=)[^&#]*")
# What the answer to a sent form is kept as: it grants access, and its words are nobody's business.
_GRANT = b'{"access_token": "recorded", "token_type": "bearer", "expires_in": 3600}'
# Cookies are secrets; the others say how the bytes travelled on that one connection.
_LEFT_OUT = frozenset({"set-cookie", "transfer-encoding", "connection", "keep-alive", "alt-svc"})


class Header(msgspec.Struct, tag="wire", tag_field="type"):
    """What was recorded: a source, since when, and which secrets were set (their names only)."""

    source: str
    began_at: datetime
    secrets: list[str] = []
    format: int = _FORMAT


class Visit(msgspec.Struct, tag="visit", tag_field="type"):
    """A polled target was asked, with this as the present time."""

    at: datetime
    target: str


class Answer(msgspec.Struct, tag="answer", tag_field="type"):
    """One HTTP answer. `body` is as it travelled, compressed if it was."""

    at: datetime
    method: str
    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Opened(msgspec.Struct, tag="opened", tag_field="type"):
    """A stream was opened at this address."""

    at: datetime
    url: str


class Sent(msgspec.Struct, tag="frames", tag_field="type"):
    """Frames that a stream brought."""

    at: datetime
    frames: list[bytes]


Entry = Visit | Answer | Opened | Sent


class Tape:
    """Writes a recording. Use as a context manager."""

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._header = header
        self._file: IO[bytes] | None = None
        self.entries = 0

    def __enter__(self) -> Self:
        """Begin the file; raises InputError if it cannot be written or is there already."""
        try:
            plain = self._path.open("xb")
        except OSError as error:
            msg = f"{self._path} cannot be written: {error.strerror or error}"
            raise InputError(msg) from error
        zipped = self._path.suffix == ".gz"
        self._file = cast("IO[bytes]", gzip.GzipFile(fileobj=plain, mode="wb")) if zipped else plain
        self._plain = plain
        self._write(self._header)
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        """End the file; what failed before anything was sent leaves none."""
        if self._file is not None:
            self._file.close()
            self._plain.close()
            self._file = None
        if failed is not None and not self.entries:
            self._path.unlink(missing_ok=True)

    def visit(self, at: datetime, target: str) -> None:
        """Note a visit."""
        self._add(Visit(at, target))

    def answer(
        self,
        at: datetime,
        method: str,
        url: str,
        status: int,
        headers: Sequence[tuple[str, str]],
        body: bytes,
    ) -> None:
        """Keep an answer, without its secrets."""
        kept = [(name.lower(), value) for name, value in headers if name.lower() not in _LEFT_OUT]
        if method == "POST":
            kept, body = [pair for pair in kept if pair[0].startswith("x-ratelimit-")], _GRANT
        self._add(Answer(at, method, without_secrets(url), status, kept, body))

    def opened(self, at: datetime, url: str) -> None:
        """Note that a stream began."""
        self._add(Opened(at, url))

    def frames(self, at: datetime, frames: Sequence[bytes]) -> None:
        """Keep frames."""
        self._add(Sent(at, list(frames)))

    def _add(self, entry: Entry) -> None:
        # A request that outlives the recording is not part of it.
        if self._file is not None:
            self.entries += 1
            self._write(entry)

    def _write(self, line: Header | Entry) -> None:
        assert self._file is not None
        self._file.write(msgspec.json.encode(line) + b"\n")


def without_secrets(url: str) -> str:
    """Return an address with what gives access taken out."""
    return _SECRET.sub(r"\1recorded", url)


def read(path: Path) -> tuple[Header, Iterator[Entry]]:
    """Return what was recorded, and the entries in the order in which they were written.

    Raises InputError, also while the entries are read, that names the line at fault.
    """
    lines = _lines(path)
    _, first = next(lines, (1, b""))
    header: Header = _decode(path, 1, first, Header)
    if header.format != _FORMAT:
        msg = f"{path} is a recording of format {header.format}; this version reads format {_FORMAT}"
        raise InputError(msg)
    return header, (_entry(path, number, line) for number, line in lines)


def _entry(path: Path, number: int, line: bytes) -> Entry:
    entry: Entry = _decode(path, number, line, Entry)
    return entry


def _decode(path: Path, number: int, line: bytes, shape: Any) -> Any:  # noqa: ANN401 - a union has no type
    try:
        return msgspec.json.decode(line, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        msg = f"{path}:{number}: is no line of a recording of the wire (groundswell record makes them)"
        raise InputError(msg) from None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as probe:
            zipped = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            yield from enumerate(file, start=1)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{path} cannot be read: {error}"
        raise InputError(msg) from error
