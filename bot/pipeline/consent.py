"""Consent: who may be quoted is asked of their networks before a writer sees a word of theirs.

An answer counts for a day. Whoever cannot be asked about is not quoted meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import SourceError
from bot.store import consents

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from bot.domain.brief import Brief
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

_COUNTS_FOR = timedelta(days=1)
# Who takes the place of one who refuses is asked about, too; after that, those who were asked have to do.
_ROUNDS = 2

log = structlog.get_logger(__name__)


async def composed(
    newsroom: Newsroom, said: Sequence[Record], compose: Callable[[Collection[str]], Brief]
) -> Brief:
    """Return the brief that `compose` makes, in which everybody was asked about.

    `compose` takes the keys of those who may not be quoted. Only those whom it would quote are asked about:
    a storyline has many more voices than a brief. It is called off the event loop.
    """
    shut = await refusing(newsroom, said)
    for _ in range(_ROUNDS):
        brief = await asyncio.to_thread(compose, shut)
        more = await silent(newsroom, [item.record for item in brief.records]) - shut
        if not more:
            return brief
        shut |= more
    return await asyncio.to_thread(compose, shut | await silent(newsroom, said, asking=False))


async def silent(newsroom: Newsroom, records: Iterable[Record], *, asking: bool = True) -> set[str]:
    """Return the keys of those authors of `records` who may not be quoted now.

    Those whose answer is not known are asked about if `asking`, and may not be quoted otherwise.
    """
    people = _people(newsroom, records)
    async with newsroom.store.read() as connection:
        keys = {key for ids in people.values() for key in ids}
        known = await consents.known(connection, keys, newsroom.clock.now() - _COUNTS_FOR)
    for network, ids in people.items() if asking else ():
        known |= await ask(newsroom, network, [person for key, person in ids.items() if key not in known])
    return {key for key in keys if known.get(key, "could not be asked") is not None}


async def refusing(newsroom: Newsroom, records: Iterable[Record]) -> set[str]:
    """Return the keys of those authors of `records` who refused when they were last asked about."""
    people = _people(newsroom, records)
    async with newsroom.store.read() as connection:
        return await consents.refusing(connection, {key for ids in people.values() for key in ids})


async def ask(newsroom: Newsroom, network: str, author_ids: Sequence[str]) -> dict[str, str | None]:
    """Ask a network about people now, and keep what it says: author key -> why not, None if they may."""
    if not author_ids:
        return {}
    now = newsroom.clock.now()
    try:
        said = await newsroom.consenting[network].refusals(author_ids, now)
    except SourceError as error:
        log.warning("not asked", action="consent", status="error", source=network, error=str(error))
        return {}
    found = {f"{network}:{person}": refusal for person, refusal in said.items()}
    async with newsroom.store.write() as connection:
        await consents.keep(connection, found, now)
    refused = sum(refusal is not None for refusal in found.values())
    log.info("asked", action="consent", status="ok", source=network, people=len(author_ids), refused=refused)
    return found


def _people(newsroom: Newsroom, records: Iterable[Record]) -> dict[str, dict[str, str]]:
    """Return the authors by network, for the networks that can be asked: author key -> author id."""
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for record in records:
        if record.source in newsroom.consenting:
            people[record.source][record.author_key] = record.author.id
    return people
