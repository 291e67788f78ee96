"""Switches: a person stops all publishing or mutes a beat, and later lets it go on.

They lie in the store, so that they hold across restarts and from whichever process they are set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.domain.decision import Decision, DecisionKind
from bot.domain.text import clean, squeeze
from bot.store import decisions

if TYPE_CHECKING:
    from bot.pipeline.newsroom import Office

log = structlog.get_logger(__name__)


async def halt(office: Office, by: str, reason: str = "") -> Decision:
    """Stop all publishing; return the halt that holds. What is being sent is broken off within a second."""
    async with office.store.write() as connection:
        held = await decisions.halted(connection)
        if held is not None:
            return held
        halted = Decision(DecisionKind.HALT, by, office.clock.now(), reason=squeeze(clean(reason)) or None)
        await decisions.add(connection, halted)
    log.warning("halted", action="desk", status="ok", by=by)
    return halted


async def resume(office: Office, by: str) -> Decision | None:
    """Let publishing go on; return the halt that this ended, None if there was none."""
    async with office.store.write() as connection:
        held = await decisions.halted(connection)
        if held is None:
            return None
        await decisions.add(connection, Decision(DecisionKind.RESUME, by, office.clock.now()))
    log.warning("resumed", action="desk", status="ok", by=by)
    return held


async def mute(office: Office, slug: str, by: str) -> Decision:
    """Tell and publish nothing new on a beat; return the mute that holds.

    Raises NotFoundError.
    """
    beat = office.book.beat(slug).slug
    async with office.store.write() as connection:
        held = (await decisions.muted(connection)).get(beat)
        if held is not None:
            return held
        muted = Decision(DecisionKind.MUTE, by, office.clock.now(), beat=beat)
        await decisions.add(connection, muted)
    log.warning("muted", action="desk", status="ok", beat=beat, by=by)
    return muted


async def unmute(office: Office, slug: str, by: str) -> Decision | None:
    """Let a beat be told again; return the mute that this ended, None if there was none."""
    async with office.store.write() as connection:
        held = (await decisions.muted(connection)).get(slug)
        if held is None:
            return None
        await decisions.add(connection, Decision(DecisionKind.UNMUTE, by, office.clock.now(), beat=slug))
    log.warning("unmuted", action="desk", status="ok", beat=slug, by=by)
    return held
