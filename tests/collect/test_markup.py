"""HTML to text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.markup import read_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One &amp; <i>two</i>.</p><p>Three<br>four</p>", "One & two.\n\nThree\nfour"),
        ("First<p>second<p>third", "First\n\nsecond\n\nthird"),
        ("<ul><li>a</li><li>b</li></ul>end", "a\nb\n\nend"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ("a &lt;b&gt; c &#x27;d&#x27; &nbsp; e", "a <b> c 'd' \xa0 e"),
        ("plain, no markup: 2 > 1", "plain, no markup: 2 > 1"),
        (
            "<p>Mine</p><aside class='quote'><p>Somebody else's</p></aside><p>Mine again</p>",
            "Mine\n\nMine again",
        ),
        ("<title>x</title>shown", "shown"),
        ("<!-- hidden -->shown", "shown"),
        ("", ""),
        ("<img src=x onerror=alert(1)>", ""),
        ("a\x00<b>b\ud800</b>\u202e", "ab"),
        ("<pre><code>x = 1\ny = 2</code></pre>", "x = 1\ny = 2"),
        ("lots   of\n\n  blanks <b> here </b>", "lots of blanks here"),
    ],
)
def test_a_reader_sees_the_text(html: str, text: str) -> None:
    """Paragraphs and lines are kept, entities decoded; scripts and quoted people are not there."""
    assert read_html(html).text == text


def test_links_are_absolute_web_links() -> None:
    """Links are made absolute; what is not http(s) or lies in a quotation is left out."""
    html = (
        '<a href="/a">a</a> <a href="https://b.example/?x=1&amp;y=2">b</a> '
        '<a href="javascript:c()">c</a>'
        '<a href="http://[">d</a><a>e</a>'
        '<aside><a href="https://quoted.example/">f</a></aside><a href="/a">g</a>'
    )
    assert read_html(html, "https://forum.example/t/1").links == (
        "https://forum.example/a",
        "https://b.example/?x=1&y=2",
    )


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<![CDATA[", "&", "<div>", "<p>", "<a href=", "<table><tr><td>", "</p>", '"']
)
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    """A million characters of broken markup are read in well under a second of work."""
    start = time.process_time()
    read_html(piece * (1_000_000 // len(piece)))
    assert time.process_time() - start < 5


@given(st.text(st.characters() | st.sampled_from("<>&/!-[]ap\"'= ")))
def test_no_markup_causes_an_error(html: str) -> None:
    """Any string becomes clean text."""
    text = read_html(html).text
    assert text == text.encode().decode().strip()
    assert "\x00" not in text
