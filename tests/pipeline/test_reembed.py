"""When the embedding model was changed, what another one embedded is embedded anew; nothing else moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.detect.embedding import DIMENSIONS, MODEL
from bot.detect.storylines import recentred
from bot.detect.vectors import renewed, unpack
from bot.domain.story import StoryState
from bot.pipeline import mend, notice, reembed, tell, tick
from bot.store import embeddings, records, stories
from bot.store.schema import records as rows
from bot.store.schema import storylines as lines
from tests.factory import NOON, make_record
from tests.pipeline import plant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.pipeline.newsroom import Newsroom

_OLDER = "older-1.0-64"
_SAID = {
    "heron": ("Heron weights are out", "Heron 3 runs on a laptop"),
    "ruling": ("The court rules on scans",),
    "cards": ("Which card for a small desk?",),
}


async def _plant(newsroom: Newsroom) -> None:
    for line_id, texts in _SAID.items():
        await plant.line(newsroom, line_id, "law", [make_record(title=text, text="") for text in texts])


async def _kept(newsroom: Newsroom) -> tuple[dict[str, bytes | None], dict[str, bytes], set[str]]:
    """Return the vectors by record, the centres by storyline, and the models."""
    async with newsroom.store.read() as connection:
        said = (await connection.execute(sa.select(rows.c.id, rows.c.vector, rows.c.embedded_by))).all()
        held = (await connection.execute(sa.select(lines.c.id, lines.c.centroid))).all()
    return (
        {row.id: row.vector for row in said},
        {row.id: row.centroid for row in held},
        {row.embedded_by for row in said if row.vector},
    )


async def _by_another(newsroom: Newsroom) -> None:
    """Leave the store as a release with another model, of 64 numbers, would have."""
    vectors, centres, _ = await _kept(newsroom)
    blank = np.ones(64, dtype=np.float32)
    async with newsroom.store.write() as connection:
        for record_id, vector in vectors.items():
            if vector is None:
                continue
            old = renewed(vector, blank, DIMENSIONS)
            await connection.execute(
                rows.update().where(rows.c.id == record_id).values(vector=old, embedded_by=_OLDER)
            )
        for line_id, centre in centres.items():
            old = recentred(centre, blank, DIMENSIONS)
            await connection.execute(lines.update().where(lines.c.id == line_id).values(centroid=old))
    newsroom.memory.forget()


async def _renewed(newsroom: Newsroom) -> int:
    return sum([size async for size in reembed.run(newsroom)])


async def test_what_another_model_embedded_is_embedded_anew(newsroom: Newsroom) -> None:
    """Vectors, of whatever length, and the centres come out as if the new model had always been there."""
    await _plant(newsroom)
    vectors, centres, _ = await _kept(newsroom)
    await _by_another(newsroom)
    assert await _renewed(newsroom) == len(vectors)
    again, moved, models = await _kept(newsroom)
    assert models == {MODEL}
    for record_id, vector in vectors.items():
        assert unpack(again[record_id]).dense == pytest.approx(unpack(vector).dense, abs=1e-3)
        assert np.array_equal(unpack(again[record_id]).counts.hashes, unpack(vector).counts.hashes)
    for line_id, centre in centres.items():
        was, has = (np.frombuffer(packed, "<f4", DIMENSIONS) for packed in (centre, moved[line_id]))
        assert has == pytest.approx(was, abs=1e-3)
        assert moved[line_id][4 * DIMENSIONS :] == centre[4 * DIMENSIONS :]


async def test_what_is_erased_meanwhile_stays_erased(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that is deleted while its words are embedded gets no vector of them."""
    await _plant(newsroom)
    await _by_another(newsroom)
    (gone, *_), _, _ = await _kept(newsroom)
    renew = embeddings.renew

    async def erased_first(connection: AsyncConnection, *kept: Any) -> None:
        await records.erase(connection, [gone], newsroom.clock.now())
        await renew(connection, *kept)

    monkeypatch.setattr(embeddings, "renew", erased_first)
    await _renewed(newsroom)
    vectors, _, _ = await _kept(newsroom)
    assert vectors[gone] is None


async def test_a_change_of_model_that_was_cut_short_goes_on(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storyline is by one model or by the other, never half; the next run does what is left."""
    monkeypatch.setattr(reembed, "_BATCH", 1)
    await _plant(newsroom)
    await _by_another(newsroom)
    embed = newsroom.embedder.embed
    done: list[int] = []

    def once(texts: Sequence[str]) -> NDArray[np.float32]:
        if done:
            raise MemoryError
        done.append(len(texts))
        return embed(texts)

    with monkeypatch.context() as patch:
        patch.setattr(newsroom.embedder, "embed", once)
        with pytest.raises(MemoryError):
            await _renewed(newsroom)
    assert (await _kept(newsroom))[2] == {MODEL, _OLDER}
    assert await _renewed(newsroom) == sum(map(len, _SAID.values())) - done[0]
    assert (await _kept(newsroom))[2] == {MODEL}


async def test_what_is_noticed_names_its_model_and_is_left_alone(newsroom: Newsroom) -> None:
    """Each opener keeps the name of the model its vector is by; without a change nothing is done."""
    said = make_record(title="A language model for bees", created_at=NOON)
    async with newsroom.store.write() as connection:
        await records.add(connection, [said], NOON)
    await notice.run(newsroom)
    assert (await _kept(newsroom))[2] == {MODEL}
    assert await _renewed(newsroom) == 0


@pytest.mark.usefixtures("signalled")
async def test_a_story_is_mended_before_all_is_embedded_anew(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes words back while vectors of two models lie in the store does not wait for the last of them.

    So many are taken back that the story has to be written again, without a memory of the talk.
    """
    (story,) = await tell.run(newsroom)
    assert await tick.run(newsroom) == [story.id]
    await _plant(newsroom)
    await _by_another(newsroom)
    newsroom.memory = type(newsroom.memory)()
    async with newsroom.store.write() as connection:
        later = (claim for part in story.draft.paragraphs[1:] for claim in part.claims)
        gone = {item.record_id for claim in later for item in claim.citations}
        await records.erase(connection, gone, newsroom.clock.now())
    monkeypatch.setattr(reembed, "_BATCH", 1)
    mended: list[set[str]] = []

    async def seen(newsroom: Newsroom) -> dict[str, StoryState]:
        mended.append((await _kept(newsroom))[2])
        return await _mend(newsroom)

    _mend = mend.run
    monkeypatch.setattr(mend, "run", seen)
    await tick.run(newsroom)
    assert mended == [{MODEL, _OLDER}]
    async with newsroom.store.read() as connection:
        now = await stories.get(connection, story.id)
    assert now.state is StoryState.CORRECTED
    assert "written again" in (now.reason or "")
    assert (await _kept(newsroom))[2] == {MODEL}
