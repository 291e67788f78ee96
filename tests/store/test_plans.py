"""What is asked at every tick is answered from an index, so that a tick stays cheap however much is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from bot.pipeline import assign
from bot.store import attention, due, places, records, signals, stories, storylines
from tests.factory import NOON

if TYPE_CHECKING:
    from bot.store.engine import Store

# Nearly all records are in one state, so an index on the state alone reads everything. Few claims lost their
# words and few records wait: the indexes of those may be read whole.
_WHOLE = re.compile(
    r"SCAN (records|claims|signals|stories)\b(?!.* ix_(claims_lost|records_due))"
    r"|SEARCH records .*\(state=\?\)"
)


async def test_no_question_of_a_tick_reads_a_whole_table(sqlite_store: Store) -> None:
    """Neither what is due, nor the threads of what was heard, nor the last day's talk scans what grows."""
    asked: list[tuple[str, Any]] = []
    day = timedelta(days=1)
    async with sqlite_store.read() as connection:
        engine = connection.sync_connection
        assert engine is not None

        @event.listens_for(engine, "before_cursor_execute")
        def note(
            _connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object
        ) -> None:
            asked.append((statement, parameters))

        await due.ask(connection, NOON)
        await records.due(connection, 100)
        await storylines.threads(connection, ["reddit:t3_a"])
        await storylines.spoken_of(connection, NOON - day)
        await storylines.stretches(connection, ["m1"], NOON - day, NOON, authors=12)
        await storylines.history(connection, ["m1"], NOON - 7 * day, NOON)
        await attention.of(connection, NOON, at_most=8 * day)
        await places.by_hour(connection, ["m1"], NOON, 192)
        await storylines.vectors(connection, NOON - 7 * day, NOON)
        await storylines.said_in(connection, "m1", NOON - day, NOON)
        await signals.open_signals(connection)
        await assign.slate(connection, NOON)
        await stories.heads(connection, NOON - day, killed_at_desk=True)
        await stories.linked(connection, ["m1"], ["a-story"])
        await stories.texts(connection, NOON, limit=50)
        event.remove(engine, "before_cursor_execute", note)
        assert len(asked) >= 8
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            whole = [row.detail for row in plan if _WHOLE.match(row.detail)]
            assert not whole, statement
