"""Links: one address for one article."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.links import canonical

ARTICLE = "https://harbour.example/2026/lantern"
_GOOGLE = base64.urlsafe_b64encode(
    b'\x08\x13"' + bytes([len(ARTICLE)]) + ARTICLE.encode() + b"\xd2\x01\x00"
).decode()

_WRAPPED = f"https://l.facebook.com/l.php?u={quote(ARTICLE, safe='')}"


@pytest.mark.parametrize(
    "link",
    [
        ARTICLE,
        "http://harbour.example/2026/lantern",
        "https://www.harbour.example:443/2026/lantern/",
        "https://HARBOUR.example//2026/lantern#comments",
        f"{ARTICLE}?utm_source=feed&utm_medium=rss&fbclid=1&ref=hn",
        "https://m.harbour.example/2026/lantern",
        "https://mobile.harbour.example/2026/lantern",
        "https://amp.harbour.example/2026/lantern",
        f"{ARTICLE}/amp",
        f"{ARTICLE}/amp/",
        "https://harbour.example/amp/2026/lantern",
        f"{ARTICLE}?amp=1",
        "https://www.google.com/amp/s/harbour.example/2026/lantern/amp",
        "https://harbour-example.cdn.ampproject.org/c/s/harbour.example/2026/lantern/amp/",
        "https://www.google.com/url?sa=t&q=https%3A%2F%2Fharbour.example%2F2026%2Flantern&usg=x",
        "https://www.google.co.uk/url?url=https://harbour.example/2026/lantern",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fharbour.example%2F2026%2Flantern%3Ffbclid%3Dx&h=y",
        "https://out.reddit.com/?url=https%3A%2F%2Fharbour.example%2F2026%2Flantern&token=z",
        f"https://www.google.com/url?q={quote(_WRAPPED, safe='')}",
        f"https://news.google.com/rss/articles/{_GOOGLE.rstrip('=')}?oc=5",
    ],
)
def test_one_article_has_one_address(link: str) -> None:
    """Scheme, www, port, slash, fragment, tracking, AMP, mobile hosts and aggregators make no difference."""
    assert canonical(link) == ARTICLE


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://youtu.be/abc_123?si=x&t=5", "https://youtube.com/watch?v=abc_123"),
        ("https://m.youtube.com/watch?v=abc_123&list=PL1", "https://youtube.com/watch?v=abc_123"),
        ("https://www.youtube.com/shorts/abc_123", "https://youtube.com/watch?v=abc_123"),
        ("http://arxiv.org/pdf/2603.00001v2.pdf", "https://arxiv.org/abs/2603.00001"),
        ("https://arxiv.org/abs/2603.00001v1", "https://arxiv.org/abs/2603.00001"),
        ("https://twitter.com/wren/status/5?s=20", "https://x.com/wren/status/5"),
        ("https://old.reddit.com/r/LanternModels/", "https://reddit.com/r/LanternModels"),
        ("https://en.m.wikipedia.org/wiki/Lantern", "https://en.wikipedia.org/wiki/Lantern"),
        ("https://news.ycombinator.com/item?id=5", "https://news.ycombinator.com/item?id=5"),
        ("https://shop.example/find?b=2&a=1", "https://shop.example/find?a=1&b=2"),
        ("https://shop.example:8443/x", "https://shop.example:8443/x"),
        ("https://lamp.example/amplifier.html", "https://lamp.example/amplifier.html"),
        ("https://m.example/x", "https://m.example/x"),
        ("https://news.google.com/rss/articles/CBMiNotALinkAtAllButLongEnough", None),
        ("https://www.google.com/url?q=javascript:alert(1)", None),
        ("mailto:wren@harbour.example", "mailto:wren@harbour.example"),
        ("http://[", "http://["),
    ],
)
def test_sites_and_exceptions(link: str, address: str | None) -> None:
    """Known sites have one address a thing; what only looks like a variant is left alone."""
    if address is None:
        assert canonical(link).startswith("https://")
        assert "javascript" not in canonical(link).partition("?")[0]
    else:
        assert canonical(link) == address


@given(
    st.text(max_size=60),
    st.sampled_from(["", "https://", "https://www.google.com/url?q=", "http://a.example/"]),
)
def test_any_text_has_an_address_that_is_its_own(text: str, before: str) -> None:
    """Nothing raises, and the canonical address of a canonical address is itself."""
    once = canonical(before + text)
    assert canonical(once) == once
