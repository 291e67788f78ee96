"""The calls of the REST interface, one function each."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from tests.discord_lab import rights
from tests.discord_lab.world import NONCE_SECONDS, ApiError, Interaction, World, refuse, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.discord_lab.schema import Json

Answer = tuple[int, Any]
# Discord gives three seconds; a loaded machine may take longer over what is quick elsewhere.
ACK_SECONDS = 20.0
_TOKEN_SECONDS = 900
# What may answer a command, a button, an autocomplete and a form.
_ANSWERS = {2: {4, 5, 9}, 3: {4, 5, 6, 7, 9}, 4: {8}, 5: {4, 5, 6, 7}}
_NAME = re.compile(r"[-_'\w]{1,32}")


class Call:
    """One request: its world, query, body and files, and the ids in its path."""

    def __init__(
        self, world: World, query: Mapping[str, str], body: Any, files: Sequence[tuple[str, bytes]]
    ) -> None:
        self.world = world
        self.query = query
        self.body = body
        self.files = files
        self.ids: dict[str, str] = {}


HANDLERS: dict[tuple[str, str], Callable[[Call], Answer]] = {}


def on(method: str, path: str) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register the function for a call."""

    def register(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        HANDLERS[method, path] = function
        return function

    return register


@on("GET", "/users/@me")
def _me(call: Call) -> Answer:
    more = {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}
    return 200, {**call.world.bot, **more}


@on("POST", "/users/@me/channels")
def _open_dm(call: Call) -> Answer:
    world = call.world
    return 200, world.direct(world.users[str(call.body["recipient_id"])])


@on("GET", "/oauth2/applications/@me")
def _application(call: Call) -> Answer:
    world = call.world
    return 200, {
        "id": world.bot["id"], "name": "groundswell", "icon": None, "description": "", "type": None,
        "verify_key": "0" * 64, "flags": 0, "flags_new": "0", "redirect_uris": [], "bot": world.bot,
        "interactions_endpoint_url": None, "role_connections_verification_url": None, "team": None,
        "owner": world.developer, "approximate_guild_count": len(world.guilds), "bot_public": True,
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0, "eligible_oauth2_scopes": [], "bot_require_code_grant": False,
    }  # fmt: skip


@on("GET", "/gateway/bot")
def _gateway(_call: Call) -> Answer:
    limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return 200, {"url": "ws://127.0.0.1", "shards": 1, "session_start_limit": limit}


@on("GET", "/applications/{application_id}/commands")
def _commands(call: Call) -> Answer:
    return 200, call.world.commands


@on("PUT", "/applications/{application_id}/guilds/{guild_id}/commands")
@on("PUT", "/applications/{application_id}/commands")
def _put_commands(call: Call) -> Answer:
    world, kept = call.world, list[dict[str, Any]]()
    scope = call.ids.get("guild_id")
    others = [other for other in world.commands if other.get("guild_id") != scope]
    for command in call.body:
        name, kind = command["name"], command.get("type") or 1
        if kind == 1 and (not _NAME.fullmatch(name) or name != name.lower()):
            refuse("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
        if any((other["name"], other["type"]) == (name, kind) for other in kept):
            refuse("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique")
        known = {(other["name"], other["type"]): other for other in world.commands if other not in others}
        allowed = command.get("default_member_permissions")
        kept.append(
            {key: value for key, value in command.items() if value is not None}
            | {
                "id": known[name, kind]["id"] if (name, kind) in known else world.snowflake(),
                "application_id": world.bot["id"], "version": world.snowflake(), "type": kind,
                "description": command.get("description") or "", **({"guild_id": scope} if scope else {}),
                "default_member_permissions": None if allowed is None else str(allowed),
            }
        )  # fmt: skip
    world.commands = others + kept
    return 200, kept


@on("GET", "/channels/{channel_id}")
def _channel(call: Call) -> Answer:
    return 200, call.world.channel_for_bot(call.ids["channel_id"])


@on("PATCH", "/channels/{channel_id}")
def _edit_thread(call: Call) -> Answer:
    """Rename a thread or take it out of the archive, as its creator may unless it is locked."""
    world, body = call.world, call.body
    thread = world.channel_for_bot(call.ids["channel_id"])
    if thread["type"] not in rights.THREADS:
        world.channel_for_bot(thread["id"], "manage_channels")
    about = thread["thread_metadata"]
    if thread["owner_id"] != world.bot["id"] or about["locked"]:
        world.channel_for_bot(thread["id"], "manage_threads")
    thread["name"] = body.get("name") or thread["name"]
    if body.get("archived") is not None:
        about |= {"archived": body["archived"], "archive_timestamp": world.now()}
    return 200, thread


@on("POST", "/channels/{channel_id}/messages")
def _send(call: Call) -> Answer:
    world, body = call.world, call.body
    channel = world.channel_for_bot(call.ids["channel_id"], "send_messages")
    if channel["type"] == rights.FORUM:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    if channel["type"] in rights.THREADS:
        if channel["thread_metadata"]["locked"]:
            world.channel_for_bot(channel["id"], "manage_threads")
        channel["thread_metadata"]["archived"] = False
    if body.get("embeds"):
        world.channel_for_bot(channel["id"], "embed_links")
    if call.files:
        world.channel_for_bot(channel["id"], "attach_files")
    if body.get("enforce_nonce") and body.get("nonce") is not None:
        for message in world.messages[channel["id"]].values():
            if message.get("nonce") == body["nonce"] and _age(world, message) < NONCE_SECONDS:
                return 200, message
    return 200, world.make_message(channel["id"], world.bot, body, call.files)


def _age(world: World, message: Json) -> float:
    """Return how many seconds ago a message was sent."""
    now = int(world.snowflake()) >> 22
    return (now - (int(message["id"]) >> 22)) / 1000


@on("GET", "/channels/{channel_id}/messages")
def _history(call: Call) -> Answer:
    world, channel = call.world, call.world.channel_for_bot(call.ids["channel_id"])
    # To whom may not read it, Discord shows an empty history, without an error.
    readable = world.permissions(channel, world.bot["id"]) & rights.PERMISSIONS["read_message_history"]
    # A nonce is for the answer to its own request; history does not have it.
    here = world.in_channel(channel) if readable else []
    found = [{k: v for k, v in m.items() if k != "nonce"} for m in here]
    limit = int(call.query.get("limit", 50))
    if "after" in call.query:
        found = [m for m in found if int(m["id"]) > int(call.query["after"])][:limit]
    if "before" in call.query:
        found = [m for m in found if int(m["id"]) < int(call.query["before"])]
    return 200, found[::-1][:limit]


@on("GET", "/channels/{channel_id}/messages/{message_id}")
def _message(call: Call) -> Answer:
    channel = call.world.channel_for_bot(call.ids["channel_id"], "read_message_history")
    return 200, call.world.message_for_bot(channel["id"], call.ids["message_id"])


@on("PATCH", "/channels/{channel_id}/messages/{message_id}")
def _edit(call: Call) -> Answer:
    channel = call.world.channel_for_bot(call.ids["channel_id"])
    message = call.world.message_for_bot(channel["id"], call.ids["message_id"], own=True)
    if channel["type"] in rights.THREADS and channel["thread_metadata"]["archived"]:
        raise ApiError(400, 50083, "Thread is archived")
    return 200, call.world.edit_message(message, call.body, call.files)


@on("DELETE", "/channels/{channel_id}/messages/{message_id}")
def _delete(call: Call) -> Answer:
    world = call.world
    channel = world.channel_for_bot(call.ids["channel_id"])
    message = world.message_for_bot(channel["id"], call.ids["message_id"])
    if channel["type"] in rights.THREADS and channel["thread_metadata"]["archived"]:
        raise ApiError(400, 50083, "Thread is archived")
    if message["author"]["id"] != world.bot["id"]:
        world.channel_for_bot(channel["id"], "manage_messages")
    del world.messages[channel["id"]][message["id"]]
    return 204, None


@on("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
def _crosspost(call: Call) -> Answer:
    channel = call.world.channel_for_bot(call.ids["channel_id"], "send_messages")
    message = call.world.message_for_bot(channel["id"], call.ids["message_id"])
    if channel["type"] != rights.NEWS:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    if message["flags"] & rights.CROSSPOSTED:
        raise ApiError(400, 40033, "This message has already been crossposted.")
    message["flags"] |= rights.CROSSPOSTED
    return 200, message


@on("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def _thread_under(call: Call) -> Answer:
    world = call.world
    channel = world.channel_for_bot(call.ids["channel_id"], "create_public_threads")
    message = world.message_for_bot(channel["id"], call.ids["message_id"])
    if message["flags"] & rights.HAS_THREAD:
        raise ApiError(400, 160004, "A thread has already been created for this message")
    kind = rights.NEWS_THREAD if channel["type"] == rights.NEWS else rights.THREAD
    thread = world.make_thread(channel, call.body, kind, message["id"])
    message["flags"] |= rights.HAS_THREAD
    message["thread"] = dict(thread)
    return 201, thread


@on("POST", "/channels/{channel_id}/threads")
def _post_in_forum(call: Call) -> Answer:
    world, body = call.world, call.body
    forum = world.channel_for_bot(call.ids["channel_id"], "send_messages")
    if forum["type"] != rights.FORUM or "message" not in body:
        refuse("message", "BASE_TYPE_REQUIRED", "This field is required")
    known = {tag["id"] for tag in forum["available_tags"]}
    if forum["flags"] & rights.REQUIRE_TAG and not body.get("applied_tags"):
        raise ApiError(400, 40067, "A tag is required to create a forum post in this channel")
    if not {str(tag) for tag in body.get("applied_tags") or []} <= known:
        refuse("applied_tags", "INVALID_FORUM_TAG", "Unknown tag")
    thread = world.make_thread(forum, body)
    # The message that opens a post of a forum has the id of its thread.
    message = world.make_message(
        thread["id"], world.bot, body["message"], call.files, message_id=thread["id"]
    )
    return 201, {**thread, "message": message}


@on("GET", "/guilds/{guild_id}/threads/active")
def _active(call: Call) -> Answer:
    world = call.world
    if world.member(call.ids["guild_id"], world.bot["id"]) is None:
        raise ApiError(403, 50001, "Missing Access")
    return 200, _threads(world, guild_id=call.ids["guild_id"], archived=False)


@on("GET", "/channels/{channel_id}/threads/archived/public")
def _archived(call: Call) -> Answer:
    channel = call.world.channel_for_bot(call.ids["channel_id"], "read_message_history")
    return 200, _threads(call.world, parent_id=channel["id"], archived=True)


def _threads(world: World, *, archived: bool, **where: str) -> Json:
    found = [
        channel
        for channel in world.channels.values()
        if channel["type"] in rights.THREADS
        and channel["thread_metadata"]["archived"] is archived
        and all(channel[key] == value for key, value in where.items())
    ]
    return {"threads": found, "members": [], "has_more": False}


@on("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
def _callback(call: Call) -> Answer:
    world, body = call.world, call.body
    found = world.interactions.get(call.ids["interaction_id"])
    if (
        found is None
        or found.token != call.ids["interaction_token"]
        or time.monotonic() - found.born > ACK_SECONDS
    ):
        raise unknown(10062, "interaction")
    if found.callback:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    kind, data = body["type"], body.get("data") or {}
    if kind not in _ANSWERS[found.type]:
        refuse("type", "INTERACTION_RESPONSE_TYPE_INVALID", f"{kind} cannot answer {found.type}")
    message = _first_message(world, found, kind, data, call.files)
    found.callback, found.original = body, message["id"] if message else None
    found.acked.set()
    told: Json = {"id": found.id, "type": found.type}
    if message is not None:
        told |= {
            "response_message_id": message["id"], "response_message_loading": kind == 5,
            "response_message_ephemeral": bool(message["flags"] & rights.EPHEMERAL),
        }  # fmt: skip
    resource = {"resource": {"type": kind, "message": message}} if kind in {4, 7} else {}
    return 200, {"interaction": told, **resource}


def _first_message(
    world: World, found: Interaction, kind: int, data: Json, files: Sequence[tuple[str, bytes]]
) -> Json | None:
    """Return the message that a callback makes or changes."""
    if kind == 4:
        shown = 0
        if found.command is not None:
            shown = {1: 20, 2: 23, 3: 23}[found.command["type"]]
        return world.make_message(found.channel_id, world.bot, data, files, kind=shown, interaction=found)
    if kind == 5:
        flags = (data.get("flags") or 0) & rights.EPHEMERAL | rights.LOADING
        body, shown = {"flags": flags}, 20 if found.type == 2 else 0
        return world.make_message(found.channel_id, world.bot, body, kind=shown, interaction=found)
    if kind in {6, 7} and found.message_id is not None:
        message = world.messages[found.channel_id][found.message_id]
        return world.edit_message(message, data, files) if kind == 7 else message
    return None


def _hook(call: Call) -> Interaction:
    found = next((i for i in call.world.interactions.values() if i.token == call.ids["webhook_token"]), None)
    if found is None or not found.callback:
        raise unknown(10015, "Webhook")
    if time.monotonic() - found.born > _TOKEN_SECONDS:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return found


@on("POST", "/webhooks/{webhook_id}/{webhook_token}")
def _follow_up(call: Call) -> Answer:
    world, found = call.world, _hook(call)
    first = world.messages[found.channel_id].get(found.original or "")
    if first and first["flags"] & rights.LOADING:
        # The first follow-up fills the message that said that the bot is thinking.
        first["flags"] &= ~rights.LOADING
        message = world.edit_message(first, call.body, call.files)
    else:
        message = world.make_message(found.channel_id, world.bot, call.body, call.files, interaction=found)
        found.followups.append(message["id"])
    found.settled.set()
    return 200, message


def _hooked(call: Call) -> tuple[Interaction, Json]:
    found, wanted = _hook(call), call.ids["message_id"]
    message_id = found.original if wanted == "@original" else wanted
    message = call.world.messages[found.channel_id].get(message_id or "")
    if message is None:
        raise unknown(10008, "Message")
    return found, message


@on("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
def _hook_get(call: Call) -> Answer:
    return 200, _hooked(call)[1]


@on("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
def _hook_edit(call: Call) -> Answer:
    found, message = _hooked(call)
    message["flags"] &= ~rights.LOADING
    edited = call.world.edit_message(message, call.body, call.files)
    found.settled.set()
    return 200, edited


@on("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}")
def _hook_delete(call: Call) -> Answer:
    _, message = _hooked(call)
    del call.world.messages[message["channel_id"]][message["id"]]
    return 204, None
