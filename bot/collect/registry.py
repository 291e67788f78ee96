"""All sources, in a fixed order, as the settings want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.collect.arxiv import SECONDS_BETWEEN_REQUESTS, Arxiv
from bot.collect.bluesky import Bluesky
from bot.collect.discourse import Discourse
from bot.collect.folder import Folder
from bot.collect.github import GitHub
from bot.collect.hackernews import HackerNews
from bot.collect.http import user_agent
from bot.collect.lemmy import Lemmy
from bot.collect.mastodon import Mastodon
from bot.collect.network import LIVE
from bot.collect.pace import Pace
from bot.collect.reddit import Credentials, Reddit
from bot.collect.rss import Feeds
from bot.collect.youtube import YouTube
from bot.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import SecretStr

    from bot.collect.http import Fetcher
    from bot.collect.network import Network
    from bot.collect.port import Gate, PolledSource, StreamedSource
    from bot.domain.beat import Beat
    from bot.settings import Settings


# The community of the records that the gate lets through.
GATED = Bluesky.name


def build(
    settings: Settings,
    beats: Iterable[Beat],
    fetcher: Fetcher,
    gate: Gate | None = None,
    network: Network = LIVE,
) -> list[PolledSource | StreamedSource]:
    """Return every source there is; one that may not be asked says so in `off_reason`.

    `gate` decides what of a whole network's stream is read (None: all of it); `network` is the fetcher's.
    """
    return [
        Bluesky(settings.bluesky_hosts, agent=user_agent(settings), gate=gate, connect=network.connect),
        HackerNews(fetcher),
        Discourse(fetcher, settings.discourse_forums),
        Feeds(fetcher, settings.feeds),
        Arxiv(fetcher, settings.arxiv_categories, pace=Pace(SECONDS_BETWEEN_REQUESTS, sleep=network.sleep)),
        Mastodon(fetcher, settings.mastodon_timelines),
        Lemmy(fetcher, settings.lemmy_communities),
        GitHub(fetcher, settings.github_repositories, _secret(settings.github_token)),
        YouTube(fetcher, settings.youtube_channels, _secret(settings.youtube_api_key)),
        Folder(settings.records_folder),
        _reddit(settings, beats, fetcher),
    ]


def named(name: str, known: Sequence[PolledSource | StreamedSource]) -> PolledSource | StreamedSource:
    """Return the source of that name.

    Raises ConfigError that lists those there are.
    """
    for source in known:
        if source.name == name:
            return source
    msg = f"there is no source {name}: choose one of {', '.join(source.name for source in known)}"
    raise ConfigError(msg)


def subreddits(beats: Iterable[Beat]) -> tuple[str, ...]:
    """Return the subreddits that beats name among their communities, without "r/", each once."""
    names = (place for beat in beats for place in beat.communities if place.lower().startswith("r/"))
    return tuple({name[2:].lower(): name[2:] for name in names}.values())


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _reddit(settings: Settings, beats: Iterable[Beat], fetcher: Fetcher) -> Reddit:
    credentials = _credentials(settings)
    names = subreddits(beats)
    if not settings.reddit_access_approved:
        reason = "Reddit wants every access approved first; say so with GROUNDSWELL_REDDIT_ACCESS_APPROVED"
    elif credentials is None:
        reason = "GROUNDSWELL_REDDIT_CLIENT_ID, _CLIENT_SECRET and _USERNAME are needed"
    elif not names:
        reason = "no beat names a subreddit"
    else:
        return Reddit(fetcher, names, credentials)
    return Reddit(fetcher, names, None, off_reason=reason)


def _credentials(settings: Settings) -> Credentials | None:
    client_id, secret = settings.reddit_client_id, settings.reddit_client_secret
    if client_id is None or secret is None or not settings.reddit_username:
        return None
    name = f"linux:{user_agent(settings).split()[0].replace('/', ':')} (by /u/{settings.reddit_username})"
    return Credentials(client_id.get_secret_value(), secret.get_secret_value(), name)
