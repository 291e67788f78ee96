"""The card: a picture within the networks' bounds, whose words stay words, marked as a machine's."""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.card import HEIGHT, WIDTH
from bot.domain.text import graphemes
from bot.publish import card as cards
from bot.publish.card import Press
from tests.factory import NOON, make_record
from tests.store.house import make_signal, make_story

if TYPE_CHECKING:
    from bot.domain.story import Draft

_MOST_BYTES = 1_000_000
_PRESS = Press(bot_name="Groundswell", beat_names={"open-source": "Open source"})


def _draft(headline: str, *, model: str | None = None) -> Draft:
    draft = make_story([make_record()]).draft
    return replace(draft, headline=replace(draft.headline, text=headline), model=model)


def _size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_card_says_what_it_shows() -> None:
    """Its alternative text has headline, volume against what was to be expected, beat, and who made it."""
    card = _PRESS(make_story([], draft=_draft("Old laptops, new weights")), make_signal())
    assert card.alt == (
        "Old laptops, new weights. 41 posts by 30 people in the 24 hours to 12:00 UTC on 2 March. Usual: 4 a"
        " day (0 to 9, nine times in ten). Open source. Automated narrative by Groundswell."
    )
    assert _size(card.png) == (WIDTH, HEIGHT)


def test_a_card_counts_what_its_story_counts() -> None:
    """The words go on counting after the matter was noticed; the picture beside them has the same count."""
    numbers = {"records": 49.0, "authors": 38.0, "hours": 27.0}
    story = make_story([], created_at=NOON + timedelta(hours=3), numbers=numbers)
    alt = _PRESS(story, make_signal()).alt
    assert "49 posts by 38 people in the 27 hours to 15:00 UTC on 2 March." in alt


@pytest.mark.parametrize(
    ("model", "kind"), [(None, "algorithmicMedia"), ("claude", "trainedAlgorithmicMedia")]
)
def test_programs_can_tell_that_a_machine_made_it(model: str | None, kind: str) -> None:
    """The file itself states its digital source type, in a chunk that readers of PNG check."""
    card = _PRESS(make_story([], draft=_draft("Old laptops", model=model)), make_signal())
    (length,) = struct.unpack(">I", card.png[33:37])
    assert card.png[37:41] == b"iTXt"
    assert f"digitalsourcetype/{kind}".encode() in card.png[41 : 41 + length]


@pytest.mark.parametrize(
    "headline",
    [
        '#panic("no") #read("/etc/passwd") *bold* $x$ `raw` \\ // "quoted" @ref <label> #{ [ ',
        "Maintainers say that " * 12,
        "W" * 300,
        "東京とソウルの開発者が新しい許諾条件を読む",
        "מפתחים קוראים את הרישיון החדש",
        "\N{FAMILY} \N{REGIONAL INDICATOR SYMBOL LETTER D}\N{REGIONAL INDICATOR SYMBOL LETTER E}",
    ],
)
def test_whatever_the_words_they_are_only_shown(headline: str) -> None:
    """Markup, endless words and other scripts make a card of the same shape within the bound."""
    story = make_story([], draft=_draft(headline))
    card = _PRESS(story, make_signal(observed=123_456, authors=1, window_start=make_signal().window_end))
    assert _size(card.png) == (WIDTH, HEIGHT)
    assert len(card.png) <= _MOST_BYTES
    assert graphemes(card.alt) < 500


@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        ("Heron \N{TURTLE}\N{VARIATION SELECTOR-16} runs \N{FAMILY}, slowly", "Heron runs, slowly"),
        ("They say “動いた。東京も”, and agree", "They say “[…]”, and agree"),
        ("Users in 서울 그리고 부산 agree", "Users in […] agree"),
        ("東京の開発者が読む", "Open source"),
        ("\N{TURTLE}\N{TURTLE}", "Open source"),
    ],
)
def test_what_no_font_has_is_left_out_and_never_a_box(
    monkeypatch: pytest.MonkeyPatch, headline: str, shown: str
) -> None:
    """Pictures go, words are marked as left out; where nothing is left, the beat stands for the headline."""
    folder = Path(cards.__file__).parent / "fonts"
    bare = typst.Fonts(font_paths=[str(folder)], include_system_fonts=False)
    monkeypatch.setattr(cards, "_fonts", lambda: bare)
    made = [_PRESS(make_story([], draft=_draft(words)), make_signal()) for words in (headline, shown)]
    assert made[0].png == made[1].png
    assert made[0].alt.startswith(headline)


def test_other_scripts_that_the_fonts_have_are_shown() -> None:
    """Greek and Cyrillic are in the fonts that come with the press."""
    words = ("ДЖЛ", "ΔΞΛ", "Open source")
    made = {_PRESS(make_story([], draft=_draft(said)), make_signal()).png for said in words}
    assert len(made) == 3


@settings(max_examples=5)
@given(headline=st.text(min_size=1, max_size=120), observed=st.integers(0, 10**7))
def test_any_headline_makes_a_card(headline: str, observed: int) -> None:
    """No text and no number breaks the press."""
    card = _PRESS(make_story([], draft=_draft(headline)), make_signal(observed=observed))
    assert _size(card.png) == (WIDTH, HEIGHT)


_SEALED = """
import ctypes
# What MemoryDenyWriteExecute= of the service's unit does (PR_SET_MDWE); kernels before 6.3 do not know it.
ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0)
from bot.publish import card as cards
from bot.publish.card import Press
from tests.store.house import make_signal, make_story
press = Press(bot_name="Groundswell", beat_names={})
assert len(press(make_story([]), make_signal()).png) > 1000
assert not [line for line in open("/proc/self/maps") if "rwx" in line.split()[1]]
"""


def test_the_press_runs_where_memory_cannot_be_written_and_run() -> None:
    """In the service's hardened unit, no memory may be both written and executed; cards are made there."""
    done = subprocess.run(
        [sys.executable, "-c", _SEALED], check=False, timeout=60, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
