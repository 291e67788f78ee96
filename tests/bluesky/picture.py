"""A thread and an answer as a follower sees them: `python -m tests.bluesky.picture FOLDER [STORY]`.

Plays the demo's week unless FOLDER has it already, posts one of its stories to the reference servers, has a
reader ask for sources, and draws what the AppView then shows as FOLDER/thread.png and FOLDER/answer.png.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from dataclasses import replace
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.async_api import async_playwright

from bot import app, playback, settings
from bot.pipeline import post
from bot.publish.bluesky import profile
from bot.publish.bluesky.channel import BlueskyChannel
from bot.publish.card import avatar
from bot.store import publications, stories
from handlers.bluesky import Listener
from tests import parts, postgres
from tests.bluesky.story import make_account
from tests.network import bluesky_network

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.pipeline.newsroom import Newsroom
    from bot.publish.bluesky.session import Account as BotAccount
    from tests.network import BlueskyNetwork

_DEMO = Path(str(files("bot.demo")))
_STYLE = """
body { width: 600px; margin: 0; font: 15px/20px "Liberation Sans", "DejaVu Sans", sans-serif; color: #0b0f14 }
article { display: grid; grid-template-columns: 54px 1fr; padding: 12px 16px }
article { border-bottom: 1px solid #dce2ea }
article > img, i { width: 42px; height: 42px; border-radius: 50%; background: #b8c4d4; display: block }
p { margin: 2px 0 8px; white-space: pre-wrap; overflow-wrap: anywhere } a { color: #0866d9 }
small { color: #66788c } mark { background: #e4e9f0; border-radius: 4px; padding: 0 5px; font-size: 12px }
section { border: 1px solid #dce2ea; border-radius: 12px; overflow: hidden; margin-bottom: 8px }
section > img { width: 100%; display: block } section > div { padding: 8px 12px }
"""


async def main(folder: Path, story_id: str | None) -> None:
    """Draw both pictures."""
    configured = settings.demo(folder)
    if not await asyncio.to_thread((folder / "groundswell.db").exists):
        week, beats = [_DEMO / "week.jsonl.gz"], _DEMO / "beats.toml"
        await playback.play(configured, week, beats_file=beats, total=lambda _: None, step=_step)
    with postgres.server() as server, bluesky_network(server) as network:
        async with app.newsroom(configured, beats_file=_DEMO / "beats.toml", listening=False) as newsroom:
            await _show(network, newsroom, folder, story_id)


async def _step(_newsroom: Newsroom, _progress: object) -> None:
    """Say nothing of the progress."""


async def _show(network: BlueskyNetwork, newsroom: Newsroom, folder: Path, story_id: str | None) -> None:
    bot, reader = network.create_account("groundswell"), network.create_account("reader")
    account = make_account(bot, folder)
    await profile.set_up(
        account, bot_name=newsroom.settings.bot_name, operator="The Example Society", model=False,
        avatar=avatar(), dry_run=False,
    )  # fmt: skip
    told = await _told(newsroom, account, story_id)
    thread = [item["uri"] for item in told]
    network.until(lambda: network.posts(*thread))
    about = await _sourced_elsewhere(newsroom, told)
    asked = reader.reply(about, "source?", root=told[0])
    network.until(lambda: network.posts(asked["uri"]))
    listener = Listener(account, store=newsroom.store, clock=newsroom.clock, settings=newsroom.settings)
    await listener.run()
    await account.close()
    answers = [
        made["uri"]
        for made in bot.records("app.bsky.feed.post")
        if made["uri"] not in thread and made["value"].get("reply")
    ]
    network.until(lambda: network.posts(*answers))
    for name, uris in (("thread", thread), ("answer", [about["uri"], asked["uri"], *answers])):
        shown = {post["uri"]: post for post in network.posts(*uris)}
        await _draw(network, [shown[uri] for uri in uris], folder / f"{name}.png")


async def _told(newsroom: Newsroom, account: BotAccount, story_id: str | None) -> list[Mapping[str, Any]]:
    """Post a story; return the posts of its thread."""
    names = {beat.slug: beat.name for beat in newsroom.book.beats}
    channel = BlueskyChannel(
        account,
        bot_name=newsroom.settings.bot_name,
        site_url="https://groundswell.example",
        beat_names=names,
    )
    alone = replace(newsroom, channels={channel.name: channel})
    async with newsroom.store.write() as connection:
        chosen = story_id or (await stories.every(connection))[0].id
        version = (await stories.get(connection, chosen)).version
        await publications.owe(connection, chosen, version, [channel.name], at=newsroom.clock.now())
    await post.run(alone)
    async with newsroom.store.read() as connection:
        sent = await publications.of_story(connection, chosen)
    posts: list[Mapping[str, Any]] = next(it for it in sent if it.channel == channel.name).remote["posts"]
    return posts


async def _sourced_elsewhere(newsroom: Newsroom, told: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the post that rests on most records from elsewhere: the demo's are not on this network."""
    async with newsroom.store.read() as connection:
        every = await stories.every(connection)
    cited = {
        claim.id: [it.record_id for it in claim.citations if not it.record_id.startswith("bluesky:")]
        for story in every
        for claim in story.draft.claims()
    }
    return max(told[1:], key=lambda it: len({one for claim in it["claims"] for one in cited.get(claim, ())}))


async def _draw(network: BlueskyNetwork, posts: Iterable[Mapping[str, Any]], file: Path) -> None:
    body = "".join(_article(network, shown) for shown in posts)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=parts.chromium(), args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 600, "height": 400}, device_scale_factor=1.5)
        await page.set_content(f"<meta charset=utf-8><style>{_STYLE}</style>{body}")
        await page.screenshot(path=file, full_page=True)
        await browser.close()


def _article(network: BlueskyNetwork, shown: Mapping[str, Any]) -> str:
    author, record = shown["author"], shown["record"]
    found = network.call("com.atproto.repo.listRecords", repo=author["did"], collection=profile.COLLECTION)
    face = found["records"][0]["value"].get("avatar") if found["records"] else None
    label = " <mark>bot</mark>" if any(it["val"] == "bot" for it in author.get("labels", ())) else ""
    embed = _embed(network, author["did"], record, shown.get("embed") or {})
    return (
        f"<article>{_picture(network, author['did'], face) or '<i></i>'}<div>{_who(author)}{label}"
        f" <small>· {record['createdAt'][:10]}</small><p>{_text(record)}</p>{embed}</div></article>"
    )


def _who(author: Mapping[str, Any]) -> str:
    name = escape(author.get("displayName") or author["handle"])
    return f"<b>{name}</b> <small>@{escape(author['handle'])}</small>"


def _text(record: Mapping[str, Any]) -> str:
    """Return the words of a post with its facets as links."""
    data, at, found = record["text"].encode(), 0, []
    for facet in record.get("facets", ()):
        first, last = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        found += [escape(data[at:first].decode()), f"<a>{escape(data[first:last].decode())}</a>"]
        at = last
    return "".join([*found, escape(data[at:].decode())])


def _embed(network: BlueskyNetwork, did: str, record: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    made, seen = record.get("embed", {}), ""
    external = (made.get("media") or made).get("external")
    if external:
        host, picture = external["uri"].split("/")[2], _picture(network, did, external.get("thumb"))
        title, description = escape(external["title"]), escape(external["description"])
        words = f"<b>{title}</b><br>{description}<br><small>{escape(host)}</small>"
        seen += f"<section>{picture}<div>{words}</div></section>"
    quoted = view.get("record", {})
    quoted = quoted.get("record", quoted)
    if "value" in quoted:
        words = escape(quoted["value"]["text"])
        seen += f"<section><div>{_who(quoted['author'])}<br>{words}</div></section>"
    return seen


def _picture(network: BlueskyNetwork, did: str, blob: Mapping[str, Any] | None) -> str:
    if not blob:
        return ""
    data = network.fetch("com.atproto.sync.getBlob", did=did, cid=blob["ref"]["$link"])
    return f'<img src="data:{blob["mimeType"]};base64,{base64.b64encode(data).decode()}">'


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
