"""Records as the network stores them: their JSON, their CIDs, and the facets of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import libipld

from bot.domain.errors import PublishError
from bot.domain.text import graphemes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

POST = "app.bsky.feed.post"
DOCUMENT = "site.standard.document"
PUBLICATION = "site.standard.publication"
PUBLISHED = "app.groundswell.published"
"""The house's own record, one a story: that it was published, and where (docs/lexicons)."""

MOST_GRAPHEMES = 300
MOST_BYTES = 3000
# CIDv1, DAG-CBOR, SHA-256 of 32 bytes.
_CID_PREFIX = b"\x01\x71\x12\x20"
# CIDv1, raw bytes, SHA-256 of 32 bytes.
_BLOB_PREFIX = b"\x01\x55\x12\x20"
_WORD = re.compile(r"\w+")
_AND = re.compile(r"\band\b|[,&/]", re.IGNORECASE)
_LONGEST_TAG = 64


@dataclass(frozen=True, slots=True)
class Write:
    """A record that is to be created, with the CID that the server will give it."""

    did: str
    collection: str
    rkey: str
    value: Mapping[str, Any]

    @property
    def uri(self) -> str:
        """The record's address in the network."""
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def cid(self) -> str:
        """The hash of the record's content."""
        return record_cid(self.value)

    @property
    def ref(self) -> dict[str, str]:
        """Address and hash together, as other records refer to this one."""
        return {"uri": self.uri, "cid": self.cid}

    def frozen(self) -> dict[str, Any]:
        """Return the write as the outbox keeps it."""
        return {"collection": self.collection, "rkey": self.rkey, "cid": self.cid, "value": dict(self.value)}


def record_cid(value: Mapping[str, Any]) -> str:
    """Return the CID of a record given as the network's JSON."""
    digest = sha256(libipld.encode_dag_cbor(_linked(value))).digest()
    return str(libipld.encode_cid(_CID_PREFIX + digest))


def blob(data: bytes, mime: str) -> dict[str, Any]:
    """Return the reference to `data` that records hold, as the server will give it."""
    cid = str(libipld.encode_cid(_BLOB_PREFIX + sha256(data).digest()))
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(data)}


def _linked(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with its links in the form that libipld encodes as links."""
    if isinstance(value, dict):
        if value.keys() == {"$link"}:
            return libipld.decode_multibase(value["$link"])[1]
        return {key: _linked(item) for key, item in value.items()}
    return [_linked(item) for item in value] if isinstance(value, list) else value


def timestamp(at: datetime) -> str:
    """Return a time as the network writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post(
    text: str,
    *,
    at: datetime,
    place: int = 0,
    links: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    **more: object,
) -> dict[str, Any]:
    """Return a post; `place` is its place in a thread, `links` and `tags` are live where `text` has them.

    `more` goes into the record as it is. Raises PublishError if the network would refuse the text.
    """
    if graphemes(text) > MOST_GRAPHEMES or len(text.encode()) > MOST_BYTES:
        msg = f"Bluesky: a post is longer than {MOST_GRAPHEMES} characters or {MOST_BYTES} bytes: {text[:60]}"
        raise PublishError(msg, conflict=True)
    facets = _facets(text, links=links, tags=tags)
    return {
        "$type": POST,
        "text": text,
        "langs": ["en"],
        # Feeds sort a thread by this; posts of one instant are shown in any order.
        "createdAt": timestamp(at + timedelta(milliseconds=place)),
        **({"facets": facets} if facets else {}),
        **more,
    }


def hashtags(name: str) -> tuple[str, ...]:
    """Return a name as hashtags without their sign: one for each of the things that it joins with "and"."""
    tags = ("".join(word[:1].upper() + word[1:] for word in _WORD.findall(one)) for one in _AND.split(name))
    return tuple(dict.fromkeys(tag for tag in tags if not tag.isdigit() and 0 < len(tag) <= _LONGEST_TAG))


def _facets(text: str, *, links: tuple[str, ...], tags: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return what is live in `text`: the last place at which each link and each hashtag stands, in bytes."""
    wanted = [(link, {"$type": "app.bsky.richtext.facet#link", "uri": link}) for link in links]
    wanted += [(f"#{tag}", {"$type": "app.bsky.richtext.facet#tag", "tag": tag}) for tag in tags]
    found = []
    for words, feature in wanted:
        # A hashtag may be the beginning of a longer one.
        places = [found.start() for found in re.finditer(rf"{re.escape(words)}(?!\w)", text)]
        if places:
            start = places[-1]
            first = len(text[:start].encode())
            span = {"byteStart": first, "byteEnd": first + len(words.encode())}
            found.append({"index": span, "features": [feature]})
    return sorted(found, key=lambda facet: facet["index"]["byteStart"])
