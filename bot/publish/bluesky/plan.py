"""What is frozen for Bluesky: a story as a thread of records, and what is later added to it or taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain import disclosure
from bot.domain.card import MIME
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.text import graphemes, shorten
from bot.domain.volume import in_words
from bot.publish.bluesky.records import (
    DOCUMENT,
    MOST_GRAPHEMES,
    POST,
    PUBLICATION,
    PUBLISHED,
    Write,
    blob,
    hashtags,
    post,
    timestamp,
)
from bot.publish.tid import Minter, of_name
from bot.write.thread import as_thread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.story import Story
    from bot.publish.port import Order
    from bot.write.thread import ThreadPost

_MOST_TITLE = 300
_MOST_DESCRIPTION = 300
_INVITATION = "The whole story, with the posts behind each claim"
_OPENINGS = {PublicationKind.CORRECTION: "Correction", PublicationKind.RETRACTION: "Retracted"}
_PAGES = {
    PublicationKind.CORRECTION: "The story as it stands now",
    PublicationKind.RETRACTION: "It is not to be relied on",
}


class Planner:
    """Turns orders into content. `beat_names` gives the name of a beat by its slug."""

    def __init__(self, *, bot_name: str, site_url: str, beat_names: Mapping[str, str]) -> None:
        self._bot_name = bot_name
        self._site_url = site_url.rstrip("/")
        self._beat_names = beat_names
        self._minter = Minter()

    def thread(self, did: str, order: Order, now: datetime) -> dict[str, Any]:
        """Return every record of a story's thread with its key and CID, and which post states which claims.

        Raises PublishError if the network would refuse a post.
        """
        story = order.story
        site = self._publication(did)
        thumb = blob(order.card.png, MIME) if order.card else None
        document = Write(did, DOCUMENT, self._minter.mint(now), self._document(story, site, now, thumb))
        opening = self._card(order, thumb, [document.ref, site.ref])
        told = self._told(order)
        posts = self._posts(did, story, told, now, embed=opening)
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
            "document": document.uri,
            "blob": thumb,
            "writes": [write.frozen() for write in writes],
            "keys": [write.uri for write in (*posts, document)],
        }

    def amendment(self, did: str, order: Order, now: datetime) -> dict[str, Any]:
        """Return the reply that corrects or retracts a thread, and the keys of what has to go from it.

        A post that states a lost claim goes; if that is the opening post, all goes, for nothing would be left
        to reply to.
        """
        told = [item for item in order.before if item.kind is PublicationKind.STORY]
        remote = next((item.remote for item in told if item.state is PublicationState.SENT), None)
        everything = [uri for item in order.before for uri in item.content.get("keys", ())]
        gone: list[str] = everything
        reply = None
        if (
            order.kind is not PublicationKind.REMOVAL
            and remote
            and not order.lost & _claims(remote["posts"][:1])
        ):
            gone = [said["uri"] for said in remote["posts"] if order.lost & _claims([said])]
            if order.lost or order.kind is PublicationKind.RETRACTION:
                # It holds the whole text.
                gone.append(remote["document"])
            if not _told_already(order):
                reply = self._reply(did, order, remote["root"], now)
        return {
            "did": did,
            "root": remote["root"] if remote else None,
            "reply": reply.frozen() if reply else None,
            "posts": [{**reply.ref, "claims": []}] if reply else [],
            "gone": gone,
            "keys": [reply.uri] if reply else [],
        }

    def _reply(self, did: str, order: Order, root: Mapping[str, str], now: datetime) -> Write:
        url = self._url(order.story)
        parts = (
            f"{_OPENINGS[order.kind]}: {order.said}",
            f"{_PAGES[order.kind]}: {url}",
            disclosure.mark(self._bot_name),
        )
        text = "\n\n".join(parts)
        if graphemes(text) > MOST_GRAPHEMES:
            room = MOST_GRAPHEMES - (graphemes(text) - graphemes(parts[0]))
            text = "\n\n".join((shorten(parts[0], room), *parts[1:]))
        value = post(text, at=now, links=(url,), reply={"root": dict(root), "parent": dict(root)})
        return Write(did, POST, self._minter.mint(now), value)

    def _publication(self, did: str) -> Write:
        value = {"$type": PUBLICATION, "url": self._site_url, "name": self._bot_name}
        return Write(did, PUBLICATION, of_name(f"{self._site_url} {self._bot_name}"), value)

    def _document(
        self, story: Story, site: Write, now: datetime, cover: dict[str, Any] | None
    ) -> dict[str, Any]:
        return {
            "$type": DOCUMENT,
            "site": site.uri,
            "path": f"/stories/{story.id}",
            "title": shorten(story.draft.headline.text, _MOST_TITLE),
            "description": shorten(story.draft.deck.text, _MOST_DESCRIPTION),
            "publishedAt": timestamp(now),
            "textContent": "\n\n".join(paragraph.text for paragraph in story.draft.paragraphs),
            **({"coverImage": cover} if cover else {}),
        }

    def _told(self, order: Order) -> tuple[ThreadPost, ...]:
        story, mark = order.story, disclosure.mark(self._bot_name)
        return as_thread(
            story,
            beat_name=self._beat_names.get(story.beat, story.beat),
            url=self._url(story),
            disclaimer=disclosure.disclaimer(self._bot_name, model=story.draft.model),
            mark=mark,
        )

    def _posts(
        self, did: str, story: Story, told: Sequence[ThreadPost], now: datetime, *, embed: dict[str, Any]
    ) -> list[Write]:
        """Return the posts of the thread, each under the one before; the first holds `embed`."""
        url, posts = self._url(story), list[Write]()
        names = hashtags(self._beat_names.get(story.beat, story.beat))
        for place, said in enumerate(told):
            more: dict[str, object] = {} if posts else {"embed": embed}
            if posts:
                more["reply"] = {"root": posts[0].ref, "parent": posts[-1].ref}
            # Only what the house wrote itself is made live; a quoted text never leads anywhere.
            last = place == len(told) - 1
            text, tags = _tagged(said.text, names, url) if last else (said.text, ())
            value = post(
                text,
                at=now,
                place=place,
                links=(url,) if last else (),
                tags=tags,
                **more,
            )
            posts.append(Write(did, POST, self._minter.mint(now), value))
        return posts

    def _card(self, order: Order, thumb: dict[str, Any] | None, refs: list[dict[str, str]]) -> dict[str, Any]:
        """Return the link card, beside the opening post of the story that this one updates."""
        draft = order.story.draft
        title, said = draft.headline.text, draft.deck.text
        if thumb:
            # The post begins with the headline, and the picture shows it; the card says what else there is.
            title, said = _INVITATION, ". ".join(in_words(order.story.numbers)) or said
        external = {
            "uri": self._url(order.story),
            "title": shorten(title, _MOST_TITLE),
            "description": shorten(said, _MOST_DESCRIPTION),
            "associatedRefs": refs,
            **({"thumb": thumb} if thumb else {}),
        }
        card = {"$type": "app.bsky.embed.external", "external": external}
        if order.earlier is None:
            return card
        quoted = {"$type": "app.bsky.embed.record", "record": dict(order.earlier.remote["root"])}
        return {"$type": "app.bsky.embed.recordWithMedia", "record": quoted, "media": card}

    def _url(self, story: Story) -> str:
        return f"{self._site_url}/stories/{story.id}"


def _told_already(order: Order) -> bool:
    """Tell whether readers of the thread know that the story was retracted."""
    if order.kind is not PublicationKind.RETRACTION:
        return False
    return any(item.kind is order.kind and item.state is PublicationState.SENT for item in order.before)


def _claims(posts: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(claim for said in posts for claim in said["claims"])


def _tagged(text: str, names: tuple[str, ...], url: str) -> tuple[str, tuple[str, ...]]:
    """Return the closing text with as many of the beat's hashtags as fit, and these.

    The address of the page, which the card leads to as well, gives way to the first of them.
    """
    for words in (text, text.removesuffix(url).rstrip()):
        for number in range(len(names), 0, -1):
            tagged = f"{words}\n\n{' '.join(f'#{name}' for name in names[:number])}"
            if graphemes(tagged) <= MOST_GRAPHEMES:
                return tagged, names[:number]
    return text, ()
