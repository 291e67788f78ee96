"""What Bluesky hands over, taken as data: a notification or a post becomes a Message, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTS = "app.bsky.feed.post"
_URI = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,240})/app\.bsky\.feed\.post/([A-Za-z0-9._~:-]{1,512})"
)
_MENTION = "app.bsky.richtext.facet#mention"
_BOT = "bot"
_HIDDEN = "!no-unauthenticated"
# As the network's own rules allow.
_MOST_LANGS, _LONGEST_TAG = 3, 35


@dataclass(frozen=True, slots=True)
class Ref:
    """One version of one post."""

    uri: str
    cid: str

    @property
    def json(self) -> dict[str, str]:
        """The reference as records hold it."""
        return {"uri": self.uri, "cid": self.cid}


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post, and how they stand to us."""

    did: str
    handle: str
    bot: bool = False
    blocked: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A post that came to us. `parent` is None if it replies to nothing; `root` is itself then."""

    ref: Ref
    author: Author
    text: str
    sent_at: datetime
    root: Ref
    parent: str | None = None
    quoted: str | None = None
    mentions: bool = False
    langs: tuple[str, ...] = ()

    def replies_to(self, did: str) -> bool:
        """Tell whether it replies to a post of `did`."""
        return self.parent is not None and repo_of(self.parent) == did


def repo_of(uri: str) -> str | None:
    """Return the did a post's address belongs to, or None if it is no post's address."""
    found = _URI.fullmatch(uri)
    return found.group(1) if found else None


def rkey_of(uri: str) -> str | None:
    """Return the last part of a post's address, or None if it is no post's address."""
    found = _URI.fullmatch(uri)
    return found.group(2) if found else None


def message(view: object, did: str) -> Message | None:
    """Return the notification or post `view` as a message to `did`, or None if it cannot be read as one."""
    post, record = _map(view), _map(_map(view).get("record"))
    ref, who, sent_at = _ref(post), author(post.get("author")), _time(post.get("indexedAt"))
    if ref is None or who is None or sent_at is None or repo_of(ref.uri) != who.did:
        return None
    reply = _map(record.get("reply"))
    parent, root = _ref(_map(reply.get("parent"))), _ref(_map(reply.get("root")))
    return Message(
        ref=ref,
        author=who,
        text=_text(record.get("text")),
        sent_at=sent_at,
        root=root if root and parent else ref,
        parent=parent.uri if root and parent else None,
        quoted=_quoted(_map(record.get("embed"))),
        mentions=any(_mentions(facet, did) for facet in _list(record.get("facets"))),
        langs=tuple(_text(lang)[:_LONGEST_TAG] for lang in _list(record.get("langs"))[:_MOST_LANGS]),
    )


def author(view: object) -> Author | None:
    """Return the author that `view` describes, or None if it describes none."""
    who = _map(view)
    did, viewer = _text(who.get("did")), _map(who.get("viewer"))
    if not did.startswith("did:"):
        return None
    labels = {
        _text(_map(label).get("val")) for label in _list(who.get("labels")) if not _map(label).get("neg")
    }
    return Author(
        did=did,
        handle=_text(who.get("handle")),
        bot=_BOT in labels,
        blocked=any(viewer.get(name) for name in ("blockedBy", "blocking", "blockingByList")),
        hidden=_HIDDEN in labels,
    )


def thread_posts(thread: object) -> Iterator[Mapping[str, Any]]:
    """Yield every post of a thread that can be shown, whatever its depth."""
    waiting = [_map(thread)]
    while waiting:
        node = waiting.pop()
        if post := _map(node.get("post")):
            yield post
        waiting += [_map(reply) for reply in _list(node.get("replies"))]


def views(page: object, name: str) -> list[Mapping[str, Any]]:
    """Return the list called `name` of a page, without what is no object."""
    return [item for item in map(_map, _list(_map(page).get(name))) if item]


def _quoted(embed: Mapping[str, Any]) -> str | None:
    record = _map(embed.get("record"))
    ref = _ref(record) or _ref(_map(record.get("record")))
    return ref.uri if ref else None


def _mentions(facet: object, did: str) -> bool:
    features = [_map(feature) for feature in _list(_map(facet).get("features"))]
    return any(item.get("$type") == _MENTION and item.get("did") == did for item in features)


def _ref(value: Mapping[str, Any]) -> Ref | None:
    uri, cid = _text(value.get("uri")), _text(value.get("cid"))
    return Ref(uri, cid) if cid and repo_of(uri) else None


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(value))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
