"""Reddit against a loopback of its OAuth and listing API."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings

from bot.collect.intake import Batch
from bot.collect.reddit import Credentials, Reddit, read_children
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, broken, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

NOW_S = int(NOW.timestamp())
WHO = Credentials("client", "swordfish", "linux:Groundswell:1 (by /u/harbour_desk)")
POST: dict[str, Any] = {
    "name": "t3_1lantern",
    "author": "lamp_lighter",
    "author_fullname": "t2_abc",
    "title": "Lantern 2 runs on a toaster",
    "selftext": "Four tokens a second.\n\nNo complaints.",
    "subreddit": "LanternModels",
    "permalink": "/r/LanternModels/comments/1lantern/lantern_2_runs_on_a_toaster/",
    "url": "https://www.reddit.com/r/LanternModels/comments/1lantern/lantern_2_runs_on_a_toaster/",
    "is_self": True,
    "created_utc": NOW_S - 300.0,
    "score": 12,
    "num_comments": 3,
    "removed_by_category": None,
}
COMMENT: dict[str, Any] = {
    "name": "t1_nglow",
    "author": "wick",
    "body": "Which toaster?",
    "subreddit": "LanternModels",
    "permalink": "/r/LanternModels/comments/1lantern/lantern_2_runs_on_a_toaster/nglow/",
    "link_id": "t3_1lantern",
    "parent_id": "t3_1lantern",
    "created_utc": NOW_S - 100.0,
    "score": 1,
}


def _listing(*things: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    children = [{"kind": thing.get("name", "t3")[:2], "data": thing} for thing in things]
    return {"kind": "Listing", "data": {"after": after, "dist": len(children), "children": children}}


def _reddit(site: Site, *, posts: Any = None, comments: Any = None, headers: Any = None) -> None:
    """Let the site answer like Reddit: a token for the right secret, listings for the token."""
    basic = base64.b64encode(b"client:swordfish").decode()

    def answer(request: Request) -> Reply:
        if request.path == "/api/v1/access_token":
            allowed = request.headers["authorization"] == f"Basic {basic}" and request.method == "POST"
            token = {"access_token": "tok", "token_type": "bearer", "expires_in": 86_400, "scope": "*"}
            return reply(token) if allowed else reply({"error": 401}, status=401)
        if request.headers.get("authorization") != "Bearer tok":
            return reply({"error": 401}, status=401)
        body = (posts if request.path.endswith("/new") else comments) or _listing()
        return reply(body(request) if callable(body) else body, **(headers or {}))

    site.answer = answer


def _source(site: Site, fetcher: Fetcher) -> Reddit:
    return Reddit(fetcher, ["LanternModels"], WHO, site=site.url, api=site.url)


async def test_submissions_and_comments_become_records(site: Site, fetcher: Fetcher) -> None:
    """A submission keeps title, words and counts, a comment its thread; one token does for both."""
    linked = {
        **POST,
        "name": "t3_2link",
        "is_self": False,
        "selftext": "",
        "url": "https://lantern.example/2",
    }
    _reddit(site, posts=_listing(POST, linked), comments=_listing(COMMENT))
    haul = await _source(site, fetcher).fetch("LanternModels", {}, NOW)
    post, link, comment = haul.records
    assert (post.id, post.kind, post.title) == ("reddit:t3_1lantern", RecordKind.POST, POST["title"])
    assert (post.text, post.metrics, post.links) == (POST["selftext"], {"score": 12, "replies": 3}, ())
    assert (post.community, post.author.id) == ("r/LanternModels", "lamp_lighter")
    assert post.url == f"https://www.reddit.com{POST['permalink']}"
    assert link.links == ("https://lantern.example/2",)
    assert (comment.kind, comment.parent, comment.thread) == (RecordKind.COMMENT, "t3_1lantern", post.id)
    assert haul.cursor == {"posts": NOW_S - 300, "comments": NOW_S - 100}
    assert site.paths == ["/api/v1/access_token", "/r/LanternModels/new", "/r/LanternModels/comments"]
    assert {request.headers["user-agent"] for request in site.requests} == {WHO.user_agent}


async def test_deleted_and_removed_things_are_gone(site: Site, fetcher: Fetcher) -> None:
    """What its author deleted or a moderator removed is gone with its words; bad things are counted."""
    _reddit(
        site,
        posts=_listing(
            {**POST, "name": "t3_1", "author": "[deleted]"},
            {**POST, "name": "t3_2", "selftext": "[removed]"},
            {**POST, "name": "t3_3", "removed_by_category": "moderator"},
            {**POST, "name": "t3_4", "created_utc": "yesterday"},
            {**POST, "name": "t3_5", "created_utc": 0},
            POST,
        ),
        comments=_listing({**COMMENT, "body": "[deleted]"}),
    )
    haul = await _source(site, fetcher).fetch("LanternModels", {}, NOW)
    assert haul.gone == ("reddit:t3_1", "reddit:t3_2", "reddit:t3_3", "reddit:t1_nglow")
    assert [record.native_id for record in haul.records] == ["t3_1lantern"]
    assert haul.bad == 2


async def test_listings_are_read_back_to_the_cursor(site: Site, fetcher: Fetcher) -> None:
    """Pages are read until the last known time, and what five pages do not reach is told as a gap."""

    def posts(request: Request) -> dict[str, Any]:
        number = int(request.query.get("after", "t3_0").removeprefix("t3_"))
        thing = {**POST, "name": f"t3_{number}", "created_utc": NOW_S - 600.0 * (number + 1)}
        return _listing(thing, after=f"t3_{number + 1}")

    _reddit(site, posts=posts)
    near = await _source(site, fetcher).fetch("LanternModels", {"posts": NOW_S - 1_700}, NOW)
    assert [record.native_id for record in near.records] == ["t3_0", "t3_1", "t3_2", "t3_3"]
    assert near.gaps == ()
    far = await _source(site, fetcher).fetch("LanternModels", {"posts": NOW_S - 90_000}, NOW)
    (gap,) = far.gaps
    assert (gap.start.timestamp(), gap.end.timestamp()) == (NOW_S - 90_000, NOW_S - 3_000)
    assert len(far.records) == 5
    assert far.cursor["posts"] == NOW_S - 600


async def test_limits_of_the_server_are_obeyed(site: Site, fetcher: Fetcher) -> None:
    """With few requests left, the next visit waits until Reddit's window is over."""
    _reddit(site, headers={"x_ratelimit_remaining": "3.0", "x_ratelimit_reset": "240"})
    haul = await _source(site, fetcher).fetch("LanternModels", {}, NOW)
    assert haul.next_check_at == NOW + timedelta(seconds=240)


async def test_a_token_is_used_until_it_ends(site: Site, fetcher: Fetcher) -> None:
    """One token serves many visits; before its time is over, and after a refusal, a new one is asked for."""
    _reddit(site)
    source = _source(site, fetcher)
    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=23, minutes=58)):
        await source.fetch("LanternModels", {}, now)
    assert site.paths.count("/api/v1/access_token") == 2
    site.answer = lambda _: reply(status=401)
    with pytest.raises(SourceError, match="401"):
        await source.fetch("LanternModels", {}, NOW)
    _reddit(site)
    await source.fetch("LanternModels", {}, NOW)
    assert site.paths.count("/api/v1/access_token") == 3


async def test_secrets_stay_out_of_errors(site: Site, fetcher: Fetcher) -> None:
    """Neither a failed login nor the credentials' own text shows the secret."""
    site.answer = lambda _: reply({"message": "Unauthorized"}, status=401)
    with pytest.raises(SourceError) as caught:
        await _source(site, fetcher).fetch("LanternModels", {}, NOW)
    assert "swordfish" not in f"{caught.value!r} {WHO!r}"


async def test_without_approval_nothing_is_asked(site: Site, fetcher: Fetcher) -> None:
    """A source that is off sends no request, whoever calls it."""
    source = Reddit(fetcher, ["x"], WHO, off_reason="not approved", site=site.url, api=site.url)
    with pytest.raises(SourceError, match="not approved"):
        await source.fetch("x", {}, NOW)
    assert site.requests == []


@settings(max_examples=300, deadline=None)
@given(broken(POST), broken(COMMENT))
def test_no_thing_causes_another_error(post: bytes, comment: bytes) -> None:
    """Whatever the things of a listing hold, they are records, deletions or counted."""
    batch = Batch()
    children = [msgspec.Raw(b'{"kind": "t3", "data": ' + thing + b"}") for thing in (post, comment)]
    times = read_children([*children, msgspec.Raw(post)], batch, NOW)
    assert len(batch.records) + len(batch.gone) + batch.bad >= 1
    assert all(time <= NOW_S for time in times)
