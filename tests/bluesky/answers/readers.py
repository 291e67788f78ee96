"""A bot with one told story on the test network, and what readers need to talk to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import SecretStr

from bot import settings
from bot.domain.clock import SystemClock
from bot.domain.publication import Publication, PublicationState
from bot.domain.question import QuestionState
from bot.domain.record import Author, Record, RecordKind
from bot.domain.story import Citation, Claim, ClaimKind, Draft, Paragraph, StoryState
from bot.publish.bluesky.session import Account
from bot.store import publications, records, signals, stories, storylines
from bot.store.engine import open_store, sqlite_url
from bot.store.questions import Question
from bot.store.schema import questions as table
from handlers.bluesky import Listener
from tests.store import house
from tests.store.house import make_signal, make_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

    from bot.settings import Settings
    from bot.store.engine import Store
    from handlers.bluesky import Round
    from tests import network as net

SAID_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGE = "https://groundswell.example/stories/heron-on-old-laptops"


class ShiftedClock(SystemClock):
    """The machine's clock, as far ahead as it is told."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the shifted time."""
        return super().now() + self.ahead


@dataclass
class House:
    """A bot that told one story. `posts` are the thread's, `cited` the records by the names used here."""

    network: net.BlueskyNetwork
    bot: net.Account
    store: Store
    clock: ShiftedClock
    settings: Settings
    account: Account
    listener: Listener
    posts: list[Mapping[str, Any]]
    cited: dict[str, Record]

    def restart(self, *, told: list[Any] | None = None, a_page: int = 1_000) -> None:
        """Have another bot process take over; with `told`, that is all the network notifies it of.

        It is handed over so many `a_page`.
        """
        account = self.account if told is None else _Told(self.account, told, a_page)
        self.listener = Listener(account, store=self.store, clock=self.clock, settings=self.settings)

    async def row(self, message: Mapping[str, str]) -> Question:
        """Return what the store keeps of a message."""
        async with self.store.read() as connection:
            found = (await connection.execute(sa.select(table).where(table.c.id == message["uri"]))).one()
        values = dict(found._mapping)
        return Question(**values | {"state": QuestionState(found.state)})

    async def listen(self) -> Round:
        """Have the bot look once."""
        return await self.listener.run()

    async def ask(self, who: net.Account, text: str, *, under: Mapping[str, str] | int = 1) -> dict[str, str]:
        """Have `who` reply to a post (of the thread, by its number) and the bot look; return the reply."""
        parent = self.posts[under] if isinstance(under, int) else under
        asked = await asyncio.to_thread(self.say, who, text, parent)
        await self.hear(asked)
        return asked

    def say(self, who: net.Account, text: str, parent: Mapping[str, str]) -> dict[str, str]:
        """Have `who` reply to a post once the network knows it: it notifies nobody of a reply before that."""
        self.network.until(lambda: self.network.posts(parent["uri"]))
        return who.reply(parent, text, root=self.posts[0])

    async def hear(self, *messages: Mapping[str, str]) -> Round:
        """Wait until the network shows these messages to the bot, then have it look."""
        await asyncio.to_thread(self.notified, [message["uri"] for message in messages])
        return await self.listen()

    def notified(self, uris: Iterable[str]) -> None:
        """Wait until the bot could see these posts among its notifications."""
        wanted = set(uris)

        def there() -> bool:
            page = self.bot.get("app.bsky.notification.listNotifications", limit=100)
            return wanted <= {note["uri"] for note in page["notifications"]}

        self.network.until(there)

    def replies_to(self, message: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the bot's posts that answer `message`, first to last, out of its repository."""
        found: list[dict[str, Any]] = []
        parent = message["uri"]
        for made in self.bot.records("app.bsky.feed.post"):
            reply = made["value"].get("reply")
            if reply and reply["parent"]["uri"] == parent:
                found.append(made)
                parent = made["uri"]
        return found

    def words(self, message: Mapping[str, str]) -> str:
        """Return all the bot answered to `message`."""
        return "\n".join(made["value"]["text"] for made in self.replies_to(message))


class _Told(Account):
    """An account that is notified of certain things only."""

    def __init__(self, like: Account, told: list[Any], a_page: int) -> None:
        # One session for both, so that closing one closes the other.
        self.__dict__ = like.__dict__
        self._told_of, self._a_page = told, a_page

    async def query(self, nsid: str, **params: object) -> Any:
        """Ask, and hear of those notifications."""
        found = await super().query(nsid, **params)
        if not nsid.endswith("listNotifications"):
            return found
        at = int(str(params.get("cursor", 0)))
        end = at + self._a_page
        more = {"cursor": str(end)} if end < len(self._told_of) else {}
        return {"notifications": self._told_of[at:end], **more}


@asynccontextmanager
async def open_house(
    network: net.BlueskyNetwork,
    folder: Path,
    cited: Iterable[Record] | None = None,
) -> AsyncIterator[House]:
    """Open a bot that told one story: a headline that rests on all records, and two claims on half each."""
    bot = await asyncio.to_thread(network.create_account, "bot")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    clock, store = ShiftedClock(), await open_store(sqlite_url(folder))
    said = {record.native_id: record for record in (cited or two_records())}
    posts = await asyncio.to_thread(_thread, network, bot)
    await _tell(store, clock, list(said.values()), posts)
    account = Account(
        handle=bot.handle,
        password=SecretStr(bot.password),
        service=network.pds_url,
        folder=folder,
        clock=clock,
    )
    configured = settings.load(data_dir=folder, site_url="https://groundswell.example")
    listener = Listener(account, store=store, clock=clock, settings=configured)
    yield House(network, bot, store, clock, configured, account, listener, posts, said)
    await account.close()
    await store.close()


def ref(post: Mapping[str, Any]) -> dict[str, str]:
    """Return how records refer to a post."""
    return {"uri": post["uri"], "cid": post["cid"]}


def two_records() -> list[Record]:
    """Return a forum post and a comment, fictional both."""
    return [
        forum_record("torrent", "mira", "Heron runs on my old laptop, slowly but it runs."),
        forum_record("licence", "teodor", "The new licence is what keeps our shop away from Heron."),
    ]


def forum_record(native_id: str, who: str, text: str) -> Record:
    """Return what somebody said on a fictional forum."""
    return Record(
        source="discourse",
        native_id=native_id,
        kind=RecordKind.POST,
        url=f"https://forum.modelworks.example/t/{native_id}",
        author=Author(who, who),
        created_at=SAID_AT,
        text=text,
        lang="en",
        community="forum.modelworks.example",
    )


def bluesky_record(account: net.Account, post: Mapping[str, str], text: str) -> Record:
    """Return a post on the test network as the bot heard it."""
    rkey = post["uri"].rsplit("/", maxsplit=1)[-1]
    return Record(
        source="bluesky",
        native_id=f"{account.did}/{rkey}",
        kind=RecordKind.POST,
        url=f"https://bsky.app/profile/{account.did}/post/{rkey}",
        author=Author(account.did, account.did),
        created_at=SAID_AT,
        text=text,
        lang="en",
        community="bluesky",
    )


def _thread(network: net.BlueskyNetwork, bot: net.Account) -> list[Mapping[str, Any]]:
    root = bot.post("Old laptops, new weights")
    first = bot.reply(root, "The first claim.")
    second = bot.reply(first, "The second claim.", root=root)
    made = [root, first, second, bot.reply(second, "How this was made.", root=root)]
    network.until(lambda: network.posts(*(post["uri"] for post in made)))
    claims: tuple[list[str], ...] = (["c1"], ["c3"], ["c5"], [])
    return [{**post, "claims": stated} for post, stated in zip(made, claims, strict=True)]


async def _tell(
    store: Store, clock: ShiftedClock, cited: list[Record], posts: list[Mapping[str, Any]]
) -> None:
    half = (len(cited) + 1) // 2
    marks = [Citation(number, record.id, record.text) for number, record in enumerate(cited, 1)]
    body = (
        Claim("c3", ClaimKind.COHORT, "Hobbyists say the weights run on laptops.", tuple(marks[:half])),
        Claim("c5", ClaimKind.ANALYSIS, "The licence is the open question.", tuple(marks[half:])),
    )
    draft = Draft(
        headline=Claim("c1", ClaimKind.ANALYSIS, "Old laptops, new weights", tuple(marks)),
        deck=Claim("c2", ClaimKind.ANALYSIS, "What hobbyists make of Heron."),
        paragraphs=(Paragraph(body),),
        writer="extractive",
    )
    now = clock.now()
    async with store.write() as connection:
        await records.add(connection, cited, now)
        await storylines.save(connection, [storylines.Kept("heron", "open-source", now, now, 2, b"\x00")])
        await signals.add(connection, make_signal(evidence=()))
        story = make_story(cited, draft=draft, state=StoryState.APPROVED)
        await stories.create(connection, story)
        await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=now)
        key = f"{story.id}@1/bluesky"
        await house.plan(
            connection, Publication(key, story.id, 1, "bluesky", PublicationState.PLANNED, {}, now)
        )
        root = {"uri": posts[0]["uri"], "cid": posts[0]["cid"]}
        remote = {"url": "https://bsky.app/x", "root": root, "posts": posts}
        await publications.sent(connection, key, remote=remote, at=now)
