"""What the desk commands show in a terminal, and the JSON forms of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import screen
from bot.domain.budget import dollars

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.decision import Decision
    from bot.domain.publication import Publication
    from bot.domain.question import Source
    from bot.domain.story import Check
    from bot.pipeline.case import Case, Dispute, Statement
    from bot.store.questions import Question


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person."""

    held: Sequence[Case]
    conflicts: Sequence[Publication]
    disputes: Sequence[Dispute]


def listing(waiting: Waiting, now: datetime) -> None:
    """Show what waits for a person."""
    for item in waiting.held:
        story = item.story
        age = round((now - story.created_at).total_seconds() / 3600)
        failed = sum(bool(statement.failed) for statement in item.statements)
        screen.say(f"{story.draft.headline.text}\n  {story.id} (version {story.version})")
        screen.say(f"  {story.beat}; held for {age} h: {story.reason}; {failed} claims fail")
    for publication in waiting.conflicts:
        screen.say(f"In conflict: {publication.id}\n  {publication.error}")
    for dispute in waiting.disputes:
        screen.say(f"Disputed: {dispute.story.draft.headline.text}\n  {dispute.story.id}")
        for objection in dispute.objections:
            screen.say(f"  {objection.asked_at:%Y-%m-%d %H:%M} UTC, {objection.id}{_because(objection)}")
    if not (waiting.held or waiting.conflicts or waiting.disputes):
        screen.say("Nothing waits for a person.")


def show(found: Case) -> None:
    """Show one case whole."""
    story = found.story
    why = f" ({story.reason})" if story.reason else ""
    screen.say(f"{story.id}, version {story.version}: {story.state}{why}")
    screen.say(f"fidelity {story.report.fidelity}; cost {dollars(found.cost)}; by {story.draft.writer}")
    if found.waits:
        screen.say(f"Would wait: {found.waits}")
    for item in found.failed:
        screen.say(f"FAILS {item.name}: {item.detail}")
    for statement in found.statements:
        _statement(statement)
    screen.say(f"\nThe thread, if it were approved now ({len(found.thread)} posts)")
    for number, post in enumerate(found.thread, 1):
        screen.say(f"\n[{number}] {post.text}")
    if not found.thread:
        screen.say("  What passes the checks is no story: edit it, or kill it.")
    for publication in found.publications:
        screen.say(f"\n{publication.channel}: {publication.state} {publication.error or ''}")
    for decision in found.decisions:
        screen.say(f"\nVersion {decision.version} was {decision}.")


def _statement(statement: Statement) -> None:
    claim = statement.claim
    screen.say(f"\n{claim.id} ({claim.kind}): {claim.text or '(its words were taken back)'}")
    for item in statement.failed:
        screen.say(f"  FAILS {item.name}: {item.detail}")
    for source in statement.sources:
        screen.say(f"  [{source.marker}] “{source.quote}”")
        screen.say(f"      {source.author}, {source.community}\n      {source.url}")


def listing_document(waiting: Waiting) -> dict[str, Any]:
    """Return what waits for a person as JSON."""
    return {
        "held": [document(item) for item in waiting.held],
        "conflicts": [_publication(item) for item in waiting.conflicts],
        "disputed": [
            {"story": dispute.story.id, "objections": [_objection(item) for item in dispute.objections]}
            for dispute in waiting.disputes
        ],
    }


def document(found: Case) -> dict[str, Any]:
    """Return one case as JSON."""
    story = found.story
    return {
        "id": story.id, "version": story.version, "state": story.state.value, "reason": story.reason,
        "beat": story.beat, "created_at": story.created_at.isoformat(), "writer": story.draft.writer,
        "model": story.draft.model, "fidelity": story.report.fidelity, "cost_usd": dollars(found.cost),
        "waits": found.waits, "failed": [_check(item) for item in found.failed],
        "claims": [
            {
                "id": item.claim.id, "kind": item.claim.kind.value, "text": item.claim.text,
                "failed": [_check(check) for check in item.failed],
                "sources": [_source(source) for source in item.sources],
            }
            for item in found.statements
        ],
        "thread": [{"text": post.text, "claims": list(post.claim_ids)} for post in found.thread],
        "publications": [_publication(item) for item in found.publications],
        "decisions": [_decision(item) for item in found.decisions],
    }  # fmt: skip


def _because(objection: Question) -> str:
    return f": {objection.reason}" if objection.reason else ""


def _objection(item: Question) -> dict[str, Any]:
    return {"id": item.id, "at": item.asked_at.isoformat(), "reason": item.reason}


def _check(item: Check) -> dict[str, str]:
    return {"check": item.name, "detail": item.detail}


def _source(item: Source) -> dict[str, Any]:
    return {
        "marker": item.marker, "quote": item.quote, "author": item.author, "url": item.url,
        "community": item.community, "created_at": item.created_at.isoformat(),
    }  # fmt: skip


def _publication(item: Publication) -> dict[str, Any]:
    return {
        "id": item.id, "story": item.story_id, "version": item.version, "channel": item.channel,
        "state": item.state.value, "error": item.error,
    }  # fmt: skip


def _decision(item: Decision) -> dict[str, Any]:
    return {
        "decision": item.kind.value, "by": item.by, "at": item.at.isoformat(), "version": item.version,
        "reason": item.reason, "claims": list(item.claims),
    }  # fmt: skip
