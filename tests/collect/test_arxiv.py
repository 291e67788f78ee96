"""arXiv against a loopback API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.arxiv import Arxiv, read_page
from bot.collect.http import Page
from bot.collect.intake import Batch
from bot.collect.pace import Pace
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
<title type="html">ArXiv Query: search_query=cat:cs.CL</title><id>http://arxiv.org/api/x</id>{entries}</feed>"""
ENTRY = """<entry><id>http://arxiv.org/abs/{number}v{version}</id>
<updated>2026-03-02T09:00:00Z</updated><published>{at}</published>
<title>Lanterns in the Dark:
  Small Models, $a&lt;b$</title>
<summary>  We show that p&lt;0.05 and a&lt;b hold
for lanterns.
</summary>
<author><name>Ines Roth</name></author><author><name>Marlow Finch</name></author>
<link href="http://arxiv.org/abs/{number}v{version}" rel="alternate" type="text/html"/>
<arxiv:primary_category term="cs.CL"/></entry>"""


def _feed(*entries: str) -> bytes:
    return FEED.format(entries="".join(entries)).encode()


def _entry(number: str = "2603.01234", *, at: str = "2026-03-01T17:59:59Z", version: int = 1) -> str:
    return ENTRY.format(number=number, at=at, version=version)


def _quick() -> Pace:
    return Pace(0)


async def test_a_paper_becomes_a_record(site: Site, fetcher: Fetcher) -> None:
    """Title and abstract on one line each, formulas whole, versions one record, first author and others."""
    site.answer = lambda _: reply(_feed(_entry(version=2), _entry("cs/0112017", at="2026-02-01T00:00:00Z")))
    haul = await Arxiv(fetcher, ["cs.CL"], pace=_quick(), api=site.url).fetch("cs.CL", {}, NOW)
    record, old_style = haul.records
    assert (record.kind, record.native_id) == (RecordKind.PAPER, "2603.01234")
    assert record.title == "Lanterns in the Dark: Small Models, $a<b$"
    assert record.text == "We show that p<0.05 and a<b hold for lanterns."
    assert (record.author.id, record.author.handle) == ("Ines Roth", "Ines Roth et al.")
    assert (record.url, record.community) == ("https://arxiv.org/abs/2603.01234", "arxiv")
    assert old_style.native_id == "cs/0112017"
    assert haul.cursor == {"newest": "2026-03-01T17:59:59+00:00"}
    query = site.requests[0].query
    assert (query["search_query"], query["sortBy"], query["sortOrder"]) == (
        "cat:cs.CL",
        "submittedDate",
        "descending",
    )


async def test_pages_are_read_back_to_the_cursor(site: Site, fetcher: Fetcher) -> None:
    """Pages are read until a day before the cursor, and no further."""

    def answer(request: Request) -> Reply:
        day = NOW - timedelta(days=int(request.query["start"]) // 300)
        return reply(_feed(_entry(f"2603.{day.day:05}", at=day.isoformat())))

    site.answer = answer
    cursor = {"newest": (NOW - timedelta(days=1, hours=1)).isoformat()}
    haul = await Arxiv(fetcher, ["cs.CL"], pace=_quick(), api=site.url).fetch("cs.CL", cursor, NOW)
    assert [request.query["start"] for request in site.requests] == ["0", "300", "600", "900"]
    assert haul.cursor == {"newest": NOW.isoformat()}
    assert haul.gaps == ()


async def test_what_does_not_fit_is_told(site: Site, fetcher: Fetcher) -> None:
    """When five pages do not reach the cursor, the gap is said."""
    site.answer = lambda _: reply(_feed(_entry()))
    cursor = {"newest": (NOW - timedelta(days=9)).isoformat()}
    haul = await Arxiv(fetcher, ["cs.CL"], pace=_quick(), api=site.url).fetch("cs.CL", cursor, NOW)
    assert len(site.requests) == 5
    (gap,) = haul.gaps
    assert (gap.start, gap.end.isoformat()) == (NOW - timedelta(days=10), "2026-03-01T17:59:59+00:00")


@pytest.mark.parametrize(
    "body",
    [
        _feed(),
        _feed(
            "<entry><id>https://arxiv.org/api/errors#max_results</id><title>Error</title>"
            "<summary>max_results must be a number</summary></entry>"
        ),
        b"<!doctype html>Rate exceeded.",
        b"Rate exceeded.",
    ],
)
async def test_errors_are_not_empty_lists(site: Site, fetcher: Fetcher, body: bytes) -> None:
    """An empty list, an error in the shape of a feed, or a page of words is a failure of the source."""
    site.answer = lambda _: reply(body)
    with pytest.raises(SourceError):
        await Arxiv(fetcher, ["cs.CL"], pace=_quick(), api=site.url).fetch("cs.CL", {}, NOW)


async def test_requests_keep_their_distance(site: Site, fetcher: Fetcher) -> None:
    """However many categories ask at once, requests are three seconds apart."""
    time, waits = [100.0], []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        time[0] += seconds

    site.answer = lambda _: reply(_feed(_entry(at="2026-02-01T00:00:00Z")))
    pace = Pace(3, monotonic=lambda: time[0], sleep=sleep)
    source = Arxiv(fetcher, ["cs.CL", "cs.AI"], pace=pace, api=site.url)
    for target in source.targets:
        await source.fetch(target, {}, NOW)
    assert waits == [3.0]


def test_bad_papers_are_counted() -> None:
    """An entry without abstract page, date or author does not stop the others."""
    page = Page("https://a.example", _feed(
        "<entry><id>http://elsewhere.example/1</id><published>2026-03-01T00:00:00Z</published></entry>",
        _entry(at="never"),
        "<entry><id>http://arxiv.org/abs/2603.1v1</id><title>x</title><published>2026-03-01T00:00:00Z</published></entry>",
        _entry(),
    ), "application/atom+xml", {}, {})  # fmt: skip
    batch = Batch()
    dates = read_page(page, batch, NOW)
    assert (batch.bad, len(batch.records), len(dates)) == (3, 1, 3)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 900), st.integers(0, 300))
def test_no_answer_causes_another_error(junk: bytes, at: int, length: int) -> None:
    """Whatever the bytes, the outcome is times or SourceError."""
    body = _feed(_entry())
    for hostile in (junk, body[:at] + junk + body[at + length :]):
        try:
            dates = read_page(Page("https://a.example", hostile, "", {}, {}), Batch(), NOW)
        except SourceError:
            continue
        assert all(date <= NOW for date in dates)
