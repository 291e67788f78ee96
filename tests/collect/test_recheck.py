"""Asking again: each source tells what was taken back, and says so when it cannot tell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.collect.arxiv import Arxiv
from bot.collect.discourse import Discourse
from bot.collect.github import GitHub
from bot.collect.http import Fetcher, Limits
from bot.collect.lemmy import Lemmy
from bot.collect.mastodon import Mastodon
from bot.collect.pace import Pace
from bot.collect.reddit import Reddit
from bot.collect.rss import Feeds
from bot.collect.standing import gone_among
from bot.collect.youtube import YouTube
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect import test_lemmy, test_mastodon, test_reddit
from tests.collect.loopback import NOW, Request, reply
from tests.factory import make_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.record import Record
    from tests.collect.loopback import Reply, Site

HOST = "forum.modelworks.example"
ENDLESS = 10_000_000


def _posts(site: Site, *numbers: int) -> list[Record]:
    return [
        make_record(
            source="discourse",
            native_id=f"{HOST}/77/{number}",
            url=f"{site.url}/t/heron/77/{number}",
            community=HOST,
        )
        for number in numbers
    ]


async def test_a_forum_says_which_posts_are_gone(site: Site, fetcher: Fetcher) -> None:
    """A post that is deleted, hidden or unknown to its forum is gone; the others stand."""
    said = {
        1: reply({"id": 1, "deleted_at": None, "hidden": False}),
        2: reply({"id": 2, "deleted_at": "2026-03-02T10:00:00Z"}),
        3: reply({"id": 3, "hidden": True}),
        4: reply({"id": 4, "user_deleted": True}),
        5: reply(status=404),
        6: reply(status=410),
    }
    paths = {f"/posts/by_number/77/{number}.json": answer for number, answer in said.items()}
    site.answer = lambda request: paths[request.path]
    gone = await Discourse(fetcher, [site.url]).recheck(_posts(site, *said), NOW)
    assert gone == tuple(f"discourse:{HOST}/77/{number}" for number in (2, 3, 4, 5, 6))


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_a_forum_that_cannot_say_it_takes_nothing_back(
    site: Site, fetcher: Fetcher, status: int
) -> None:
    """A forum that refuses or fails is an error, never a deletion."""
    site.answer = lambda _: reply(status=status)
    with pytest.raises(SourceError):
        await Discourse(fetcher, [site.url]).recheck(_posts(site, 1, 2), NOW)


async def test_an_article_is_gone_when_its_page_is(site: Site, fetcher: Fetcher) -> None:
    """Only 404 and 410 say that an article is gone; an outlet that refuses bots has not taken it back."""
    said = {"/a": 200, "/b": 404, "/c": 410, "/d": 403, "/e": 401}
    site.answer = lambda request: reply(status=said.get(request.path, 404))
    articles = [
        make_record(source="rss", native_id=path, kind=RecordKind.ARTICLE, url=f"{site.url}{path}")
        for path in said
    ]
    assert await Feeds(fetcher).recheck(articles, NOW) == ("rss:/b", "rss:/c")


async def test_an_outlet_may_forbid_asking_again(site: Site, fetcher: Fetcher) -> None:
    """A page that robots.txt bans is not asked for, and counts as standing."""
    robots = reply(b"User-agent: *\nDisallow: /private/")
    site.answer = lambda request: robots if request.path == "/robots.txt" else reply(status=404)
    articles = [
        make_record(source="rss", native_id=path, kind=RecordKind.ARTICLE, url=f"{site.url}{path}")
        for path in ("/private/a", "/b")
    ]
    assert await Feeds(fetcher).recheck(articles, NOW) == ("rss:/b",)
    assert site.paths == ["/robots.txt", "/b"]


@pytest.mark.parametrize("status", [429, 500, 502])
async def test_an_outlet_that_is_down_takes_nothing_back(site: Site, fetcher: Fetcher, status: int) -> None:
    """An outlet that fails or asks for patience is an error, never a deletion."""
    site.answer = lambda _: reply(status=status)
    with pytest.raises(SourceError):
        await Feeds(fetcher).recheck([make_record(source="rss", url=f"{site.url}/a")], NOW)


async def test_the_page_itself_is_not_read(site: Site, fetcher: Fetcher) -> None:
    """Whether a page stands is known from its first line: however large it is, nothing of it is read."""
    small = Fetcher(fetcher.client, Limits(connect=1, read=1, total=5, body=10))
    site.answer = lambda _: reply(b"x" * ENDLESS)
    assert await small.stands(f"{site.url}/a", now=NOW)


async def test_papers_are_asked_for_one_by_one(site: Site, fetcher: Fetcher) -> None:
    """Each paper's page is asked for at arXiv's own pace, and is gone when arXiv says so."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    source = Arxiv(fetcher, ["cs.CL"], pace=Pace(3, monotonic=lambda: 0.0, sleep=sleep))
    site.answer = lambda request: reply(status=404 if request.path.endswith("2") else 200)
    papers = [
        make_record(
            source="arxiv",
            native_id=f"2603.0000{n}",
            kind=RecordKind.PAPER,
            url=f"{site.url}/abs/2603.0000{n}",
        )
        for n in (1, 2, 3)
    ]
    assert await source.recheck(papers, NOW) == ("arxiv:2603.00002",)
    assert len(waited) == 2


async def test_once_a_place_fails_nothing_more_is_asked_of_it() -> None:
    """Of what waits its turn when a place fails nothing is asked any more."""
    asked: list[str] = []

    async def ask(record: Record) -> bool:
        asked.append(record.id)
        await asyncio.sleep(0)
        msg = "down"
        raise SourceError(msg, status=503)

    with pytest.raises(SourceError, match="down"):
        await gone_among([make_record() for _ in range(40)], ask)
    assert len(asked) < 10


def _serve(site: Site, pages: Mapping[str, Reply]) -> str:
    """Have the site answer these addresses, query and all; returns its host."""

    def answer(request: Request) -> Reply:
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        return pages[f"{request.path}{query and '?' + query}"]

    site.answer = answer
    return site.url.removeprefix("http://")


async def test_an_instance_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """A status that is missing, or whose author hides now, is gone; one that cannot be read stands."""
    status = test_mastodon.STATUS
    pages = {
        "/api/v1/statuses/1": reply({"error": "Record not found"}, 404),
        "/api/v1/statuses/2": reply({**status, "account": {"acct": "a", "noindex": True}}),
        "/api/v1/statuses/3": reply(status),
        "/api/v1/statuses/4": reply({"strange": True}),
    }
    host = _serve(site, pages)
    heard = [make_record(source="mastodon", native_id=f"{host}/{n}") for n in range(1, 5)]
    heard.append(make_record(source="mastodon", native_id="elsewhere.example/1"))
    gone = await Mastodon(fetcher, [f"{site.url}/tags/x"]).recheck(heard, NOW)
    assert gone == (heard[0].id, heard[1].id)


async def test_a_community_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """Posts and comments that are deleted, removed or missing are gone."""
    removed = {"comment_view": {"comment": {**test_lemmy.COMMENT, "removed": True}}}
    pages = {
        "/api/v3/post?id=1": reply({"post_view": {"post": {**test_lemmy.POST, "deleted": True}}}),
        "/api/v3/comment?id=2": reply(removed),
        "/api/v3/comment?id=3": reply({"error": "couldnt_find_comment"}, 404),
        "/api/v3/post?id=4": reply({"post_view": {"post": test_lemmy.POST}}),
    }
    host = _serve(site, pages)
    names = ("post/1", "comment/2", "comment/3", "post/4", "odd")
    heard = [make_record(source="lemmy", native_id=f"{host}/{name}") for name in names]
    gone = await Lemmy(fetcher, [f"{site.url}/c/x"]).recheck(heard, NOW)
    assert gone == tuple(record.id for record in heard[:3])


async def test_reddit_tells_what_was_taken_back(site: Site, fetcher: Fetcher) -> None:
    """What was deleted or removed is gone, with one request for many; what Reddit leaves out stands."""
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


async def test_github_tells_what_was_deleted(site: Site, fetcher: Fetcher) -> None:
    """Issues, comments, releases and discussions that GitHub does not have any more are gone."""
    missing = {
        "/repos/modelworks/heron/issues/1": 410,
        "/repos/modelworks/heron/issues/2": 200,
        "/repos/modelworks/heron/issues/comments/31": 404,
        "/repos/modelworks/heron/releases/4": 404,
        "/modelworks/heron/discussions/5": 404,
        "/modelworks/heron/discussions/6": 200,
    }
    site.answer = lambda request: reply({}, missing[request.path])
    names = ("heron#1", "heron#2", "heron#2/31", "heron@4", "heron#5", "heron#6", "../odd#7")
    heard = [
        make_record(
            source="github",
            native_id=f"modelworks/{name}",
            url=f"{site.url}/modelworks/heron/{'discussions' if name[-1] in '56' else 'x'}/{name[-1]}",
        )
        for name in names
    ]
    source = GitHub(fetcher, ["modelworks/heron"], api=site.url, site=site.url)
    assert await source.recheck(heard, NOW) == tuple(heard[n].id for n in (0, 2, 3, 4))


async def test_a_deleted_video_is_gone(site: Site, fetcher: Fetcher) -> None:
    """A video is gone when there is nothing to embed any more; one that may not be embedded stands."""
    said = {"a": 200, "b": 404, "c": 401}
    site.answer = lambda request: reply(status=said[request.query["url"][-1]])
    heard = [make_record(source="youtube", url=f"https://www.youtube.com/watch?v={name}") for name in said]
    assert await YouTube(fetcher, ["x"], site=site.url).recheck(heard, NOW) == (heard[1].id,)
