"""Stories: append-only versions, with claims and citations as rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.decision import DecisionKind
from bot.domain.errors import NotFoundError
from bot.domain.story import (
    READINGS,
    Check,
    Citation,
    Claim,
    ClaimKind,
    Draft,
    Paragraph,
    Report,
    Story,
    StoryState,
    move,
)  # fmt: skip
from bot.store.publications import keeps_lost_words
from bot.store.schema import citations, claims, decisions, publications, stories, story_versions, storylines
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_HEADLINE, _DECK, _BODY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Head:
    """What has to be known of a story to decide whether another one repeats it."""

    id: str
    storyline_id: str
    beat: str
    state: StoryState
    headline: str
    created_at: datetime
    label: str
    """What its storyline is called."""
    updates: str | None = None
    """The story that it is an update of."""
    people: int = 0
    """How many spoke in what it tells."""
    articles: int = 0
    """How many articles of the press it counts."""


async def create(connection: AsyncConnection, story: Story, *, change: str = "first draft") -> None:
    """Store a new story with its first version."""
    await connection.execute(
        stories.insert().values(
            id=story.id, storyline_id=story.storyline_id, signal_id=story.signal_id, beat=story.beat,
            state=story.state.value, version=story.version, updates=story.updates, reason=story.reason,
            numbers=dict(story.numbers), gaps=list(story.gaps),
            created_at=story.created_at, updated_at=story.updated_at,
        )
    )  # fmt: skip
    await _append(connection, story, change)


async def revise(connection: AsyncConnection, story: Story, *, change: str) -> None:
    """Append `story` as the next version of itself; `change` says in a sentence what is different."""
    await _append(connection, story, change)
    await connection.execute(
        stories.update()
        .where(stories.c.id == story.id)
        .values(
            version=story.version,
            numbers=dict(story.numbers),
            gaps=list(story.gaps),
            updated_at=story.updated_at,
        )
    )


async def set_state(
    connection: AsyncConnection, story_id: str, to: StoryState, *, at: datetime, reason: str | None = None
) -> None:
    """Move a story to another state.

    Raises NotFoundError or TransitionError.
    """
    current = await connection.scalar(sa.select(stories.c.state).where(stories.c.id == story_id))
    if current is None:
        raise NotFoundError(_missing(story_id))
    changes: dict[str, Any] = {"state": move(story_id, StoryState(current), to).value, "updated_at": at}
    if to is StoryState.PUBLISHED:
        changes["published_at"] = at
    if reason is not None:
        changes["reason"] = reason
    await connection.execute(stories.update().where(stories.c.id == story_id).values(changes))


async def get(connection: AsyncConnection, story_id: str, *, version: int | None = None) -> Story:
    """Return a story at `version` (default: the current one).

    Raises NotFoundError.
    """
    row = (await connection.execute(sa.select(stories).where(stories.c.id == story_id))).one_or_none()
    if row is None:
        raise NotFoundError(_missing(story_id))
    found = await _load(connection, [row], version)
    if not found:
        msg = f"story {story_id} has no version {version}"
        raise NotFoundError(msg)
    return found[0]


async def change(connection: AsyncConnection, story_id: str, version: int) -> str:
    """Return what a version of a story changed, in a sentence."""
    mine = sa.and_(story_versions.c.story_id == story_id, story_versions.c.version == version)
    return str(await connection.scalar(sa.select(story_versions.c.change).where(mine)))


async def beat_of(connection: AsyncConnection, story_id: str) -> str:
    """Return the beat of a story.

    Raises NotFoundError.
    """
    beat: str | None = await connection.scalar(sa.select(stories.c.beat).where(stories.c.id == story_id))
    if beat is None:
        raise NotFoundError(_missing(story_id))
    return beat


async def exists(connection: AsyncConnection, story_id: str) -> bool:
    """Tell whether a story has this id."""
    return await connection.scalar(sa.select(stories.c.id).where(stories.c.id == story_id)) is not None


async def in_state(connection: AsyncConnection, *states: StoryState) -> list[Story]:
    """Return the stories in these states, oldest first."""
    statement = sa.select(stories).where(stories.c.state.in_([state.value for state in states]))
    rows = (await connection.execute(statement.order_by(stories.c.created_at, stories.c.id))).all()
    return await _load(connection, rows)


async def wounded(connection: AsyncConnection) -> list[str]:
    """Return the ids of stories of which words stand somewhere that were taken back with an erased record."""
    return sorted((await connection.scalars(ids_of_wounded())).all())


def ids_of_wounded() -> sa.CompoundSelect[str]:
    """Return the question for stories whose current version, or what stands of any, has lost words.

    Of a retracted story nothing is shown but what stands on a network.
    """
    killed, retracted = StoryState.KILLED.value, StoryState.RETRACTED.value
    current = sa.and_(claims.c.story_id == stories.c.id, claims.c.version == stories.c.version)
    lost = sa.select(stories.c.id).join(claims, current).where(claims.c.text == "")
    torn = sa.select(stories.c.id).join(publications, publications.c.story_id == stories.c.id)
    return sa.union(
        lost.where(stories.c.state.not_in([killed, retracted])),
        torn.where(stories.c.state != killed, keeps_lost_words()),
    )


async def heads(connection: AsyncConnection, since: datetime, *, killed_at_desk: bool = False) -> list[Head]:
    """Return what was told since `since`, newest first, without the bodies.

    Killed stories are left out, but for those that a person killed if `killed_at_desk`.
    """
    return await _heads(connection, stories.c.created_at >= since, killed_at_desk=killed_at_desk)


async def linked(
    connection: AsyncConnection, storyline_ids: Iterable[str] = (), story_ids: Iterable[str] = ()
) -> list[Head]:
    """Return what was ever told on these storylines, these stories, and what updates them, newest first.

    Of killed stories there are those that a person killed.
    """
    among, ids = list(storyline_ids), list(story_ids)
    condition = sa.or_(stories.c.storyline_id.in_(among), stories.c.id.in_(ids), stories.c.updates.in_(ids))
    return await _heads(connection, condition, killed_at_desk=True)


async def _heads(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], *, killed_at_desk: bool
) -> list[Head]:
    # A join would leave it to the database to begin with the headlines of all times.
    headline = (
        sa.select(claims.c.text)
        .where(
            claims.c.story_id == stories.c.id,
            claims.c.version == stories.c.version,
            claims.c.paragraph == _HEADLINE,
        )
        .scalar_subquery()
        .label("headline")
    )
    wanted = stories.c.state != StoryState.KILLED.value
    if killed_at_desk:
        kill = sa.and_(decisions.c.story_id == stories.c.id, decisions.c.kind == DecisionKind.KILL.value)
        wanted = sa.or_(wanted, sa.exists().where(kill))
    statement = (
        sa.select(stories, headline, storylines.c.label)
        .join(storylines, storylines.c.id == stories.c.storyline_id)
        .where(wanted, condition)
        .order_by(stories.c.created_at.desc(), stories.c.id)
    )
    return [
        Head(
            row.id,
            row.storyline_id,
            row.beat,
            StoryState(row.state),
            row.headline,
            row.created_at,
            row.label,
            row.updates,
            int(row.numbers.get("authors", 0)),
            int(row.numbers.get("articles", 0)),
        )
        for row in await connection.execute(statement)
    ]


async def texts(connection: AsyncConnection, before: datetime, *, limit: int) -> list[list[str]]:
    """Return headline, deck and paragraphs of the `limit` latest stories before `before`, newest first.

    Killed ones are left out.
    """
    latest = (
        sa.select(stories.c.id, stories.c.version, stories.c.created_at)
        .where(stories.c.created_at < before, stories.c.state != StoryState.KILLED.value)
        .order_by(stories.c.created_at.desc(), stories.c.id)
        .limit(limit)
        .subquery()
    )
    statement = (
        sa.select(claims.c.story_id, claims.c.paragraph, claims.c.text)
        .join(latest, sa.and_(claims.c.story_id == latest.c.id, claims.c.version == latest.c.version))
        .order_by(latest.c.created_at.desc(), latest.c.id, claims.c.paragraph, claims.c.position)
    )
    told: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in await connection.execute(statement):
        told[row.story_id][row.paragraph].append(row.text)
    return [[" ".join(said) for said in paragraphs.values()] for paragraphs in told.values()]


async def every(connection: AsyncConnection) -> list[Story]:
    """Return all stories, newest first."""
    rows = (
        await connection.execute(sa.select(stories).order_by(stories.c.created_at.desc(), stories.c.id))
    ).all()
    return await _load(connection, rows)


async def _append(connection: AsyncConnection, story: Story, change: str) -> None:
    draft, key = story.draft, {"story_id": story.id, "version": story.version}
    await connection.execute(
        story_versions.insert().values(
            **key, writer=draft.writer, model=draft.model, prompt_version=draft.prompt_version,
            instead=draft.instead, fidelity=story.report.fidelity, change=change, created_at=story.updated_at,
            report=[list(astuple(item)) for item in story.report.checks],
        )
    )  # fmt: skip
    placed = [(_HEADLINE, 0, draft.headline), (_DECK, 0, draft.deck)] + [
        (_BODY + number, position, claim)
        for number, paragraph in enumerate(draft.paragraphs)
        for position, claim in enumerate(paragraph.claims)
    ]
    await connection.execute(
        claims.insert(),
        [
            key | {"claim_id": claim.id, "paragraph": paragraph, "position": position,
                   "kind": claim.kind.value, "text": claim.text, "numbers": list(claim.numbers)}
            for paragraph, position, claim in placed
        ],
    )  # fmt: skip
    cited = [
        key | {"claim_id": claim.id, "record_id": item.record_id, "marker": item.marker, "quote": item.quote}
        for _, _, claim in placed
        for item in claim.citations
    ]
    if cited:
        await connection.execute(citations.insert(), cited)


async def _load(
    connection: AsyncConnection, rows: Sequence[sa.Row[Any]], version: int | None = None
) -> list[Story]:
    wanted = {row.id: version or row.version for row in rows}
    heads = await _versions(connection, story_versions, wanted)
    cited: dict[tuple[str, str], list[Citation]] = defaultdict(list)
    for item in await _versions(connection, citations, wanted):
        cited[item.story_id, item.claim_id].append(Citation(item.marker, item.record_id, item.quote))
    said: dict[str, dict[int, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for item in sorted(await _versions(connection, claims, wanted), key=lambda item: item.position):
        said[item.story_id][item.paragraph].append(
            Claim(
                id=item.claim_id,
                kind=ClaimKind(item.kind),
                text=item.text,
                citations=tuple(sorted(cited[item.story_id, item.claim_id], key=lambda c: c.marker)),
                numbers=tuple(item.numbers),
            )
        )
    by_story = {head.story_id: head for head in heads}
    return [_story(row, by_story[row.id], said[row.id]) for row in rows if row.id in by_story]


async def _versions(
    connection: AsyncConnection, table: sa.Table, wanted: dict[str, int]
) -> Iterable[sa.Row[Any]]:
    rows = await fetch_by(connection, sa.select(table), table.c.story_id, wanted)
    return [row for row in rows if row.version == wanted[row.story_id]]


def _story(row: sa.Row[Any], head: sa.Row[Any], said: dict[int, list[Claim]]) -> Story:
    body = tuple(Paragraph(tuple(said[number])) for number in sorted(said) if number >= _BODY)
    report = Report(tuple(Check(*check) for check in head.report), head.fidelity)
    return Story(
        id=row.id,
        version=head.version,
        state=StoryState(row.state),
        beat=row.beat,
        storyline_id=row.storyline_id,
        signal_id=row.signal_id,
        draft=Draft(
            headline=said[_HEADLINE][0],
            deck=said[_DECK][0],
            paragraphs=body,
            writer=head.writer,
            model=head.model,
            prompt_version=head.prompt_version,
            readings=tuple(check for check in report.checks if check.name in READINGS),
            instead=head.instead,
        ),
        report=report,
        created_at=row.created_at,
        updated_at=row.updated_at,
        published_at=row.published_at,
        updates=row.updates,
        reason=row.reason,
        numbers=row.numbers,
        gaps=tuple(row.gaps or ()),
    )


def _missing(story_id: str) -> str:
    return f"there is no story {story_id}: `groundswell story list` shows those there are"
