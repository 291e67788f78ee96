"""Asking again: each source tells what was taken back, and nothing else counts as taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.collect.discourse import Discourse
from bot.collect.lemmy import Lemmy
from bot.collect.mastodon import Mastodon
from bot.collect.reddit import Reddit
from bot.collect.rss import Feeds
from tests.collect import test_discourse, test_lemmy, test_mastodon, test_reddit
from tests.collect.loopback import NOW, Reply, Request, Site, reply
from tests.factory import make_record

if TYPE_CHECKING:
    from bot.collect.http import Fetcher


def _answers(pages: dict[str, Reply]) -> Any:
    def answer(request: Request) -> Reply:
        query = "".join(f"?{name}={value}" for name, value in request.query.items())
        return pages[f"{request.path}{query}"]

    return answer


async def test_a_forum_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """Deleted, missing and hidden posts are gone; one that is there or whose server fails is not."""
    host, post = site.url.removeprefix("http://"), test_discourse.ANSWER
    site.answer = _answers(
        {
            "/posts/by_number/55/1.json": reply({**post, "deleted_at": "2026-03-02T11:00:00Z"}),
            "/posts/by_number/55/2.json": reply({}, 404),
            "/posts/by_number/55/3.json": reply(post),
            "/posts/by_number/55/4.json": reply({}, 503),
            "/posts/by_number/55/5.json": reply({"strange": True}),
        }
    )
    heard = [make_record(source="discourse", native_id=f"{host}/55/{n}") for n in range(1, 6)]
    elsewhere = make_record(source="discourse", native_id="other.example/55/1")
    gone = await Discourse(fetcher, [site.url]).recheck([*heard, elsewhere], NOW)
    assert gone == (heard[0].id, heard[1].id)


async def test_an_instance_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """A status that is missing, or whose author hides now, is gone."""
    host, status = site.url.removeprefix("http://"), test_mastodon.STATUS
    site.answer = _answers(
        {
            "/api/v1/statuses/1": reply({"error": "Record not found"}, 404),
            "/api/v1/statuses/2": reply({**status, "account": {"acct": "a", "noindex": True}}),
            "/api/v1/statuses/3": reply(status),
        }
    )
    heard = [make_record(source="mastodon", native_id=f"{host}/{n}") for n in range(1, 4)]
    gone = await Mastodon(fetcher, [f"{site.url}/tags/x"]).recheck(heard, NOW)
    assert gone == (heard[0].id, heard[1].id)


async def test_a_community_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """Posts and comments that are deleted, removed or missing are gone."""
    host = site.url.removeprefix("http://")
    site.answer = _answers(
        {
            "/api/v3/post?id=1": reply({"post_view": {"post": {**test_lemmy.POST, "deleted": True}}}),
            "/api/v3/comment?id=2": reply(
                {"comment_view": {"comment": {**test_lemmy.COMMENT, "removed": True}}}
            ),
            "/api/v3/comment?id=3": reply({"error": "couldnt_find_comment"}, 404),
            "/api/v3/post?id=4": reply({"post_view": {"post": test_lemmy.POST}}),
        }
    )
    names = ("post/1", "comment/2", "comment/3", "post/4")
    heard = [make_record(source="lemmy", native_id=f"{host}/{name}") for name in names]
    gone = await Lemmy(fetcher, [f"{site.url}/c/x"]).recheck(heard, NOW)
    assert gone == tuple(record.id for record in heard[:3])


async def test_an_outlet_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """An article whose page is missing or gone is gone; one whose outlet fails or refuses is not."""
    statuses = (404, 410, 200, 403, 500)
    site.answer = lambda request: reply(b"<p>", int(request.path.strip("/")))
    heard = [make_record(source="rss", url=f"{site.url}/{status}") for status in statuses]
    gone = await Feeds(fetcher, [site.url]).recheck(heard, NOW)
    assert gone == (heard[0].id, heard[1].id)


async def test_reddit_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """What was deleted or removed is gone, with one request for many."""
    post, comment = test_reddit.POST, test_reddit.COMMENT
    told = test_reddit._listing(
        {**post, "name": "t3_1", "removed_by_category": "moderator"},
        {**comment, "name": "t1_2", "author": "[deleted]", "body": "[deleted]"},
        {**post, "name": "t3_3"},
    )
    token = {"access_token": "t", "expires_in": 3600}
    site.answer = lambda request: reply(token if request.method == "POST" else told)
    heard = [make_record(source="reddit", native_id=name) for name in ("t3_1", "t1_2", "t3_3", "t3_4")]
    source = Reddit(fetcher, ["x"], test_reddit.WHO, site=site.url, api=site.url)
    assert await source.recheck(heard, NOW) == (heard[0].id, heard[1].id)
    assert site.requests[-1].query["id"] == "t3_1,t1_2,t3_3,t3_4"
