"""YouTube channels against a loopback feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.youtube import YouTube
from bot.domain.errors import SourceError
from bot.domain.gap import Gap
from tests.collect.loopback import NOW, Site, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns="http://www.w3.org/2005/Atom"><title>Lantern Talks</title>{entries}</feed>"""
ENTRY = """<entry><id>yt:video:{id}</id><yt:videoId>{id}</yt:videoId><yt:channelId>UCfictional</yt:channelId>
<title>Lantern 2 in ten minutes</title><link rel="alternate" href="https://www.youtube.com/watch?v={id}"/>
<author><name>Lantern Talks</name><uri>https://www.youtube.com/channel/UCfictional</uri></author>
<published>{at}</published><media:group><media:description>What is new.
Slides: https://lantern.example</media:description></media:group></entry>"""


def _feed(*entries: str) -> bytes:
    return FEED.format(entries="".join(entries)).encode()


async def test_a_video_becomes_a_record(site: Site, fetcher: Fetcher) -> None:
    """Title and description, channel and address; a video of more than a month ago is nothing."""
    site.answer = lambda request: (
        reply(status=304)
        if "if-none-match" in request.headers
        else reply(
            _feed(
                ENTRY.format(id="abc_123-XYZ", at="2026-03-02T08:00:00+00:00"),
                ENTRY.format(id="old", at="2025-03-02T08:00:00+00:00"),
                ENTRY.format(id="", at="2026-03-02T08:00:00+00:00"),
            ),
            etag='"v"',
        )
    )
    source = YouTube(fetcher, ["UCfictional"], site=site.url)
    haul = await source.fetch("UCfictional", {}, NOW)
    (video,) = haul.records
    assert (video.native_id, video.url) == ("abc_123-XYZ", "https://www.youtube.com/watch?v=abc_123-XYZ")
    assert (video.title, video.author.id, video.author.handle) == (
        "Lantern 2 in ten minutes", "UCfictional", "Lantern Talks",
    )  # fmt: skip
    assert video.text.startswith("What is new.")
    assert haul.bad == 1
    assert site.requests[0].query == {"channel_id": "UCfictional"}
    assert (await source.fetch("UCfictional", haul.cursor, NOW)).not_modified


async def test_what_fell_out_of_the_feed_is_a_gap(site: Site, fetcher: Fetcher) -> None:
    """When the oldest video is newer than the newest one known, what lay between is told; else nothing is."""
    days = iter(([20, 22], [22, 25], [27, 28]))
    site.answer = lambda _: reply(
        _feed(*(ENTRY.format(id=f"v{day}", at=f"2026-02-{day}T08:00:00+00:00") for day in next(days)))
    )
    source, cursor, gaps = YouTube(fetcher, ["UCx"], site=site.url), dict[str, Any](), list[Gap]()
    for _ in range(3):
        haul = await source.fetch("UCx", cursor, NOW)
        cursor, gaps = dict(haul.cursor), [*gaps, *haul.gaps]
    (gap,) = gaps
    assert (gap.start.day, gap.end.day) == (25, 27)


async def test_another_answer_is_a_failure(site: Site, fetcher: Fetcher) -> None:
    """A page that is no feed is a failure of the source."""
    site.answer = lambda _: reply(b"<html><body>Before you continue</body></html>")
    with pytest.raises(SourceError):
        await YouTube(fetcher, ["UCx"], site=site.url).fetch("UCx", {}, NOW)
