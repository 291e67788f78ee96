"""Reading: news on a beat gets the text of its page, and loses it when the page goes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.collect.article import Outcome, Reading
from bot.domain.errors import SourceError
from bot.domain.record import Author, RecordKind
from bot.pipeline import read
from bot.store import articles, records, stories
from tests.factory import make_record
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

_WHOLE = "The lock of Lanternport is open. " * 20


class _Shelf:
    """Pages as they are handed in; asked for what, and with which validators."""

    def __init__(self, *readings: Reading | Exception) -> None:
        self.readings = list(readings)
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    async def read(self, url: str, validators: Mapping[str, str], now: datetime) -> Reading:  # noqa: ARG002 - the port's signature
        self.asked.append((url, validators))
        reading = self.readings.pop(0)
        if isinstance(reading, Exception):
            raise reading
        return reading


async def _news(newsroom: Newsroom, *hosts: str, state: str = records.NOTICED) -> list[Record]:
    said = [
        make_record(
            source="rss", native_id=f"{host}-{number}", kind=RecordKind.ARTICLE, title="The lock is open",
            url=f"https://{host}/{number}", author=Author(host, host), text="A lock, says the harbour.",
            created_at=newsroom.clock.now(),
        )
        for number, host in enumerate(hosts)
    ]  # fmt: skip
    async with newsroom.store.write() as connection:
        await records.add(connection, said, newsroom.clock.now())
        await records.notice(connection, [records.Noticed(r.id, state, "en") for r in said])
    return said


async def _text(newsroom: Newsroom, record: Record) -> str:
    async with newsroom.store.read() as connection:
        return (await records.get(connection, [record.id]))[record.id].text


def _shelf(newsroom: Newsroom, *readings: Reading | Exception) -> _Shelf:
    shelf = _Shelf(*readings)
    newsroom.articles = shelf  # type: ignore[assignment]  # it reads no real pages
    return shelf


async def test_the_text_of_the_page_becomes_the_records(newsroom: Newsroom) -> None:
    """The text is taken over and stays when the feed is heard again, which changes the title only."""
    (said,) = await _news(newsroom, "outlet.example")
    _shelf(newsroom, Reading(Outcome.READ, _WHOLE, {"etag": "1"}))
    assert await read.run(newsroom) == 1
    assert await _text(newsroom, said) == _WHOLE
    async with newsroom.store.write() as connection:
        again = await records.add(
            connection,
            [make_record(**{**_fields(said), "title": "The lock is shut", "text": "Edited."})],
            newsroom.clock.now(),
        )
        assert again.changed == (said.id,)
        kept = (await records.get(connection, [said.id]))[said.id]
    assert (kept.title, kept.text) == ("The lock is shut", _WHOLE)


def _fields(record: Record) -> dict[str, object]:
    names = ("source", "native_id", "kind", "url", "author", "created_at")
    return {name: getattr(record, name) for name in names}


async def test_each_site_is_asked_for_one_page_a_round(newsroom: Newsroom) -> None:
    """Of one site's articles one is read, the next in the next round; what is not on a beat never."""
    await _news(newsroom, "a.example", "a.example", "b.example")
    await _news(newsroom, "c.example", state=records.ASIDE)
    shelf = _shelf(newsroom, *[Reading(Outcome.EMPTY)] * 3)
    await read.run(newsroom)
    assert len(shelf.asked) == 2
    await read.run(newsroom)
    await read.run(newsroom)
    assert sorted(url for url, _ in shelf.asked) == [
        "https://a.example/0", "https://a.example/1", "https://b.example/2",
    ]  # fmt: skip


async def test_an_article_is_looked_at_again(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Later looks are conditional and take an edit over; after two days there is none."""
    (said,) = await _news(newsroom, "outlet.example")
    shelf = _shelf(
        newsroom,
        Reading(Outcome.READ, _WHOLE, {"etag": "1"}),
        Reading(Outcome.UNCHANGED, validators={"etag": "1"}),
        Reading(Outcome.READ, "Shorter now.", {"etag": "2"}),
        SourceError("the server failed"),
    )
    for _ in range(100):
        await read.run(newsroom)
        clock.advance(clock.now() + timedelta(hours=1))
    assert [validators for _, validators in shelf.asked] == [{}, {"etag": "1"}, {"etag": "1"}, {"etag": "2"}]
    assert await _text(newsroom, said) == "Shorter now."


async def test_a_page_that_says_less_than_the_feed_is_not_taken(newsroom: Newsroom) -> None:
    """A wall or a notice does not replace the feed's summary."""
    (said,) = await _news(newsroom, "outlet.example")
    _shelf(newsroom, Reading(Outcome.READ, "Subscribe!"))
    assert await read.run(newsroom) == 0
    assert await _text(newsroom, said) == said.text


async def test_a_page_that_is_gone_leaves_title_and_link(newsroom: Newsroom) -> None:
    """Its words are dropped for good; what it was called and where it stood stays."""
    (said,) = await _news(newsroom, "outlet.example")
    _shelf(newsroom, Reading(Outcome.GONE))
    await read.run(newsroom)
    async with newsroom.store.read() as connection:
        kept = (await records.get(connection, [said.id]))[said.id]
    assert (kept.text, kept.title, kept.url) == ("", said.title, said.url)
    assert await read.run(newsroom) == 0


async def test_what_a_story_cites_stays_as_it_is(newsroom: Newsroom) -> None:
    """A cited article is not looked at, and a text that comes too late is not taken over."""
    said = await _news(newsroom, "a.example", "b.example", "c.example", "d.example")
    async with newsroom.store.write() as connection:
        await furnish(connection)
        await stories.create(connection, make_story(said))
        look = articles.Look("read", 1, None, {})
        assert not await articles.looked(connection, said[0].id, look, _WHOLE)
    shelf = _shelf(newsroom)
    await read.run(newsroom)
    assert shelf.asked == []


@pytest.mark.parametrize("failure", [SourceError("down"), SourceError("slow")])
async def test_a_failure_is_tried_again(newsroom: Newsroom, clock: ReplayClock, failure: SourceError) -> None:
    """A site in trouble is asked again some hours later, with the text as the feed gave it until then."""
    (said,) = await _news(newsroom, "outlet.example")
    shelf = _shelf(newsroom, failure, Reading(Outcome.READ, _WHOLE))
    await read.run(newsroom)
    await read.run(newsroom)
    assert len(shelf.asked) == 1
    clock.advance(clock.now() + timedelta(hours=2))
    await read.run(newsroom)
    assert await _text(newsroom, said) == _WHOLE
