"""Jetstream's frames -> what they say. Both protocols, v1 and v2, become the same event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING

import msgspec

from bot.collect.intake import Gone, GoneAuthor, Heard, as_heard, decode, from_iso, make_record
from bot.domain.errors import InputError
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "bluesky"
POSTS = "app.bsky.feed.post"
_OF_POSTS = f"/{POSTS}/"
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
    """One frame. `at` is when the host saw it, as it said so; `seq` is v2's own cursor."""

    did: str
    at: int | str
    seq: int | None
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = _ABSENT
    account_status: str | None = None

    @property
    def seen(self) -> datetime:
        """When the host saw it.

        Raises InputError if that is no time; few events need it, so it is worked out only then.
        """
        return from_micros(self.at) if isinstance(self.at, int) else from_iso(self.at)

    @property
    def time_us(self) -> int:
        """When the host saw it, in microseconds since 1970."""
        return self.at if isinstance(self.at, int) else (self.seen - _EPOCH) // _EPOCH.resolution

    @property
    def record_id(self) -> str:
        """The id of the post it is about."""
        return f"{NAME}:{self.did}/{self.rkey}"


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


class _Reference(msgspec.Struct, gc=False):
    uri: str


class _Reply(msgspec.Struct):
    root: _Reference
    parent: _Reference


class _GlancedReply(msgspec.Struct, gc=False):
    root: _Reference


class _Glance(msgspec.Struct, gc=False):
    text: str = ""
    langs: list[str] | None = None
    reply: _GlancedReply | None = None


class _QuickCommit(msgspec.Struct, gc=False):
    operation: str
    collection: str
    rkey: str
    record: _Glance | None = None


class _QuickV1(msgspec.Struct, gc=False):
    did: str
    commit: _QuickCommit | None = None
    account: _Account | None = None


class _QuickV2(msgspec.Struct, gc=False):
    did: str
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: _Glance | None = None
    account: _Account | None = None


class _QuickFrameV2(msgspec.Struct, gc=False):
    payload: _QuickV2


_QUICK_V1 = msgspec.json.Decoder(_QuickV1)
_QUICK_V2 = msgspec.json.Decoder(_QuickFrameV2)


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
    return Event(
        two.did,
        two.witnessed_at or two.time,
        two.seq,
        two.operation,
        two.collection,
        two.rkey,
        two.record,
        _withdrawn(two.account),
    )


def glance(frame: bytes, protocol: Protocol, admits: Callable[[str, str | None], bool] | None) -> str | None:
    """Tell from as little of a frame as possible whether it matters.

    None: it does not; "": it does, or it cannot be read; else it does if the conversation with this id is
    followed. `admits` judges the words of a post and its language (None: every post matters).
    """
    seen: _QuickV1 | _QuickV2
    commit: _QuickCommit | _QuickV2 | None
    try:
        if protocol is Protocol.V2:
            seen = commit = _QUICK_V2.decode(frame).payload
        else:
            seen = _QUICK_V1.decode(frame)
            commit = seen.commit
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # What is wrong with it is said where it is read in full.
        return ""
    if seen.account is not None:
        return None if _withdrawn(seen.account) is None else ""
    if commit is None or commit.collection != POSTS:
        return None
    said = commit.record
    if said is None or admits is None or admits(said.text, said.langs[0] if said.langs else None):
        return ""
    if said.reply is not None:
        did, found, rkey = said.reply.root.uri.partition(_OF_POSTS)
        return f"{NAME}:{did[5:]}/{rkey}" if found else None
    # An edit matters if what was said before did.
    return f"{NAME}:{seen.did}/{commit.rkey}" if commit.operation == "update" else None


def read(event: Event) -> Heard | None:
    """Return what an event says: a post, a post taken back, an author gone, or nothing of concern.

    A post's native id is `did/rkey`. Its date is believed up to a day ahead of the host's clock.
    Raises InputError.
    """
    if event.account_status is not None:
        return GoneAuthor(f"{NAME}:{event.did}")
    if event.collection != POSTS:
        return None
    if event.operation == "delete":
        return Gone(event.record_id)
    if not event.record:
        msg = "record: is missing"
        raise InputError(msg)
    post, seen = decode(event.record, _Post), event.seen
    if not post.text.strip():
        # Pictures only; a text that an edit took away was taken back.
        return Gone(event.record_id) if event.operation == "update" else None
    return make_record(
        source=NAME,
        native_id=f"{event.did}/{event.rkey}",
        kind=RecordKind.COMMENT if post.reply else RecordKind.POST,
        url=f"{SITE}/profile/{event.did}/post/{event.rkey}",
        # The stream carries no handles; the did is shown until the handle is looked up.
        author=Author(event.did, event.did),
        created_at=as_heard(from_iso(post.created_at), seen),
        not_after=seen,
        text=post.text,
        lang=post.langs[0] if post.langs else None,
        parent=native_id(post.reply.parent.uri) if post.reply else None,
        root=native_id(post.reply.root.uri) if post.reply else None,
        community=NAME,
        links=_links(post),
    )


def from_micros(time_us: int) -> datetime:
    """Read microseconds since 1970; returns UTC.

    Raises InputError.
    """
    try:
        return _EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        msg = "time_us: the number is not a time"
        raise InputError(msg) from None


def _withdrawn(account: _Account | None) -> str | None:
    if account is None or account.active or account.status not in _POSTS_WITHDRAWN:
        return None
    return account.status


def native_id(uri: str) -> str | None:
    """Return the id under which the post at this at-uri is known here, None if it is no post's."""
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
