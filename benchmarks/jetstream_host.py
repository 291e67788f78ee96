"""A Jetstream host that sends recorded frames again and again, as fast as they are taken.

`python -m benchmarks.jetstream_host PORT FRAMES SINCE`: every frame is a post of its own, in a conversation
of its own where it is a reply, and one in a hundred is an invented post about the topic. The first was seen
at the time SINCE, the others follow at the pace of the network; a cursor of v2 is gone on from.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import struct
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.data import SHARED, MissingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECORDED = SHARED / "wire" / "bluesky" / "jetstream_expected_v1.jsonl"
_POSTS = "app.bsky.feed.post"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MARK, _TIME_MARK = "@@@@@@@@@@@@@", "@time@"
_CURSOR = re.compile(rb"[?&]cursor=(\d+)")
_AT_ONCE = 2_000
# The number of the first frame, and the time from one to the next: four million posts a day.
SEQ = 1_000_000_000_000
PACE = timedelta(days=1) / 4_000_000
ON_TOPIC_EVERY = 100
ON_TOPIC = "The new open language model runs on my old laptop, slowly, and it answers in whole sentences."
_LONG, _LONGEST = 126, 65_536


class Repeated:
    """The recorded posts as v2 frames, each with a place for a number of its own."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        if not _RECORDED.exists():
            msg = f"there are no recorded frames at {_RECORDED}"
            raise MissingDataError(msg)
        lines = [json.loads(line) for line in _RECORDED.read_text(encoding="utf-8").splitlines()]
        commits = [line for line in lines if line.get("commit", {}).get("collection") == _POSTS]
        self._frames = [_frame(line) for line in commits]
        spoken = next(line for line in commits if line["commit"].get("record"))
        record = {"$type": _POSTS, "createdAt": spoken["commit"]["record"]["createdAt"], "text": ON_TOPIC}
        self._planted = _frame({**spoken, "commit": {**spoken["commit"], "record": record}})

    def frames(self, start: int, count: int) -> Iterator[bytes]:
        """Yield `count` frames, numbered from `start`, all seen at the time of the first of them."""
        at = f"{self._since + start * PACE:%Y-%m-%dT%H:%M:%S.%fZ}".encode()

        def parts_of(frame: bytes) -> list[bytes]:
            return frame.replace(_TIME_MARK.encode(), at).split(_MARK.encode())

        recorded, planted = [parts_of(frame) for frame in self._frames], parts_of(self._planted)
        for number in range(start, start + count):
            parts = recorded[number % len(recorded)] if number % ON_TOPIC_EVERY else planted
            yield str(SEQ + number).encode().join(parts)


def _frame(line: dict[str, Any]) -> bytes:
    commit = line["commit"]
    payload = {
        "$type": "network.bsky.jetstream.subscribeEvents#commit",
        "did": line["did"],
        "seq": _MARK,
        "time": _TIME_MARK,
        "rev": commit["rev"],
        "operation": commit["operation"],
        "collection": commit["collection"],
        "rkey": _MARK,
    }
    record = commit.get("record")
    if record is not None:
        if "reply" in record:
            record = {**record, "reply": {k: _elsewhere(v) for k, v in record["reply"].items()}}
        payload |= {"record": record, "cid": commit["cid"]}
    text = json.dumps({"$type": "message", "payload": payload}, ensure_ascii=False, separators=(",", ":"))
    return text.replace(f'"seq":"{_MARK}"', f'"seq":{_MARK}').encode()


def _elsewhere(reference: dict[str, str]) -> dict[str, str]:
    return {**reference, "uri": f"{reference['uri'].rpartition('/')[0]}/{_MARK}"}


def _framed(payload: bytes) -> bytes:
    size = len(payload)
    if size >= _LONGEST:
        return b"\x81\x7f" + struct.pack(">Q", size) + payload
    return b"\x81" + (bytes([size]) if size < _LONG else b"\x7e" + struct.pack(">H", size)) + payload


async def _serve(
    source: Repeated, total: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    key = next(
        line.partition(b": ")[2] for line in head if line.lower().startswith(b"sec-websocket-key")
    ).strip()
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: xrpc.v1.json\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    cursor = _CURSOR.search(head[0])
    for start in range(int(cursor[1]) - SEQ if cursor else 0, total, _AT_ONCE):
        writer.write(b"".join(map(_framed, source.frames(start, min(_AT_ONCE, total - start)))))
        await writer.drain()
    writer.write(b"\x88\x02\x03\xe8")
    await writer.drain()
    await reader.read()
    writer.close()


async def main(port: int, total: int, since: datetime) -> None:
    """Serve at `port` of the loopback interface until killed."""
    source = Repeated(since)
    server = await asyncio.start_server(lambda r, w: _serve(source, total, r, w), "127.0.0.1", port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
