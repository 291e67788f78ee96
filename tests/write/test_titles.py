"""Titles: what of them is shown, and where a long one breaks."""

from __future__ import annotations

import pytest

from bot.write.titles import printable_title, shown_title, to_break
from tests.write.factory import record


def test_of_a_title_with_marks_a_part_is_shown() -> None:
    """Curly quotation marks and bars cannot stand inside others; what lies between them can."""
    shown = shown_title(record("m", "", title="Wire | Vantor Ships the Quillon 2 Card | “Now,” it says"))
    assert shown == "Vantor Ships the Quillon 2 Card"
    # Who wrote it is no headline.
    assert (
        shown_title(
            record("m", "", title="Vantor “may well try” to buy Quillon soon | Hubwire - Ada Ferngold")
        )
        is None
    )
    # What goes on after a mark has lost its beginning, what stops before one its end.
    assert shown_title(record("m", "", title="Vantor “Maxi-Box,” the Quillon 2 Card, Ships Now")) is None
    assert shown_title(record("m", "", title="Vantor says that Quillon 2 is a “box” in the shops")) is None
    assert shown_title(record("m", "", title="Vantor “will seriously consider” it")) is None
    long = record("m", "", title=f"Given that the old cards are cheap, {'why ' * 30}")
    assert printable_title(long, to_break) is None


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Quillon 2 \U0001f440", "Quillon 2"),
        ("\U0001f680 Quillon 2 runs on a single old card\u200b", "Quillon 2 runs on a single old card"),
        ("Quillon 2 runs on one old card \U0001f525 nobody saw that", "Quillon 2 runs on one old card"),
    ],
)
def test_a_title_ends_before_its_pictures(title: str, shown: str) -> None:
    """A picture is left out with what stands behind it; what is shown is word for word in the title."""
    assert shown_title(record("e", "", title=title)) == shown
    assert shown in title


def test_a_long_title_ends_before_its_ampersand() -> None:
    """The sign is a break, and the way some sites write it is none in the middle of the title."""
    says = "A first card of that maker, the Quillon 100, reportedly outperforms the older Heron 4060"
    for sign in ("&amp;", "&"):
        title = f"{says} {sign} slightly behind the Heron 5060 in new benchmarks"
        assert printable_title(record("t", "", title=title), to_break) == says
