"""Which sources there are, and which are off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.collect.registry import build, subreddits
from bot.domain.beat import Beat
from bot.settings import Settings, load

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

OFF = ["mastodon", "lemmy", "github", "youtube", "folder", "reddit"]
BEATS = (
    Beat("local", "Local models", "", (), ("r/LanternModels", "r/Toasters", "https://forum.example")),
    Beat("law", "Law", "", (), ("r/lanternmodels", "hackernews")),
)


def test_every_source_is_there_in_order(settings: Settings, fetcher: Fetcher) -> None:
    """With plain settings those listen that need nothing; the others say what they need."""
    sources = build(settings, BEATS, fetcher)
    assert [source.name for source in sources] == [
        "bluesky",
        "hackernews",
        "discourse",
        "rss",
        "arxiv",
        *OFF,
    ]
    assert [source.name for source in sources if source.off_reason] == OFF
    assert "GROUNDSWELL_REDDIT_ACCESS_APPROVED" in (sources[-1].off_reason or "")
    assert all(source.targets for source in sources if not source.off_reason)


@pytest.mark.parametrize("missing", ["reddit_client_id", "reddit_client_secret", "reddit_username"])
def test_reddit_needs_its_credentials(fetcher: Fetcher, missing: str) -> None:
    """Approval without all credentials leaves Reddit off, and says what is missing."""
    given = {"reddit_client_id": "a", "reddit_client_secret": "b", "reddit_username": "desk"}
    settings = load(reddit_access_approved=True, **{k: v for k, v in given.items() if k != missing})
    assert "are needed" in (build(settings, BEATS, fetcher)[-1].off_reason or "")


def test_approved_reddit_listens_to_the_beats(fetcher: Fetcher) -> None:
    """With approval and credentials Reddit is on for the subreddits of the beats, each once."""
    settings = load(
        reddit_access_approved=True, reddit_client_id="a", reddit_client_secret="b", reddit_username="desk"
    )
    reddit = build(settings, BEATS, fetcher)[-1]
    assert reddit.off_reason is None
    assert len(reddit.targets) == 2
    without = build(settings, (), fetcher)[-1]
    assert without.off_reason == "no beat names a subreddit"
    assert {name.lower() for name in subreddits(BEATS)} == {"lanternmodels", "toasters"}


def test_emptied_lists_turn_sources_off(fetcher: Fetcher) -> None:
    """A source without anything to listen to is off and says so."""
    settings = load(bluesky_hosts=(), discourse_forums=(), arxiv_categories=())
    reasons = {source.name: source.off_reason for source in build(settings, BEATS, fetcher)}
    assert all(reasons[name] for name in ("bluesky", "discourse", "arxiv"))
