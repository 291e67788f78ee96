"""The benchmarks count what they say they count, and say what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import planted, quotes, relevance, repeats, replay
from benchmarks.data import recordings
from benchmarks.measure import Measure
from bot.domain.story import StoryState
from bot.store import records, stories
from bot.store.engine import open_store, sqlite_url
from tests.factory import NOON, make_record
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.record import Record
    from bot.domain.story import Draft, Story
    from bot.store.engine import Store


async def _publish(store: Store, draft: Draft | None = None) -> list[Record]:
    """Store a published story (with `draft`, if given) and return the records it cites."""
    async with store.write() as connection:
        said = await furnish(connection)
        story: Story = make_story(said, state=StoryState.APPROVED)
        await stories.create(connection, replace(story, draft=draft) if draft else story)
        await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=NOON)
    return said


def _with_headline(text: str) -> Draft:
    draft = make_story([]).draft
    return replace(draft, headline=replace(draft.headline, text=text))


async def test_verbatim_quotes_pass_and_erased_ones_are_counted_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Quotes that stand in their records pass; those of a record that was taken back are no miss."""
    store = await open_store(sqlite_url(tmp_path))
    said = await _publish(store)
    assert quotes.audit(tmp_path) == quotes.Audit(stories=1, citations=4)
    async with store.write() as connection:
        await records.erase(connection, [said[0].id], NOON)
    await store.close()
    assert quotes.audit(tmp_path) == quotes.Audit(stories=1, citations=2, erased=2)
    assert quotes.main([str(tmp_path)]) == 0
    assert "0 of them not verbatim" in capsys.readouterr().out


async def test_an_invented_quote_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A quotation that no cited record holds is named, and the script fails."""
    store = await open_store(sqlite_url(tmp_path))
    await _publish(store, _with_headline("They call it “the end of laptops”"))
    await store.close()
    assert quotes.audit(tmp_path).share == 0.0
    assert quotes.main([str(tmp_path)]) == 1
    assert "the end of laptops" in capsys.readouterr().err


async def test_a_story_is_about_what_most_of_its_records_are_about(tmp_path: Path) -> None:
    """The majority of the cited records names the matter; without one the story is about none."""
    store = await open_store(sqlite_url(tmp_path))
    said = await _publish(store)
    await store.close()
    truth = {
        "stories": [
            {"key": "heron", "tell": True, "record_ids": [record.id for record in said[:2]]},
            {"key": "farm", "tell": False, "record_ids": [said[2].id]},
        ]
    }
    week = planted.read_week(truth, tmp_path)
    assert (week.told, week.found, week.right, week.wrong) == ([("heron", False)], 1, 1, 0)
    truth["stories"][0]["record_ids"] = [said[0].id]
    assert planted.read_week(truth, tmp_path).told == [("", False)]


def test_a_repeat_is_a_second_story_that_is_no_update() -> None:
    """Telling a matter again counts once for each story that does not say it is an update."""
    week = planted.Week(frozenset({"a"}), frozenset(), [("a", False), ("a", True), ("a", False), ("", False)])
    assert (week.found, week.repeats, week.right) == (1, 1, 3)


def test_a_measure_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A measure is one JSON line on stdout with the agreed keys; a missed target is told on stderr."""
    Measure("replay/memory", 900.0, "MB", 700, least=False).show()
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {
        "name": "replay/memory",
        "value": 900.0,
        "unit": "MB",
        "target": 700,
        "beside": {},
    }
    assert "misses" in shown.err


def test_an_unknown_name_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """A benchmark that does not exist ends with 2, and the known names are told."""
    with pytest.raises(SystemExit) as ending:
        command.main(["nope"])
    assert ending.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in command.BENCHMARKS)


def test_missing_data_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the data a benchmark needs it says so and ends with 3."""
    monkeypatch.setattr(replay, "recordings", lambda: recordings(tmp_path))
    assert command.main(["replay"]) == 3
    assert str(tmp_path) in capsys.readouterr().err
    assert quotes.main([str(tmp_path)]) == 3
    (tmp_path / "groundswell.db").write_bytes(b"no database at all, only words")
    assert quotes.main([str(tmp_path)]) == 3


async def test_two_stories_that_share_a_word_are_read_unless_one_goes_on(tmp_path: Path) -> None:
    """A pair is listed for a shared word of the label; an update and what it continues are one."""
    store = await open_store(sqlite_url(tmp_path))
    await _publish(store)
    await store.close()
    (story,) = repeats.told(tmp_path)
    again, apart = (
        replace(story, id="again", updates=story.id),
        replace(story, id="apart", names=frozenset(), links=frozenset()),
    )
    assert not list(repeats.pairs([story, again]))
    named = replace(story, names=frozenset({"heron"}))
    others = [replace(apart, id=f"other{number}") for number in range(4)]
    found = [shared for *_, shared in repeats.pairs([named, replace(named, id="new"), *others])]
    assert found == [["heron"]]
    assert not list(repeats.pairs([named, apart]))


def test_a_record_that_was_seldom_drawn_counts_for_many() -> None:
    """Of what the gate kept all is right; one dropped record that stands for nine costs nine tenths."""
    sample = [
        relevance.Labelled(make_record(), "kept", 1.0, about=True),
        relevance.Labelled(make_record(), "dropped", 9.0, about=True),
    ]
    assert relevance.rates(sample, np.array([True, False])) == (1.0, 0.1)
