"""What was named lately, in a fixed amount of memory."""

from __future__ import annotations

import pytest

from bot.pipeline.lately import Lately

_TODAY = 740_000


def _ids(count: int, kind: str = "thread") -> list[str]:
    return [f"fictional:{kind}/{number}" for number in range(count)]


def test_nothing_that_was_named_is_missed() -> None:
    """Whatever was named is found again, and few others are taken for it while there is room."""
    lately, ids = Lately(5, 1 << 16), _ids(1_000)
    lately.turn(_TODAY)
    lately.note(ids, _TODAY)
    assert lately.among(ids) == ids
    assert len(lately.among(_ids(10_000, "stranger"))) < 500


@pytest.mark.parametrize("start", range(_TODAY, _TODAY + 255, 50))
def test_what_was_named_last_too_long_ago_is_let_go(start: int) -> None:
    """An id is kept for its days since it was last named, whatever day of the count that is."""
    lately, (old, again) = Lately(5, 1 << 16), _ids(2)
    lately.note([old, again], start)
    for today in range(start + 1, start + 6):
        lately.turn(today)
        assert lately.among([old, again]) == [old, again]
    lately.note([again], start + 5)
    lately.turn(start + 6)
    assert lately.among([old, again]) == [again]


def test_memory_does_not_grow() -> None:
    """However many are named, the table stays as large as it was; only strangers pass more often."""
    lately, ids = Lately(5, 1 << 16), _ids(1 << 15)
    before = lately.nbytes
    lately.note(ids, _TODAY)
    assert lately.nbytes == before == 1 << 16
    assert lately.among(ids) == ids
    taken = len(lately.among(_ids(10_000, "stranger"))) / 10_000
    assert taken == pytest.approx(0.39, abs=0.03)
