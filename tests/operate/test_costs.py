from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO

from rich.console import Console

from bot.domain.budget import Caps
from bot.operate import costs
from bot.store.spend import Entry
from tests.factory import NOON

USAGE = {
    "input_tokens": 900,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 100,
    "output_tokens": 50,
}
TODAY = Entry(
    NOON, "narrative", "large", "sig", "a-story", 7_000, settled=True, outcome="end_turn", usage=USAGE
)
LOST = replace(TODAY, stage="plan", model="small", story_id=None, micros=500, outcome=None, usage={})
YESTERDAY = replace(TODAY, at=NOON - timedelta(days=1), micros=2_000, outcome="refusal")


def test_costs_are_added_up_by_day_stage_story_and_outcome() -> None:
    """Each group names its calls, money and tokens; a call nobody knows the cost of counts in full."""
    found = costs.document(
        [YESTERDAY, TODAY, LOST], caps=Caps(10_000, 20_000), now=NOON, paused_until=NOON + timedelta(hours=1)
    )
    assert (found["today"]["micro_dollars"], found["month"]["micro_dollars"]) == (7_500, 9_500)
    assert [(day["name"][-2:], day["micro_dollars"]) for day in found["days"]] == [
        (f"{NOON - timedelta(days=1):%d}", 2_000),
        (f"{NOON:%d}", 7_500),
    ]
    assert {row["name"]: row["micro_dollars"] for row in found["stories"]} == {
        "a-story": 9_000,
        "no story came of it": 500,
    }
    assert {row["name"]: row["calls"] for row in found["stages"]} == {
        "narrative (large)": 2,
        "plan (small)": 1,
    }
    assert len(found["outcomes"]) == 3
    assert found["today"]["cache_share"] == 10.0
    assert found["paused_until"]


def test_costs_can_be_read_in_a_terminal() -> None:
    """The tables name the caps and every story."""
    found = costs.document([TODAY], caps=Caps(10_000, 20_000), now=NOON, paused_until=None)
    shown = StringIO()
    Console(file=shown, width=100).print(costs.render(found))
    assert "today: $0.0070 of $0.0100" in shown.getvalue()
    assert "a-story" in shown.getvalue()
