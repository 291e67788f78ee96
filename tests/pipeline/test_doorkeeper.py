"""The gate of a whole network's stream."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.pipeline.doorkeeper import Doorkeeper
from bot.store import records
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from bot.detect.relevance import Relevance
    from bot.domain.clock import ReplayClock
    from bot.store.engine import Store


@pytest.fixture
def gate(relevance: Relevance, sqlite_store: Store, clock: ReplayClock) -> Doorkeeper:
    """Give the gate of a network that no beat calls a community."""
    return Doorkeeper(relevance, sqlite_store, clock, languages=("en",), source="fictional")


@pytest.mark.parametrize(
    ("text", "lang", "passes"),
    [
        ("This language model writes my letters.", "en", True),
        ("This language model writes my letters.", "en-GB", True),
        ("This language model writes my letters.", None, True),
        ("This language model writes my letters.", "de", False),
        ("My cat writes my letters.", "en", False),
    ],
)
def test_what_is_about_the_topic_passes(gate: Doorkeeper, text: str, lang: str | None, passes: bool) -> None:  # noqa: FBT001 - a table
    """A post passes if it is in a language that is read, or in none, and on topic by its words."""
    assert gate.admits(text, lang) is passes


def test_a_community_of_a_beat_passes_whole(
    relevance: Relevance, sqlite_store: Store, clock: ReplayClock
) -> None:
    """What is said in a community of a beat passes whatever it says."""
    gate = Doorkeeper(relevance, sqlite_store, clock, languages=("en",), source="r/LocalModels")
    assert gate.admits("My cat writes my letters.", "en")


async def test_conversations_that_were_kept_are_followed(gate: Doorkeeper, sqlite_store: Store) -> None:
    """A thread is followed once something of it was heard, until all of it was laid aside."""
    kept, aside, reply = make_record(), make_record(), make_record(root="opening", parent="opening")
    async with sqlite_store.write() as connection:
        await records.add(connection, [kept, aside, reply], NOON)
        await records.notice(connection, [records.Noticed(aside.id, records.ASIDE, "en")])
    asked = [kept.id, aside.id, reply.thread, "fictional:never"]
    assert set(await gate.follows(asked)) == {kept.id, reply.thread}
    late = make_record()
    async with sqlite_store.write() as connection:
        await records.add(connection, [late], NOON)
        await records.notice(connection, [records.Noticed(kept.id, records.ASIDE, "en")])
    assert set(await gate.follows([*asked, late.id])) == {late.id, reply.thread}


async def test_old_conversations_are_let_go(
    gate: Doorkeeper, sqlite_store: Store, clock: ReplayClock
) -> None:
    """Replies to what was last heard of more than a week ago are not read any more."""
    old = make_record()
    async with sqlite_store.write() as connection:
        await records.add(connection, [old], NOON)
    assert await gate.follows([old.id]) == {old.id}
    clock.advance(NOON + timedelta(days=8))
    assert await gate.follows([old.id]) == set()
