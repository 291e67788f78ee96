"""Which story a message is about, and the frozen posts that answer it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.errors import NotFoundError
from bot.domain.question import Answer
from bot.domain.record import Author as Said
from bot.domain.story import StoryState
from bot.publish.bluesky.records import POST, Write, post
from bot.publish.tid import Minter
from bot.store import consents, publications, questions, records, stories
from handlers import bluesky_messages as incoming
from handlers import bluesky_replies as replies
from handlers.phrases import say
from handlers.questions import answer, meant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.publish.bluesky.session import Account
    from bot.settings import Settings
    from bot.store.engine import Store
    from handlers.bluesky_messages import Message, Ref

CHANNEL = "bluesky"
_MOST_URIS = 25
_MOST_LANGS = 3


@dataclass(frozen=True, slots=True)
class About:
    """The story version and the claims a message is about; `claim_ids` None means the whole story."""

    story_id: str
    version: int
    claim_ids: tuple[str, ...] | None

    @property
    def json(self) -> dict[str, Any]:
        """What is kept with an answer, for those who ask on under it."""
        return {"version": self.version, "claims": self.claim_ids}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A frozen answer, the story it is about (None: about none), and the ids of the records it shows."""

    story_id: str | None
    answer: Mapping[str, Any]
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """A post that stands on the network now."""

    ref: Ref
    author: incoming.Author
    may_be_embedded: bool


class Answerer:
    """Prepares answers from the store, after a look at which of the quoted posts still stand."""

    def __init__(self, account: Account, *, store: Store, settings: Settings) -> None:
        self._account = account
        self._store = store
        self._bot_name = settings.bot_name
        self._site = str(settings.site_url).rstrip("/")
        self._minter = Minter()

    def word(self, message: Message, key: str, lang: str, did: str, now: datetime) -> dict[str, Any]:
        """Return the frozen answer that is the phrase called `key`, and nothing else."""
        said = replies.posts(Answer("", say(key, lang)), mark=self._mark(lang), page="", lang=lang)
        return self._frozen(said, message, did, now, langs=[lang])

    async def about(self, message: Message, did: str) -> About | None:
        """Return what a message is about, None if that is no story of ours."""
        async with self._store.read() as connection:
            return await _about(connection, message, did)

    async def prepare(self, message: Message, lang: str, did: str, now: datetime) -> Prepared | None:
        """Return the frozen answer in `lang`, or None if the message is about no story of ours."""
        async with self._store.read() as connection:
            about = await _about(connection, message, did)
            if about is None:
                return None
            try:
                story = await stories.get(connection, about.story_id, version=about.version)
            except NotFoundError:
                return None
            known = await consents.quotable(connection, await records.get(connection, _cited(story)))
        page = f"{self._site}/stories/{story.id}"
        if story.state is StoryState.RETRACTED:
            return Prepared(story.id, self.word(message, "retracted", lang, did, now) | about.json)
        standing, shown = await self._standing(known)
        given = answer(story, standing, message.text, claim_ids=about.claim_ids, lang=lang)
        said = replies.posts(given, mark=self._mark(lang), page=page, lang=lang)
        shows = tuple(sorted({item.record_id for claim in given.claims for item in claim.sources}))
        langs = [lang, *(standing[record_id].lang or lang for record_id in shows)]
        frozen = self._frozen(said, message, did, now, embed=_embed(given, shown), langs=langs)
        return Prepared(story.id, frozen | about.json, shows)

    def _mark(self, lang: str) -> str:
        return say("mark", lang, bot=self._bot_name)

    async def _standing(self, known: Mapping[str, Record]) -> tuple[dict[str, Record], dict[str, _Shown]]:
        """Return the records that may be shown now, Bluesky's with today's handles, and those posts."""
        uris = {
            uri: record.id
            for record in known.values()
            if record.source == CHANNEL and incoming.repo_of(uri := _uri(record))
        }
        shown = {uris[uri]: post for uri, post in (await self._posts(uris)).items()}
        standing = {key: record for key, record in known.items() if record.source != CHANNEL}
        for record_id, found in shown.items():
            if not (found.author.hidden or found.author.blocked):
                record = known[record_id]
                handle = found.author.handle or record.author.handle
                standing[record_id] = replace(record, author=Said(record.author.id, handle))
        return standing, shown

    async def _posts(self, uris: Iterable[str]) -> dict[str, _Shown]:
        wanted, found = list(uris), dict[str, _Shown]()
        for start in range(0, len(wanted), _MOST_URIS):
            page = await self._account.query(
                "app.bsky.feed.getPosts", uris=wanted[start : start + _MOST_URIS]
            )
            for view in incoming.views(page, "posts"):
                read = incoming.message(view, "")
                if read is not None and read.ref.uri in uris:
                    closed = (view.get("viewer") or {}).get("embeddingDisabled")
                    found[read.ref.uri] = _Shown(read.ref, read.author, not closed)
        return found

    def _frozen(
        self,
        said: Collection[replies.Post],
        message: Message,
        did: str,
        now: datetime,
        *,
        langs: Iterable[str],
        embed: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the posts as records with their keys, each under the one before."""
        spoken = list(dict.fromkeys(langs))[:_MOST_LANGS]
        writes: list[Write] = []
        for place, part in enumerate(said):
            parent = writes[-1].ref if writes else message.ref.json
            more: dict[str, Any] = {"reply": {"root": message.root.json, "parent": parent}}
            more |= {"facets": facets} if (facets := part.facets) else {}
            more |= {"embed": dict(embed)} if embed and not writes else {}
            value = post(part.text, at=now, place=place, langs=spoken, **more)
            writes.append(Write(did, POST, self._minter.mint(now), value))
        return {"posts": [{"uri": write.uri, **write.frozen()} for write in writes]}


async def _about(connection: AsyncConnection, message: Message, did: str) -> About | None:
    """Return what a message is about: the post replied to, else the one quoted, else its thread's story."""
    for uri in (message.parent, message.quoted):
        if uri is not None and incoming.repo_of(uri) == did:
            found = await _told_in(connection, uri) or await _answered_in(connection, uri, message.root.uri)
            if found is not None:
                return found
    if incoming.repo_of(message.root.uri) != did:
        return None
    found = await _told_in(connection, message.root.uri)
    return replace(found, claim_ids=None) if found else None


async def _told_in(connection: AsyncConnection, uri: str) -> About | None:
    for publication in await publications.with_post(connection, CHANNEL, incoming.rkey_of(uri) or uri):
        for place, told in enumerate(publication.remote["posts"]):
            if told["uri"] == uri:
                return About(publication.story_id, publication.version, meant(place, told["claims"]))
    return None


async def _answered_in(connection: AsyncConnection, uri: str, thread: str) -> About | None:
    """Return what an answer of ours was about: readers ask on under answers, too."""
    for question in await questions.in_thread(connection, thread):
        ours = {item["uri"] for item in question.answer.get("posts", ())}
        if uri in ours and question.story_id is not None and "version" in question.answer:
            claims = question.answer.get("claims")
            return About(question.story_id, question.answer["version"], tuple(claims) if claims else None)
    return None


def _cited(story: Story) -> set[str]:
    return {item.record_id for claim in story.draft.claims() for item in claim.citations}


def _uri(record: Record) -> str:
    did, _, rkey = record.native_id.partition("/")
    return f"at://{did}/{POST}/{rkey}"


def _embed(given: Answer, shown: Mapping[str, _Shown]) -> dict[str, Any] | None:
    """Return the quoted post itself, if the answer rests on it alone and its author lets it be embedded."""
    found = shown.get(replies.only_record(given) or "")
    if found is None or not found.may_be_embedded:
        return None
    return {"$type": "app.bsky.embed.record", "record": found.ref.json}
