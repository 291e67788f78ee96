"""Questions: what readers wrote to the bot, kept by its remote id so that it is dealt with once.

The words of a message are never kept: what it asks for is decided, and the answer frozen with its remote ids,
in the transaction that first knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.question import QuestionState
from bot.store.records import ERASED
from bot.store.schema import answer_evidence, questions, records, stories
from bot.store.sql import fetch_by, insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


CARD = "card"
"""The reason of an answer that shows a story to a whole channel, and has to follow it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One message to the bot. `id` is the network's; `answer` is frozen before it is sent.

    `author_key` and `thread` are kept of those who got an answer, for the quotas. `disputed`: the message
    said that something is wrong, which is for the desk. `records` are shown by the answer.
    """

    id: str
    channel: str
    state: QuestionState
    asked_at: datetime
    story_id: str | None = None
    author_key: str | None = None
    thread: str | None = None
    reason: str | None = None
    disputed: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)
    answered_at: datetime | None = None
    records: tuple[str, ...] = ()


async def known(connection: AsyncConnection, ids: Iterable[str]) -> set[str]:
    """Return those of `ids` that were dealt with before."""
    return {row.id for row in await fetch_by(connection, sa.select(questions.c.id), questions.c.id, ids)}


async def add(connection: AsyncConnection, question: Question) -> None:
    """Keep a question that has just been decided; one that is known already stays as it is."""
    row = {name: getattr(question, name) for name in Question.__slots__ if name != "records"}
    row |= {"state": question.state.value, "answer": dict(question.answer)}
    await insert_new(connection, questions, [row])
    shown = [{"question_id": question.id, "record_id": record_id} for record_id in question.records]
    await insert_new(connection, answer_evidence, shown)


async def due(connection: AsyncConnection, channel: str) -> list[Question]:
    """Return the questions of a channel whose frozen answers are still to be sent, oldest first."""
    statement = (
        sa.select(questions)
        .where(questions.c.channel == channel, questions.c.state == QuestionState.RECEIVED.value)
        .order_by(questions.c.asked_at, questions.c.id)
    )
    return [_question(row) for row in await connection.execute(statement)]


async def answered(
    connection: AsyncConnection, question_id: str, at: datetime, *, answer: Mapping[str, Any]
) -> None:
    """Note that the answer is there; of the frozen answer only `answer` is kept.

    One that was torn while it was sent stays so.
    """
    torn = questions.c.state == QuestionState.TORN.value
    state = sa.case((torn, QuestionState.TORN.value), else_=QuestionState.ANSWERED.value)
    values = {"state": state, "answered_at": at, "answer": dict(answer)}
    await connection.execute(questions.update().where(questions.c.id == question_id).values(values))


async def declined(connection: AsyncConnection, question_id: str, reason: str) -> None:
    """Give an answer up; nothing of the person is kept."""
    values: dict[str, Any] = {"author_key": None, "thread": None, "answer": {}}
    values |= {"state": QuestionState.DECLINED.value, "reason": reason}
    await connection.execute(questions.update().where(questions.c.id == question_id).values(values))
    await connection.execute(answer_evidence.delete().where(answer_evidence.c.question_id == question_id))


async def forget(connection: AsyncConnection, author_key: str) -> None:
    """Forget who asked, and where, in everything this person asked."""
    values = {"author_key": None, "thread": None}
    await connection.execute(questions.update().where(questions.c.author_key == author_key).values(values))


async def unfounded(connection: AsyncConnection, channel: str) -> list[Question]:
    """Return the questions of a channel whose answers show a record, or words of it, that were taken back."""
    erased = (
        sa.select(answer_evidence.c.question_id)
        .join(records, records.c.id == answer_evidence.c.record_id)
        .where(records.c.state == ERASED)
    )
    lost = sa.or_(questions.c.id.in_(erased), questions.c.state == QuestionState.TORN.value)
    statement = sa.select(questions).where(questions.c.channel == channel, lost)
    return [_question(row) for row in await connection.execute(statement.order_by(questions.c.id))]


async def outdated(connection: AsyncConnection, channel: str) -> list[Question]:
    """Return the cards on a channel that show a story as it was before its last change."""
    statement = (
        sa.select(questions)
        .join(stories, stories.c.id == questions.c.story_id)
        .where(
            questions.c.channel == channel,
            questions.c.reason == CARD,
            questions.c.state == QuestionState.ANSWERED.value,
            stories.c.updated_at > questions.c.answered_at,
        )
    )
    return [_question(row) for row in await connection.execute(statement.order_by(questions.c.id))]


async def counts(
    connection: AsyncConnection, author_key: str, thread: str, since: datetime
) -> tuple[int, int]:
    """Return how many answers this person got since `since`, and how many ever in this thread."""
    mine = sa.and_(questions.c.author_key == author_key, questions.c.state != QuestionState.DECLINED.value)
    recent = sa.func.count().filter(questions.c.asked_at > since)
    here = sa.func.count().filter(questions.c.thread == thread)
    row = (await connection.execute(sa.select(recent, here).where(mine))).one()
    return row[0], row[1]


async def was_heard(connection: AsyncConnection, author_key: str, thread: str) -> bool:
    """Tell whether this person said before in this thread that something is wrong, and was answered."""
    said = sa.exists().where(
        questions.c.author_key == author_key,
        questions.c.thread == thread,
        questions.c.disputed,
        questions.c.state != QuestionState.DECLINED.value,
    )
    return await connection.scalar(sa.select(said)) or False


async def in_thread(connection: AsyncConnection, thread: str) -> list[Question]:
    """Return the questions of a thread that were or will be answered."""
    statement = sa.select(questions).where(questions.c.thread == thread)
    return [_question(row) for row in await connection.execute(statement)]


async def disputed(connection: AsyncConnection, since: datetime) -> list[Question]:
    """Return the messages since `since` that say something is wrong, newest first: they are for the desk."""
    statement = (
        sa.select(questions)
        .where(questions.c.disputed, questions.c.asked_at >= since)
        .order_by(questions.c.asked_at.desc(), questions.c.id)
    )
    return [_question(row) for row in await connection.execute(statement)]


def _question(row: sa.Row[Any]) -> Question:
    values = dict(row._mapping)  # noqa: SLF001 - documented API
    return Question(**values | {"state": QuestionState(row.state), "answer": row.answer or {}})
