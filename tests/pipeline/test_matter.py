"""Which told story is on the matter of a storyline: by words, by a young name, or as decided once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.detect.storylines import StorylineIndex
from bot.detect.vectors import Weights
from bot.domain.signal import SignalState, Storyline
from bot.domain.story import StoryState
from bot.pipeline import matter
from bot.store import signals, storylines
from bot.store.stories import Head
from tests.factory import NOON, make_record
from tests.pipeline import plant
from tests.store.house import make_signal

if TYPE_CHECKING:
    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom

# Of so many people it is certain that a name is young if none of them said it, and not if two did.
_FEWEST = 1_000
_LATER = NOON + timedelta(days=3)
_RELEASE = "northlight/Heron-4-Chat is out"
_STORY = Head("heron-is-out", "release", "open-source", StoryState.PUBLISHED, _RELEASE, _LATER, "weights")


async def _put(newsroom: Newsroom, clock: ReplayClock, before: str, **titles: str) -> None:
    """Put enough openers of a plain week into the store, then a storyline for each title."""
    early = [make_record(title=before, text="", author=f"early-{number}") for number in range(_FEWEST)]
    await plant.line(newsroom, "early", "law", early)
    clock.advance(_LATER)
    for line_id, title in titles.items():
        await plant.line(newsroom, line_id, "law", [make_record(title=title, text="", created_at=_LATER)])


async def _match(
    newsroom: Newsroom, line_id: str, *, label: str = "praise", story: Head = _STORY
) -> matter.Match | None:
    line = Storyline(line_id, "law", label, _LATER, _LATER, 1)
    async with newsroom.store.read() as connection:
        return await matter.told(connection, StorylineIndex(Weights()), line, [story], NOON, _LATER)


async def test_a_young_name_makes_two_storylines_one_matter(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A storyline that names what a told one brought is its matter, whatever its words; another is not."""
    await _put(
        newsroom, clock, "Which card?", release=_RELEASE, praise="Tried Heron all night", cards="Which card?"
    )
    assert await _match(newsroom, "praise") == matter.Match(_STORY, ("heron",))
    assert await _match(newsroom, "cards") is None


async def test_a_new_page_both_link_to_makes_one_matter(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Two storylines that open with the same new page are one matter; a home page or a known page is not."""
    new, known, home = "https://lab.example/heron/4", "https://tools.example/runner", "https://lab.example/"
    await plant.line(newsroom, "early", "law", [make_record(title="A runner", text="", links=(known,))])
    clock.advance(_LATER)
    for line_id, links in (("release", (new, known, home)), ("praise", (new,)), ("cards", (known, home))):
        opener = make_record(title="look at this", text="", links=links, created_at=_LATER)
        await plant.line(newsroom, line_id, "law", [opener])
    assert await _match(newsroom, "praise") == matter.Match(_STORY, (new,))
    assert await _match(newsroom, "cards") is None


async def test_a_name_on_everybodys_lips_makes_no_matter(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Two storylines that share a name said all week before are two matters."""
    await _put(newsroom, clock, "Is Heron any good?", release=_RELEASE, praise="Tried Heron all night")
    assert await _match(newsroom, "praise") is None


async def test_what_was_one_matter_stays_one(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A storyline passed as the matter of a story is that for good, though its words move away."""
    await _put(newsroom, clock, "Which card?", release=_RELEASE, cards="Which card?")
    async with newsroom.store.write() as connection:
        await signals.add(connection, make_signal(storyline_id="cards"))
        await signals.decide(connection, "heron-surge", SignalState.PASSED, "as", same_as=_STORY.id)
    assert await _match(newsroom, "cards") == matter.Match(_STORY)


async def test_what_replies_say_all_week_is_no_young_name(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A name that no title held is old all the same where people said it in their replies."""
    await _put(newsroom, clock, "Which card?", release=_RELEASE, praise="Tried Heron all night")
    opener = make_record(title="Which card?", text="", author="mira")
    answers = [
        make_record(text="Heron, what else?", root=opener.native_id, author=f"early-{number}")
        for number in range(2)
    ]
    await plant.line(newsroom, "answers", "law", [opener, *answers])
    assert await _match(newsroom, "praise") is None


@pytest.mark.parametrize(
    ("title", "label", "said", "same"),
    [
        ("we wait", "Northlight, sam", ("late again for safety", "the safety weights are late"), True),
        ("we wait", "Northlight, sam", ("two cards fit the board", "the board takes cards"), False),
        ("we wait", "sam, date", ("late again for safety", "the safety weights are late"), False),
    ],
)
@pytest.mark.parametrize("passed", [False, True])
async def test_talk_of_one_name_in_the_same_words_is_one_matter(
    newsroom: Newsroom, title: str, label: str, said: tuple[str, ...], *, same: bool, passed: bool
) -> None:
    """An old name is the matter where both storylines are called by it and people say the same of it.

    So it is where the like talk was itself passed for the matter of the story.
    """
    told = ("late again, for safety", "no weights, safety first", "the weights are late")
    for line_id, opening, talk in (("release", "Northlight on time?", told), ("wait", title, said)):
        opener = make_record(title=opening, text="", created_at=_LATER, author="mira")
        replies = [
            make_record(text=text, created_at=_LATER, root=opener.native_id, author=f"{line_id}-{number}")
            for number, text in enumerate(talk)
        ]
        await plant.line(newsroom, line_id, "law", [opener, *replies])
    story = replace(_STORY, label="Northlight, weights")
    if passed:
        story = replace(_STORY, storyline_id="elsewhere")
        async with newsroom.store.write() as connection:
            await storylines.describe(connection, "release", beat="law", label="Northlight, weights")
            await signals.add(connection, make_signal(storyline_id="release"))
            await signals.decide(connection, "heron-surge", SignalState.PASSED, "as", same_as=story.id)
    found = await _match(newsroom, "wait", label=label, story=story)
    assert found == (matter.Match(story, ("northlight",)) if same else None)
