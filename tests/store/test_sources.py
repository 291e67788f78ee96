"""Sources: cursors and health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store import records, sources
from tests.factory import NOON, make_record
from tests.store.house import HOUR

if TYPE_CHECKING:
    from bot.store.engine import Store


async def test_a_target_never_checked_is_fresh(store: Store) -> None:
    """A target nobody asked yet has an empty cursor and no failures."""
    async with store.read() as connection:
        assert await sources.get(connection, "rss", "feed") == sources.SourceState("rss", "feed")
        assert await sources.all_states(connection) == []


async def test_failures_add_up_and_a_success_clears_them(store: Store) -> None:
    """Failures are counted with the cursor left where it was; a success moves the cursor and clears them."""
    async with store.write() as connection:
        await sources.succeeded(
            connection,
            "rss",
            "feed",
            cursor={"etag": "a"},
            at=NOON,
            heard_until=NOON,
            next_check_at=NOON + HOUR,
            rate=2.5,
        )
        for _ in range(2):
            state = await sources.get(connection, "rss", "feed")
            await sources.failed(connection, state, error="timed out", cooldown_until=NOON + HOUR)
        assert await sources.get(connection, "rss", "feed") == sources.SourceState(
            "rss", "feed", {"etag": "a"}, NOON + HOUR, NOON, 2, NOON + HOUR, "timed out", NOON, NOON, 2.5
        )
        await sources.succeeded(connection, "rss", "feed", cursor={"etag": "b"}, at=NOON + HOUR)
        assert await sources.get(connection, "rss", "feed") == sources.SourceState(
            "rss",
            "feed",
            {"etag": "b"},
            last_success_at=NOON + HOUR,
            heard_since=NOON,
            heard_until=NOON,
        )


async def test_a_first_visit_may_fail(store: Store) -> None:
    """A target that never answered is remembered with its error."""
    async with store.write() as connection:
        fresh = sources.SourceState("rss", "feed")
        await sources.failed(connection, fresh, error="no such host", cooldown_until=NOON)
    async with store.read() as connection:
        (state,) = await sources.all_states(connection)
        assert (state.failures, state.last_error, state.last_success_at) == (1, "no such host", None)


async def test_cursor_and_records_go_together(store: Store) -> None:
    """When the transaction fails after the records, neither they nor the cursor are kept."""
    heard = make_record()

    async def visit() -> None:
        async with store.write() as connection:
            await records.add(connection, [heard], NOON)
            await sources.succeeded(connection, "rss", "feed", cursor={"n": 1}, at=NOON)
            raise ConnectionError

    try:
        await visit()
    except ConnectionError:
        async with store.read() as connection:
            assert await records.get(connection, [heard.id]) == {}
            assert (await sources.get(connection, "rss", "feed")).cursor == {}


async def test_work_notes_the_last_time_it_was_done_for(store: Store) -> None:
    """A tick that is noted is the last time until the next one; work that was never done has none."""
    async with store.write() as connection:
        assert await sources.last_done(connection, "baselines") is None
        await sources.tick(connection, "baselines", NOON)
        assert await sources.last_done(connection, "baselines") == NOON
        await sources.tick(connection, "baselines", NOON + HOUR)
        assert await sources.last_done(connection, "baselines") == NOON + HOUR
        assert await sources.last_done(connection, "watch") is None
