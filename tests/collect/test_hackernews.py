"""Hacker News against a loopback index and item server."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings

from bot.collect.hackernews import HackerNews, read_hit
from bot.domain.errors import InputError, SourceError
from bot.domain.record import Record, RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, broken, reply
from tests.factory import make_record

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

END = int(NOW.timestamp())
STORY: dict[str, Any] = {
    "objectID": "41000001",
    "author": "marlow",
    "created_at": "2026-03-02T11:59:00Z",
    "created_at_i": END - 60,
    "title": "Lantern 2 weights are out",
    "url": "https://lantern.example/2",
    "points": 12,
    "num_comments": 3,
    "story_id": 41000001,
    "_tags": ["story", "author_marlow", "story_41000001"],
    "_highlightResult": {"title": {"value": "Lantern 2 weights are out"}},
}
COMMENT: dict[str, Any] = {
    "objectID": "41000002",
    "author": "ines",
    "created_at_i": END - 30,
    "comment_text": "I read it.<p>The licence says &quot;field of use&quot;: "
    '<a href="https:&#x2F;&#x2F;lantern.example&#x2F;licence" rel="nofollow">lantern.example/lic...</a>',
    "story_id": 41000001,
    "story_title": "Lantern 2 weights are out",
    "parent_id": 41000001,
    "_tags": ["comment", "author_ines", "story_41000001"],
}


def _source(site: Site, fetcher: Fetcher) -> HackerNews:
    return HackerNews(fetcher, index=site.url, items=site.url)


def _bounds(request: Request) -> tuple[int, int]:
    after, until = request.query["numericFilters"].split(",")
    return int(after.removeprefix("created_at_i>")), int(until.removeprefix("created_at_i<="))


async def test_stories_and_comments_become_records(site: Site, fetcher: Fetcher) -> None:
    """A story keeps title, link and counts; a comment keeps its paragraphs, thread and parent."""
    site.answer = lambda _: reply({"hits": [STORY, COMMENT], "nbHits": 2})
    haul = await _source(site, fetcher).fetch("all", {"since": END - 600}, NOW)
    story, comment = haul.records
    assert (story.kind, story.title, story.text) == (RecordKind.POST, "Lantern 2 weights are out", "")
    assert (story.links, story.metrics) == (("https://lantern.example/2",), {"score": 12, "replies": 3})
    assert story.url == "https://news.ycombinator.com/item?id=41000001"
    assert story.opens_thread
    assert comment.text == 'I read it.\n\nThe licence says "field of use": lantern.example/lic...'
    assert (comment.kind, comment.title) == (RecordKind.COMMENT, None)
    assert (comment.parent, comment.root, comment.thread) == ("41000001", "41000001", story.id)
    assert comment.links == ("https://lantern.example/licence",)
    assert haul.cursor == {"since": max(STORY["created_at_i"], COMMENT["created_at_i"])}
    assert haul.heard_until is None
    assert site.requests[0].query["tags"] == "(story,comment)"


async def test_time_is_walked_without_gaps(site: Site, fetcher: Fetcher) -> None:
    """Windows overlap, and the cursor moves to the newest of what the last one held."""
    site.answer = lambda _: reply({"hits": [{**STORY, "created_at_i": END}]})
    haul = await _source(site, fetcher).fetch("all", {"since": END - 3 * 3_600}, NOW)
    windows = [_bounds(request) for request in site.requests]
    assert windows[0][0] < END - 3 * 3_600
    assert all(later[0] < earlier[1] for earlier, later in itertools.pairwise(windows))
    assert windows[-1][1] == END == haul.cursor["since"]
    assert haul.next_check_at is None


async def test_a_full_window_is_read_in_parts(site: Site, fetcher: Fetcher) -> None:
    """When a window holds 1,000 hits, more than the index gives, it is halved until all fit."""
    made = [{**STORY, "objectID": str(n), "created_at_i": END - n} for n in range(2_400)]

    def answer(request: Request) -> Reply:
        after, until = _bounds(request)
        hits = [hit for hit in made if after < hit["created_at_i"] <= until]
        # The body limit of these tests is small, so a hit carries only what the test needs.
        return reply(
            {
                "hits": [
                    {k: hit[k] for k in ("objectID", "author", "created_at_i", "title")}
                    for hit in hits[:1_000]
                ]
            }
        )

    site.answer = answer
    hackernews, cursor, seen = _source(site, fetcher), {"since": END - 2_399}, set[str]()
    for _ in range(9):
        haul = await hackernews.fetch("all", cursor, NOW)
        cursor = dict(haul.cursor)
        seen |= {record.native_id for record in haul.records}
        if cursor["since"] == END:
            break
    assert len(seen) == 2_400


async def test_a_long_outage_is_caught_up_in_steps_and_told(site: Site, fetcher: Fetcher) -> None:
    """After four days the last two are read in several visits, and what is missing is said."""
    site.answer = lambda request: reply({"hits": [{**STORY, "created_at_i": _bounds(request)[1]}]})
    haul = await _source(site, fetcher).fetch("all", {"since": END - 4 * 86_400}, NOW)
    (gap,) = haul.gaps
    assert (gap.start.timestamp(), gap.end.timestamp()) == (END - 4 * 86_400, END - 2 * 86_400)
    assert haul.heard_until is not None
    assert haul.heard_until.timestamp() == haul.cursor["since"]
    assert END - 2 * 86_400 < haul.cursor["since"] < END
    assert haul.next_check_at is not None
    assert haul.next_check_at < NOW + timedelta(minutes=1)


async def test_what_an_index_that_stood_still_brings_later_is_heard(site: Site, fetcher: Fetcher) -> None:
    """While the index answers and holds nothing new, the cursor waits for it, and the source lags."""
    hours = 3_600
    site.answer = lambda _: reply({"hits": [{**STORY, "created_at_i": END - 2 * hours}]})
    haul = await _source(site, fetcher).fetch("all", {"since": END - 2 * hours}, NOW)
    assert haul.cursor == {"since": END - 2 * hours}
    assert haul.heard_until == NOW - timedelta(hours=2)
    late = {**STORY, "objectID": "41000007", "created_at_i": END - hours}
    site.answer = lambda request: reply(
        {"hits": [late] if _bounds(request)[0] < late["created_at_i"] <= _bounds(request)[1] else []}
    )
    caught = await _source(site, fetcher).fetch("all", haul.cursor, NOW)
    assert [record.native_id for record in caught.records] == ["41000007"]


async def test_a_hole_in_the_index_is_passed_and_told(site: Site, fetcher: Fetcher) -> None:
    """A stretch in which the index holds nothing, longer than one visit reads, is a gap and no end."""
    site.answer = lambda _: reply({"hits": []})
    haul = await _source(site, fetcher).fetch("all", {"since": END - 86_400}, NOW)
    (gap,) = haul.gaps
    assert (gap.start.timestamp(), gap.end.timestamp()) == (END - 86_400, haul.cursor["since"])
    assert END - 86_400 < haul.cursor["since"] < END


async def test_what_was_read_before_a_failure_is_kept(site: Site, fetcher: Fetcher) -> None:
    """When a later window fails, the earlier ones are handed over with the cursor that covers them."""

    def answer(_request: Request) -> Reply:
        return reply({"hits": [STORY]}) if len(site.requests) == 1 else reply(status=503, retry_after="90")

    site.answer = answer
    haul = await _source(site, fetcher).fetch("all", {"since": END - 6 * 3_600}, NOW)
    assert len(haul.records) == 1
    assert haul.cursor["since"] < END
    assert haul.next_check_at == NOW + timedelta(seconds=90)
    with pytest.raises(SourceError):
        await _source(site, fetcher).fetch("all", haul.cursor, NOW)


async def test_a_bad_hit_does_not_stop_the_others(site: Site, fetcher: Fetcher) -> None:
    """Hits that cannot be read are counted; emptied ones are gone; the rest arrive."""
    broken_hits = [
        7,
        {"objectID": "x/../1", "created_at_i": 5, "author": "a"},
        {**STORY, "objectID": "3", "created_at_i": 0},
    ]
    emptied = {"objectID": "41000009", "created_at_i": END, "author": None, "comment_text": None}
    site.answer = lambda _: reply({"hits": [*broken_hits, emptied, COMMENT]})
    haul = await _source(site, fetcher).fetch("all", {"since": END - 60}, NOW)
    assert haul.bad == 3
    assert haul.gone == ("hackernews:41000009",)
    assert [record.native_id for record in haul.records] == ["41000002"]


async def test_recheck_finds_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """Deleted and dead items are gone; others, unknown ones and odd ids are not."""
    items = {
        "1": {"id": 1, "deleted": True},
        "2": {"id": 2, "dead": True},
        "3": {"id": 3, "text": "x"},
        "4": None,
    }
    heard = [make_record(source="hackernews", native_id=number) for number in ("1", "2", "3", "4", "../5")]
    site.answer = lambda request: reply(items[request.path.removeprefix("/item/").removesuffix(".json")])
    gone = await _source(site, fetcher).recheck(heard, NOW)
    assert gone == ("hackernews:1", "hackernews:2")
    assert len(site.requests) == 4


@settings(max_examples=300, deadline=None)
@given(broken(COMMENT))
def test_no_hit_causes_another_error(raw: bytes) -> None:
    """Whatever a hit holds, it is a record, a deletion or InputError."""
    try:
        heard = read_hit(msgspec.Raw(raw), NOW)
    except InputError:
        return
    assert not isinstance(heard, Record) or json.dumps(heard.words)
