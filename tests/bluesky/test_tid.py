"""Record keys: valid for the network, in order, and never the same twice."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.publish.tid import Minter, of_name

# As the protocol defines them: 13 characters, the first with the top bit unset.
_VALID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=20_000)), max_size=20))
def test_keys_grow_whatever_the_clock_does(moves: list[timedelta]) -> None:
    """Each key is valid and sorts after the one before, even if the clock stands still or goes back."""
    minter = Minter()
    keys = [minter.mint(_NOW - timedelta(days=10_000) + move) for move in moves]
    assert keys == sorted(set(keys))
    assert all(_VALID.fullmatch(key) for key in keys)


def test_two_minters_of_one_instant_differ() -> None:
    """Processes that mint at the same instant are told apart, by chance of 1,024 to one."""
    assert len({Minter().mint(_NOW) for _ in range(20)}) > 10


@given(st.text())
def test_a_name_has_one_key(name: str) -> None:
    """The key of a name is valid and always the same."""
    assert _VALID.fullmatch(of_name(name))
    assert of_name(name) == of_name(name)
    assert of_name(name) != of_name(name + "x")
