"""May this message be answered? Pure rules, the same on every network; each refusal has a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

PER_DAY = 5
PER_THREAD = 3
DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why a message gets no answer."""

    OWN = "own"
    BOT = "bot"
    BLOCKED = "blocked"
    OPTED_OUT = "opted-out"
    NOT_ADDRESSED = "not-addressed"
    TOO_OLD = "too-old"
    DAY_QUOTA = "day-quota"
    THREAD_QUOTA = "thread-quota"
    # It was meant for the bot and asks for nothing it can give.
    TALK = "talk"
    # Another objection by the same person in the same thread: it is kept for the desk.
    NOTED = "noted"
    NO_STORY = "no-story"
    # What the answer showed was taken back.
    TAKEN_BACK = "taken-back"
    # The network would not take the answer.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be known of a message to decide about it.

    `addressed`: it replies to a post of ours or mentions us. `bot`: the author is labelled as one. `blocked`:
    either side blocks the other. `today` and `in_thread` count the answers this person got in the last DAY
    and in this thread.
    """

    sent_at: datetime
    own: bool = False
    bot: bool = False
    blocked: bool = False
    addressed: bool = True
    opted_out: bool = False
    today: int = 0
    in_thread: int = 0


def refusal(asked: Asked, now: datetime) -> Reason | None:
    """Return why the message may not be answered at `now`, or None if it may."""
    rules = (
        (asked.own, Reason.OWN),
        (asked.blocked, Reason.BLOCKED),
        (asked.opted_out, Reason.OPTED_OUT),
        (asked.bot, Reason.BOT),
        (not asked.addressed, Reason.NOT_ADDRESSED),
        (now - asked.sent_at > DAY, Reason.TOO_OLD),
        (asked.in_thread >= PER_THREAD, Reason.THREAD_QUOTA),
        (asked.today >= PER_DAY, Reason.DAY_QUOTA),
    )
    return next((reason for holds, reason in rules if holds), None)
