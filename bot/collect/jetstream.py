"""Jetstream's frames -> what they say. Both protocols, v1 and v2, become the same event."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec

from bot.collect.intake import Gone, GoneAuthor, Heard, as_heard, decode, from_iso, from_unix, make_record
from bot.domain.errors import InputError
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "bluesky"
POSTS = "app.bsky.feed.post"
SITE = "https://bsky.app"

# An account that is merely out of step or slowed down keeps its posts.
_POSTS_WITHDRAWN = frozenset({"deleted", "takendown", "suspended", "deactivated"})
_ABSENT = msgspec.Raw(b"")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Protocol(IntEnum):
    """Which of the two protocols a host speaks."""

    V1 = 1
    V2 = 2


class Event(msgspec.Struct, frozen=True):
    """One frame. `time_us` is when the host saw it, in microseconds since 1970; `seq` is v2's own cursor."""

    did: str
    time_us: int
    seq: int | None
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = _ABSENT
    account_status: str | None = None


class _Account(msgspec.Struct):
    active: bool = True
    status: str | None = None


class _Commit(msgspec.Struct):
    operation: str
    collection: str
    rkey: str
    record: msgspec.Raw = _ABSENT


class _FrameV1(msgspec.Struct):
    did: str
    time_us: int
    commit: _Commit | None = None
    account: _Account | None = None


class _PayloadV2(msgspec.Struct):
    did: str
    seq: int
    time: str
    witnessed_at: str | None = msgspec.field(name="witnessedAt", default=None)
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = _ABSENT
    account: _Account | None = None


class _FrameV2(msgspec.Struct):
    payload: _PayloadV2


class _Feature(msgspec.Struct):
    uri: str | None = None


class _Facet(msgspec.Struct):
    features: list[_Feature]


class _External(msgspec.Struct):
    uri: str


class _Embed(msgspec.Struct):
    external: _External | None = None
    media: _Embed | None = None


class _Reference(msgspec.Struct):
    uri: str


class _Reply(msgspec.Struct):
    root: _Reference
    parent: _Reference


class _Post(msgspec.Struct):
    text: str
    created_at: str = msgspec.field(name="createdAt")
    langs: list[str] | None = None
    reply: _Reply | None = None
    facets: list[_Facet] | None = None
    embed: _Embed | None = None


def parse(frame: bytes, protocol: Protocol) -> Event:
    """Read one frame.

    Raises InputError, whatever the bytes are.
    """
    if protocol is Protocol.V1:
        one = decode(frame, _FrameV1)
        commit = one.commit or _Commit("", "", "")
        return Event(
            one.did, one.time_us, None, commit.operation, commit.collection, commit.rkey, commit.record,
            _withdrawn(one.account),
        )  # fmt: skip
    two = decode(frame, _FrameV2).payload
    seen = (from_iso(two.witnessed_at or two.time) - _EPOCH) // (_EPOCH.resolution)
    return Event(
        two.did, seen, two.seq, two.operation, two.collection, two.rkey, two.record, _withdrawn(two.account)
    )


def read(event: Event) -> Heard | None:
    """Return what an event says: a post, a post taken back, an author gone, or nothing of concern.

    A post's native id is `did/rkey`. Its date is believed up to a day ahead of the host's clock.
    Raises InputError.
    """
    if event.account_status is not None:
        return GoneAuthor(f"{NAME}:{event.did}")
    if event.collection != POSTS:
        return None
    native_id = f"{event.did}/{event.rkey}"
    if event.operation == "delete":
        return Gone(f"{NAME}:{native_id}")
    if not event.record:
        msg = "record: is missing"
        raise InputError(msg)
    post, seen = decode(event.record, _Post), from_unix(event.time_us / 1e6)
    if not post.text.strip():
        # Pictures only; a text that an edit took away was taken back.
        return Gone(f"{NAME}:{native_id}") if event.operation == "update" else None
    return make_record(
        source=NAME,
        native_id=native_id,
        kind=RecordKind.COMMENT if post.reply else RecordKind.POST,
        url=f"{SITE}/profile/{event.did}/post/{event.rkey}",
        # The stream carries no handles; the did is shown until the handle is looked up.
        author=Author(event.did, event.did),
        created_at=as_heard(from_iso(post.created_at), seen),
        not_after=seen,
        text=post.text,
        lang=post.langs[0] if post.langs else None,
        parent=_native_id(post.reply.parent.uri) if post.reply else None,
        root=_native_id(post.reply.root.uri) if post.reply else None,
        community=NAME,
        links=_links(post),
    )


def _withdrawn(account: _Account | None) -> str | None:
    if account is None or account.active or account.status not in _POSTS_WITHDRAWN:
        return None
    return account.status


def _native_id(uri: str) -> str | None:
    did, _, rest = uri.removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    return f"{did}/{rkey}" if collection == POSTS and did and rkey else None


def _links(post: _Post) -> Iterator[str | None]:
    for facet in post.facets or ():
        yield from (feature.uri for feature in facet.features)
    embed = post.embed
    if embed and embed.media:
        embed = embed.media
    if embed and embed.external:
        yield embed.external.uri
