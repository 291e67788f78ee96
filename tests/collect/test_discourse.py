"""Discourse forums against a loopback forum."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings

from bot.collect.discourse import Discourse, read_post
from bot.domain.errors import InputError, SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, broken, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

OPENER: dict[str, Any] = {
    "id": 901,
    "name": "Ines Roth",
    "username": "ines_r",
    "user_id": 17,
    "created_at": "2026-03-02T10:00:00.123Z",
    "cooked": "<p>Lantern 2 loads <em>twice</em> as slow.</p>\n"
    '<p>See <a href="/t/old/4">the old topic</a>.</p>',
    "post_number": 1,
    "post_type": 1,
    "reply_to_post_number": None,
    "reply_count": 2,
    "reads": 40,
    "topic_id": 55,
    "topic_slug": "lantern-2-loads-slowly",
    "topic_title": "Lantern 2 loads slowly",
    "hidden": False,
    "user_deleted": False,
    "deleted_at": None,
}
ANSWER: dict[str, Any] = {
    **OPENER,
    "id": 905,
    "username": "marlow",
    "user_id": 3,
    "post_number": 4,
    "reply_to_post_number": 2,
    "cooked": '<aside class="quote"><blockquote>as slow</blockquote></aside><p>Here too.</p>',
}
FORUM = "https://forum.example"


def _forum(numbers: range) -> Any:
    """Answer like a forum whose posts have these ids: pages of 50, newest first."""

    def answer(request: Request) -> Reply:
        before = int(request.query.get("before", 10**9))
        page = [n for n in reversed(numbers) if n < before][:50]
        return reply({"latest_posts": [{**ANSWER, "id": n, "post_number": n} for n in page]})

    return answer


async def test_posts_become_records(site: Site, fetcher: Fetcher) -> None:
    """Post number 1 is a post with its title; others are comments that name thread and parent."""
    site.answer = lambda request: reply(
        {"latest_posts": [] if "before" in request.query else [ANSWER, OPENER]}
    )
    haul = await Discourse(fetcher, [site.url]).fetch(site.url, {}, NOW)
    host = site.url.removeprefix("http://")
    comment, post = haul.records
    assert (post.kind, post.title, post.opens_thread) == (RecordKind.POST, "Lantern 2 loads slowly", True)
    assert post.text == "Lantern 2 loads twice as slow.\n\nSee the old topic."
    assert post.links == (f"{site.url}/t/old/4",)
    assert post.url == f"{site.url}/t/lantern-2-loads-slowly/55/1"
    assert (post.native_id, post.community) == (f"{host}/55/1", host)
    assert (post.author.id, post.author.handle) == (f"{host}/17", "ines_r")
    assert (comment.kind, comment.title, comment.text) == (RecordKind.COMMENT, None, "Here too.")
    assert (comment.parent, comment.thread) == (f"{host}/55/2", post.id)
    assert haul.cursor == {"floor": 905}


async def test_walk_goes_back_to_the_cursor(site: Site, fetcher: Fetcher) -> None:
    """Pages are read until the last known post; every newer one arrives once."""
    site.answer = _forum(range(1, 331))
    haul = await Discourse(fetcher, [site.url]).fetch(site.url, {"floor": 200}, NOW)
    assert {int(record.native_id.rpartition("/")[2]) for record in haul.records} >= set(range(201, 331))
    assert haul.cursor == {"floor": 330}
    assert len(site.requests) == 3


async def test_a_long_walk_goes_on_at_the_next_visit(site: Site, fetcher: Fetcher) -> None:
    """More posts than one visit reads are all read by the following ones, and new ones are not lost."""
    source, cursor, seen = Discourse(fetcher, [site.url]), {"floor": 100}, set[str]()
    for newest in (1_400, 1_410, 1_420, 1_430):
        site.answer = _forum(range(1, newest))
        haul = await source.fetch(site.url, cursor, NOW)
        seen |= {record.native_id.rpartition("/")[2] for record in haul.records}
        cursor = dict(haul.cursor)
        if "before" in cursor:
            assert haul.next_check_at == NOW + timedelta(seconds=15)
    assert {int(number) for number in seen} >= set(range(101, 1_430))
    assert cursor == {"floor": 1_429}


async def test_first_visit_reads_little(site: Site, fetcher: Fetcher) -> None:
    """The first visit takes four pages, not the whole history."""
    site.answer = _forum(range(1, 9_000))
    haul = await Discourse(fetcher, [site.url]).fetch(site.url, {}, NOW)
    assert (len(site.requests), haul.cursor) == (4, {"floor": 8_999})


async def test_unchanged_forum_is_not_read(site: Site, fetcher: Fetcher) -> None:
    """With the validator of the last visit, 304 ends the visit and keeps the cursor."""
    site.answer = lambda request: (
        reply(status=304)
        if request.headers.get("if-none-match") == 'W/"7"'
        else reply({"latest_posts": [ANSWER]}, etag='W/"7"', cache_control="max-age=3600")
    )
    source = Discourse(fetcher, [site.url])
    first = await source.fetch(site.url, {"floor": 900}, NOW)
    assert first.next_check_at == NOW + timedelta(hours=1)
    second = await source.fetch(site.url, first.cursor, NOW)
    assert second.not_modified
    assert dict(second.cursor) == dict(first.cursor)


async def test_what_was_taken_back_is_gone(site: Site, fetcher: Fetcher) -> None:
    """Deleted, hidden and withdrawn posts are gone; notices and pictures nothing; bad ones are counted."""
    posts = [
        {**ANSWER, "id": 11, "post_number": 11, "deleted_at": "2026-03-02T11:00:00Z"},
        {**ANSWER, "id": 12, "post_number": 12, "hidden": True},
        {**ANSWER, "id": 13, "post_number": 13, "user_deleted": True},
        {**ANSWER, "id": 14, "post_number": 14, "post_type": 3},
        {**ANSWER, "id": 15, "post_number": 15, "cooked": "<img src=x>"},
        {**ANSWER, "id": 16, "post_number": "sixteen"},
        {**ANSWER, "id": 17, "post_number": 17, "created_at": "1970-01-01T00:00:00Z"},
        {**ANSWER, "id": 18, "post_number": 18},
    ]
    site.answer = lambda _: reply({"latest_posts": posts})
    haul = await Discourse(fetcher, [site.url]).fetch(site.url, {"floor": 15}, NOW)
    assert [gone.rpartition("/")[2] for gone in haul.gone] == ["11", "12", "13"]
    assert [record.native_id.rpartition("/")[2] for record in haul.records] == ["18"]
    assert haul.bad == 2
    assert haul.cursor == {"floor": 18}


@pytest.mark.parametrize(
    "body", [b"<!doctype html>", b"{}", b'{"latest_posts": 5}', b"", b'{"latest_posts": [{]}']
)
async def test_a_forum_that_sends_something_else_fails(site: Site, fetcher: Fetcher, body: bytes) -> None:
    """A page that is not a list of posts is a failure of the source."""
    site.answer = lambda _: reply(body)
    with pytest.raises(SourceError):
        await Discourse(fetcher, [site.url]).fetch(site.url, {}, NOW)


@settings(max_examples=300, deadline=None)
@given(broken(ANSWER))
def test_no_post_causes_another_error(raw: bytes) -> None:
    """Whatever a post holds, it is a record, a deletion, nothing or InputError."""
    try:
        read_post(msgspec.Raw(raw), FORUM, NOW)
    except InputError:
        return
