"""In which manner a quote is told: a frame says no more than the words of the quote."""

from __future__ import annotations

import pytest

from bot.write.manner import manner
from bot.write.quotes import Quote
from tests.write.factory import record


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Unpopular opinion: the old kernel was never slow.", "dissent"),
        ("Which of the cards needs the old kernel?", "asks"),
        ("I doubt that the kernel works on any other card.", "says"),
        ("Use the old kernel on a single card.", "says"),
        ("Quillon 2 is faster than the Vantor model on my card.", "says"),
    ],
)
def test_a_frame_says_no_more_than_the_quote(text: str, told: str) -> None:
    """Only who asks or says that they differ is told to do so: whether it is doubt or advice, readers see."""
    assert manner(Quote(record("w", text), text, 2.0)) == told
