"""The interchange format and the rules every record obeys."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.intake import MAX_TEXT, Batch, Gone, GoneAuthor, as_heard
from bot.collect.interchange import encode, parse_line
from bot.collect.jetstream import Protocol, parse, read
from bot.domain.errors import InputError
from bot.domain.record import Record, RecordKind
from tests.collect.loopback import NOW, broken
from tests.collect.test_jetstream import DID, POST, REPLY, v1

LINE: dict[str, Any] = {
    "source": "hackernews",
    "native_id": "123",
    "kind": "post",
    "url": "https://news.example/item?id=123",
    "author": {"id": "marlow", "handle": "Marlow Finch"},
    "created_at": "2026-03-01T12:00:00Z",
    "title": "Lantern 2 is open",
    "text": "The weights are out.\n\nThe licence is not.",
    "lang": "en-GB",
    "parent": None,
    "root": None,
    "community": "r/LanternModels",
    "links": ["https://lantern.example/2", "item?id=5", "javascript:alert(1)", 7],
    "metrics": {"score": 12, "ratio": 0.5, "hot": True, "huge": 10**30, "replies": 3},
    "mood": "sour",
}


def _parse(**changes: object) -> Record:
    return parse_line(json.dumps({**LINE, **changes}).encode(), not_after=NOW)


def test_a_line_becomes_a_record() -> None:
    """Every field lands where it belongs; unknown keys, odd links and odd metrics are left out."""
    record = _parse()
    assert (record.id, record.kind, record.author_key) == (
        "hackernews:123",
        RecordKind.POST,
        "hackernews:marlow",
    )
    assert record.created_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert record.text == LINE["text"]
    assert record.lang == "en"
    assert record.links == ("https://lantern.example/2",)
    assert record.metrics == {"score": 12, "replies": 3}


def test_a_file_may_begin_with_its_byte_order_mark() -> None:
    """The mark that some programs put before UTF-8 costs no line."""
    line = json.dumps(LINE).encode("utf-8-sig")
    assert parse_line(line, not_after=NOW) == _parse()


def test_a_post_of_bluesky_is_one_post_in_a_file_and_on_the_stream() -> None:
    """Named by its at-uri or as the stream names it, it has one identity, and so have root and parent."""
    heard = read(parse(v1(POST | {"reply": REPLY}), Protocol.V1))
    assert isinstance(heard, Record)
    uris = {
        "native_id": f"at://{DID}/app.bsky.feed.post/3post",
        "root": REPLY["root"]["uri"],
        "parent": REPLY["parent"]["uri"],
    }
    author = {"id": DID, "handle": "lantern.example"}
    for names in (uris, {name: getattr(heard, name) for name in uris}):
        said = _parse(source="bluesky", kind="comment", author=author, **names)
        assert (said.id, said.root, said.parent) == (heard.id, heard.root, heard.parent)
        assert (said.thread, said.author_key) == (heard.thread, heard.author_key)
    other = f"at://{DID}/app.bsky.feed.generator/3feed"
    assert _parse(source="bluesky", native_id=other).native_id == other
    assert _parse(native_id=uris["native_id"]).native_id == uris["native_id"]


def test_encoding_is_the_inverse_of_reading() -> None:
    """What is written is read back as the same record."""
    record = _parse(created_at="2026-03-01T14:00:00.123456+02:00")
    assert parse_line(encode(record), not_after=NOW) == record


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (
            {"created_at": "1970-01-01T00:00:00Z"},
            "created_at: 1970-01-01 lies outside 2000-01-01 to 2026-03-02",
        ),
        ({"created_at": "9999-12-31T23:59:59Z"}, "created_at: 9999-12-31 lies outside"),
        ({"created_at": "9999-12-31T23:59:59-14:00"}, "created_at"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "created_at"),
        ({"created_at": "2026-03-01T12:00:00"}, "created_at"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": 1772366400}, r"\$\.created_at"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "ftp://files.example/"}, "url"),
        ({"url": "https:///nowhere"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://user:pass@news.example/"}, "url"),
        ({"url": "https://news.example/a b"}, "url"),
        ({"url": "https://news.example/\u202egpj"}, "url"),
        ({"url": "https://news.example/" + "a" * 3_000}, "url"),
        ({"text": "", "title": None}, "text"),
        ({"text": "\u200b\u202e\x00 ", "title": "\ufeff"}, "text"),
        ({"source": ""}, "source"),
        ({"source": "a:b"}, "source"),
        ({"native_id": ""}, "native_id"),
        ({"native_id": "1 2"}, "native_id"),
        ({"native_id": "1\n2"}, "native_id"),
        ({"native_id": "1\u200b"}, "native_id"),
        ({"native_id": "x" * 513}, "native_id"),
        ({"parent": "a b"}, "parent"),
        ({"root": "a\tb"}, "root"),
        ({"kind": "rumour"}, r"\$\.kind"),
        ({"kind": "x" * 5_000_00}, "Invalid enum value"),
        ({"author": {"id": "x"}}, "handle"),
        ({"author": {"id": " ", "handle": "x"}}, "author.id"),
        ({"author": {"id": "x", "handle": "\u200b"}}, "author.handle"),
        ({"author": None}, r"\$\.author"),
        ({"text": 5}, r"\$\.text"),
        ({"links": "https://a.example"}, r"\$\.links"),
        ({"metrics": [1]}, r"\$\.metrics"),
    ],
)
def test_a_broken_rule_names_the_field(changes: dict[str, Any], field: str) -> None:
    """A line that breaks a rule is refused with the field at fault, in few words."""
    with pytest.raises(InputError, match=field) as caught:
        _parse(**changes)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\x00",
        b"{",
        json.dumps(LINE).encode()[:-30],
        b"[]",
        b"null",
        b'"text"',
        b"[" * 200_000,
        b'{"x":' * 200_000,
        b"\xff\xfe{}",
        json.dumps(LINE).replace("weights", "\\ud800").encode(),
        json.dumps(LINE).encode().replace(b"weights", b"\xed\xa0\x80"),
        json.dumps(LINE).encode().replace(b"12,", b"9" * 5_000 + b","),
        b'{"source": "' + b"a" * 10_000_000 + b'"}',
    ],
    ids=range(14),
)
def test_hostile_bytes_are_refused(line: bytes) -> None:
    """Cut, nested, wrongly encoded and 10 MB lines, surrogates and number bombs end in InputError."""
    with pytest.raises(InputError):
        parse_line(line, not_after=NOW)


def test_text_is_cleaned() -> None:
    """NUL, bidi and zero-width characters are gone from title and text; a title is one line."""
    record = _parse(text="a\x00b\u202ec\u200bd\r\ne", title=" Lantern\u2066\n 2 ")
    assert (record.text, record.title) == ("abcd\ne", "Lantern 2")


def test_long_text_is_cut_at_a_word() -> None:
    """Text beyond 40,000 characters ends with a whole word within the limit."""
    text = _parse(text="lantern " * 6_000).text
    assert MAX_TEXT - 10 < len(text) <= MAX_TEXT
    assert text.endswith("lantern")
    assert len(_parse(text="x" * 50_000).text) == MAX_TEXT


def test_lists_are_bounded() -> None:
    """At most 50 links and 20 metrics are kept."""
    record = _parse(
        links=[f"https://a.example/{n}" for n in range(99)], metrics={f"m{n}": n for n in range(99)}
    )
    assert (len(record.links), len(record.metrics)) == (50, 20)


@settings(max_examples=500, deadline=None)
@given(broken(LINE))
def test_no_bytes_cause_another_error(line: bytes) -> None:
    """Whatever the bytes, the outcome is a record that obeys the rules or InputError."""
    try:
        record = parse_line(line, not_after=NOW)
    except InputError:
        return
    assert record.words
    assert record.text == record.text.encode().decode()
    assert parse_line(encode(record), not_after=NOW) == record


@given(st.timedeltas(timedelta(days=-9), timedelta(days=9)))
def test_a_clock_ahead_counts_as_now(ahead: timedelta) -> None:
    """A date up to a day ahead counts as now; other dates stay, for the rules to judge."""
    heard = as_heard(NOW + ahead, NOW)
    assert heard == (NOW if timedelta() < ahead <= timedelta(days=1) else NOW + ahead)


def test_the_last_word_about_a_record_counts() -> None:
    """In one batch a deletion takes a record out, a return brings it back, an author takes all."""
    batch, record = Batch(), _parse()
    other = _parse(native_id="124", author={"id": "ines", "handle": "Ines"})
    for heard in (record, other, Gone(record.id)):
        batch.take(heard)
    assert (tuple(batch.records), tuple(batch.gone)) == ((other.id,), (record.id,))
    batch.take(record)
    assert (len(batch.records), tuple(batch.gone)) == (2, ())
    batch.take(GoneAuthor(other.author_key))
    assert (tuple(batch.records), tuple(batch.gone_authors)) == ((record.id,), (other.author_key,))
