"""The commands that explain: what was decided about a storyline, and what a beat would match."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.data import opened
from bot.detect import twins
from bot.domain.text import squeeze
from tests.commands.cli import groundswell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Played

_BEATS = """
[topic]
name = "Artificial intelligence"
terms = ["language model"]

[[beat]]
slug = "pottery"
name = "Pottery"
description = "Kilns, clay and glazes."
terms = ["kiln", "glaze"]
"""

# A story of which an audit moved posts after it counted them, how many, and how many it counts.
_MOVED = """
    SELECT stories.id, sum(records.storyline_id != stories.storyline_id) AS moved, count(*)
    FROM stories JOIN counted ON story_id = stories.id JOIN records ON records.id = record_id
    WHERE person IS NOT NULL GROUP BY stories.id ORDER BY moved DESC LIMIT 1
"""


@pytest.fixture(scope="module")
def told(demo: Played) -> dict[str, Any]:
    """Give an entry of the wire that was told."""
    entry: dict[str, Any] = next(entry for entry in demo.json("wire") if entry["story"])
    return entry


@pytest.fixture(scope="module")
def explained(demo: Played, told: dict[str, Any]) -> dict[str, Any]:
    """Give what `why --json` says of its storyline."""
    found: dict[str, Any] = demo.json("why", told["storyline"])
    return found


def test_why_tells_all_that_was_decided(explained: dict[str, Any], told: dict[str, Any]) -> None:
    """All records, copies and moods of the storyline, each signal with its verdict, all that lies near."""
    assert explained["id"] == told["storyline"]
    (signal,) = (signal for signal in explained["signals"] if signal["id"] == told["id"])
    assert (signal["story"], signal["why"], signal["observed"]) == (
        told["story"],
        told["why"],
        told["observed"],
    )
    records = {record["id"]: record for record in explained["records"]}
    assert set(signal["evidence"]) <= records.keys()
    assert all(not records[record_id]["copy_of"] for record_id in signal["evidence"])
    people = sum(mood["people"] for mood in explained["moods"].values())
    assert 0 < people <= len(records)
    (counts,) = (one for one in explained["told"] if one["story"] == told["story"])
    assert counts["posts"] >= counts["people"] >= 12
    assert explained["near"]
    for near in explained["near"]:
        ratio = near["same_at"] / explained["joins_at"]
        assert any(ratio == pytest.approx(bar, abs=0.01) for bar in (twins.FACTOR, twins.NAMESAKE_FACTOR))
    own = {one["story"] for one in explained["told"]}
    assert all(near["story"] not in own for near in explained["near"])


def test_why_says_what_an_audit_moved_after_a_story_counted_it(demo: Played) -> None:
    """A story goes on counting what it counted; how much of that is on other storylines now is said."""
    with opened(demo.folder) as store:
        story, moved, posts = store.execute(_MOVED).fetchone()
    said = squeeze(demo.ask("why", story, columns=80).stdout)
    assert f"Told in {story}, which counts {posts} posts by" in said
    assert f"{moved} of them are on other storylines by now" in said


def test_why_takes_a_signal_or_a_story_too(
    demo: Played, explained: dict[str, Any], told: dict[str, Any]
) -> None:
    """Whatever id is at hand leads to its storyline, and the terminal says the same as the document."""
    assert demo.json("why", told["id"]) == explained
    done = demo.ask("why", told["story"], columns=80)
    assert (done.returncode, done.stderr) == (0, "")
    shown = squeeze(done.stdout)
    assert explained["label"] in shown
    assert all(signal["why"] in shown for signal in explained["signals"])
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_why_says_what_a_story_was_told_as(demo: Played) -> None:
    """A story that goes on with another one is there with what it was told as, not as told alone."""
    story = next(
        entry["story"] for entry in demo.json("wire") if entry["story"] and entry["kind"] == "return"
    )
    assert f"told in {story} as an update" in squeeze(demo.ask("why", story, columns=80).stdout)


def test_why_says_where_ids_are_found(demo: Played) -> None:
    """An id that leads nowhere is an error that says where ids are shown."""
    done = demo.ask("why", "nothing")
    assert done.returncode == 1
    assert "groundswell wire --json" in done.stderr


def test_a_beat_can_be_tried_on_the_store(demo: Played) -> None:
    """`beats try` lists what of the store the beat would get, best first, with what speaks for each."""
    found = demo.json("beats", "try", "law")
    scores = [match["score"] for match in found["matches"]]
    assert 0 < found["matched"] == len(scores) < found["looked_at"]
    assert scores == sorted(scores, reverse=True)
    assert {"ruling", "court", "judge"} & {term for match in found["matches"][:5] for term in match["terms"]}


def test_a_beat_is_tried_as_it_is_written_now(tmp_path: Path) -> None:
    """A beat of the operator's own file, tried on recordings, matches what its terms say and nothing else."""
    said = {"source": "fictional", "kind": "post", "author": {"id": "mira", "handle": "mira"}}
    said |= {"created_at": "2026-03-02T12:00:00Z"}
    texts = ("A language model now runs my kiln.", "My kiln is cold.", "A language model wrote this.")
    lines = [
        json.dumps(said | {"native_id": str(n), "url": f"https://forum.example/{n}", "text": text})
        for n, text in enumerate(texts)
    ]
    (tmp_path / "said.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "beats.toml").write_text(_BEATS, encoding="utf-8")
    settings = {"beats_file": str(tmp_path / "beats.toml")}
    done = groundswell("beats", "try", "pottery", "--json", "said.jsonl", cwd=tmp_path, settings=settings)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["looked_at"], found["matched"]) == (3, 2)
    assert found["matches"][0]["terms"] == ["kiln", "language model"]
    wrong = groundswell("beats", "try", "potery", "said.jsonl", cwd=tmp_path, settings=settings)
    assert wrong.returncode == 1
    assert "there is no beat potery" in wrong.stderr
