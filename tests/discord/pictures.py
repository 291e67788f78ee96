"""Pictures of what people see on Discord: `python -m tests.discord.pictures DATA_DIR OUT_DIR`.

DATA_DIR holds a played week (`groundswell demo --no-serve --data-dir DATA_DIR`); it is copied, not changed.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from playwright.async_api import async_playwright
from pydantic import SecretStr

from bot import app
from bot.detect import beats
from bot.domain.clock import ReplayClock
from bot.domain.publication import PublicationKind
from bot.domain.story import Paragraph
from bot.operate import logs
from bot.pipeline import amend, post
from bot.pipeline.newsroom import Newsroom, Office
from bot.publish.card import Press
from bot.publish.discord.channel import DiscordChannel
from bot.publish.discord.session import Account
from bot.settings import load
from bot.store import publications, schema, stories
from bot.store.engine import open_store, sqlite_url
from handlers.discord.client import Bot, set_up
from tests import parts
from tests.discord import look
from tests.discord.places import cards_in, follow
from tests.discord_lab.server import FakeDiscord
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.domain.story import Story
    from bot.store.engine import Store
    from tests.discord_lab.people import Person
    from tests.discord_lab.schema import Json

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_SITE = "https://groundswell.example"
Shown = list[tuple[str, list["Json"]]]


class Scene:
    """A played week on a loopback Discord, with a desk, a member and a maintainer."""

    def __init__(self, discord: FakeDiscord, office: Office, account: Account) -> None:
        self.discord, self.office, self.world = discord, office, discord.world
        self.guild = self.world.add_guild("Modelworks")
        self.place = self.world.add_channel(self.guild, "ai-news")
        self.desk = self.world.channels[office.settings.discord_desk_channel or ""]
        self.ann: Person = discord.person("ann", self.guild)
        self.lin: Person = discord.person("lin", self.world.guilds[self.desk["guild_id"]])
        names = {beat.slug: beat.name for beat in office.book.beats}
        channel = DiscordChannel(account, bot_name="Groundswell", site_url=_SITE, beat_names=names)
        unused: dict[str, Any] = dict.fromkeys(("embedder", "relevance", "writer"))
        self.newsroom = Newsroom(
            **unused, settings=office.settings, store=office.store, clock=office.clock, book=office.book,
            channels={}, followed={channel.name: channel},
            press=Press(bot_name="Groundswell", beat_names=names),
        )  # fmt: skip

    async def tell(self, story: Story, kind: PublicationKind = PublicationKind.STORY) -> None:
        """Bring a story to the channel."""
        name, now = f"discord:{self.place['id']}", self.office.clock.now()
        async with self.office.store.write() as connection:
            await publications.owe(connection, story.id, story.version, [name], kind, at=now)
        await post.run(self.newsroom)

    async def answer(self, asked: Awaitable[object]) -> Json:
        """Return what answers an interaction."""
        found: Json = self.ann.answer_to(await asked)  # type: ignore[arg-type]
        return found

    def thread(self, card: Json) -> list[Json]:
        """Return what is said under a card."""
        return [m for m in self.world.in_channel({"id": card["id"]}) if m["id"] != card["id"]]


async def _story(scene: Scene) -> Shown:
    card = cards_in(scene.world, scene.place)[-1]
    return [("#ai-news", [card]), (f"thread: {scene.world.channels[card['id']]['name']}", scene.thread(card))]


async def _sources(scene: Scene) -> Shown:
    card = cards_in(scene.world, scene.place)[-1]
    part = scene.thread(card)[0]
    asked = scene.ann.says(scene.world.channels[card["id"]], "Source?", to=part)
    await until(lambda: scene.thread(card)[-1]["id"] != asked["id"])
    pressed = await scene.answer(scene.ann.press(card, "Sources"))
    return [
        ("the button Sources", [pressed]),
        ("a reply in the thread", [part, asked, scene.thread(card)[-1]]),
    ]


async def _commands(scene: Scene) -> Shown:
    story_id = (await _newest(scene.office.store))[0].id
    ask = scene.ann.slash
    return [
        ("/ask", [await scene.answer(ask(scene.place, "ask", story=story_id, question="Who says so?"))]),
        ("/wire", [await scene.answer(ask(scene.place, "wire"))]),
        ("/beats", [await scene.answer(ask(scene.place, "beats"))]),
        ("/about", [await scene.answer(ask(scene.place, "about"))]),
        ("/following", [await scene.answer(ask(scene.place, "following"))]),
    ]


async def _mood(scene: Scene) -> Shown:
    asked = [scene.ann.slash(scene.place, "mood", beat=beat) for beat in ("open-source", "education")]
    return [("/mood", [await scene.answer(it) for it in asked])]


async def _desk(scene: Scene) -> Shown:
    (card,) = scene.world.in_channel(scene.desk)
    held = deepcopy(card)
    await scene.lin.press(card, "Approve")
    await until(lambda: not card["components"])
    return [("#desk", [held]), ("#desk, once it is decided", [card])]


async def _amended(scene: Scene) -> Shown:
    store, now = scene.office.store, scene.office.clock.now
    first, second, *_ = await _newest(store)
    await amend.correct(store, first.id, "The licence was changed on Thursday.", at=now(), dry_run=False)
    await post.run(scene.newsroom)
    await amend.retract(
        store, second.id, "The count was wrong by half.", remove=False, at=now(), dry_run=False
    )
    await post.run(scene.newsroom)
    cards = cards_in(scene.world, scene.place)
    return [("#ai-news", cards[-2:]), *((f"thread {card['id']}", scene.thread(card)[-1:]) for card in cards)]


SCENES: tuple[tuple[str, Callable[[Scene], Awaitable[Shown]]], ...] = (
    ("story", _story), ("sources", _sources), ("commands", _commands), ("mood", _mood), ("desk", _desk),
    ("amended", _amended),
)  # fmt: skip


async def _newest(store: Store) -> list[Story]:
    async with store.read() as connection:
        told = [story for story in await stories.every(connection) if story.state.public]
    return sorted(told, key=lambda story: story.created_at, reverse=True)


async def _draw(data: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="groundswell-pictures-") as folder:
        shutil.copytree(data, folder, dirs_exist_ok=True)
        store = await open_store(sqlite_url(Path(folder)))
        async with FakeDiscord() as discord:
            await _play(store, discord, out)
        await store.close()


async def _play(store: Store, discord: FakeDiscord, out: Path) -> None:
    desk = discord.world.add_channel(discord.world.add_guild("newsroom"), "desk")
    settings = load(site_url=_SITE, operator="The Example Society", discord_desk_channel=desk["id"])
    book = beats.load(Path(str(files("bot.demo"))) / "beats.toml")
    told = await _newest(store)
    clock = ReplayClock(told[0].created_at + timedelta(days=1))
    office = Office(settings=settings, store=store, clock=clock, book=book)
    token = SecretStr(discord.token)
    account = Account(token, office.clock)
    await set_up(token, office)
    scene = Scene(discord, office, account)
    await follow(store, scene.place, "education")
    for story in reversed(told[:3]):
        await scene.tell(story)
    await _hold(store, told[3])
    bot: Bot = app.discord_bot(token, office)
    task = asyncio.create_task(bot.connect())
    await until(lambda: bot.client is not None and bot.client.is_ready())
    await bot.run()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=parts.chromium(), args=_QUIET)
        sheet = await browser.new_page(viewport={"width": 720, "height": 900})
        for name, play in SCENES:
            await sheet.set_content(look.page(scene.world, await play(scene)))
            await sheet.screenshot(path=out / f"{name}.png", full_page=True)
        await browser.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await account.close()


async def _hold(store: Store, story: Story) -> None:
    """Have a story wait at the desk, with a claim that fails."""
    first, *more = story.draft.paragraphs
    last = replace(first.claims[-1], text=f"{first.claims[-1].text} They were 412.")
    draft = replace(story.draft, paragraphs=(Paragraph((*first.claims[:-1], last)), *more))
    values = {"state": "held", "reason": "fidelity 78 is below the floor of 85"}
    async with store.write() as connection:
        report = replace(story.report, fidelity=78)
        doubtful = replace(story, version=story.version + 1, draft=draft, report=report)
        await stories.revise(connection, doubtful, change="")
        await connection.execute(
            sa.update(schema.stories).where(schema.stories.c.id == story.id).values(values)
        )


if __name__ == "__main__":
    logs.configure("ERROR")
    where = Path(sys.argv[2])
    where.mkdir(parents=True, exist_ok=True)
    asyncio.run(_draw(Path(sys.argv[1]), where))
