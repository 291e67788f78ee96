"""Feeds against a loopback outlet."""

from __future__ import annotations

import itertools
import tempfile
import tracemalloc
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.http import Page
from bot.collect.rss import Feeds, default_feeds, read_page
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Site, reply

if TYPE_CHECKING:
    from pathlib import Path

    from bot.collect.http import Fetcher

DAY = "<pubDate>Mon, 02 Mar 2026 09:30:00 GMT</pubDate>"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>The Harbour Ledger &amp; Co</title><link>https://harbour.example/</link>
<item><title>Lantern 2&#8217;s licence, explained</title><link>https://www.harbour.example/lantern?p=1</link>
<guid isPermaLink="false">4711</guid><pubDate>Mon, 02 Mar 2026 09:30:00 +0100</pubDate>
<description>&lt;p&gt;What the &lt;b&gt;terms&lt;/b&gt; say.&lt;/p&gt;&lt;script&gt;track()&lt;/script&gt;
&lt;p&gt;And &lt;a href="/more"&gt;what not&lt;/a&gt;.&lt;/p&gt;</description></item>
{items}</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Lantern Lab</title>
<entry><id>tag:lantern.example,2026:1</id><title>We compare a&lt;b</title>
<updated>2026-03-01T00:00:00Z</updated><link rel="alternate" href="/posts/1"/>
<content type="html">&lt;p&gt;Whole text.&lt;/p&gt;</content></entry></feed>"""
URL = "https://harbour.example/feed.xml"


def _page(body: bytes, content_type: str = "application/xml", url: str = URL) -> Page:
    return Page(url, body, content_type, {}, {})


def _item(inside: str) -> bytes:
    return RSS.format(items=f"<item>{inside}</item>").encode()


async def test_an_entry_becomes_an_article(site: Site, fetcher: Fetcher) -> None:
    """Title and summary as a reader sees them, the outlet as author and community, the date in UTC."""
    site.answer = lambda _: reply(RSS.format(items="").encode(), content_type="application/rss+xml")
    feed = f"{site.url}/feed"
    haul = await Feeds(fetcher, [feed]).fetch(feed, {}, NOW)
    (record,) = haul.records
    assert (record.kind, record.title) == (
        RecordKind.ARTICLE,
        "Lantern 2\N{RIGHT SINGLE QUOTATION MARK}s licence, explained",
    )
    assert record.text == "What the terms say.\n\nAnd what not."
    assert record.links == ("https://www.harbour.example/more",)
    assert (record.community, record.author.id) == ("harbour.example", "harbour.example")
    assert record.author.handle == "The Harbour Ledger & Co"
    assert record.created_at.isoformat() == "2026-03-02T08:30:00+00:00"
    assert len(record.native_id) == 32


async def test_unchanged_feed_is_not_read(site: Site, fetcher: Fetcher) -> None:
    """The second visit is conditional, and 304 keeps the validators."""
    site.answer = lambda request: (
        reply(status=304)
        if "if-none-match" in request.headers
        else reply(RSS.format(items="").encode(), etag='"a"')
    )
    source = Feeds(fetcher, [site.url])
    first = await source.fetch(site.url, {}, NOW)
    second = await source.fetch(site.url, first.cursor, NOW)
    assert (second.not_modified, second.cursor) == (
        True,
        {"etag": '"a"', "newest": "2026-03-02T08:30:00+00:00"},
    )
    assert not second.records


async def test_what_fell_out_of_a_feed_is_a_gap(site: Site, fetcher: Fetcher) -> None:
    """When the oldest entry is newer than all that was known, what lay between is told; else nothing is."""
    site.answer = lambda _: reply(RSS.format(items="").encode())
    source = Feeds(fetcher, [site.url])
    near = await source.fetch(site.url, {"newest": "2026-03-02T08:30:00+00:00"}, NOW)
    far = await source.fetch(site.url, {"newest": "2026-02-27T08:00:00+00:00"}, NOW)
    assert near.gaps == ()
    (gap,) = far.gaps
    assert (gap.start.isoformat(), gap.end.isoformat()) == (
        "2026-02-27T08:00:00+00:00",
        "2026-03-02T08:30:00+00:00",
    )


@pytest.mark.parametrize(("ttl", "hours"), [("180", 3), ("99999", 6)])
async def test_a_feed_says_how_long_it_stays_the_same(
    site: Site, fetcher: Fetcher, ttl: str, hours: int
) -> None:
    """The minutes in <ttl> are heeded like max-age, up to six hours."""
    body = RSS.format(items="").replace("<item>", f"<ttl>{ttl}</ttl><item>", 1)
    site.answer = lambda _: reply(body.encode(), cache_control="max-age=5")
    haul = await Feeds(fetcher, [site.url]).fetch(site.url, {}, NOW)
    assert haul.next_check_at == NOW + timedelta(hours=hours)


def test_atom_is_read_too() -> None:
    """An Atom entry without summary gives its content, a plain title is no HTML, links are made whole."""
    (record,) = read_page(_page(ATOM.encode()), URL, NOW).batch.records.values()
    assert (record.text, record.title) == ("Whole text.", "We compare a<b")
    assert record.url == "https://harbour.example/posts/1"


def test_ids_are_stable_and_of_their_site() -> None:
    """The same entry has the same id every time; the same bare guid on two sites names two records."""
    ids = [
        next(iter(read_page(_page(RSS.format(items="").encode()), feed, NOW).batch.records))
        for feed in (URL, URL, "https://other.example/feed")
    ]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    "inside",
    [
        f"<title>no link</title>{DAY}",
        "<title>no date</title><link>https://harbour.example/2</link>",
        f"<title>far ahead</title><link>https://harbour.example/2</link>{DAY.replace('2026', '9999')}",
        f"<title>script</title><link>javascript:alert(1)</link>{DAY}",
        f"<link>https://harbour.example/2</link>{DAY}",
        f"<title>odd</title><link>http://[</link>{DAY}",
    ],
)
def test_a_bad_entry_does_not_stop_the_others(inside: str) -> None:
    """An entry without link, date or words, or with a false one, is counted; the rest arrives."""
    batch = read_page(_page(_item(inside)), URL, NOW).batch
    assert (len(batch.records), batch.bad) == (1, 1)


def test_old_entries_are_no_news() -> None:
    """What a feed carries from before the last 30 days is neither taken nor counted as bad."""
    old = f"<title>old</title><link>https://harbour.example/2</link>{DAY.replace('2026', '2015')}"
    batch = read_page(_page(_item(old)), URL, NOW).batch
    assert (len(batch.records), batch.bad) == (1, 0)


def test_entity_bomb_is_harmless() -> None:
    """A feed whose entities would unfold to gigabytes is read in little memory, and they do not unfold."""
    names = [f"e{n}" for n in range(12)]
    entities = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in itertools.pairwise(names)
    )
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "boom">{entities}]>'
    body = RSS.format(items="").replace("<rss", f"{bomb}<rss", 1).replace("What the", "&e11; What the", 1)
    tracemalloc.start()
    batch = read_page(_page(body.encode()), URL, NOW).batch
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    assert all("boom" not in record.text for record in batch.records.values())


def test_external_entities_are_not_loaded() -> None:
    """A feed cannot pull a local file into a story."""
    with tempfile.NamedTemporaryFile() as secret:
        secret.write(b"swordfish")
        secret.flush()
        doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret.name}">]><rss'
        body = RSS.format(items="").replace("<rss", doctype, 1).replace("What the", "&x; What the", 1)
        batch = read_page(_page(body.encode()), URL, NOW).batch
    assert "swordfish" not in str(batch)


def test_a_body_that_names_a_file_is_not_that_file(tmp_path: Path) -> None:
    """A server that sends the path of a local file does not get the file read."""
    path = tmp_path / "feed.xml"
    path.write_text(RSS.format(items=""))
    with pytest.raises(SourceError, match="no feed"):
        read_page(_page(str(path).encode()), URL, NOW)


@pytest.mark.parametrize(
    ("declared", "sent", "header"),
    [
        ("ISO-8859-1", "latin-1", "application/xml"),
        ("UTF-8", "latin-1", "application/xml; charset=utf-8"),
        ("UTF-8", "utf-16", "application/xml; charset=utf-16"),
        ("UTF-8", "utf-8", "application/xml; charset=nonsense"),
    ],
)
def test_wrong_charsets_are_survived(declared: str, sent: str, header: str) -> None:
    """A feed whose charset is old, wrong or unknown still gives its entries."""
    body = RSS.format(items="").replace("UTF-8", declared).replace("terms", "caf\u00e9 terms").encode(sent)
    (record,) = read_page(_page(body, header), URL, NOW).batch.records.values()
    assert "terms say" in record.text


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html><title>Sign in</title>", b"\x00\xff", b'{"a": 1}', b"<" * 5_000, b"<rss"]
)
def test_what_is_no_feed_is_a_source_error(body: bytes) -> None:
    """A page that holds no feed fails the source instead of looking like an empty feed."""
    with pytest.raises(SourceError):
        read_page(_page(body, "text/html"), URL, NOW)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300),
    st.integers(0, len(RSS)),
    st.integers(0, 300),
    st.sampled_from(["application/xml", "text/html; charset=x", ""]),
)
def test_no_feed_causes_another_error(junk: bytes, at: int, length: int, content_type: str) -> None:
    """Whatever the bytes, the outcome is a batch or SourceError."""
    body = RSS.encode()
    for hostile in (junk, body[:at] + junk + body[at + length :], body[:at]):
        try:
            read_page(_page(hostile, content_type), URL, NOW)
        except SourceError:
            continue


def test_default_feeds_are_usable(fetcher: Fetcher) -> None:
    """Without feeds in the settings about twenty distinct https feeds are read; with some, only those."""
    feeds = default_feeds()
    assert 18 <= len(set(feeds)) == len(feeds)
    assert all(urlsplit(feed).scheme == "https" for feed in feeds)
    assert Feeds(fetcher).targets == feeds
    assert Feeds(fetcher, ["https://a.example/feed"]).targets == ("https://a.example/feed",)


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Lantern Lab",
    "items": [
        {
            "id": "https://lantern.example/posts/1",
            "url": "/posts/1",
            "title": "Lantern 2 is open",
            "content_html": '<p>Whole <a href="/more">text</a>.</p>',
            "date_published": "2026-03-02T08:00:00Z",
        },
        {"id": 2, "url": "/posts/2", "content_text": "No date."},
        {"id": 3, "title": "No link", "date_published": "2026-03-02T08:00:00Z"},
        {"id": 4, "url": "/posts/4", "content_text": "Old.", "date_published": "2020-03-02T08:00:00Z"},
        5,
    ],
}


async def test_json_feeds_are_read_too(site: Site, fetcher: Fetcher) -> None:
    """A JSON Feed gives the same articles as RSS would; entries that cannot be read are counted."""
    site.answer = lambda _: reply(JSON_FEED)
    haul = await Feeds(fetcher, [site.url]).fetch(f"{site.url}/feed.json", {}, NOW)
    (record,) = haul.records
    assert (record.title, record.text, record.url) == (
        "Lantern 2 is open", "Whole text.", f"{site.url}/posts/1",
    )  # fmt: skip
    assert record.links == (f"{site.url}/more",)
    assert record.author.handle == "Lantern Lab"
    assert haul.bad == 3
    assert haul.cursor == {"newest": "2026-03-02T08:00:00+00:00"}


def test_json_that_is_no_feed_is_a_failure() -> None:
    """JSON of another shape is a failure of the source."""
    with pytest.raises(SourceError):
        read_page(_page(b'{"error": "gone"}', "application/json"), URL, NOW)
