"""Near-copies: one text in many mouths counts once, and people who merely agree are no copies."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from importlib.resources import files
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.interchange import parse_line
from bot.detect.copies import Copies, own, sketch
from bot.detect.reading import Reading
from bot.detect.tokens import words
from tests.factory import NOON, make_record

_PRESS = (
    "Basalt Systems today announced the general availability of Basalt Answer, the first assistant "
    "that helps businesses of every size to answer their customers in seconds and at a fraction of "
    "the usual price."
)
_DEMO = files("bot.demo")
_LATER = NOON + timedelta(days=30)


def _families(texts: list[str]) -> list[str]:
    copies, number = Copies(), count()
    return [copies.family(f"r{next(number)}", NOON, sketch(words(own(text)))) for text in texts]


@pytest.mark.parametrize(
    "copy",
    [
        _PRESS.upper(),
        f"{_PRESS} https://basalt.example/launch #ad",
        f"@wren.example {_PRESS}",
        _PRESS.replace("today", "this morning"),
        _PRESS.replace("in seconds", "within seconds").replace("of every size ", ""),
    ],
)
def test_a_text_with_a_few_words_changed_joins_the_family(copy: str) -> None:
    """Letter case, links, mentions, hashtags and a few changed words do not make a text a new one."""
    assert _families([_PRESS, "Something else is said here about kettles and the price of tea.", copy]) == [
        "r0",
        "r1",
        "r0",
    ]


def test_a_copy_of_a_copy_belongs_to_the_first() -> None:
    """A family is called after its first record, however many copies follow."""
    assert set(_families([_PRESS] * 20)) == {"r0"}


def test_short_texts_said_by_many_are_no_copies() -> None:
    """What many say independently in a few words ("this is the way") counts each time."""
    texts = ["This is the way, honestly."] * 5
    assert _families(texts) == ["r0", "r1", "r2", "r3", "r4"]


def test_two_people_on_one_matter_are_no_copies() -> None:
    """Two texts about the same thing in their own words stay apart."""
    other = (
        "So Basalt Systems has a thing called Basalt Answer now. We tried it on our customers for a week and "
        "the answers came in seconds, but half of them were about somebody else's order."
    )
    assert _families([_PRESS, other]) == ["r0", "r1"]


def test_texts_that_share_a_passage_are_no_copies() -> None:
    """Two texts of which half is the same, as when both quote a third, stay apart."""
    words = [f"{first}{second}" for first in ("ka", "lo", "mi", "nu", "re") for second in "abcdefghijklmnop"]
    for seed in range(40):
        chosen = Random(seed).sample(words, 60)
        shared, one, other = " ".join(chosen[:20]), " ".join(chosen[20:40]), " ".join(chosen[40:])
        assert _families([f"{shared} {one}", f"{shared} {other}"]) == ["r0", "r1"], seed


@pytest.mark.parametrize("mark", ["> ", ">", "&gt; "])
def test_an_answer_below_a_quoted_text_is_no_copy(mark: str) -> None:
    """What a reply quotes is not its own; a quote that adds nothing is a copy as a repost is."""
    quoted = f"{mark}{_PRESS}"
    answered = f"{quoted}\n\nSame here, it broke our build and we rolled back by noon."
    assert _families([_PRESS, answered, f"{quoted}\n\nWhat a shame.", quoted]) == ["r0", "r1", "r2", "r0"]


def test_a_reading_knows_an_answer_from_a_copy() -> None:
    """Noticing draws the sketch of what a record says itself, also in the process that reads ahead."""
    post = make_record(title="Basalt Answer is here", text=_PRESS)
    answer = make_record(text=f"> {_PRESS}\n\nSame here, it broke our build and we rolled back by noon.")
    copies = Copies()
    families = [copies.family(one.id, NOON, Reading(one).whole().sketch) for one in (post, answer)]
    assert families == [post.id, answer.id]


@given(st.lists(st.text(max_size=200), max_size=12))
def test_any_texts_get_a_family_among_those_seen(texts: list[str]) -> None:
    """Whatever the text is, its family is a record heard no later, and the founder's family is itself."""
    families = _families(texts)
    for number, family in enumerate(families):
        assert int(family[1:]) <= number
        assert families[int(family[1:])] == family


def test_the_demos_copied_press_release_and_farm_shrink_to_a_handful() -> None:
    """Of the demo's copied and farmed texts at least two thirds fall into families."""
    truth = json.loads(_DEMO.joinpath("truth.json").read_text(encoding="utf-8"))
    with gzip.open(str(_DEMO.joinpath("week.jsonl.gz"))) as lines:
        records = {record.id: record for record in (parse_line(line, not_after=_LATER) for line in lines)}
    for story in truth["stories"]:
        said = [records[record_id] for record_id in story["record_ids"]]
        copies = Copies()
        originals = {
            copies.family(record.id, record.created_at, sketch(words(record.words))) for record in said
        }
        if story["shape"] in {"copies", "farm"}:
            assert len(originals) <= len(said) / 3, story["key"]
        else:
            assert len(originals) >= 0.9 * len(said), story["key"]
