"""Bluesky as a channel: the whole thread is frozen as records with their CIDs, and sent in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain import disclosure
from bot.domain.errors import PublishError
from bot.domain.failpoints import point
from bot.domain.text import graphemes, shorten
from bot.publish.bluesky.records import (
    DOCUMENT,
    MOST_GRAPHEMES,
    POST,
    PUBLICATION,
    PUBLISHED,
    Write,
    hashtag,
    post,
    timestamp,
)
from bot.publish.tid import Minter, of_name
from bot.write.thread import as_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.publish.bluesky.session import Account
    from bot.write.thread import ThreadPost

_CREATE = "com.atproto.repo.applyWrites#create"
_MOST_TITLE = 300
_MOST_DESCRIPTION = 300


class BlueskyChannel:
    """Brings stories to the bot's account as threads.

    `beat_names` gives the name of a beat by its slug. What a publication's `remote` says once it is there:
    `url` for people, `root` (uri and cid), and `posts`, each with uri, cid and the ids of its `claims`.
    """

    name = "bluesky"

    def __init__(
        self, account: Account, *, bot_name: str, site_url: str, beat_names: Mapping[str, str]
    ) -> None:
        self._account = account
        self._bot_name = bot_name
        self._site_url = site_url.rstrip("/")
        self._beat_names = beat_names
        self._minter = Minter()
        self._publication_is_there = False

    def plan(self, story: Story, records: Mapping[str, Record], now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the port's signature
        """Return every record of the thread with its key and CID, and which post states which claims.

        Raises PublishError if the account was never reached, or the network would refuse a post.
        """
        did = self._account.did
        site = self._publication(did)
        document = Write(did, DOCUMENT, self._minter.mint(now), self._document(story, site, now))
        told, beat = self._thread(story), self._beat_names.get(story.beat, story.beat)
        posts = self._posts(did, story, told, now, tag=hashtag(beat), refs=[document.ref, site.ref])
        published = {
            "$type": PUBLISHED,
            "story": story.id,
            "version": story.version,
            "root": posts[0].ref,
            "createdAt": timestamp(now),
        }
        # Followers wait for the posts, so these come first.
        writes = [*posts, document, Write(did, PUBLISHED, story.id, published)]
        return {
            "did": did,
            "posts": [
                {**write.ref, "claims": list(said.claim_ids)} for write, said in zip(posts, told, strict=True)
            ],
            "publication": site.frozen(),
            "writes": [write.frozen() for write in writes],
        }

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Create the thread in one commit, or find that it is there.

        Raises PublishError; one with `conflict` if something else stands where the thread belongs.
        """
        plan = publication.content
        point("send.begin")
        if plan["did"] != await self._account.open():
            msg = f"Bluesky: {publication.id} was planned for another account ({plan['did']})"
            raise PublishError(msg, conflict=True)
        await self._have_publication(plan)
        point("send.write")
        try:
            answer = await self._account.do("com.atproto.repo.applyWrites", _commit(plan))
            point("send.answered")
        except PublishError as error:
            if error.retry_at is not None:
                raise
            await self._read_back(publication, error)
        else:
            _compare(plan, answer)
        point("send.end")
        root = plan["posts"][0]
        key = root["uri"].rsplit("/", maxsplit=1)[-1]
        return {
            "url": f"https://bsky.app/profile/{plan['did']}/post/{key}",
            "root": {"uri": root["uri"], "cid": root["cid"]},
            "posts": plan["posts"],
        }

    async def _read_back(self, publication: Publication, refusal: PublishError) -> None:
        """Return if all of the plan is there; raise `refusal` if nothing is, a conflict if some of it is."""
        plan = publication.content
        point("readback.begin")
        found = [await self._cid(plan["did"], write) for write in plan["writes"]]
        point("readback.end")
        if found == [write["cid"] for write in plan["writes"]]:
            return
        if not any(found):
            raise refusal
        there = sum(cid == write["cid"] for cid, write in zip(found, plan["writes"], strict=True))
        if found[-1] not in {None, plan["writes"][-1]["cid"]}:
            msg = f"Bluesky: the story of {publication.id} was published before, as another thread"
        else:
            msg = f"Bluesky: of {len(found)} records of {publication.id} only {there} are there"
        raise PublishError(msg, conflict=True)

    async def _cid(self, did: str, write: Mapping[str, Any]) -> str | None:
        where = {"repo": did, "collection": write["collection"], "rkey": write["rkey"]}
        try:
            return str((await self._account.query("com.atproto.repo.getRecord", **where))["cid"])
        except PublishError as error:
            if error.reason == "RecordNotFound":
                return None
            raise

    async def _have_publication(self, plan: Mapping[str, Any]) -> None:
        """See that the site's own record is there, to which the thread's card refers."""
        site = plan["publication"]
        if self._publication_is_there:
            return
        if await self._cid(plan["did"], site) != site["cid"]:
            point("send.publication")
            where = {"repo": plan["did"], "collection": site["collection"], "rkey": site["rkey"]}
            await self._account.do("com.atproto.repo.putRecord", {**where, "record": site["value"]})
        self._publication_is_there = True
        point("send.publication-there")

    def _publication(self, did: str) -> Write:
        value = {"$type": PUBLICATION, "url": self._site_url, "name": self._bot_name}
        return Write(did, PUBLICATION, of_name(f"{self._site_url} {self._bot_name}"), value)

    def _document(self, story: Story, site: Write, now: datetime) -> dict[str, Any]:
        return {
            "$type": DOCUMENT,
            "site": site.uri,
            "path": f"/stories/{story.id}",
            "title": shorten(story.draft.headline.text, _MOST_TITLE),
            "description": shorten(story.draft.deck.text, _MOST_DESCRIPTION),
            "publishedAt": timestamp(now),
            "textContent": "\n\n".join(paragraph.text for paragraph in story.draft.paragraphs),
        }

    def _thread(self, story: Story) -> tuple[ThreadPost, ...]:
        return as_thread(
            story,
            beat_name=self._beat_names.get(story.beat, story.beat),
            url=self._url(story),
            disclaimer=disclosure.disclaimer(self._bot_name, model=story.draft.model),
            mark=disclosure.mark(self._bot_name),
        )

    def _posts(
        self,
        did: str,
        story: Story,
        told: Sequence[ThreadPost],
        now: datetime,
        *,
        tag: str,
        refs: list[dict[str, str]],
    ) -> list[Write]:
        """Return the posts of the thread, each under the one before."""
        url, posts = self._url(story), list[Write]()
        for place, said in enumerate(told):
            more: dict[str, object] = {} if posts else {"embed": _card(story, url, refs)}
            if posts:
                more["reply"] = {"root": posts[0].ref, "parent": posts[-1].ref}
            # Only what the house wrote itself is made live; a quoted text never leads anywhere.
            last = place == len(told) - 1
            text = _tagged(said.text, tag) if last else said.text
            value = post(
                text,
                at=now,
                place=place,
                links=(url,) if last else (),
                tags=(tag,) if last and tag else (),
                **more,
            )
            posts.append(Write(did, POST, self._minter.mint(now), value))
        return posts

    def _url(self, story: Story) -> str:
        return f"{self._site_url}/stories/{story.id}"


def _tagged(text: str, tag: str) -> str:
    """Return the closing text with the beat's hashtag, if it fits."""
    tagged = f"{text}\n\n#{tag}"
    return tagged if tag and graphemes(tagged) <= MOST_GRAPHEMES else text


def _card(story: Story, url: str, refs: list[dict[str, str]]) -> dict[str, Any]:
    external = {
        "uri": url,
        "title": shorten(story.draft.headline.text, _MOST_TITLE),
        "description": shorten(story.draft.deck.text, _MOST_DESCRIPTION),
        "associatedRefs": refs,
    }
    return {"$type": "app.bsky.embed.external", "external": external}


def _commit(plan: Mapping[str, Any]) -> dict[str, Any]:
    # `validate` stays unsaid: the server checks the records it knows and takes the house's own unchecked.
    return {
        "repo": plan["did"],
        "writes": [
            {"$type": _CREATE, "collection": item["collection"], "rkey": item["rkey"], "value": item["value"]}
            for item in plan["writes"]
        ],
    }


def _compare(plan: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raise a conflict if the server stored anything else than was planned."""
    stored = [result.get("cid") for result in answer.get("results", ())]
    if stored != [write["cid"] for write in plan["writes"]]:
        msg = "Bluesky: the server stored other records than were planned; the thread's references are broken"
        raise PublishError(msg, conflict=True)
