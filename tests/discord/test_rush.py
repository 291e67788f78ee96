"""Many channels at once, while Discord refuses a lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discord.rush import Trouble, rush

if TYPE_CHECKING:
    from pathlib import Path


async def test_every_channel_gets_every_story_once_and_in_order(tmp_path: Path) -> None:
    """Limits, errors and lost answers delay stories; none is missing, double, torn or out of order."""
    trouble = Trouble(errors=(503,), lost=1, short=1, long=1)
    outcome = await rush(tmp_path, guilds=4, beats=("open-source", "agents"), minutes=5, trouble=trouble)
    assert outcome.wanted == 20
    assert (outcome.missing, outcome.twice, outcome.misplaced) == (0, 0, 0)
    assert outcome.refused >= 10
