"""When two storylines are one matter."""

from __future__ import annotations

import pytest

from bot.detect import twins

_NEAR = 0.4


@pytest.mark.parametrize(
    ("label", "other", "factor"),
    [
        ("Northlight, licence, weights", "heron 3, NORTHLIGHT, fork", twins.NAMESAKE_FACTOR),
        ("Northlight, licence", "North, licence", twins.FACTOR),
        ("Parchment, ruling", "Juniper Code, price", twins.FACTOR),
        ("", "", twins.FACTOR),
    ],
)
def test_who_shares_a_name_need_not_lie_so_near(label: str, other: str, factor: float) -> None:
    """A name that both labels hold, whole and in any case, lowers the bar; a common word does not."""
    assert twins.bar(label, other, _NEAR) == twins.bar(other, label, _NEAR) == factor * _NEAR
