"""The bot's profile: labelled as a bot's, and saying who runs it and what writes its stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.domain.card import MIME
from bot.domain.errors import PublishError
from bot.domain.text import graphemes, shorten
from bot.publish.bluesky.records import blob

if TYPE_CHECKING:
    from bot.publish.bluesky.session import Account

COLLECTION = "app.bsky.actor.profile"
_RKEY = "self"
_MOST_NAME = 64
_MOST_DESCRIPTION = 256
_LABELS = "com.atproto.label.defs#selfLabels"


def wanted(
    current: dict[str, Any], *, bot_name: str, operator: str, model: bool, avatar: dict[str, Any]
) -> dict[str, Any]:
    """Return the profile as it should be: `current` with name, description and the bot label set.

    `model` says whether a language model writes the stories, `avatar` refers to the picture of an account
    that has none. A picture and whatever else there is stays.
    """
    labels = [item["val"] for item in current.get("labels", {}).get("values", ())]
    values = [{"val": name} for name in dict.fromkeys([*labels, "bot"])]
    return {
        "$type": COLLECTION,
        "avatar": avatar,
        **current,
        "displayName": shorten(bot_name, _MOST_NAME),
        "description": _description(operator, model=model),
        "labels": {"$type": _LABELS, "values": values},
    }


async def set_up(
    account: Account, *, bot_name: str, operator: str, model: bool, avatar: bytes, dry_run: bool
) -> tuple[dict[str, Any], bool]:
    """Set the profile up and return it, and whether it had to change; with `dry_run` nothing is written.

    `avatar` is a PNG for an account without a picture. Raises PublishError.
    """
    did = await account.open()
    where = {"repo": did, "collection": COLLECTION, "rkey": _RKEY}
    current, cid = await _current(account, where)
    picture = blob(avatar, MIME)
    profile = wanted(current, bot_name=bot_name, operator=operator, model=model, avatar=picture)
    changed = profile != current
    if changed and not dry_run:
        if "avatar" not in current:
            await account.upload(avatar, MIME)
        # Refused if somebody changes the profile at the same moment.
        body = {**where, "record": profile, "swapRecord": cid}
        await account.do("com.atproto.repo.putRecord", body)
    return profile, changed


async def _current(account: Account, where: dict[str, str]) -> tuple[dict[str, Any], str | None]:
    try:
        found = await account.query("com.atproto.repo.getRecord", **where)
    except PublishError as error:
        if error.reason == "RecordNotFound":
            return {}, None
        raise
    return found["value"], found["cid"]


def _description(operator: str, *, model: bool) -> str:
    how = "An AI (Claude) writes them" if model else "Software assembles them without a language model"
    said = (
        "Automated account, run by {}. Stories on how public talk changes. {} from public posts; they may"
        " contain inaccuracies. Reply “sources?” to see what a post rests on."
    )
    return said.format(shorten(operator, _MOST_DESCRIPTION - graphemes(said.format("", how))), how)
