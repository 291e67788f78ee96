"""A fictional brief, a loopback Messages API, a real store with its ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.domain.beat import Beat
from bot.domain.brief import Brief, BriefRecord, Told, Voice
from bot.domain.budget import Caps
from bot.domain.clock import ReplayClock
from bot.domain.record import Author, Record, RecordKind
from bot.domain.signal import Baseline, Signal, SignalKind, Storyline
from bot.store.schema import spend
from bot.store.spend import SpendLedger
from bot.write.claude import ClaudeWriter
from tests.fakes.anthropic import API_KEY, FakeAnthropic, good

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.store.engine import Store

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)

TEXTS = (
    (
        "r/PotteryClub",
        "ana_turner",
        "The kiln planner wants a monthly fee now. I'm not paying rent on my own glaze notes.",
    ),
    (
        "r/PotteryClub",
        "bo-rim",
        "I moved my notes to paper last night. It took four hours and I lost nothing.",
    ),
    ("hackernews", "cpx", "A local file would have solved this from the start. Nobody asked for an account."),
    ("hackernews", "dmw77", "The vendor has to eat too. Four hours of support a day is not free."),
    (
        "forum.clay.example",
        "erin.fields",
        "We ran the planner for a whole class. The export leaves out every photo.",
    ),
    (
        "forum.clay.example",
        "finn_o",
        "Teachers will be the last to hear about it. That is the part that bothers me.",
    ),
)


def make_record(
    number: int, text: str, *, place: str = "hackernews", handle: str | None = None, **changes: Any
) -> Record:
    """Return a fictional record."""
    record = Record(
        source="fiction",
        native_id=str(number),
        kind=RecordKind.COMMENT,
        url=f"https://talk.example/{number}",
        author=Author(f"id-{number}", handle or f"user_{number}"),
        created_at=NOW - timedelta(hours=10 - number % 10),
        text=text,
        community=place,
    )
    return replace(record, **changes)


def make_brief(records: list[Record] | None = None, **changes: Any) -> Brief:
    """Return a brief on a fictional quarrel over a pottery planner."""
    chosen = records or [
        make_record(number, text, place=place, handle=handle)
        for number, (place, handle, text) in enumerate(TEXTS, 1)
    ]
    signal = Signal(
        id="signal-1", storyline_id="line-1", kind=SignalKind.SURGE, beat="tools", detected_at=NOW,
        window_start=NOW - timedelta(hours=24), window_end=NOW, observed=48, authors=31,
        baseline=Baseline(12.0, 6.0, 19.0, "the two weeks before"), surprise=6.0,
        why="48 records where 12 were expected", evidence=tuple(record.id for record in chosen),
    )  # fmt: skip
    brief = Brief(
        storyline=Storyline("line-1", "tools", "kiln planner fee", NOW - timedelta(days=1), NOW, 48),
        signal=signal,
        beat=Beat("tools", "Tools of the trade", "What craftspeople work with", ("kiln",)),
        records=tuple(BriefRecord(number, record, 0.5) for number, record in enumerate(chosen, 1)),
        voices=(Voice("r/PotteryClub", 20, 14, ("glaze",)), Voice("hackernews", 16, 11)),
        numbers={"records": 48.0, "authors": 31.0, "ratio": 4.0, "share:hackernews": 33.0},
        terms=("kiln planner", "export"),
        names=("Kilnwise", "Clay.example"),
        now=NOW,
        told=(Told("kilns-go-online", "Kilns go online", NOW - timedelta(days=3)),),
    )
    return replace(brief, **changes)


@pytest.fixture(scope="session")
def _server() -> Iterator[FakeAnthropic]:
    with FakeAnthropic() as server:
        yield server


@pytest.fixture
def api(_server: FakeAnthropic) -> FakeAnthropic:
    """The loopback Messages API, forgetful of earlier tests."""
    _server.play(good)
    return _server


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """A real SQLite store; tests/store runs the ledger on both databases."""
    return sqlite_store


@pytest.fixture
def make_writer(api: FakeAnthropic, store: Store) -> Callable[..., ClaudeWriter]:
    """Return a maker of writers; the caps are 2 dollars a day and 30 a month unless told otherwise."""

    def make(
        *,
        caps: Caps | None = None,
        key: str = API_KEY,
        base_url: str | None = None,
        retries: int = 2,
        timeout: float = 30.0,
        floor: int = 90,
    ) -> ClaudeWriter:
        ledger = SpendLedger(store, ReplayClock(NOW), caps or Caps.from_dollars(daily=2, monthly=30))
        return ClaudeWriter(
            api_key=SecretStr(key),
            ledger=ledger,
            writer_model="claude-sonnet-5-5",
            small_model="claude-haiku-5-5",
            floor=floor,
            base_url=base_url or api.url,
            retries=retries,
            timeout=timeout,
        )

    return make


async def ledger_rows(store: Store) -> list[Any]:
    """Return every row of the ledger, oldest first."""
    async with store.read() as connection:
        return list((await connection.execute(sa.select(spend).order_by(spend.c.at, spend.c.stage))).all())
