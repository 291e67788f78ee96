"""`groundswell sources`: what the store knows of how each source is heard."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from bot.domain.gap import Gap
from bot.operate import listening
from bot.store import gaps, records, sources
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.engine import Store

HOUR = timedelta(hours=1)


class _Source:
    interval = HOUR

    def __init__(self, name: str, *targets: str, off: str | None = None) -> None:
        self.name = name
        self.targets: Sequence[str] = targets
        self.off_reason = off

    async def fetch(self, *_: object) -> Any:
        """Never to be called: this command asks nobody."""
        pytest.fail("a source was asked")


@pytest.fixture
async def found(sqlite_store: Store) -> list[listening.Standing]:
    """Give the standings of a healthy, a failing, a fresh and an absent target."""
    async with sqlite_store.write() as connection:
        old = make_record(source="forum", created_at=NOON - 72 * HOUR)
        await records.add(connection, [old], NOON - 48 * HOUR)
        await records.add(connection, [make_record(source="forum") for _ in range(3)], NOON - HOUR)
        for target in ("well", "ill"):
            await sources.succeeded(
                connection, "forum", target, cursor={}, at=NOON - HOUR, heard_until=NOON - 2 * HOUR,
                next_check_at=NOON + HOUR,
            )  # fmt: skip
        ill = await sources.get(connection, "forum", "ill")
        await sources.failed(connection, ill, error="forum.example is down", cooldown_until=NOON + 3 * HOUR)
        missed = [Gap(NOON - 9 * HOUR, NOON - 8 * HOUR, "the list was cut")]
        await gaps.add(connection, "forum", "well", missed)
    known = [_Source("forum", "well", "ill", "new"), _Source("shut", "x", off="no key is given")]
    async with sqlite_store.read() as connection:
        return await listening.standings(connection, known, NOON)


def test_each_source_is_told_as_data(found: list[listening.Standing]) -> None:
    """The document holds last success, lag, records of a day, next check, failures and gaps with times."""
    forum, shut = json.loads(json.dumps(listening.document(found, NOON)))
    assert (forum["name"], forum["off"], forum["records_24h"]) == ("forum", None, 3)
    well, ill, new = forum["targets"]
    assert (well["last_success_at"], well["lag_seconds"]) == ((NOON - HOUR).isoformat(), 7_200)
    assert well["next_check_at"] == (NOON + HOUR).isoformat()
    assert well["gaps"] == [
        {
            "start": (NOON - 9 * HOUR).isoformat(),
            "end": (NOON - 8 * HOUR).isoformat(),
            "reason": "the list was cut",
        }
    ]
    assert (ill["failures"], ill["last_error"]) == (1, "forum.example is down")
    assert (new["last_success_at"], new["lag_seconds"], new["gaps"]) == (None, None, [])
    assert (shut["off"], shut["targets"]) == ("no key is given", [])


@pytest.mark.parametrize("columns", [40, 120])
def test_each_source_is_shown(found: list[listening.Standing], columns: int) -> None:
    """The same stands in the terminal, however narrow."""
    console = Console(width=columns, file=io.StringIO())
    console.print(listening.render(found, NOON))
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert max(map(len, shown.splitlines())) <= columns
    told = " ".join(shown.split())
    assert "3 in 24 h" in told
    assert "last heard 2026-03-02 11:00, 120 min behind, next check 2026-03-02 13:00" in told
    assert "failed once, left alone until 2026-03-02 15:00: forum.example is down" in told
    assert "gap 2026-03-02 03:00 to 2026-03-02 04:00: the list was cut" in told
    assert "never heard" in told
    assert "off: no key is given" in told


async def _standing(store: Store, *hours_ago: float) -> listening.Standing:
    """Return how a forum stands that brought something so many hours ago."""
    async with store.write() as connection:
        for ago in hours_ago:
            await records.add(connection, [make_record(source="forum")], NOON - ago * HOUR)
        await sources.succeeded(connection, "forum", "well", cursor={}, at=NOON)
    async with store.read() as connection:
        return (await listening.standings(connection, [_Source("forum", "well")], NOON))[0]


async def test_a_source_that_answers_and_brings_nothing_is_called_silent(sqlite_store: Store) -> None:
    """It is called so after a pause twice as long as the longest before, whatever its visits say."""
    standing = await _standing(sqlite_store, 60, 50, 49.5, 48, 23)
    assert standing.silent_since is None
    silent = await _standing(sqlite_store, 40, 30)
    assert silent.silent_since == NOON - 23 * HOUR
    console = Console(width=120, file=io.StringIO())
    console.print(listening.render([silent], NOON))
    assert "silent for 23 h" in console.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    assert listening.document([silent], NOON)[0]["silent_since"] == (NOON - 23 * HOUR).isoformat()


async def test_a_short_pause_is_no_silence(sqlite_store: Store) -> None:
    """A busy source may rest for hours, and one that was heard once has no habits yet."""
    assert (await _standing(sqlite_store, 5)).silent_since is None
    assert (await _standing(sqlite_store, 5.1, 5.2, 5.3)).silent_since is None
