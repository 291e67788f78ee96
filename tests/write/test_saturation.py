from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.brief import Worn
from bot.write.extractive import assemble
from bot.write.phrases import BANK, Phrasebook
from bot.write.saturation import is_worn, worn
from tests.write.factory import brief

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("Hacker News", "Bluesky", "r/LocalModels", "the Guild", "r/PotteryClub", "Mastodon")


def stories(number: int, *sentences: str) -> list[Sequence[str]]:
    """Return stories that say `sentences`, each about another place, besides something of their own."""
    return [
        [" ".join(sentences).format(NAMES[n % len(NAMES)]), f"Only {chr(97 + n % 26) * 7} {n} ends it."]
        for n in range(number)
    ]


class TestFinding:
    def test_a_phrase_with_other_names_in_it_is_one_phrase(self) -> None:
        """What stays the same around changing names and figures is found, once and at full length."""
        found = worn(stories(12, "On {} the words that return are “weights” and “terms”."))
        assert [phrase for phrase in found.phrases if "words" in phrase] == [
            "on … the words that return are … and …"
        ]
        assert "on … the" in found.openings

    def test_what_stands_in_quotation_marks_is_not_ours(self) -> None:
        """Words of records wear nothing out, however often they are quoted."""
        found = worn(stories(12, "{} wrote: “This changes everything for small shops everywhere.”"))
        assert not any("changes" in phrase for phrase in found.phrases)
        assert "changes" not in found.words

    def test_a_word_in_every_story_is_worn_and_plain_reporting_is_not(self) -> None:
        """A narrator's pet word is found; the words that reporting needs are let be."""
        found = worn(stories(12, "There is palpable tension in the posts on {}."))
        assert {"palpable", "tension"} <= set(found.words)
        assert "posts" not in found.words

    def test_little_repetition_is_none(self) -> None:
        """A phrase in two stories of fifty is not worn, and a handful of stories wears nothing."""
        assert worn([*stories(2, "On {} the words that return are plain."), *stories(48)]).phrases == ()
        assert worn(stories(4, "On {} the words that return are plain.")) == Worn()


class TestAvoiding:
    def test_a_worn_template_is_taken_last(self) -> None:
        """Of the sentences for a turn, one that is worn is used only when no fresh one is left."""
        fresh, *rest = BANK["dissent"]
        fields = {"Who": "One poster", "who": "one poster", "q": "“no”", "Q": "“No.”"}
        found = Worn(phrases=("… took the other side …",))
        book = Phrasebook("seed", found)
        told = [book.pick("dissent", fields).text for _ in range(len(rest) + 1)]
        assert "took the other side" in told[-1]
        assert is_worn("{Who} took the other side: {Q}", found)
        assert not is_worn(fresh, found)

    def test_a_story_differs_from_the_worn_ones(self) -> None:
        """After fifty stories like it, a brief is told with other openings than before."""
        plain = brief()
        before = assemble(plain)
        tired = worn([[paragraph.text for paragraph in before.paragraphs]] * 50)
        after = assemble(replace(plain, worn=tired))
        bodies = [" ".join(paragraph.text for paragraph in draft.paragraphs) for draft in (before, after)]
        assert bodies[0] != bodies[1]
        kept = sum(phrase in bodies[1] for phrase in tired.phrases)
        assert kept < len(tired.phrases)
