"""Discord messages as a person sees them: HTML from the payloads that a loopback Discord holds.

A sketch of Discord's client, dark, true in what it shows, in which order, and what its markdown becomes.
"""

from __future__ import annotations

import base64
import html
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.discord_lab.schema import Json
    from tests.discord_lab.world import World

_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
_ESCAPE = re.compile(r"\\([^\w\s])")
_KEPT = re.compile("\ue000(\\d+)\ue001")
_RULES = (
    (re.compile(r"\*\*(.+?)\*\*", re.DOTALL), r"<b>\1</b>"),
    (re.compile(r"__(.+?)__", re.DOTALL), r"<u>\1</u>"),
    (re.compile(r"(?<!\w)[*_](.+?)[*_](?!\w)", re.DOTALL), r"<i>\1</i>"),
    (re.compile(r"~~(.+?)~~", re.DOTALL), r"<s>\1</s>"),
    (re.compile(r"`(.+?)`"), r"<code>\1</code>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"&lt;(https?://\S+?)&gt;"), r'<a href="\1">\1</a>'),
    (re.compile(r'(?<!["\'>/])(https?://[^\s<]+)'), r'<a href="\1">\1</a>'),
    (re.compile(r"^-# (.+)$", re.MULTILINE), r'<span class="small">\1</span>'),
    (re.compile(r"^(#{1,3}) (.+)$", re.MULTILINE), r"<b>\2</b>"),
    (re.compile(r"^&gt; (.+)$\n?", re.MULTILINE), r"<blockquote>\1</blockquote>"),
    (re.compile(r"&lt;t:\d+:R&gt;"), r"<u>3 days ago</u>"),
    (re.compile(r"&lt;#\d+&gt;"), r"<u>#a-channel</u>"),
)


def page(world: World, shown: Iterable[tuple[str, list[Json]]]) -> str:
    """Return a page with each place's heading and its messages."""
    parts = [
        f'<div class="place">{html.escape(where)}</div>' + "".join(_message(world, m) for m in messages)
        for where, messages in shown
    ]
    return f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><body>{"".join(parts)}'


def markdown(text: str) -> str:
    """Return text as Discord's client formats it, as HTML."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(html.escape(found[1]))
        return f"\ue000{len(kept) - 1}\ue001"

    out = html.escape(_ESCAPE.sub(keep, text), quote=False)
    for rule, becomes in _RULES:
        out = rule.sub(becomes, out)
    return _KEPT.sub(lambda found: kept[int(found[1])], out)


def _message(world: World, message: Json) -> str:
    ours = message["author"]["id"] == world.bot["id"]
    who = html.escape(message["author"]["username"])
    app = '<span class="app">APP</span>' if ours else ""
    private = '<div class="small">Only you can see this</div>' if message["flags"] & 64 else ""
    content = f'<div class="content">{markdown(message["content"])}</div>' if message["content"] else ""
    kind = "message" + ("" if ours else " person") + (" reply" if message.get("message_reference") else "")
    when = datetime.fromisoformat(message["timestamp"])
    return (
        f'<div class="{kind}"><div class="face">{who[:1].upper()}</div><div class="body">'
        f'<span class="who">{who}</span>{app} <span class="when">{when:%d/%m/%Y %H:%M}</span>{content}'
        + "".join(_embed(world, message, embed) for embed in message["embeds"])
        + "".join(_file(message, item) for item in message["attachments"])
        + _buttons(message)
        + f"{private}</div></div>"
    )


def _embed(world: World, message: Json, embed: Json) -> str:
    fields = "".join(_field(item) for item in embed.get("fields", ()))
    footer = (embed.get("footer") or {}).get("text", "")
    if stamp := embed.get("timestamp"):
        footer += f" • {datetime.fromisoformat(stamp):%d/%m/%Y %H:%M}"
    return (
        f'<div class="embed" style="border-color:#{embed.get("color") or 0:06x}">'
        f'<div class="title{"" if embed.get("url") else " plain"}">{markdown(embed.get("title", ""))}</div>'
        f'<div class="description">{markdown(embed.get("description", ""))}</div>'
        f'<div class="fields">{fields}</div>{_picture(world, message, embed)}'
        f'<div class="footer">{html.escape(footer)}</div></div>'
    )


def _field(field: Json) -> str:
    wide = "" if field.get("inline") else " wide"
    name, value = markdown(field["name"]), markdown(field["value"])
    return f'<div class="field{wide}"><div class="name">{name}</div><div class="value">{value}</div></div>'


def _picture(world: World, message: Json, embed: Json) -> str:
    wanted = (embed.get("image") or {}).get("url", "").removeprefix("attachment://")
    for item in message["attachments"]:
        if item["filename"] == wanted:
            data = base64.b64encode(world.files[item["id"]]).decode()
            alt = html.escape(item.get("description", ""))
            return f'<img src="data:image/png;base64,{data}"><div class="alt">alt: {alt}</div>'
    return ""


def _file(message: Json, item: Json) -> str:
    inside = {(it.get("image") or {}).get("url") for it in message["embeds"]}
    if f"attachment://{item['filename']}" in inside:
        return ""
    return f'<div class="file">{html.escape(item["filename"])} ({item["size"]:,} bytes)</div>'


def _buttons(message: Json) -> str:
    rows = [
        '<div class="buttons">'
        + "".join(f'<div class="button b{it.get("style")}">{html.escape(it["label"])}</div>' for it in row)
        + "</div>"
        for row in (row.get("components", ()) for row in message["components"])
    ]
    return "".join(rows)
