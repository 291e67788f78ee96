"""An account farm inside a real conversation is named in the signal and counts for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.pipeline import tell
from tests.factory import make_record
from tests.pipeline.conftest import EVE
from tests.pipeline.steps import HOUR
from tests.pipeline.test_mood import heard, parted

if TYPE_CHECKING:
    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom

_SPUN = "ClinNote is the future, the agent pays you every hour while you sleep, founder access closes {}"


async def test_a_farm_is_named_and_counts_for_nothing(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Signal and story count and quote the people only; both say how many accounts were left out."""
    farm = [
        make_record(
            native_id=f"farm-{number}",
            author=f"farm-{number}",
            source="reddit",
            community="r/AskClinicians",
            root=parted()[0].native_id,
            created_at=EVE - 5 * HOUR + timedelta(seconds=20 * number),
            text=_SPUN.format(word),
            links=("https://zentra.example/join",),
        )
        for number, word in enumerate(("today", "tonight", "soon", "early", "at noon", "now"))
    ]
    found = await heard(newsroom, clock, [*parted(), *farm])
    assert found
    for signal in found:
        assert (signal.observed, signal.authors, signal.numbers["farm"]) == (40, 40, 6)
        assert "6 accounts" in signal.why
        assert not {record.id for record in farm} & set(signal.evidence)
    clock.advance(EVE + 3 * HOUR)
    (story,) = await tell.run(newsroom)
    assert "account farm" in " ".join(claim.text for claim in story.draft.claims())
    cited = {citation.record_id for claim in story.draft.claims() for citation in claim.citations}
    assert not {record.id for record in farm} & cited
