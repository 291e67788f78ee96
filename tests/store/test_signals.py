"""Signals: the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.signal import SignalKind, SignalState
from bot.store import records, regroup, signals, storylines
from tests.factory import NOON, make_record
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


async def test_it_is_known_which_kinds_of_signal_were_raised_lately(store: Store) -> None:
    """Of each storyline and kind the newest signal is given, if it is new enough."""
    async with store.write() as connection:
        await furnish(connection)
        for hours, kind in ((1, SignalKind.SURGE), (2, SignalKind.SURGE), (1, SignalKind.DIVERGENCE)):
            await signals.add(
                connection, make_signal(id=f"{kind}{hours}", kind=kind, detected_at=NOON + hours * HOUR)
            )
        surge, parting = ("heron", SignalKind.SURGE), ("heron", SignalKind.DIVERGENCE)
        found = await signals.raised_since(connection, NOON)
        assert found == {surge: NOON + 2 * HOUR, parting: NOON + HOUR}
        assert await signals.raised_since(connection, NOON + HOUR) == {surge: NOON + 2 * HOUR}


async def test_a_storyline_answers_for_what_it_took_in(store: Store) -> None:
    """What a storyline gave that was merged since counts as given by the one it is part of."""
    async with store.write() as connection:
        await furnish(connection)
        await regroup.absorb(connection, stay="another", go="heron")
        raised = await signals.raised_since(connection, NOON - 9 * HOUR)
    assert {line for line, _ in raised} == {"another"}


async def test_a_storyline_without_a_name_takes_that_of_what_it_takes_in(store: Store) -> None:
    """Whatever was told under a name goes on under it; a storyline that has a name keeps its own."""
    async with store.write() as connection:
        await furnish(connection)
        for line_id, label in (("heron", "Heron"), ("blank", ""), ("cards", "Cards")):
            await regroup.keep(connection, line_id, "law", regroup.Content(1, NOON, NOON, ()), b"")
            await storylines.describe(connection, line_id, beat="law", label=label)
        await regroup.absorb(connection, stay="blank", go="heron")
        assert (await storylines.get(connection, "blank")).label == "Heron"
        await regroup.absorb(connection, stay="cards", go="blank")
        assert (await storylines.get(connection, "blank")).label == "Cards"


async def test_a_signal_is_at_home_where_most_of_its_evidence_is(store: Store) -> None:
    """It stays with half of it, and with none left; it goes with more."""
    async with store.write() as connection:
        said = await furnish(connection, posts=4)
        kept = storylines.Kept("part", "open-source", NOON, NOON, 0, b"")
        await storylines.save(connection, [kept])
        found = []
        for record in said[:3]:
            await regroup.move(connection, {record.thread: "part"})
            found.append(await regroup.homes(connection, {"heron-surge": "heron"}))
        assert [homes["heron-surge"] for homes in found] == ["heron", "heron", "part"]
        assert await regroup.homes(connection, {"none": "heron"}) == {"none": "heron"}


async def test_what_was_news_is_not_usual(store: Store) -> None:
    """The usual count of a beat's storylines is taken from those that gave no signal."""
    async with store.write() as connection:
        await furnish(connection, posts=30)
        plain = make_record(author="somebody")
        await records.add(connection, [plain], NOON)
        await storylines.save(connection, [storylines.Kept("plain", "open-source", NOON, NOON, 1, b"")])
        noticed = records.Noticed(plain.id, records.NOTICED, "en", "plain", plain.id, b"\x01", {})
        await records.notice(connection, [noticed])
        days = NOON - 24 * HOUR, NOON + 24 * HOUR
        usual = await storylines.daily_counts(connection, *days)
        own = await storylines.own_counts(connection, ["heron", "plain"], *days, counted_at=NOON + HOUR)
        # What was counted before a signal came stays in the counts, and is taken away as before.
        before = await storylines.own_counts(connection, ["heron"], *days, counted_at=NOON - HOUR)
    assert usual == {"open-source": (1, 1)}
    assert own == {"plain": (1, 1)}
    assert before == {"heron": (30, 1)}
