"""Who may be answered: every rule, and the first that holds is the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.policy import DAY, PER_DAY, PER_THREAD, Asked, Reason, refusal
from tests.factory import NOON


def test_an_honest_question_is_answered() -> None:
    """Somebody who asks us today, within the quotas, is answered."""
    asked = Asked(sent_at=NOON - DAY, today=PER_DAY - 1, in_thread=PER_THREAD - 1)
    assert refusal(asked, NOON) is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"own": True}, Reason.OWN),
        ({"bot": True}, Reason.BOT),
        ({"blocked": True}, Reason.BLOCKED),
        ({"opted_out": True}, Reason.OPTED_OUT),
        ({"addressed": False}, Reason.NOT_ADDRESSED),
        ({"sent_at": NOON - DAY - timedelta(seconds=1)}, Reason.TOO_OLD),
        ({"today": 5}, Reason.DAY_QUOTA),
        ({"in_thread": 3}, Reason.THREAD_QUOTA),
    ],
)
def test_each_rule_refuses_by_itself(facts: dict[str, Any], reason: Reason) -> None:
    """Each single fact is enough for a refusal, which names it."""
    assert refusal(Asked(**{"sent_at": NOON} | facts), NOON) is reason
