"""The demo's week through the whole newsroom: what is planted is told, what is no groundswell is not."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.domain.text import quotations
from bot.playback import play
from bot.store import records, stories
from bot.store.engine import open_store, sqlite_url
from tests.pipeline import week

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress
    from bot.playback import Summary

_NOT_TO_TELL = {story["key"] for story in week.truth()["stories"] if not story["tell"]}
_TO_TELL = {story["key"] for story in week.truth()["stories"] if story["tell"]}


class _Week:
    """What came of the week."""

    def __init__(self, summary: Summary, told: list[Story], cited: dict[str, Record]) -> None:
        self.summary, self.cited = summary, cited
        self.published = [story for story in told if story.state.public]

    def planted(self, story: Story) -> str | None:
        """Return the planted matter that most records cited by a story belong to (None: noise)."""
        ids = {item.record_id for claim in story.draft.claims() for item in claim.citations}
        (key, number), *_ = Counter(week.planted().get(record_id) for record_id in ids).most_common(1)
        return key if number > len(ids) / 2 else None


async def _play(data_dir: Path) -> _Week:
    async def step(newsroom: Newsroom, at: Progress) -> None:
        """Go on."""

    summary = await play(
        settings.load(data_dir=data_dir), [week.WEEK], beats_file=week.BEATS, total=lambda _: None, step=step
    )
    store = await open_store(sqlite_url(data_dir))
    try:
        async with store.read() as connection:
            told = await stories.every(connection)
            ids = [item.record_id for s in told for claim in s.draft.claims() for item in claim.citations]
            return _Week(summary, told, await records.get(connection, ids))
    finally:
        await store.close()


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> _Week:
    """Give the week, played once for all tests."""
    return asyncio.run(_play(tmp_path_factory.mktemp("week")))


def test_at_least_six_of_the_eight_planted_stories_are_published(played: _Week) -> None:
    """Of the eight planted matters at least six become a public story."""
    assert len(_TO_TELL) == 8
    assert len({played.planted(story) for story in played.published} & _TO_TELL) >= 6


def test_nothing_else_is_published(played: _Week) -> None:
    """No story is about the thin matter, the farm, the copied press release, or noise."""
    assert {played.planted(story) for story in played.published} <= _TO_TELL
    assert {"thin-basalt", "farm-zentra", "copies-basalt-press"} == _NOT_TO_TELL


def test_hardly_a_record_of_a_farm_or_a_copied_text_is_cited(played: _Week) -> None:
    """No published story rests on a record of a matter that must not be told."""
    cited = {week.planted().get(record_id) for record_id in played.cited}
    assert not cited & _NOT_TO_TELL


def test_no_matter_is_told_twice(played: _Week) -> None:
    """A second story on a matter is an update that names the first."""
    first: dict[str | None, str] = {}
    for story in sorted(played.published, key=lambda story: story.created_at):
        key = played.planted(story)
        assert story.updates == first.get(key)
        first.setdefault(key, story.id)


def test_every_quote_is_verbatim(played: _Week) -> None:
    """Every citation's quote stands in its record, and every quotation in a record that its claim cites."""
    for story in played.published:
        for claim in story.draft.claims():
            for item in claim.citations:
                assert played.cited[item.record_id].says(item.quote), (story.id, claim.id)
            said = [played.cited[item.record_id] for item in claim.citations]
            for quote in quotations(claim.text):
                assert any(quote in record.words for record in said), (story.id, claim.id, quote)


def test_the_summary_says_what_the_store_holds(played: _Week) -> None:
    """Records, bad lines and stories of the summary are those of the file and of the store."""
    assert (played.summary.records, played.summary.bad) == (len(week.records()), 0)
    assert played.summary.stories == tuple(sorted(story.id for story in played.published))
    assert played.summary.published == len(played.published)
    assert 0 < played.summary.kept <= played.summary.records
