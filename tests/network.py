"""The reference Bluesky servers (PDS, AppView, PLC) on the loopback interface, real and offline.

How to use it, in a test below tests/bluesky: ask for the session fixture `network`.

    def test_something(network: BlueskyNetwork) -> None:
        bot = network.create_account("bot")              # -> Account: handle, did, password (an app password)
        ann = network.create_account("ann")
        root = bot.post("A story.")                      # -> {"uri": ..., "cid": ...}
        network.until(lambda: network.posts(root["uri"]))  # the AppView shows it some 0.1 s later: wait
        ann.reply(root, "sources?")
        bot.get("app.bsky.notification.listNotifications", limit=50)["notifications"]

`network.pds_url` is what a bot logs in to (GROUNDSWELL_BLUESKY_SERVICE); reads of app.bsky.* through it go on
to the AppView at `network.appview_url`. `network.kill()` kills the PDS as kill -9 does, `network.restart()`
brings it back with all it had committed, `network.stop()` stops it. A test that stops it must restart it.
Everything here blocks; inside an async test put it on a thread (`await asyncio.to_thread(...)`) if the bot
has to run meanwhile.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from tests import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_T = TypeVar("_T")
JWT_SECRET = "tests-sign-tokens-with-this"
_PASSWORD = "a-password-of-tests"
_ROTATION_KEY = "3f916c70dc69e4c5e83877f013325b11ecac31742e6a42f5c4fb240d0703d9d5"
_START_SECONDS = 60


class XrpcError(Exception):
    """A server said no; `status` is HTTP's, `name` the protocol's word for it."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(f"{status} {name}: {message}")
        self.status, self.name = status, name


@dataclass(frozen=True)
class Account:
    """A person or a bot with an account on the network's PDS; `password` is an app password."""

    network: BlueskyNetwork
    handle: str
    did: str
    password: str
    token: str = field(repr=False)

    def get(self, nsid: str, **params: Any) -> Any:
        """Ask the PDS as this person; app.bsky.* is answered by the AppView."""
        return self.network.call(nsid, token=self.token, **params)

    def do(self, nsid: str, body: Mapping[str, object]) -> Any:
        """Have the PDS do something as this person."""
        return self.network.call(nsid, body, token=self.token)

    def upload(self, data: bytes, mime: str) -> dict[str, Any]:
        """Upload a blob and return the reference that records hold."""
        sent = self.network.fetch("com.atproto.repo.uploadBlob", data, mime, token=self.token)
        blob: dict[str, Any] = json.loads(sent)["blob"]
        return blob

    def create(
        self, collection: str, record: Mapping[str, object], rkey: str | None = None
    ) -> dict[str, str]:
        """Create a record and return its `uri` and `cid`."""
        where = {"repo": self.did, "collection": collection} | ({"rkey": rkey} if rkey else {})
        made = self.do("com.atproto.repo.createRecord", {**where, "record": record})
        return {"uri": made["uri"], "cid": made["cid"]}

    def delete(self, uri: str) -> None:
        """Delete one of this person's records."""
        _, _, repo, collection, rkey = uri.split("/")
        self.do("com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": rkey})

    def post(self, text: str, **more: object) -> dict[str, str]:
        """Post `text`; `more` goes into the record as it is."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": at, **more}
        return self.create("app.bsky.feed.post", record)

    def reply(
        self, parent: Mapping[str, str], text: str, *, root: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Reply to a post; `root` is the thread's first post if `parent` is not it."""
        refs = {"root": _ref(root or parent), "parent": _ref(parent)}
        return self.post(text, reply=refs)

    def records(self, collection: str) -> list[dict[str, Any]]:
        """Return everything this person's repository holds of a collection, oldest first."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, object] = {}
        while True:
            page = self.get(
                "com.atproto.repo.listRecords",
                repo=self.did, collection=collection, limit=100, reverse="true", **cursor,
            )  # fmt: skip
            found += page["records"]
            if not page["records"] or not page.get("cursor"):
                return found
            cursor = {"cursor": page["cursor"]}


class BlueskyNetwork:
    """The running servers; see the module's docstring."""

    def __init__(self, home: Path, database: str) -> None:
        self._home = home
        self._pds_port = _free_port()
        self._pds: _Server | None = None
        self._appview = _Server("appview.mjs", home)
        waiting = _Server("pds.mjs", home)
        said = self._appview.begin({"database": database, "pdsPort": self._pds_port})
        self.plc: str = said["plc"]
        self.appview_url: str = _numeric(said["appview"])
        self._options = self._pds_options(said)
        self.pds_url = f"http://127.0.0.1:{self._pds_port}"
        waiting.begin(self._options)
        self._pds = waiting

    def create_account(self, name: str) -> Account:
        """Open an account whose handle starts with `name`, and return once the AppView knows it."""
        handle = f"{name[:11]}-{secrets.token_hex(3)}.test"
        body = {"handle": handle, "email": f"{handle}@mail.test", "password": _PASSWORD}
        made = self.call("com.atproto.server.createAccount", body)
        token, did = made["accessJwt"], made["did"]
        app = self.call("com.atproto.server.createAppPassword", {"name": "bot"}, token=token)
        self.until(lambda: self.call("app.bsky.actor.getProfile", token=token, actor=did))
        return Account(self, handle, did, app["password"], token)

    def revoke(self, account: Account, name: str = "bot") -> str:
        """Revoke an account's app password, and with it every session; return a new one."""
        account.do("com.atproto.server.revokeAppPassword", {"name": name})
        again = {"name": f"{name}-{secrets.token_hex(2)}"}
        return str(account.do("com.atproto.server.createAppPassword", again)["password"])

    def call(
        self,
        nsid: str,
        body: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        service: str | None = None,
        **params: Any,
    ) -> Any:
        """Call one method of the PDS (or of `service`) and return its JSON; raises XrpcError."""
        content = None if body is None else json.dumps(body).encode()
        text = self.fetch(nsid, content, token=token, service=service, **params)
        return json.loads(text) if text else None

    def fetch(
        self,
        nsid: str,
        content: bytes | None = None,
        mime: str = "application/json",
        *,
        token: str | None = None,
        service: str | None = None,
        **params: Any,
    ) -> bytes:
        """Call one method as `call` does, with any content, and return the answer as it is."""
        query = f"?{urllib.parse.urlencode(params, doseq=True)}" if params else ""
        headers = {"Content-Type": mime} if content is not None else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{service or self.pds_url}/xrpc/{nsid}{query}"
        request = urllib.request.Request(url, data=content, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer: bytes = response.read()
                return answer
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from None

    def posts(self, *uris: str) -> list[dict[str, Any]]:
        """Return those of the posts that the AppView shows, at most 25; [] while any is missing."""
        shown = self.call("app.bsky.feed.getPosts", service=self.appview_url, uris=list(uris))["posts"]
        return shown if len(shown) == len(uris) else []

    def until(self, look: Callable[[], _T], *, seconds: float = 60) -> _T:
        """Return what `look` gives once it gives something; errors of the servers count as nothing."""
        end = time.monotonic() + seconds
        last: Exception | None = None
        while time.monotonic() < end:
            try:
                if found := look():
                    return found
            except (XrpcError, OSError) as error:
                last = error
            time.sleep(0.02)
        msg = f"the network did not come to it in {seconds} s; last error: {last}"
        raise AssertionError(msg)

    def kill(self) -> None:
        """Kill the PDS as kill -9 does."""
        if self._pds:
            self._pds.kill()
            self._pds = None

    def stop(self) -> None:
        """Stop the PDS as an operator does."""
        if self._pds:
            self._pds.stop()
            self._pds = None

    def restart(self, *, rate_limits: bool = False) -> None:
        """Bring the PDS back on the same port, with what it had committed.

        With `rate_limits` it limits rates as the public ones do.
        """
        self.kill()
        self._pds = _Server("pds.mjs", self._home)
        self._pds.begin({**self._options, "rateLimitsEnabled": rate_limits})

    def lose_uploads(self, account: Account) -> None:
        """Throw away what an account uploaded and no record holds yet, as the PDS does after some hours."""
        for uploaded in self._home.glob(f"pds/blobs/temp*/{account.did}/*"):
            uploaded.unlink()

    def close(self) -> None:
        """Stop every server."""
        self.kill()
        self._appview.kill()

    def _pds_options(self, said: Mapping[str, str]) -> dict[str, object]:
        data = self._home / "pds"
        data.mkdir()
        return {
            "devMode": True,
            "port": self._pds_port,
            "hostname": "localhost",
            "dataDirectory": str(data),
            "blobstoreDiskLocation": str(data / "blobs"),
            "adminPassword": "admin-pass",
            "jwtSecret": JWT_SECRET,
            "serviceHandleDomains": [".test"],
            "didPlcUrl": said["plc"],
            "plcRotationKeyK256PrivateKeyHex": _ROTATION_KEY,
            "bskyAppViewUrl": said["appview"],
            "bskyAppViewDid": said["appviewDid"],
            "inviteRequired": False,
            "disableSsrfProtection": True,
            "enableDidDocWithSession": True,
            "rateLimitsEnabled": False,
            "crawlers": [],
        }


class _Server:
    """One Node process. It starts to load at once, and to serve when `begin` tells it how."""

    def __init__(self, script: str, home: Path) -> None:
        where = parts.HERE / "bluesky"
        command: list[str | Path] = [
            "-r",
            where / "loopback.cjs",
            "--input-type=module",
            "-e",
            (where / script).read_text("utf-8"),
        ]
        self._log = (home / f"{script}.log").open("ab")
        self._process = subprocess.Popen(
            [parts.node(), *command],
            cwd=parts.bluesky(),
            env={"PATH": os.defpath, "TMPDIR": str(home), "LOG_ENABLED": "false", "NODE_ENV": "test"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def begin(self, options: Mapping[str, object]) -> dict[str, str]:
        """Hand the server its options and return what it says when it answers."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(options).encode() + b"\n")
        self._process.stdin.flush()
        while line := self._process.stdout.readline():
            if line.startswith(b"{"):
                said: dict[str, str] = json.loads(line)
                return said
        self.kill()
        msg = f"a Bluesky server did not start: {Path(self._log.name).read_text('utf-8')[-2000:]}"
        raise RuntimeError(msg)

    def stop(self) -> None:
        """Let the process end by itself, which it does when its standard input closes."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(10)
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill the process and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._log):
            if pipe:
                pipe.close()


@contextmanager
def bluesky_network(server: str, *, database: str = "bluesky") -> Iterator[BlueskyNetwork]:
    """Run a network over a new database of the PostgreSQL at `server`; no file of it is left at the end."""
    url = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(f"{url}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} STRATEGY file_copy")
    home = Path(tempfile.mkdtemp(prefix="groundswell-bluesky-"))
    network = None
    try:
        network = BlueskyNetwork(home, f"{url}{database}")
        yield network
    finally:
        if network is not None:
            network.close()
        shutil.rmtree(home, ignore_errors=True)


def _ref(post: Mapping[str, str]) -> dict[str, str]:
    return {"uri": post["uri"], "cid": post["cid"]}


def _numeric(url: str) -> str:
    return url.replace("//localhost:", "//127.0.0.1:")


def _refusal(error: urllib.error.HTTPError) -> XrpcError:
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    return XrpcError(error.code, said.get("error", ""), said.get("message", ""))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
