"""GitHub against a loopback API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.github import GitHub
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

REPO = "Lantern/engine"
USER = {"login": "ines-r", "type": "User"}
ISSUE: dict[str, Any] = {
    "id": 9001,
    "number": 12,
    "html_url": "https://github.example/Lantern/engine/issues/12",
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-02T10:00:00Z",
    "user": USER,
    "title": "Loads twice as slow",
    "body": "Since 2.1 the weights load **twice** as slow.",
    "comments": 3,
}
COMMENT: dict[str, Any] = {
    "id": 9100,
    "html_url": "https://github.example/Lantern/engine/issues/12#issuecomment-9100",
    "issue_url": "https://api.github.example/repos/Lantern/engine/issues/12",
    "created_at": "2026-03-02T10:30:00Z",
    "updated_at": "2026-03-02T10:30:00Z",
    "user": USER,
    "body": "Here too.",
}
RELEASE: dict[str, Any] = {
    "id": 77,
    "html_url": "https://github.example/Lantern/engine/releases/tag/v2.1",
    "created_at": "2026-03-01T08:00:00Z",
    "author": USER,
    "name": None,
    "tag_name": "v2.1",
    "body": "Faster tokens.",
    "draft": False,
}
DISCUSSIONS = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Discussions</title>
<entry><id>tag:github.example,2008:5</id><title>Which quant?</title>
<published>2026-03-02T09:00:00Z</published>
<link rel="alternate" href="https://github.example/Lantern/engine/discussions/31"/>
<author><name>marlow</name></author>
<content type="html">&lt;p&gt;Four bits or five?&lt;/p&gt;</content></entry></feed>"""


def _hub(
    issues: list[Any] | None = None,
    comments: list[Any] | None = None,
    releases: list[Any] | None = None,
    **headers: Any,
) -> Any:
    def answer(request: Request) -> Reply:
        if request.path.endswith("/discussions.atom"):
            return reply(DISCUSSIONS)
        if request.path.endswith("/releases"):
            return reply(releases or [], **headers)
        found = comments if request.path.endswith("/comments") else issues
        start = 100 * (int(request.query["page"]) - 1)
        return reply((found or [])[start : start + 100], **headers)

    return answer


def _source(site: Site, fetcher: Fetcher, token: str | None = None) -> GitHub:
    return GitHub(fetcher, [REPO], token, api=site.url, site=site.url)


async def test_all_that_is_said_becomes_records(site: Site, fetcher: Fetcher) -> None:
    """Issues, comments, releases and discussions are there, and comments know their issue."""
    site.answer = _hub([ISSUE], [COMMENT], [RELEASE])
    haul = await _source(site, fetcher).fetch(REPO, {}, NOW)
    issue, comment, release, talk = haul.records
    assert (issue.kind, issue.title, issue.metrics) == (
        RecordKind.POST,
        "Loads twice as slow",
        {"replies": 3},
    )
    assert (issue.native_id, issue.community) == ("lantern/engine#12", "github/Lantern/engine")
    assert (comment.kind, comment.thread, comment.text) == (RecordKind.COMMENT, issue.id, "Here too.")
    assert (release.kind, release.title) == (RecordKind.ARTICLE, "engine v2.1")
    assert (talk.title, talk.text, talk.author.handle) == ("Which quant?", "Four bits or five?", "marlow")
    assert haul.cursor == {
        "issues": "2026-03-02T10:00:00+00:00",
        "issues/comments": "2026-03-02T10:30:00+00:00",
        "releases": {},
    }
    assert "authorization" not in site.requests[0].headers


async def test_a_token_is_sent_to_the_api_only(site: Site, fetcher: Fetcher) -> None:
    """The token goes with every request to the API, and not with that for the feed."""
    site.answer = _hub()
    source = _source(site, fetcher, "tok-1")
    await source.fetch(REPO, {}, NOW)
    sent = {request.path: request.headers.get("authorization") for request in site.requests}
    assert sent.pop(f"/{REPO}/discussions.atom") is None
    assert set(sent.values()) == {"Bearer tok-1"}
    assert source.interval < _source(site, fetcher).interval


async def test_releases_are_asked_for_only_if_they_changed(site: Site, fetcher: Fetcher) -> None:
    """The second visit names what it has, and an answer without a body brings no release."""
    every = _hub([], [], [RELEASE], etag='"one"')
    site.answer = lambda request: reply(status=304) if "if-none-match" in request.headers else every(request)
    source = _source(site, fetcher)
    first = await source.fetch(REPO, {}, NOW)
    second = await source.fetch(REPO, first.cursor, NOW)
    assert [record.title for record in first.records] == ["engine v2.1", "Which quant?"]
    assert [record.title for record in second.records] == ["Which quant?"]
    assert second.cursor["releases"] == {"etag": '"one"'}


async def test_pull_requests_and_bots_are_left_out(site: Site, fetcher: Fetcher) -> None:
    """What is no talk of people is nothing; what cannot be read is counted."""
    issues = [
        {**ISSUE, "number": 1, "pull_request": {"url": "x"}},
        {**ISSUE, "number": 2, "user": {"login": "helper[bot]", "type": "Bot"}},
        {**ISSUE, "number": 3, "user": None},
        {**ISSUE, "number": 4, "created_at": 5},
    ]
    comments = [
        {**COMMENT, "html_url": "https://github.example/Lantern/engine/pull/12#issuecomment-1"},
        {**COMMENT, "issue_url": None},
    ]
    old = {**RELEASE, "created_at": "2025-01-01T00:00:00Z"}
    site.answer = _hub(issues, comments, [old, {**RELEASE, "draft": True}])
    haul = await _source(site, fetcher).fetch(REPO, {}, NOW)
    assert [record.title for record in haul.records] == ["Which quant?"]
    assert haul.bad == 2


async def test_changes_are_walked_upwards(site: Site, fetcher: Fetcher) -> None:
    """More than three pages are left for the next visit, which begins where this one ended."""
    many = [
        {**ISSUE, "number": n, "updated_at": (NOW - timedelta(minutes=900 - n)).isoformat()}
        for n in range(1, 401)
    ]
    site.answer = _hub(many)
    haul = await _source(site, fetcher).fetch(REPO, {}, NOW)
    assert haul.unfinished
    assert haul.next_check_at is not None
    assert haul.cursor["issues"] == (NOW - timedelta(minutes=600)).isoformat()
    await _source(site, fetcher).fetch(REPO, haul.cursor, NOW)
    assert site.requests[-4].query["since"] == "2026-03-02T02:00:00Z"


async def test_the_limit_is_heeded(site: Site, fetcher: Fetcher) -> None:
    """When few requests are left, the next visit waits until there are more."""
    reset = NOW + timedelta(minutes=40)
    site.answer = _hub(
        [ISSUE] * 100, x_ratelimit_remaining="3", x_ratelimit_reset=str(int(reset.timestamp()))
    )
    haul = await _source(site, fetcher).fetch(REPO, {}, NOW)
    assert haul.next_check_at == reset
    assert site.paths.count(f"/repos/{REPO}/issues") == 1


@pytest.mark.parametrize(
    ("status", "body"), [(403, b"rate limit"), (404, b"{}"), (200, b"{}"), (200, b"<html>")]
)
async def test_another_answer_is_a_failure(site: Site, fetcher: Fetcher, status: int, body: bytes) -> None:
    """A refusal or a page that is no list is a failure of the source."""
    site.answer = lambda _: reply(body, status)
    with pytest.raises(SourceError):
        await _source(site, fetcher).fetch(REPO, {}, NOW)
