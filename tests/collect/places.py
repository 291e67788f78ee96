"""One fictional place of each source that is polled, as an operator names it."""

from __future__ import annotations

from typing import Any

from bot.domain.beat import Beat

_FORUM, _FEED = "https://forum.example", "https://outlet.example/feed.xml"
_TAG, _BARN = "https://town.example/tags/lantern", "https://barn.example/c/lantern"
REPOSITORY = "lantern/engine"
SETTINGS: dict[str, Any] = {
    "discourse_forums": (_FORUM,),
    "feeds": (_FEED,),
    "arxiv_categories": ("cs.CL",),
    "mastodon_timelines": (_TAG,),
    "lemmy_communities": (_BARN,),
    "github_repositories": (REPOSITORY,),
    "youtube_channels": ("UCfictional",),
    "youtube_api_key": "fictional",
    "reddit_access_approved": True,
    "reddit_client_id": "fictional",
    "reddit_client_secret": "fictional",
    "reddit_username": "fictional",
}
BEATS = (Beat("lanterns", "Lanterns", "Small lights.", (), ("r/LanternModels",)),)
