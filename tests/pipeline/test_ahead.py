"""Reading ahead: a second process changes how long a replay takes, and nothing else."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.detect.reading import Reading
from bot.pipeline.ahead import Ahead, reading_ahead
from tests.pipeline import week

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.record import Record


@pytest.fixture(scope="module")
def said() -> list[Record]:
    """Give a few hundred records, long ones and short ones."""
    return list(week.records()[:400])


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    """Give a process that reads."""
    with Ahead() as ahead:
        yield ahead


def _facts(reading: Reading) -> tuple[object, ...]:
    counts, sketch = reading.counts, reading.sketch
    return (
        reading.lang,
        counts.hashes.tobytes(),
        counts.sizes.tobytes(),
        None if sketch is None else sketch.digest(),
    )


def test_what_was_read_ahead_is_what_would_have_been_read(ahead: Ahead, said: list[Record]) -> None:
    """Every record comes through in order, and its reading is the same to the last bit."""
    passed = []
    for record in ahead.through(iter(said)):
        passed.append(record)
        assert _facts(ahead.read(record)) == _facts(Reading(record))
    assert passed == said


def test_a_text_that_was_edited_meanwhile_is_read_anew(ahead: Ahead, said: list[Record]) -> None:
    """What counts is the record as it is stored, not as it was handed over."""
    first = next(ahead.through(iter(said[:1])))
    edited = replace(first, title=None, text="Nobody had said this about the harbour before today.")
    assert _facts(ahead.read(edited)) == _facts(Reading(edited))


def test_a_record_that_nobody_handed_over_is_read_at_once(ahead: Ahead, said: list[Record]) -> None:
    """It is the same for the one who asks."""
    assert _facts(ahead.read(said[0])) == _facts(Reading(said[0]))


def test_a_record_is_read_ahead_once_for_all_who_ask(ahead: Ahead, said: list[Record]) -> None:
    """Whoever tells a story asks about records that were noticed, and know their language by now."""
    first = next(ahead.through(iter(said[:1])))
    reading = ahead.read(first)
    assert ahead.read(replace(first, lang=reading.lang)) is reading
    assert ahead.read(replace(first, lang="fi")).lang == "fi"


def test_a_process_that_dies_is_not_missed(ahead: Ahead, said: list[Record]) -> None:
    """The records it was given are read by whoever asks for them, and the log says so once."""
    through = ahead.through(iter(said))
    first = next(through)
    ahead._process.kill()
    with capture_logs() as told:
        for record in (first, *islice(through, 20)):
            assert _facts(ahead.read(record)) == _facts(Reading(record))
    assert [entry["event"] for entry in told] == ["no longer read ahead"]


def test_where_no_process_can_be_started_nothing_is_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay goes on by itself, and the log says why."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with capture_logs() as told, reading_ahead() as ahead:
        assert ahead is None
    assert [entry["event"] for entry in told] == ["not read ahead"]
    assert "/no/such/python" in told[0]["error"]


def test_the_process_ends_with_whoever_started_it(said: list[Record]) -> None:
    """At the end of the replay it is gone, also with records that nobody fetched."""
    with Ahead() as ahead:
        next(ahead.through(iter(said)))
        assert ahead._process.poll() is None
    assert ahead._process.poll() is not None
