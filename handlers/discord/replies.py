"""Replies to a story: one that asks for sources is answered where it stands, once.

A message is decided and its answer frozen in one transaction, then sent. A process that dies in between finds
the frozen answer, looks in the channel whether it is there, and sends it if not. The words of a message
decide nothing but which of the fixed outcomes applies; they are not kept and no model reads them.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import discord
import structlog

from bot.domain.failpoints import point
from bot.domain.question import Answer, QuestionState
from bot.publish.discord.channel import NETWORK
from bot.store import optouts, questions
from bot.store.questions import Question
from handlers import policy
from handlers.discord import shown, sources
from handlers.discord.archive import in_open
from handlers.discord.words import say
from handlers.intents import QuestionKind, classify
from handlers.phrases import language
from handlers.policy import Reason

if TYPE_CHECKING:
    from bot.domain.clock import Clock
    from bot.pipeline.newsroom import Office
    from bot.store.engine import Store
    from handlers.discord.sources import About
    from handlers.intents import Intent

_NONCE_LENGTH = 24
# What is wrong with this one answer would be wrong with it again; it keeps no other one waiting.
_FOR_GOOD = frozenset({400, 403, 404})
_LOOKED_BACK = 100

log = structlog.get_logger(__name__)


class Replies:
    """Hears and answers replies on one connection. What it keeps in memory can be lost without harm."""

    def __init__(self, client: discord.Client, office: Office) -> None:
        self._client = client
        self._office = office
        self._store: Store = office.store
        self._clock: Clock = office.clock

    async def hear(self, message: discord.Message) -> None:
        """Decide a message, and answer it if it is a reply to a story that asks for something."""
        told = message.reference.message_id if message.reference else None
        if told is None or not message.content or message.guild is None:
            return
        about = await self._about(message, str(told))
        if about is None:
            return
        question, found = await self._decide(message, about)
        point("reply.decided")
        async with self._store.write() as connection:
            if question.id in await questions.known(connection, [question.id]):
                return
            if found.kind is QuestionKind.STOP and not question.reason:
                await optouts.add(connection, _key(message), optouts.REPLY, question.asked_at)
            await questions.add(connection, question)
        point("reply.kept")
        if not question.reason:
            await self._send(question)

    async def settle(self) -> None:
        """Send what was decided before and is not there yet, and take back what shows a post that was."""
        async with self._store.read() as connection:
            unfounded = await questions.unfounded(connection, NETWORK)
        for question in unfounded:
            await self._take_back(question)
        async with self._store.read() as connection:
            due = await questions.due(connection, NETWORK)
        for question in due:
            await self._send(question, look=True)

    async def _about(self, message: discord.Message, told: str) -> About | None:
        places = sources.places_of(message.channel, message.channel.id)
        async with self._store.read() as connection:
            found = await sources.told_in(connection, places, told)
            if found is not None:
                return found
            # Readers ask on under answers, too.
            for earlier in await questions.in_thread(connection, _thread(message)):
                if earlier.story_id is not None and earlier.answer.get("message") == told:
                    claims = earlier.answer.get("claims")
                    version = earlier.answer.get("version")
                    return sources.About(earlier.story_id, version, tuple(claims) if claims else None)
        return None

    async def _decide(self, message: discord.Message, about: About) -> tuple[Question, Intent]:
        intent, now = classify(message.content), self._clock.now()
        reason = await self._refusal(message, intent)
        frozen, shows = dict[str, Any](), tuple[str, ...]()
        if reason is None and intent.kind is QuestionKind.TALK:
            reason = Reason.TALK
        elif reason is None:
            embed, shows = await self._answer(message, intent, about)
            frozen = {
                "embed": embed.to_dict(), "channel": str(message.channel.id), "to": str(message.id),
                "version": about.version, "claims": about.claim_ids,
            }  # fmt: skip
        question = Question(
            id=f"{NETWORK}:{message.id}",
            channel=NETWORK,
            state=QuestionState.DECLINED if reason else QuestionState.RECEIVED,
            asked_at=now,
            story_id=about.story_id,
            author_key=None if reason else _key(message),
            thread=None if reason else _thread(message),
            reason=reason.value if reason else None,
            disputed=intent.disputes and reason is not Reason.BOT,
            answer=frozen,
            records=shows,
        )
        return question, intent

    async def _refusal(self, message: discord.Message, intent: Intent) -> Reason | None:
        key, stop = _key(message), intent.kind is QuestionKind.STOP
        async with self._store.read() as connection:
            today, here = await questions.counts(
                connection, key, _thread(message), self._clock.now() - policy.DAY
            )
            silenced = await optouts.has(connection, key, optouts.REPLY)
        asked = policy.Asked(
            sent_at=message.created_at,
            own=self._client.user is not None and message.author.id == self._client.user.id,
            bot=message.author.bot or message.webhook_id is not None,
            opted_out=silenced,
            # A stop word is confirmed once whatever came before it.
            today=0 if stop else today,
            in_thread=0 if stop else here,
        )
        return policy.refusal(asked, self._clock.now())

    async def _answer(
        self, message: discord.Message, intent: Intent, about: About
    ) -> tuple[discord.Embed, tuple[str, ...]]:
        office, lang = self._office, language(intent.languages, ())
        if intent.kind is QuestionKind.STOP:
            given = Answer("", say(lang, "stopped"))
            return shown.answer(office, given, say(lang, "title-stop"), lang), ()
        if intent.kind is QuestionKind.UNQUOTE:
            contact = f" ({office.settings.contact})" if office.settings.contact else ""
            given = Answer("", say(lang, "unquote", contact=contact))
            return shown.answer(office, given, say(lang, "title-quotations"), lang), ()
        found = await sources.ask(office, about, message.content, lang)
        title, reply = found or ("", None)
        if reply is None:
            reply = Answer(about.story_id, say(lang, "retracted" if found else "no-story"))
        shows = sorted({item.record_id for claim in reply.claims for item in claim.sources})
        return shown.answer(office, reply, title, lang), tuple(shows)

    async def _send(self, question: Question, *, look: bool = False) -> None:
        """Send a frozen answer; `look` first whether an earlier process did."""
        now, frozen = self._clock.now(), question.answer
        channel = self._client.get_partial_messageable(int(frozen["channel"]))
        try:
            if now - question.asked_at > policy.DAY:
                raise _TooOldError  # noqa: TRY301 - the one place that gives up
            sent = await self._there(channel, frozen["to"]) if look else None
            if sent is None:
                asked = discord.MessageReference(
                    message_id=int(frozen["to"]), channel_id=int(frozen["channel"]), fail_if_not_exists=False
                )
                sent = await channel.send(
                    embed=discord.Embed.from_dict(frozen["embed"]), reference=asked, mention_author=False,
                    nonce=sha256(question.id.encode()).hexdigest()[:_NONCE_LENGTH],
                )  # fmt: skip
            point("reply.sent")
        except (discord.HTTPException, _TooOldError) as error:
            if isinstance(error, discord.HTTPException) and error.status not in _FOR_GOOD:
                raise
            reason = Reason.TOO_OLD if isinstance(error, _TooOldError) else Reason.REFUSED
            async with self._store.write() as connection:
                await questions.declined(connection, question.id, reason.value)
            return
        kept = {name: frozen[name] for name in ("channel", "version", "claims")}
        async with self._store.write() as connection:
            await questions.answered(connection, question.id, now, answer=kept | {"message": str(sent.id)})

    async def _there(self, channel: discord.PartialMessageable, asked: str) -> discord.Message | None:
        """Return our answer to a message, if it stands in the channel."""
        async for message in channel.history(after=discord.Object(int(asked)), limit=_LOOKED_BACK):
            ours = self._client.user is not None and message.author.id == self._client.user.id
            if ours and message.reference and message.reference.message_id == int(asked):
                return message
        return None

    async def _take_back(self, question: Question) -> None:
        """Delete an answer, also one that an earlier process sent and did not note."""
        channel = self._client.get_partial_messageable(int(question.answer["channel"]))
        try:
            if noted := question.answer.get("message"):
                await in_open(self._client, channel.id, channel.get_partial_message(int(noted)).delete)
            elif found := await self._there(channel, question.answer["to"]):
                await in_open(self._client, channel.id, found.delete)
        except (discord.Forbidden, discord.NotFound) as error:
            log.warning("not taken back", action="answer", status="error", error=str(error))
        async with self._store.write() as connection:
            await questions.declined(connection, question.id, Reason.TAKEN_BACK.value)


class _TooOldError(Exception):
    """An answer that nobody waits for any more."""


def _key(message: discord.Message) -> str:
    return f"{NETWORK}:{message.author.id}"


def _thread(message: discord.Message) -> str:
    return f"{NETWORK}:{message.channel.id}"
