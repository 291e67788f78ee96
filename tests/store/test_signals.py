"""Signals: the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.signal import SignalState
from bot.store import signals, storylines
from tests.factory import NOON
from tests.store.house import HOUR, furnish, make_signal

if TYPE_CHECKING:
    from bot.store.engine import Store


async def test_a_signal_comes_back_with_its_evidence_in_order(store: Store) -> None:
    """Every field of a signal survives, and its evidence keeps its order."""
    async with store.write() as connection:
        said = await furnish(connection)
        backwards = make_signal(id="two", evidence=tuple(record.id for record in reversed(said)))
        await signals.add(connection, backwards)
        assert await signals.get(connection, "two") == backwards
        assert await signals.get(connection, "none") is None


async def test_a_signal_is_put_on_the_wire_once(store: Store) -> None:
    """Adding a signal whose id is known changes neither its fields, its state nor its evidence."""
    async with store.write() as connection:
        said = await furnish(connection)
        first = await signals.get(connection, "heron-surge")
        assert first is not None
        await signals.decide(connection, first.id, SignalState.PASSED, "told already")
        await signals.add(connection, replace(first, observed=99, evidence=first.evidence[:1]))
        assert await signals.get(connection, first.id) == first
        await signals.add(connection, make_signal(id="thin", evidence=(said[0].id,)))
        await signals.add(connection, make_signal(id="thin", evidence=(said[1].id,)))
        thin = await signals.get(connection, "thin")
        assert thin is not None
        assert thin.evidence == (said[0].id,)


async def test_the_wire_lists_open_oldest_first_and_latest_newest_first(store: Store) -> None:
    """Open signals come oldest first and leave when decided; the latest come newest first."""
    async with store.write() as connection:
        await furnish(connection)
        for name, hours in (("b", 2), ("a", 1)):
            await signals.add(connection, make_signal(id=name, detected_at=NOON + hours * HOUR))
        assert [signal.id for signal in await signals.open_signals(connection)] == ["heron-surge", "a", "b"]
        await signals.decide(connection, "a", SignalState.ASSIGNED, "a story")
        assert [signal.id for signal in await signals.open_signals(connection)] == ["heron-surge", "b"]
        assert [signal.id for signal in await signals.latest(connection, 2)] == ["b", "a"]


async def test_a_storyline_that_has_just_given_a_signal_is_left_out(store: Store) -> None:
    """The last day's talk holds a storyline again only once its newest signal is old enough."""
    async with store.write() as connection:
        said = await furnish(connection)
        start, end = said[0].created_at - HOUR, said[-1].created_at
        (signal,) = await signals.open_signals(connection)
        for since, found in ((signal.detected_at - HOUR, []), (signal.detected_at, ["heron"])):
            stretches = await storylines.stretches(connection, start, end, authors=1, unless_since=since)
            assert [stretch.storyline_id for stretch in stretches] == found
