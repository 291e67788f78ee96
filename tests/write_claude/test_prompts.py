"""What a model is told about its material is so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.brief import Worn
from bot.domain.story import Citation, Claim, ClaimKind, Paragraph
from bot.write import prompts, second_reading
from bot.write.request import desk_note, finished_story
from tests.fakes import anthropic as play
from tests.write.factory import brief as talk
from tests.write_claude.conftest import make_brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.write.claude import ClaudeWriter
    from tests.fakes.anthropic import FakeAnthropic


def test_every_number_is_explained() -> None:
    """The kind of each number that a brief can hold stands in the prompt that hands the numbers out."""
    made = talk()
    rare = ("votes:3", "early:quillon", "late:quillon", "ends", "copies", "farm", "new", "new-authors")
    counted = {**made.numbers, **dict.fromkeys(rare, 30.0)}
    note = json.loads(desk_note(replace(made, numbers=counted)))
    told = prompts.load("narrative")
    kinds = {key.split(":")[0].removesuffix("-elsewhere") for key in note["numbers"]}
    assert sorted(kind for kind in kinds if f'"{kind}' not in told) == []


def test_every_entry_of_the_note_is_named() -> None:
    """What the note holds beside the numbers is named, so that no list is taken for something else."""
    told = prompts.load("narrative")
    for entry in ("names", "terms", "gaps", "worn"):
        assert entry in json.loads(desk_note(talk()))
        assert entry in told


def test_the_packager_is_told_what_is_worn() -> None:
    """Headline and deck are kept from what recent stories wore out as the body is."""
    made = replace(talk(), worn=Worn(openings=("speakers weigh what",)))
    assert json.loads(finished_story(made, ()))["worn"]["openings"] == ["speakers weigh what"]
    assert "worn" in prompts.load("packaging")


def test_the_second_reader_is_told_who_speaks() -> None:
    """Only whoever sees that two records are one person's can tell a voice from a group."""
    made = make_brief()
    cited = tuple(Citation(item.marker, item.record.id, item.record.text) for item in made.records[:3])
    claim = Claim("p1s1", ClaimKind.COHORT, "Several people object.", cited)
    records = json.loads(second_reading.material(made, [claim]))["records"]
    speakers = [item.record.author_key for item in made.records[:3]]
    assert [[one["speaker"] == other["speaker"] for other in records] for one in records] == [
        [one == other for other in speakers] for one in speakers
    ]
    assert {"kind", "place"} <= set(records[0])


def test_the_packager_is_told_how_many_people_stand_behind_a_sentence() -> None:
    """Three records of one person are no group; only the number of people says so."""
    made = talk()
    one = made.records[0]
    same = replace(made.records[1], record=replace(made.records[1].record, author=one.record.author))
    made = replace(made, records=(one, same, *made.records[2:]))
    cited = tuple(Citation(item.marker, item.record.id, item.record.text) for item in (one, same))
    story = json.loads(
        finished_story(made, [Paragraph((Claim("p1s1", ClaimKind.NAMED, "It is so.", cited),))])
    )
    assert [sentence["people"] for sentence in story["sentences"]] == [1]


async def test_each_stage_is_told_its_own_faults(
    make_writer: Callable[..., ClaudeWriter], api: FakeAnthropic
) -> None:
    """A narrative is not sent back for its headline, nor a headline for a sentence of the body."""
    api.play(play.only("reading", lambda body: play.read(body, "not", ids=["headline"])))
    await make_writer().write(make_brief())
    stages = [play.stage(call) for call in api.requests]
    again = [call for call in api.requests if play.stage(call) in {"narrative", "packaging"}][2:]
    assert stages.count("packaging") == 2
    said = {play.stage(call): json.dumps(call["messages"]) for call in again}
    assert "sent_back" not in said["narrative"]
    assert "sent_back" in said["packaging"]
