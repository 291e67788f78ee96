"""Traces: what was made of records' words elsewhere in the store, so that it goes when they go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.question import QuestionState
from bot.domain.story import StoryState
from bot.store import publications
from bot.store.schema import answer_evidence, citations, claims, questions, stories, story_versions
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

# Of an answer: its posts, or the channel and the message it replies to; of a post, how it is called.
_KEPT = ("channel", "to")
_PLACE = ("uri", "cid")


async def drop_claims(
    connection: AsyncConnection, cited: Sequence[sa.Row[Any]], at: datetime
) -> tuple[str, ...]:
    """Take the words out of these citations, their claims, reports and publications; return the story ids."""
    concerned: dict[tuple[str, int], None] = {}
    torn: set[tuple[str, int]] = set()
    for row in cited:
        concerned[row.story_id, row.version] = None
        claim = {"story_id": row.story_id, "version": row.version, "claim_id": row.claim_id}
        lost = claims.update().where(*_is(claims, claim), claims.c.text != "").values(text="")
        if (await connection.execute(lost)).rowcount:
            torn.add((row.story_id, row.version))
        citation = claim | {"record_id": row.record_id}
        await connection.execute(citations.update().where(*_is(citations, citation)).values(quote=""))
    await _drop_details(connection, concerned)
    if concerned:
        await publications.withdraw(connection, concerned)
        await publications.tear(connection, torn, at)
    return tuple(dict.fromkeys(story_id for story_id, _ in concerned))


async def drop_drafts(connection: AsyncConnection, storyline_ids: Iterable[str]) -> None:
    """Take the words out of the killed stories on these storylines.

    What was killed may quote without citing, so that nobody can tell any more whose words are in it.
    """
    killed = sa.select(stories.c.id).where(stories.c.state == StoryState.KILLED.value)
    ids = [row.id for row in await fetch_by(connection, killed, stories.c.storyline_id, storyline_ids)]
    for story_id in ids:
        await connection.execute(claims.update().where(claims.c.story_id == story_id).values(text=""))
        await connection.execute(citations.update().where(citations.c.story_id == story_id).values(quote=""))
    versions = sa.select(story_versions.c.story_id, story_versions.c.version)
    rows = await fetch_by(connection, versions, story_versions.c.story_id, ids)
    killed_versions = [(row.story_id, row.version) for row in rows]
    await _drop_details(connection, killed_versions)
    if killed_versions:
        await publications.withdraw(connection, killed_versions)


async def drop_answers(connection: AsyncConnection, record_ids: Iterable[str]) -> None:
    """Tear the answers that show these records: unsent ones lose their words, where they stand is kept.

    Whoever sends them takes them back (`bot.store.questions.unfounded`).
    """
    statement = (
        sa.select(questions.c.id, questions.c.answer, questions.c.answered_at)
        .join(answer_evidence, answer_evidence.c.question_id == questions.c.id)
        .where(questions.c.answer.is_not(None))
    )
    for row in await fetch_by(connection, statement, answer_evidence.c.record_id, record_ids):
        left = row.answer if row.answered_at else _placed(row.answer)
        values = {"state": QuestionState.TORN.value, "answer": left}
        await connection.execute(questions.update().where(questions.c.id == row.id).values(values))


def _placed(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return of an unsent answer where it would stand, without its words."""
    bare = [{name: post[name] for name in _PLACE if name in post} for post in answer.get("posts", ())]
    return {"posts": bare, **{name: answer[name] for name in _KEPT if name in answer}}


async def _drop_details(connection: AsyncConnection, versions: Iterable[tuple[str, int]]) -> None:
    """Keep of the checks' verdicts which passed, not what was found."""
    for story_id, version in versions:
        mine = _is(story_versions, {"story_id": story_id, "version": version})
        report = await connection.scalar(sa.select(story_versions.c.report).where(*mine))
        bare = [
            [name, claim_id, passed, "", looked_at] for name, claim_id, passed, _, looked_at in report or ()
        ]
        await connection.execute(story_versions.update().where(*mine).values(report=bare))


def _is(table: sa.Table, key: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.items()]
