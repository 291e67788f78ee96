"""Listening and answering on Bluesky: what readers write to the bot is heard, decided once, answered once.

A message is decided and its answer frozen, with the keys of its posts, in one transaction; then it is sent. A
process that dies in between finds the frozen answer and sends it under the same keys, which the network takes
once. The words of a message decide nothing but which of the fixed outcomes applies, and are not kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import PublishError
from bot.domain.failpoints import point
from bot.domain.question import QuestionState
from bot.store import optouts, publications, questions
from bot.store.questions import Question
from handlers import bluesky_messages as incoming
from handlers import policy
from handlers.bluesky_answers import Answerer, Prepared
from handlers.intents import QuestionKind, classify
from handlers.phrases import language
from handlers.policy import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.clock import Clock
    from bot.publish.bluesky.session import Account
    from bot.settings import Settings
    from bot.store.engine import Store
    from handlers.bluesky_answers import About
    from handlers.bluesky_messages import Message
    from handlers.intents import Intent

CHANNEL = "bluesky"
_REASONS = ["reply", "mention", "quote"]
_PAGE = 100
_MOST_PAGES = 10
# Notifications are not complete: one can be lost to a race on the server, or sort far down. So the threads of
# the last days are read as well, and now and then more of the list.
_LOOK_AGAIN = timedelta(minutes=1)
_RECENT_THREADS = timedelta(days=2)
_RESCAN = timedelta(hours=2)
# Old questions are declined, but a stop word is obeyed however long the bot was away.
_LONGEST_OUTAGE = timedelta(days=30)
_THREAD_DEPTH = 30
# The network's words for a record it will never take.
_NEVER = frozenset({"InvalidRequest", "InvalidRecord"})
# What may be wrong with one thread; the others are looked through all the same.
_OF_THE_THREAD = _NEVER | {"NotFound", "InternalServerError"}
_THERE_ALREADY = "InvalidSwap"
_COMMANDS = {QuestionKind.STOP: optouts.REPLY, QuestionKind.UNQUOTE: optouts.QUOTE}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Round:
    """What one look brought: how many messages were decided how, and how many posts were written."""

    decided: Counter[str] = field(default_factory=Counter)
    posts: int = 0


class Listener:
    """Hears and answers for one account. What it keeps in memory can be lost without harm."""

    name = CHANNEL

    def __init__(self, account: Account, *, store: Store, clock: Clock, settings: Settings) -> None:
        self._account = account
        self._store = store
        self._clock = clock
        self.seconds = settings.bluesky_poll_seconds
        self._answerer = Answerer(account, store=store, settings=settings)
        self._looked_at: datetime | None = None

    async def run(self) -> Round:
        """Hear what is new, decide it, and send what is due; what the network prevents stays due."""
        done = Round()
        try:
            await self._round(done)
        except PublishError as error:
            log.warning("not listened", action="answer", status="error", error=str(error))
        if done.decided or done.posts:
            log.info("listened", action="answer", status="ok", posts=done.posts, decided=dict(done.decided))
        return done

    async def _round(self, done: Round) -> None:
        did = await self._account.open()
        await self._take_back(did)
        async with self._store.read() as connection:
            waiting = await questions.due(connection, CHANNEL)
        for question in waiting:
            await self._send(question, did, done)
        for message in await self._heard(did):
            try:
                kept = await self._decide(message, did, done)
            except Exception as error:
                # Whatever is wrong with one message, the others go on; while the network is away, none does.
                if isinstance(error, PublishError) and error.reason not in _NEVER:
                    raise
                log.exception("message left", action="answer", status="error", uri=message.ref.uri)
                continue
            if kept is not None:
                await self._send(kept, did, done)
        await self._take_back(did)

    async def _take_back(self, did: str) -> None:
        """Delete answers that show what was taken back since."""
        async with self._store.read() as connection:
            unfounded = await questions.unfounded(connection, CHANNEL)
        for question in unfounded:
            for write in question.answer.get("posts", ()):
                where = {"repo": did, "collection": incoming.POSTS, "rkey": incoming.rkey_of(write["uri"])}
                await self._account.do("com.atproto.repo.deleteRecord", where)
            await self._give_up(question, Reason.TAKEN_BACK)

    async def _heard(self, did: str) -> list[Message]:
        """Return messages that are meant for us and were never decided, oldest first."""
        now = self._clock.now()
        thorough = self._looked_at is None or now - self._looked_at >= _LOOK_AGAIN
        found = await self._notified(did, now, thorough=thorough)
        if thorough:
            found |= await self._in_threads(did, now)
            self._looked_at = now
        return sorted(found.values(), key=lambda message: (message.sent_at, message.ref.uri))

    async def _notified(self, did: str, now: datetime, *, thorough: bool) -> dict[str, Message]:
        found: dict[str, Message] = {}
        more: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = await self._account.query(
                "app.bsky.notification.listNotifications", reasons=_REASONS, limit=_PAGE, **more
            )
            views = incoming.views(page, "notifications")
            read = self._meant(views, did)
            new = await self._new(read)
            found |= new
            oldest = min((message.sent_at for message in read.values()), default=now)
            cursor = page.get("cursor")
            deep_enough = not new and (not thorough or now - oldest > _RESCAN)
            too_old = now - oldest > _LONGEST_OUTAGE
            if deep_enough or too_old or not views or not isinstance(cursor, str):
                break
            more = {"cursor": cursor}
        return found

    async def _in_threads(self, did: str, now: datetime) -> dict[str, Message]:
        """Return what stands under the threads of the last days."""
        async with self._store.read() as connection:
            recent = await publications.sent_since(connection, CHANNEL, now - _RECENT_THREADS)
        found: dict[str, Message] = {}
        for publication in recent:
            root = publication.remote["root"]["uri"]
            try:
                page = await self._account.query(
                    "app.bsky.feed.getPostThread", uri=root, depth=_THREAD_DEPTH, parentHeight=0
                )
            except PublishError as error:
                if error.reason not in _OF_THE_THREAD:
                    raise
                log.warning("thread not read", action="answer", status="error", uri=root, error=str(error))
                continue
            found |= self._meant(incoming.thread_posts(page.get("thread")), did)
        return await self._new(found)

    def _meant(self, views: Any, did: str) -> dict[str, Message]:  # noqa: ANN401 - JSON
        read = (incoming.message(view, did) for view in views)
        return {m.ref.uri: m for m in read if m and m.author.did != did and _concerns(m, did)}

    async def _new(self, read: Mapping[str, Message]) -> dict[str, Message]:
        async with self._store.read() as connection:
            known = await questions.known(connection, read)
        return {uri: message for uri, message in read.items() if uri not in known}

    async def _decide(self, message: Message, did: str, done: Round) -> Question | None:
        """Decide one message and keep that; return it if there is an answer to send."""
        intent, now = classify(message.text), self._clock.now()
        reason = await self._refusal(message, intent, did, now)
        disputed = intent.disputes and reason not in {Reason.BOT, Reason.BLOCKED}
        about = await self._answerer.about(message, did) if disputed else None
        found = reason or await self._prepared(message, intent, about, did, now)
        prepared, reason = (None, found) if isinstance(found, Reason) else (found, None)
        question = Question(
            id=message.ref.uri,
            channel=CHANNEL,
            state=QuestionState.DECLINED if reason else QuestionState.RECEIVED,
            asked_at=now,
            story_id=prepared.story_id if prepared else about.story_id if about else None,
            author_key=None if reason else _key(message),
            thread=None if reason else message.root.uri,
            reason=reason.value if reason else None,
            disputed=disputed,
            answer=prepared.answer if prepared else {},
            records=prepared.records if prepared else (),
        )
        return await self._keep(question, message, intent, done)

    async def _prepared(
        self, message: Message, intent: Intent, about: About | None, did: str, now: datetime
    ) -> Prepared | Reason:
        """Return the frozen answer, or why there is none; `about` is what a dispute is about."""
        lang = language(intent.languages, message.langs)
        if intent.kind in _COMMANDS:
            return Prepared(None, self._answerer.word(message, intent.kind.value, lang, did, now))
        if intent.kind is not QuestionKind.TALK:
            return await self._answerer.prepare(message, lang, did, now) or Reason.NO_STORY
        if not intent.disputes:
            return Reason.TALK
        if about is None:
            return Reason.NO_STORY
        async with self._store.read() as connection:
            if await questions.was_heard(connection, _key(message), message.root.uri):
                return Reason.NOTED
        said = self._answerer.word(message, "disputed", lang, did, now)
        return Prepared(about.story_id, said | about.json)

    async def _refusal(self, message: Message, intent: Intent, did: str, now: datetime) -> Reason | None:
        key = _key(message)
        command = intent.kind in _COMMANDS
        async with self._store.read() as connection:
            today, here = await questions.counts(connection, key, message.root.uri, now - policy.DAY)
            silenced = await optouts.has(connection, key, optouts.REPLY)
            told = command and await optouts.has(connection, key, _COMMANDS[intent.kind])
        asked = policy.Asked(
            sent_at=message.sent_at,
            own=message.author.did == did,
            bot=message.author.bot,
            blocked=message.author.blocked,
            addressed=message.replies_to(did) or message.mentions,
            opted_out=silenced or told,
            # A stop word is confirmed once whatever came before it.
            today=0 if command else today,
            in_thread=0 if command else here,
        )
        return policy.refusal(asked, now)

    async def _keep(
        self, question: Question, message: Message, intent: Intent, done: Round
    ) -> Question | None:
        point("answer.decided")
        async with self._store.write() as connection:
            if intent.kind in _COMMANDS:
                await optouts.add(connection, _key(message), _COMMANDS[intent.kind], question.asked_at)
            await questions.add(connection, question)
        point("answer.kept")
        objection = intent.kind is QuestionKind.TALK
        done.decided[question.reason or ("objection" if objection else intent.kind.value)] += 1
        if question.disputed:
            log.warning(
                "a reader says that something is wrong", action="answer", status="ok", uri=question.id
            )
        return None if question.reason else question

    async def _send(self, question: Question, did: str, done: Round) -> None:
        """Write the posts of a frozen answer that are not there yet.

        Raises PublishError if the network is away; the answer stays due.
        """
        now = self._clock.now()
        if now - question.asked_at > policy.DAY:
            await self._give_up(question, Reason.TOO_OLD)
            return
        for number, write in enumerate(question.answer["posts"], 1):
            try:
                done.posts += await self._write(did, write)
            except PublishError as error:
                if error.reason not in _NEVER:
                    raise
                log.warning("refused", action="answer", status="error", uri=question.id, error=str(error))
                await self._give_up(question, Reason.REFUSED)
                return
            point(f"answer.sent-{number}")
        sent = [{"uri": write["uri"], "cid": write["cid"]} for write in question.answer["posts"]]
        async with self._store.write() as connection:
            await questions.answered(connection, question.id, now, answer={**question.answer, "posts": sent})

    async def _write(self, did: str, write: Mapping[str, Any]) -> bool:
        """Write one post unless it is there; tell whether it was written now."""
        body = {"repo": did, "collection": write["collection"], "rkey": write["rkey"]}
        try:
            # Without the record as it was before, this only ever creates.
            await self._account.do(
                "com.atproto.repo.putRecord", {**body, "record": write["value"], "swapRecord": None}
            )
        except PublishError as error:
            if error.reason != _THERE_ALREADY:
                raise
            return False
        return True

    async def _give_up(self, question: Question, reason: Reason) -> None:
        async with self._store.write() as connection:
            await questions.declined(connection, question.id, reason.value)


def _concerns(message: Message, did: str) -> bool:
    """Tell whether a message is for us at all; what others say to each other is not even kept."""
    quotes = message.quoted is not None and incoming.repo_of(message.quoted) == did
    return message.replies_to(did) or message.mentions or quotes


def _key(message: Message) -> str:
    return f"{CHANNEL}:{message.author.did}"
