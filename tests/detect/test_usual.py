"""What is usual on a beat, for a storyline that is held against it."""

from __future__ import annotations

import pytest

from bot.detect.usual import Usual


def test_a_beat_with_little_behind_it_borrows_from_all() -> None:
    """Rates are means drawn towards the common one: the less was heard, the nearer to it."""
    usual = Usual({"busy": (4_000, 400), "new": (10, 1)})
    assert usual.rate("busy") == pytest.approx(10.0, abs=0.1)
    assert abs(usual.rate("new") - usual.rate("unheard")) < 0.1
    assert Usual().rate("any") == pytest.approx(3.0)
    assert Usual({"quiet": (100, 100), "busy": (900, 100)}).rate("quiet") < 2.0


def test_a_storyline_does_not_lift_what_it_is_held_against() -> None:
    """A rise on a small beat leaves the usual count as it would be without it, for itself alone."""
    quiet, risen = Usual({"law": (40, 20)}), Usual({"law": (40 + 60, 20 + 3)})
    assert risen.rate("law", own=(60, 3)) == quiet.rate("law") < risen.rate("law")
    assert Usual({"law": (5, 1)}).rate("law", own=(60, 3)) == pytest.approx(3.0)
