"""HTTP manners: validators, caching, what a browser may do with a page, and the site's own files."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A post that was taken back must be gone soon, so nothing keeps a page for long.
PAGE = "public, max-age=60"
FOREVER = "public, max-age=31536000, immutable"
NEVER = "no-store"
OK = 200
_MIME = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css; charset=utf-8"}
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
}


class Guard:
    """Puts HEADERS on every response that passes through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, guarded)


def reply(
    request: Request, body: str | bytes, media_type: str, *, cache_control: str = PAGE, status: int = OK
) -> Response:
    """Return a response with a validator, or 304 if the reader has this very body already."""
    content = body.encode() if isinstance(body, str) else body
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"cache-control": cache_control, "etag": etag}
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if status == OK and (etag in known or "*" in known):
        return Response(status_code=304, headers=headers)
    return Response(content, status_code=status, headers=headers, media_type=media_type)


@cache
def files() -> Mapping[str, tuple[bytes, str]]:
    """Return the site's own files: path -> content and media type."""
    root = resources.files("bot.web") / "static"
    return {path: (entry.read_bytes(), _media_type(path)) for path, entry in _walk(root, "")}


@cache
def edition() -> str:
    """Return a short name for the present state of all files, so that browsers may keep them for good."""
    digest = hashlib.sha256()
    for path, (content, _) in sorted(files().items()):
        digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry


def _media_type(path: str) -> str:
    suffix = path[path.rfind(".") :]
    return _MIME.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
