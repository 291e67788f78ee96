"""What people call the places where talk is heard."""

from __future__ import annotations

# A source, and the community of it where something was said (the source again if it has none).
Place = tuple[str, str]

_NAMES = {"hackernews": "Hacker News", "bluesky": "Bluesky", "mastodon": "Mastodon", "youtube": "YouTube"}
_FORUMS = {"discuss.huggingface.co": "Hugging Face forum"}
_FORUM_HOSTS = ("forum.", "forums.", "discuss.", "community.", "discourse.", "talk.")


def place_name(source: str, community: str) -> str:
    """Return the name of a community of `source` as it follows "on"."""
    if source == "discourse":
        return f"the {forum_name(community)}"
    return _NAMES.get(source, community)


def forum_name(host: str) -> str:
    """Return what people call the forum at `host` ("forum.modelworks.example" is the Modelworks forum)."""
    if host in _FORUMS:
        return _FORUMS[host]
    bare = host.removeprefix("www.")
    for prefix in _FORUM_HOSTS:
        bare = bare.removeprefix(prefix)
    own = bare.split(".", maxsplit=1)[0]
    return f"{own[:1].upper()}{own[1:]} forum"
