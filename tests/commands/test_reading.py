"""The commands that read: what they show, and the documents they give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot.detect import beats
from bot.domain.text import squeeze

if TYPE_CHECKING:
    from tests.commands.conftest import Played

Stories = list[dict[str, Any]]

_STORY = {
    "id", "version", "state", "beat", "headline", "deck", "paragraphs", "fidelity", "writer", "model",
    "disclaimer", "signal", "publications",
}  # fmt: skip
_CLAIM = {"id", "kind", "text", "numbers", "citations"}
_CITATION = {"marker", "record_id", "quote", "url", "author", "source", "created_at"}
_SOURCE = _CITATION | {"community"}


@pytest.fixture(scope="session")
def story(demo: Played, stories: Stories) -> dict[str, Any]:
    """Give the newest story whole, as `story show --json` tells it."""
    found: dict[str, Any] = demo.json("story", "show", stories[0]["id"])
    return found


def test_the_list_shows_every_story(demo: Played, stories: Stories) -> None:
    """`story list` shows each story with beat and id, newest first, in 80 columns as in 120."""
    dates = [story["published_at"] for story in stories]
    assert dates == sorted(dates, reverse=True)
    for columns in (80, 120):
        done = demo.ask("story", "list", columns=columns)
        assert (done.returncode, done.stderr) == (0, "")
        assert all(story["id"] in done.stdout and story["beat"] in done.stdout for story in stories)
        assert max(map(len, done.stdout.splitlines())) <= columns


def test_a_story_keeps_the_contract(story: dict[str, Any], stories: Stories) -> None:
    """`story show --json` has every key of the contract, down to the last citation."""
    assert story.keys() >= _STORY
    assert (story["id"], story["headline"]) == (stories[0]["id"], stories[0]["headline"])
    assert story["signal"].keys() >= {"kind", "evidence", "baseline"}
    assert story["publications"][0]["channel"] == "site"
    assert (story["writer"], story["model"]) == ("extractive", None)
    assert 3 <= len(story["paragraphs"]) <= 6
    claims = [claim for paragraph in story["paragraphs"] for claim in paragraph["claims"]]
    assert all(claim.keys() == _CLAIM for claim in claims)
    citations = [citation for claim in claims for citation in claim["citations"]]
    assert citations
    assert all(citation.keys() == _CITATION for citation in citations)
    assert all(citation["quote"] and citation["url"] for citation in citations)
    assert {citation["record_id"] for citation in citations} & set(story["signal"]["evidence"])


def test_a_story_can_be_read_in_the_terminal(demo: Played, story: dict[str, Any]) -> None:
    """`story show` shows the whole thread and the whole message."""
    done = demo.ask("story", "show", story["id"])
    assert (done.returncode, done.stderr) == (0, "")
    shown = squeeze(done.stdout.replace("│", " "))
    assert story["headline"] in shown
    assert story["paragraphs"][0]["claims"][0]["text"] in shown
    assert story["disclaimer"] in shown


def test_the_wire_tells_what_became_of_each_signal(demo: Played, stories: Stories) -> None:
    """Each story is on the wire with its measured numbers; the rest says why nothing was told."""
    wire = demo.json("wire")
    assert {entry["story"] for entry in wire if entry["story"]} >= {story["id"] for story in stories}
    assert all(entry["observed"] > entry["expected"] > 0 for entry in wire)
    assert all(entry["story"] or entry["reason"] or entry["state"] == "open" for entry in wire)
    done = demo.ask("wire", columns=80)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(entry["label"] in squeeze(done.stdout) for entry in wire)


def test_the_beats_are_those_of_the_book(demo: Played) -> None:
    """`beats` names every beat with what it covers."""
    book = beats.load().beats
    told = demo.json("beats")
    assert [beat["slug"] for beat in told] == [beat.slug for beat in book]
    assert all(beat["description"] and beat["terms"] for beat in told)
    shown = demo.ask("beats", columns=80).stdout
    assert all(beat.slug in shown for beat in book)
    assert max(map(len, shown.splitlines())) == 80


def test_the_sources_of_a_story_are_its_citations(demo: Played, story: dict[str, Any]) -> None:
    """The question for the sources gives each claim of the story with exactly what it cites."""
    answer = demo.json("ask", story["id"], "what are the sources?")
    assert (answer["story"], answer["sourced"]) == (story["id"], True)
    given = {claim["id"]: claim for claim in answer["claims"]}
    for paragraph in story["paragraphs"]:
        for claim in paragraph["claims"]:
            if claim["citations"]:
                sources = given[claim["id"]]["citations"]
                assert all(source.keys() == _SOURCE for source in sources)
                assert [source["quote"] for source in sources] == [c["quote"] for c in claim["citations"]]


def test_a_post_is_answered_for_itself(demo: Played, story: dict[str, Any]) -> None:
    """With --post only the claims of that post are answered for, as on Bluesky; a wrong number is told."""
    answer = demo.json("ask", story["id"], "source?", "--post", "3")
    whole = demo.json("ask", story["id"], "source?")
    ids = [claim["id"] for claim in answer["claims"]]
    assert ids
    assert set(ids) < {claim["id"] for claim in whole["claims"]}
    assert demo.json("ask", story["id"], "source?", "--post", "1") == whole
    beyond = demo.ask("ask", story["id"], "source?", "--post", "99")
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert "there is no post 99" in beyond.stderr


def test_an_answer_can_be_read_and_followed(demo: Played, story: dict[str, Any]) -> None:
    """In the terminal each quote stands with a link that is never broken, and no line runs over."""
    done = demo.ask("ask", story["id"], "what are the sources?", columns=80)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    cited = [c for p in story["paragraphs"] for claim in p["claims"] for c in claim["citations"]]
    assert {c["url"] for c in cited} <= {line.strip() for line in lines}
    assert all(c["quote"] in squeeze(done.stdout) for c in cited if "\n" not in c["quote"])
    assert max(len(line) for line in lines if "https://" not in line) <= 80


def test_a_free_question_is_answered_from_the_records_or_not_at_all(
    demo: Played, story: dict[str, Any]
) -> None:
    """A question about the matter gets claims with sources; one about anything else gets none."""
    known = demo.json("ask", story["id"], "What was said about the threshold of Gradewise?")
    assert known["sourced"]
    assert all(claim["citations"] for claim in known["claims"])
    unknown = demo.json("ask", story["id"], "Will the zeppelin land in Lisbon?")
    assert (unknown["sourced"], unknown["claims"]) == (False, [])
    assert "no source" in unknown["text"]


@pytest.mark.parametrize("call", [("ask", "no-such-story", "source?"), ("story", "show", "no-such-story")])
def test_an_unknown_story_is_a_sentence(demo: Played, call: tuple[str, ...]) -> None:
    """A story there is not ends with 1 and says where the ids are."""
    done = demo.ask(*call, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "groundswell: there is no story no-such-story: `groundswell story list` shows those there are\n"
    )


def test_the_doctor_says_what_fails_and_what_to_do(demo: Played) -> None:
    """Without network every source is failing with what to do, the rest is ok or off, and the code is 1."""
    done = demo.ask("doctor", "--json")
    findings = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    verdicts = {finding["name"]: finding["verdict"] for finding in findings}
    assert set(verdicts.values()) == {"ok", "off", "failing"}
    failing = {finding["name"] for finding in findings if finding["verdict"] == "failing"}
    assert failing == {f"source: {name}" for name in ("bluesky", "hackernews", "discourse", "rss", "arxiv")}
    assert all(
        finding["detail"] and (finding["verdict"] != "failing" or finding["todo"]) for finding in findings
    )
    assert (verdicts["store"], verdicts["source: reddit"]) == ("ok", "off")
    shown = demo.ask("doctor", columns=80)
    assert (shown.returncode, shown.stderr) == (1, "")
    assert all(name in shown.stdout for name in verdicts)
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_a_report_shows_every_check(demo: Played, story: dict[str, Any]) -> None:
    """`story show --report` gives each check of each claim: what it looked at, and its verdict."""
    found = demo.json("story", "show", story["id"], "--report")
    claims = {claim["id"] for paragraph in story["paragraphs"] for claim in paragraph["claims"]}
    assert {row["claim"] for row in found["checks"]} == claims | {"headline", "deck", None}
    assert all(row["passed"] and row["looked_at"] for row in found["checks"])
    done = demo.ask("story", "show", story["id"], "--report")
    assert (done.returncode, done.stderr) == (0, "")
    assert "passed  verbatim" in done.stdout


def test_what_no_model_wrote_cost_nothing(demo: Played, story: dict[str, Any]) -> None:
    """`cost` shows an empty book, and a story assembled without a model has no spend."""
    assert demo.json("cost")["today"]["micro_dollars"] == 0
    assert story["spend"]["calls"] == 0
