"""What the bot's profile on Bluesky says of it."""

from __future__ import annotations

import pytest

from bot.domain.text import graphemes
from bot.publish.bluesky import profile


@pytest.mark.parametrize("model", [True, False])
@pytest.mark.parametrize("operator", ["Me", "The Example Society for the Study of Public Talk " * 3])
def test_the_description_is_whole_whoever_runs_it(operator: str, *, model: bool) -> None:
    """A long name is shortened; what the account is, and how to ask, never is."""
    said = profile.wanted({}, bot_name="Groundswell", operator=operator, model=model, avatar={})[
        "description"
    ]
    assert graphemes(said) <= 256
    assert said.startswith(f"Automated account, run by {operator[:40]}"[:60])
    assert ("An AI (Claude)" in said) == model
    assert said.endswith("to see what a post rests on.")
