"""Asking again: each source tells what was taken back, and says so when it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.collect.arxiv import Arxiv
from bot.collect.discourse import Discourse
from bot.collect.http import Fetcher, Limits
from bot.collect.pace import Pace
from bot.collect.rss import Feeds
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, reply
from tests.factory import make_record

if TYPE_CHECKING:
    from bot.domain.record import Record
    from tests.collect.loopback import Site

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
    site.answer = lambda request: reply(status=said[request.path])
    articles = [
        make_record(source="rss", native_id=path, kind=RecordKind.ARTICLE, url=f"{site.url}{path}")
        for path in said
    ]
    assert await Feeds(fetcher).recheck(articles, NOW) == ("rss:/b", "rss:/c")


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
