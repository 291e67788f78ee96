"""Bluesky as a channel: what was frozen as records with their CIDs is sent in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.card import MIME
from bot.domain.errors import PublishError
from bot.domain.failpoints import point
from bot.domain.publication import PublicationKind
from bot.publish.bluesky.plan import Planner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.publish.bluesky.session import Account
    from bot.publish.port import Order

_COMMIT = "com.atproto.repo.applyWrites"
_SERVER_ERROR = "InternalServerError"


class BlueskyChannel:
    """Brings stories to the bot's account as threads, and corrects, retracts and removes them there.

    What a publication's `remote` says once it is there: `url` for people, `root` (uri and cid), and `posts`,
    each with uri, cid and the ids of its `claims`; of a story also the addresses of its `document` and of
    the `site` that it belongs to.
    """

    name = "bluesky"

    def __init__(
        self, account: Account, *, bot_name: str, site_url: str, beat_names: Mapping[str, str]
    ) -> None:
        self._account = account
        self._planner = Planner(bot_name=bot_name, site_url=site_url, beat_names=beat_names)
        self._publication_is_there = False

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:
        """Return what will be sent, every record with its key and CID.

        Raises PublishError if the account was never reached and cannot be now, or, as a conflict, if the
        network would refuse a post.
        """
        did = await self._account.open()
        if order.kind is PublicationKind.STORY:
            return self._planner.thread(did, order, now)
        return self._planner.amendment(did, order, now)

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Bring what was planned there in one commit, or find that it is there.

        Raises PublishError; one with `conflict` if something else stands where it belongs.
        """
        plan = publication.content
        point("send.begin")
        if plan["did"] != await self._account.open():
            msg = f"Bluesky: {publication.id} was planned for another account ({plan['did']})"
            raise PublishError(msg, conflict=True)
        if publication.kind is PublicationKind.STORY:
            return await self._publish(publication)
        return await self._amend(publication)

    async def _publish(self, publication: Publication) -> Mapping[str, Any]:
        """Create the thread."""
        plan = publication.content
        await self._have_publication(plan)
        if not await self._committed(publication, again=plan["blob"] is not None):
            await self._committed(publication, again=False)
        point("send.end")
        root = plan["posts"][0]
        return {
            "url": _url(root["uri"]),
            "root": {"uri": root["uri"], "cid": root["cid"]},
            "posts": plan["posts"],
            "document": plan["document"],
            "site": f"at://{plan['did']}/{plan['publication']['collection']}/{plan['publication']['rkey']}",
        }

    async def _committed(self, publication: Publication, *, again: bool) -> bool:
        """Commit the thread with its picture, or find it there; False if it may be tried `again` at once.

        Card and document hold the same picture. A server with its blobs on disk moves it out of its temporary
        place once for each of the two, at the same time; the slower move may fail, and the commit with it
        (`DiskBlobStore.makePermanent`). The faster one has stored the picture then, so another try goes well.
        """
        plan = publication.content
        await self._have_blob(publication)
        point("send.write")
        try:
            answer = await self._account.do(_COMMIT, _commit(plan, creates=plan["writes"]))
            point("send.answered")
        except PublishError as error:
            if error.retry_at is not None:
                raise
            if await self._is_there(publication):
                return True
            if again and error.reason == _SERVER_ERROR:
                return False
            raise
        _compare(plan, answer)
        return True

    async def _is_there(self, publication: Publication) -> bool:
        """Return whether all of the plan is there or nothing; raise a conflict if some of it is."""
        plan = publication.content
        point("readback.begin")
        found = [await self._cid(plan["did"], write) for write in plan["writes"]]
        point("readback.end")
        if found == [write["cid"] for write in plan["writes"]]:
            return True
        if not any(found):
            return False
        there = sum(cid == write["cid"] for cid, write in zip(found, plan["writes"], strict=True))
        if found[-1] not in {None, plan["writes"][-1]["cid"]}:
            msg = f"Bluesky: the story of {publication.id} was published before, as another thread"
        else:
            msg = f"Bluesky: of {len(found)} records of {publication.id} only {there} are there"
        raise PublishError(msg, conflict=True)

    async def _amend(self, publication: Publication) -> Mapping[str, Any]:
        """Add the reply to the thread and take from it what has to go."""
        plan, reply = publication.content, publication.content["reply"]
        left = await self._left(publication)
        if left is not None:
            creates = [] if reply is None else [reply]
            point("amend.write")
            try:
                await self._account.do(_COMMIT, _commit(plan, creates=creates, deletes=left))
                point("amend.answered")
            except PublishError as error:
                if error.retry_at is not None or await self._left(publication) is not None:
                    raise
        point("amend.end")
        url = _url(plan["posts"][0]["uri"]) if reply else None
        return {"url": url, "root": plan["root"], "posts": plan["posts"], "gone": plan["gone"]}

    async def _left(self, publication: Publication) -> list[str] | None:
        """Return what is still there and has to go; None if all is done.

        Reply and deletions are one commit, so where the reply is, all is done. Raises a conflict if there is
        nothing to reply to.
        """
        plan, reply = publication.content, publication.content["reply"]
        point("amend.look")
        if reply is not None:
            if await self._cid(plan["did"], reply) == reply["cid"]:
                return None
            if await self._cid(plan["did"], _key(plan["root"]["uri"])) != plan["root"]["cid"]:
                msg = f"Bluesky: the opening post of the thread that {publication.id} belongs to is gone"
                raise PublishError(msg, conflict=True)
        there = [uri for uri in plan["gone"] if await self._cid(plan["did"], _key(uri))]
        return there if there or reply is not None else None

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

    async def _have_blob(self, publication: Publication) -> None:
        """Upload the picture before each try: the server throws away what no record refers to."""
        planned = publication.content["blob"]
        if planned is None:
            return
        if publication.card is None:
            msg = f"Bluesky: the picture that was planned for {publication.id} is not in the store any more"
            raise PublishError(msg, conflict=True)
        point("send.blob")
        stored = await self._account.upload(publication.card.png, MIME)
        if stored["ref"] != planned["ref"]:
            msg = f"Bluesky: the server stored another picture than was planned for {publication.id}"
            raise PublishError(msg, conflict=True)
        point("send.blob-there")


def _commit(
    plan: Mapping[str, Any], *, creates: list[Mapping[str, Any]], deletes: list[str] | None = None
) -> dict[str, Any]:
    # `validate` stays unsaid: the server checks the records it knows and takes the house's own unchecked.
    writes = [
        {"$type": f"{_COMMIT}#create", **{name: item[name] for name in ("collection", "rkey", "value")}}
        for item in creates
    ]
    writes += [{"$type": f"{_COMMIT}#delete", **_key(uri)} for uri in deletes or ()]
    return {"repo": plan["did"], "writes": writes}


def _key(uri: str) -> dict[str, str]:
    collection, rkey = uri.split("/")[-2:]
    return {"collection": collection, "rkey": rkey}


def _url(uri: str) -> str:
    did, _, rkey = uri.removeprefix("at://").split("/")
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def _compare(plan: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Raise a conflict if the server stored anything else than was planned."""
    stored = [result.get("cid") for result in answer.get("results", ())]
    if stored != [write["cid"] for write in plan["writes"]]:
        msg = "Bluesky: the server stored other records than were planned; the thread's references are broken"
        raise PublishError(msg, conflict=True)
