"""Re-embed: when the embedding model was changed, all that was kept by another one is embedded anew.

Vectors of two models cannot be compared, so nothing is noticed until this is done. What is heard meanwhile
waits as rows, and the rest of the bot goes on: stories are mended and sent between batches.
Each batch of storylines is one transaction with its centres, those spoken of last first, so a process that is
killed goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import structlog

from bot.detect.embedding import DIMENSIONS, MODEL, dimensions_of
from bot.detect.storylines import recentred
from bot.detect.vectors import renewed
from bot.store import embeddings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bot.pipeline.newsroom import Newsroom

_BATCH = 50

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> AsyncIterator[int]:
    """Embed anew what another model embedded; yield after each batch how many openers it held.

    A process has one model, so it looks once.
    """
    total = 0
    if newsroom.memory.of_one_model:
        return
    while size := await _batch(newsroom):
        total += size
        newsroom.memory.of_one_model = False
        newsroom.memory.forget()
        yield size
    newsroom.memory.of_one_model = True
    if total:
        log.info("re-embedded", action="reembed", status="ok", records=total, model=MODEL)


async def _batch(newsroom: Newsroom) -> int:
    async with newsroom.store.read() as connection:
        lines = await embeddings.outdated(connection, MODEL, _BATCH)
        if not lines:
            return 0
        openers = await embeddings.openers(connection, lines)
    dense = await asyncio.to_thread(newsroom.embedder.embed, [opener.words for opener in openers])
    vectors = {
        opener.record_id: renewed(opener.vector, row, dimensions_of(opener.model))
        for opener, row in zip(openers, dense, strict=True)
    }
    async with newsroom.store.write() as connection:
        centres = _centres(openers, dense, await embeddings.centres(connection, lines))
        await embeddings.renew(connection, MODEL, vectors, centres)
    return len(openers)


def _centres(
    openers: Sequence[embeddings.Embedded], dense: NDArray[np.float32], packed: Mapping[str, bytes]
) -> dict[str, bytes]:
    sums: defaultdict[str, NDArray[np.float32]] = defaultdict(lambda: np.zeros(DIMENSIONS, dtype=np.float32))
    before: dict[str, int] = {}
    for opener, row in zip(openers, dense, strict=True):
        sums[opener.storyline_id] += row
        if opener.model != MODEL:
            before[opener.storyline_id] = dimensions_of(opener.model)
    return {line: recentred(centre, sums[line], before[line]) for line, centre in packed.items()}
