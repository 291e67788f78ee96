"""TIDs: the record keys of Bluesky, minted here so that a thread can be planned before it is sent."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_BITS = 10
_SHIFTS = range(60, -1, -5)


class Minter:
    """Mints keys that sort by time, each greater than the one before, whatever the clock does."""

    def __init__(self) -> None:
        # Two processes that mint in the same microsecond are told apart by this.
        self._clock_id = secrets.randbits(_CLOCK_BITS)
        self._last = 0

    def mint(self, now: datetime) -> str:
        """Return the next key at `now`."""
        self._last = max(self._last + 1, (now - _EPOCH) // timedelta(microseconds=1))
        return _encode(self._last << _CLOCK_BITS | self._clock_id)


def of_name(name: str) -> str:
    """Return the one key that belongs to `name`, for records that exist once."""
    return _encode(int.from_bytes(sha256(name.encode()).digest()[:8]) >> 1)


def _encode(number: int) -> str:
    return "".join(_digits(number))


def _digits(number: int) -> Iterator[str]:
    for shift in _SHIFTS:
        yield _ALPHABET[number >> shift & 31]
