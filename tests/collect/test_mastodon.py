"""Mastodon timelines against a loopback instance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.mastodon import Mastodon
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

STATUS: dict[str, Any] = {
    "id": "117000000000000001",
    "created_at": "2026-03-02T11:30:00.000Z",
    "in_reply_to_id": None,
    "spoiler_text": "",
    "visibility": "public",
    "language": "en",
    "uri": "https://village.example/users/mira/statuses/1",
    "url": "https://village.example/@mira/1",
    "replies_count": 2,
    "reblogs_count": 1,
    "favourites_count": 5,
    "content": '<p>Lantern 2 <a href="https://village.example/tags/lantern">#lantern</a> is out: '
    '<a href="https://lantern.example/2">lantern.example</a></p>',
    "reblog": None,
    "account": {"acct": "mira", "noindex": False, "discoverable": True},
    "tags": [{"name": "lantern", "url": "https://village.example/tags/lantern"}],
    "mentions": [],
    "card": {"url": "https://lantern.example/2", "title": "Lantern 2"},
}


def _timeline(numbers: range) -> Any:
    """Answer like an instance whose statuses have these ids: what follows `min_id`, newest first."""

    def answer(request: Request) -> Reply:
        after = request.query.get("min_id")
        known = [n for n in numbers if after is None or n > int(after)]
        page = known[:40] if after else known[-40:]
        return reply([{**STATUS, "id": str(n)} for n in reversed(page)])

    return answer


async def test_a_status_becomes_a_record(site: Site, fetcher: Fetcher) -> None:
    """Text without markup, links without tags and mentions, the full handle, the counts."""
    answer = {
        **STATUS,
        "id": "7",
        "in_reply_to_id": "3",
        "spoiler_text": "Long",
        "account": {"acct": "bo@b.example"},
    }
    site.answer = lambda _: reply([answer, STATUS])
    haul = await Mastodon(fetcher, []).fetch(f"{site.url}/tags/lantern", {}, NOW)
    host = site.url.removeprefix("http://")
    replied, post = haul.records
    assert (post.kind, post.text) == (RecordKind.POST, "Lantern 2 #lantern is out: lantern.example")
    assert post.links == ("https://lantern.example/2",)
    assert (post.native_id, post.community, post.lang) == (f"{host}/117000000000000001", host, "en")
    assert post.author.handle == f"mira@{host}"
    assert post.metrics == {"replies": 2, "reposts": 1, "likes": 5}
    assert (replied.kind, replied.parent, replied.author.handle) == (
        RecordKind.COMMENT,
        f"{host}/3",
        "bo@b.example",
    )
    assert replied.text.startswith("Long\n\nLantern 2")
    assert not replied.opens_thread


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/tags/caf%C3%A9", "/api/v1/timelines/tag/caf%C3%A9"), ("", "/api/v1/timelines/public")],
)
async def test_an_address_names_a_timeline(site: Site, fetcher: Fetcher, path: str, asked: str) -> None:
    """The address of a tag is its timeline, that of an instance what is said on it."""
    site.answer = lambda _: reply([])
    await Mastodon(fetcher, []).fetch(f"{site.url}{path}", {}, NOW)
    assert site.paths == [asked]
    assert site.requests[0].query.get("local") == (None if path else "true")


async def test_who_does_not_want_to_be_found_is_not_heard(site: Site, fetcher: Fetcher) -> None:
    """Noindex and not discoverable are gone, boosts and what is not public nothing; bad ones are counted."""
    accounts = [{"acct": "a", "noindex": True}, {"acct": "b", "discoverable": False}]
    hidden = [{**STATUS, "id": str(n), "account": account} for n, account in enumerate(accounts, 1)]
    others = [
        {**STATUS, "id": "3", "reblog": STATUS},
        {**STATUS, "id": "4", "visibility": "unlisted"},
        {**STATUS, "id": "5", "created_at": "yesterday"},
        {**STATUS, "id": "6", "content": "<p></p>"},
        {**STATUS, "id": "7", "account": {"acct": "c", "discoverable": None}},
    ]
    site.answer = lambda _: reply([*hidden, *others])
    haul = await Mastodon(fetcher, []).fetch(f"{site.url}/tags/x", {}, NOW)
    assert [gone.rpartition("/")[2] for gone in haul.gone] == ["1", "2"]
    assert [record.native_id.rpartition("/")[2] for record in haul.records] == ["7"]
    assert haul.bad == 1
    assert haul.cursor == {"top": "7"}


async def test_nothing_is_missed_between_visits(site: Site, fetcher: Fetcher) -> None:
    """After an outage everything since the cursor arrives in order, over several visits if it must."""
    source, cursor, seen = Mastodon(fetcher, []), {"top": "100"}, set[str]()
    site.answer = _timeline(range(1, 700))
    for _ in range(4):
        haul = await source.fetch(f"{site.url}/tags/x", cursor, NOW)
        seen |= {record.native_id.rpartition("/")[2] for record in haul.records}
        cursor = dict(haul.cursor)
        if not haul.unfinished:
            break
        assert haul.next_check_at is not None
    assert {int(number) for number in seen} == set(range(101, 700))
    assert cursor == {"top": "699"}


@pytest.mark.parametrize(
    ("left", "reset", "wait"),
    [
        ("4", "2026-03-02T12:05:00.000Z", timedelta(minutes=5)),
        ("0", "2026-03-09T12:05:00.000Z", timedelta(hours=2)),
        ("0", "2026-03-02T11:00:00.000Z", timedelta()),
        ("200", "2026-03-02T12:05:00.000Z", timedelta(seconds=30)),
        ("0", "soon", timedelta(seconds=30)),
        ("none", "2026-03-02T12:05:00.000Z", timedelta(seconds=30)),
    ],
)
async def test_the_limit_is_heeded(
    site: Site, fetcher: Fetcher, left: str, reset: str, wait: timedelta
) -> None:
    """When few requests are left, the walk stops, and goes on when the instance counts anew."""
    timeline = _timeline(range(1, 700))
    limits = f"x-ratelimit-remaining: {left}\r\nx-ratelimit-reset: {reset}\r\n".encode()

    def answer(request: Request) -> Reply:
        return Reply(timeline(request).raw.replace(b"\r\n", b"\r\n" + limits, 1))

    site.answer = answer
    haul = await Mastodon(fetcher, []).fetch(f"{site.url}/tags/x", {"top": "100"}, NOW)
    assert haul.next_check_at == NOW + wait
    assert haul.unfinished
    assert len(site.requests) == (10 if wait == timedelta(seconds=30) else 1)


@pytest.mark.parametrize(
    "body", [b"<!doctype html>", b"{}", b'{"error": "This API requires an authenticated user"}']
)
async def test_another_answer_is_a_failure(site: Site, fetcher: Fetcher, body: bytes) -> None:
    """A page that is not a list of statuses is a failure of the source."""
    site.answer = lambda _: reply(body)
    with pytest.raises(SourceError):
        await Mastodon(fetcher, []).fetch(f"{site.url}/tags/x", {}, NOW)
