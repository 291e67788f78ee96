"""What there is: people, guilds, channels, messages; and the rules Discord's schemas do not carry."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from tests.discord_lab import rights
from tests.discord_lab.rights import INTENTS, PERMISSIONS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.discord_lab.schema import Json

_EPOCH = 1_420_070_400_000
_PING = re.compile(r"<@!?(\d+)>")
# How long a nonce keeps a second message out: "the past few minutes".
NONCE_SECONDS = 180


class ApiError(Exception):
    """A refusal, with Discord's status and code."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"code": code, "message": message, **more}


class ClientError(AssertionError):
    """A person was to do what Discord's own client would not let them do."""


def unknown(code: int, what: str) -> ApiError:
    """Return the refusal of something that is not there."""
    return ApiError(404, code, f"Unknown {what}")


def refuse(where: str, code: str, message: str) -> NoReturn:
    """Refuse a field: raises ApiError."""
    errors = {where: {"_errors": [{"code": code, "message": message}]}}
    raise ApiError(400, 50035, "Invalid Form Body", errors=errors)


@dataclass(eq=False)
class Interaction:
    """A command, button, form or autocomplete on its way. `callback` is the bot's first answer."""

    id: str
    token: str
    type: int
    user: str
    channel_id: str
    acked: asyncio.Event
    settled: asyncio.Event
    message_id: str | None = None
    command: Json | None = None
    born: float = field(default_factory=time.monotonic)
    callback: Json = field(default_factory=dict)
    original: str | None = None
    followups: list[str] = field(default_factory=list)


class World:
    """The state. `dispatch` is told every event with the intent it needs; `ahead` moves its clock."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.users: dict[str, Json] = {}
        self.guilds: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.messages: dict[str, dict[str, Json]] = defaultdict(dict)
        self.files: dict[str, bytes] = {}
        self.commands: list[Json] = []
        self.interactions: dict[str, Interaction] = {}
        self.dispatch: Callable[[str, Json, int], None] = lambda _event, _data, _intent: None
        self._numbers = itertools.count(1)
        self.bot = self.add_user("groundswell", bot=True)
        self.developer = self.add_user("developer")

    def now(self) -> str:
        """Return the time as Discord writes it."""
        return (datetime.now(UTC) + self.ahead).isoformat()

    def number(self) -> int:
        """Return a number that was not given before."""
        return next(self._numbers)

    def snowflake(self) -> str:
        """Return a new id, which holds the time."""
        milliseconds = int((time.time() + self.ahead.total_seconds()) * 1000) - _EPOCH
        return str(milliseconds << 22 | self.number() & 0x3FFFFF)

    # What a test sets up; nobody's permissions are asked.

    def add_user(self, name: str, *, bot: bool = False) -> Json:
        """Add a person or a bot."""
        user: Json = {
            "id": self.snowflake(), "username": name, "discriminator": "0", "avatar": None, "bot": bot,
            "public_flags": 0, "flags": 0, "global_name": None, "primary_guild": None,
        }  # fmt: skip
        self.users[user["id"]] = user
        return user

    def add_guild(self, name: str = "Test", *, bot_permissions: int = rights.MEMBER) -> Json:
        """Add a guild of which the bot is a member."""
        owner = self.add_user("owner")
        guild: Json = {
            "id": self.snowflake(), "name": name, "owner_id": owner["id"], "roles": [], "members": [],
            "member_count": 0, "features": [], "emojis": [], "stickers": [], "region": "",
            "joined_at": self.now(), "large": False, "unavailable": False, "afk_timeout": 300,
            "verification_level": 0, "default_message_notifications": 1, "explicit_content_filter": 0,
            "mfa_level": 0, "nsfw_level": 0, "premium_tier": 0, "premium_progress_bar_enabled": False,
            "preferred_locale": "en-US", "system_channel_flags": 0, "voice_states": [], "presences": [],
            "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
            **dict.fromkeys(
                ("icon", "splash", "discovery_splash", "afk_channel_id", "application_id", "banner",
                 "system_channel_id", "rules_channel_id", "description", "public_updates_channel_id",
                 "vanity_url_code", "safety_alerts_channel_id")
            ),
        }  # fmt: skip
        self.guilds[guild["id"]] = guild
        self.add_role(guild, "@everyone", rights.MEMBER, role_id=guild["id"])
        self.add_member(guild, owner)
        self.add_member(guild, self.bot, self.add_role(guild, "groundswell", bot_permissions))
        self.dispatch("GUILD_CREATE", self.guild_payload(guild), INTENTS["guilds"])
        return guild

    def add_role(self, guild: Json, name: str, permissions: int = 0, *, role_id: str | None = None) -> Json:
        """Add a role to a guild."""
        role = {
            "id": role_id or self.snowflake(), "name": name, "permissions": str(permissions), "color": 0,
            "position": len(guild["roles"]), "hoist": False, "managed": False, "mentionable": False,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "icon": None, "unicode_emoji": None, "flags": 0,
        }  # fmt: skip
        guild["roles"].append(role)
        return role

    def add_member(self, guild: Json, user: Json, *roles: Json) -> Json:
        """Let a user into a guild."""
        member = {
            "user": user, "nick": None, "avatar": None, "banner": None, "roles": [r["id"] for r in roles],
            "joined_at": self.now(), "premium_since": None, "deaf": False, "mute": False, "flags": 0,
            "pending": False, "communication_disabled_until": None,
        }  # fmt: skip
        guild["members"].append(member)
        guild["member_count"] += 1
        return member

    def add_channel(self, guild: Json, name: str, kind: int = rights.TEXT, **more: Any) -> Json:
        """Add a channel to a guild; `more` are fields of Discord's."""
        channel: Json = {
            "id": self.snowflake(), "type": kind, "guild_id": guild["id"], "name": name, "position": 0,
            "flags": 0, "parent_id": None, "topic": None, "nsfw": False, "permission_overwrites": [],
            "last_message_id": None, "rate_limit_per_user": 0,
        }  # fmt: skip
        if kind == rights.FORUM:
            channel |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
            channel |= {"default_forum_layout": 0}
        self.channels[channel["id"]] = channel | more
        self.dispatch("CHANNEL_CREATE", self.channels[channel["id"]], INTENTS["guilds"])
        return self.channels[channel["id"]]

    def remove_channel(self, channel: Json) -> None:
        """Delete a channel."""
        del self.channels[channel["id"]]
        self.dispatch("CHANNEL_DELETE", channel, INTENTS["guilds"])

    def remove_bot(self, guild: Json) -> None:
        """Take the bot out of a guild."""
        guild["members"] = [m for m in guild["members"] if m["user"]["id"] != self.bot["id"]]
        self.dispatch("GUILD_DELETE", {"id": guild["id"]}, INTENTS["guilds"])

    def deny(self, channel: Json, *names: str) -> None:
        """Take permissions from the bot in a channel."""
        denied = str(sum(PERMISSIONS[name] for name in names))
        overwrite = {"id": self.bot["id"], "type": 1, "allow": "0", "deny": denied}
        channel["permission_overwrites"].append(overwrite)
        self.dispatch("CHANNEL_UPDATE", channel, INTENTS["guilds"])

    def hide(self, channel: Json, *shown_to: Json) -> None:
        """Make a channel private to some roles and the bot."""
        view = str(PERMISSIONS["view_channel"])
        everyone = {"id": channel["guild_id"], "type": 0, "allow": "0", "deny": view}
        allowed = [{"id": role["id"], "type": 0, "allow": view, "deny": "0"} for role in shown_to]
        ours = {"id": self.bot["id"], "type": 1, "allow": view, "deny": "0"}
        channel["permission_overwrites"] += [everyone, ours, *allowed]
        self.dispatch("CHANNEL_UPDATE", channel, INTENTS["guilds"])

    # Permissions.

    def member(self, guild_id: str, user_id: str) -> Json | None:
        """Return a user's membership of a guild."""
        members: list[Json] = self.guilds[guild_id]["members"]
        return next((m for m in members if m["user"]["id"] == user_id), None)

    def direct(self, user: Json) -> Json:
        """Return the channel of direct messages with a user."""
        for channel in self.channels.values():
            if channel["type"] == rights.DM and channel["recipients"][0]["id"] == user["id"]:
                return channel
        channel = {
            "id": self.snowflake(), "type": rights.DM, "flags": 0, "last_message_id": None,
            "recipients": [user],
        }  # fmt: skip
        self.channels[channel["id"]] = channel
        return channel

    def permissions(self, channel: Json, user_id: str) -> int:
        """Return what a user may do in a channel."""
        if channel["type"] == rights.DM:
            return rights.ALL
        if channel["type"] in rights.THREADS:
            channel = self.channels[channel["parent_id"]]
        guild = self.guilds[channel["guild_id"]]
        member = self.member(guild["id"], user_id)
        if member is None:
            return 0
        mine = {guild["id"], *member["roles"]}
        allowed = 0
        for role in guild["roles"]:
            allowed |= int(role["permissions"]) if role["id"] in mine else 0
        if guild["owner_id"] == user_id or allowed & PERMISSIONS["administrator"]:
            return rights.ALL
        for level in ([guild["id"]], member["roles"], [user_id]):
            concerned = [o for o in channel["permission_overwrites"] if o["id"] in level]
            for overwrite in concerned:
                allowed &= ~int(overwrite["deny"])
            for overwrite in concerned:
                allowed |= int(overwrite["allow"])
        return allowed if allowed & PERMISSIONS["view_channel"] else 0

    def channel_for_bot(self, channel_id: str, *needed: str) -> Json:
        """Return a channel in which the bot may do what is needed.

        Raises ApiError.
        """
        channel = self.channels.get(channel_id)
        if channel is None:
            raise unknown(10003, "Channel")
        allowed = self.permissions(channel, self.bot["id"])
        if not allowed & PERMISSIONS["view_channel"]:
            raise ApiError(403, 50001, "Missing Access")
        for name in needed:
            in_thread = channel["type"] in rights.THREADS and name == "send_messages"
            if not allowed & PERMISSIONS["send_messages_in_threads" if in_thread else name]:
                raise ApiError(403, 50013, "Missing Permissions")
        return channel

    def guild_payload(self, guild: Json) -> Json:
        """Return a guild as the gateway tells it to the bot."""
        channels = [c for c in self.channels.values() if c.get("guild_id") == guild["id"]]
        return {
            **guild,
            "members": [m for m in guild["members"] if m["user"]["id"] == self.bot["id"]],
            "channels": [c for c in channels if c["type"] not in rights.THREADS],
            "threads": [c for c in channels if c["type"] in rights.THREADS],
        }

    # Messages and threads.

    def message_for_bot(self, channel_id: str, message_id: str, *, own: bool = False) -> Json:
        """Return a message the bot can see; `own` if it has to be its own.

        Raises ApiError.
        """
        message = self.messages[channel_id].get(message_id)
        if message is None or message["flags"] & rights.EPHEMERAL:
            raise unknown(10008, "Message")
        if own and message["author"]["id"] != self.bot["id"]:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        return message

    def make_message(
        self,
        channel_id: str,
        author: Json,
        body: Json,
        files: Sequence[tuple[str, bytes]] = (),
        *,
        kind: int = 0,
        interaction: Interaction | None = None,
        message_id: str | None = None,
    ) -> Json:
        """Make a message and tell of it.

        Raises ApiError if Discord would refuse it.
        """
        flags, channel = body.get("flags") or 0, self.channels[channel_id]
        components = checked(body, flags)
        if not (body.get("content") or body.get("embeds") or components or files or flags & rights.LOADING):
            raise ApiError(400, 50006, "Cannot send an empty message")
        reference = body.get("message_reference")
        message: Json = {
            "id": message_id or self.snowflake(), "channel_id": channel_id, "author": author,
            "content": (body.get("content") or "").strip(), "timestamp": self.now(),
            "edited_timestamp": None, "tts": False, "pinned": False, "flags": flags & ~(1 << 12),
            "type": 19 if reference and kind == 0 else kind, "components": components,
            "mention_roles": [], "embeds": [_embed(embed) for embed in body.get("embeds") or []],
            "attachments": self._attachments(body, files),
        }  # fmt: skip
        message |= self._mentions(message["content"], body.get("allowed_mentions"))
        if body.get("nonce") is not None:
            message["nonce"] = body["nonce"]
        if reference:
            self._refer(message, reference, body.get("allowed_mentions"))
        if interaction is not None:
            message |= {"webhook_id": self.bot["id"], "application_id": self.bot["id"]}
            message["interaction_metadata"] = self._origin(interaction, channel)
        self.messages[channel_id][message["id"]] = message
        channel["last_message_id"] = message["id"]
        if channel["type"] in rights.THREADS:
            channel["message_count"] += 1
            channel["total_message_sent"] += 1
        if not flags & rights.EPHEMERAL:
            self.dispatch("MESSAGE_CREATE", self.gateway_message(message), INTENTS["guild_messages"])
        return message

    def edit_message(self, message: Json, body: Json, files: Sequence[tuple[str, bytes]] = ()) -> Json:
        """Change a message and tell of it.

        Raises ApiError.
        """
        flags = message["flags"]
        if body.get("flags") is not None:
            flags = flags & rights.EPHEMERAL | body["flags"]
        components = checked({**message, **body}, flags)
        if "content" in body:
            message["content"] = (body["content"] or "").strip()
        if "embeds" in body:
            message["embeds"] = [_embed(embed) for embed in body["embeds"] or []]
        if "components" in body:
            message["components"] = components
        if "attachments" in body or files:
            kept = {str(item["id"]) for item in body.get("attachments") or []}
            left = [item for item in message["attachments"] if item["id"] in kept]
            message["attachments"] = left + self._attachments(body, files)
        message |= {"flags": flags, "edited_timestamp": self.now()}
        if not flags & rights.EPHEMERAL:
            self.dispatch("MESSAGE_UPDATE", self.gateway_message(message), INTENTS["guild_messages"])
        return message

    def make_thread(
        self, parent: Json, body: Json, kind: int = rights.THREAD, thread_id: str | None = None
    ) -> Json:
        """Make a thread of the bot's and tell of it."""
        thread = {
            "id": thread_id or self.snowflake(), "type": kind, "guild_id": parent["guild_id"],
            "parent_id": parent["id"], "name": body["name"], "owner_id": self.bot["id"], "flags": 0,
            "last_message_id": None, "rate_limit_per_user": 0, "message_count": 0, "member_count": 1,
            "total_message_sent": 0, "applied_tags": [str(tag) for tag in body.get("applied_tags") or []],
            "thread_metadata": {
                "archived": False, "archive_timestamp": self.now(), "locked": False,
                "auto_archive_duration": body.get("auto_archive_duration") or 4320,
                "create_timestamp": self.now(),
            },
        }  # fmt: skip
        self.channels[thread["id"]] = thread
        self.dispatch("THREAD_CREATE", {**thread, "newly_created": True}, INTENTS["guilds"])
        return thread

    def gateway_message(self, message: Json) -> Json:
        """Return a message as the gateway tells it."""
        channel = self.channels[message["channel_id"]]
        if channel["type"] == rights.DM:
            return dict(message)
        member = self.member(channel["guild_id"], message["author"]["id"])
        about = {"member": {k: v for k, v in member.items() if k != "user"}} if member else {}
        return {**message, "guild_id": channel["guild_id"], **about}

    def in_channel(self, channel: Mapping[str, Any]) -> list[Json]:
        """Return the messages of a channel or thread that all can see, oldest first."""
        found = [m for m in self.messages[channel["id"]].values() if not m["flags"] & rights.EPHEMERAL]
        return sorted(found, key=lambda message: int(message["id"]))

    def _attachments(self, body: Json, files: Sequence[tuple[str, bytes]]) -> list[Json]:
        described = {it.get("filename"): it.get("description") for it in body.get("attachments") or []}
        return [self._attachment(name, content, described.get(name)) for name, content in files]

    def _attachment(self, name: str, content: bytes, description: str | None) -> Json:
        self.files[number := self.snowflake()] = content
        url, is_png = f"http://127.0.0.1/{number}/{name}", name.endswith(".png")
        found: Json = {"id": number, "filename": name, "size": len(content), "url": url, "proxy_url": url}
        found |= {"description": description} if description else {}
        return found | {"content_type": "image/png" if is_png else "text/plain; charset=utf-8"}

    def _mentions(self, content: str, allowed: Json | None) -> Json:
        parse = ["users", "everyone"] if allowed is None else allowed.get("parse") or []
        named = [str(user) for user in (allowed or {}).get("users") or []]
        pinged = [user for user in dict.fromkeys(_PING.findall(content)) if user in self.users]
        return {
            "mention_everyone": "@everyone" in content and "everyone" in parse,
            "mentions": [self.users[user] for user in pinged if "users" in parse or user in named],
        }

    def _refer(self, message: Json, reference: Json, allowed: Json | None) -> None:
        where, what = str(reference.get("channel_id") or message["channel_id"]), str(reference["message_id"])
        target = self.messages[where].get(what)
        if target is None and reference.get("fail_if_not_exists", True):
            refuse("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        guild_id = self.channels[where]["guild_id"]
        message["message_reference"] = {
            "type": 0, "channel_id": where, "message_id": what, "guild_id": guild_id,
        }  # fmt: skip
        message["referenced_message"] = target and {
            key: value for key, value in target.items() if key != "referenced_message"
        }
        pings = (allowed or {}).get("replied_user", allowed is None)
        # A reply to the answer to a command pings nobody.
        if target and pings and not target.get("interaction_metadata"):
            message["mentions"].append(target["author"])

    def _origin(self, interaction: Interaction, channel: Json) -> Json:
        owners = {"0": channel["guild_id"]} if "guild_id" in channel else {"1": interaction.user}
        origin = {
            "id": interaction.id, "type": 2 if interaction.type == 2 else 3,
            "user": self.users[interaction.user], "authorizing_integration_owners": owners,
        }  # fmt: skip
        return origin if interaction.type == 2 else origin | {"interacted_message_id": interaction.message_id}


def checked(body: Json, flags: int) -> list[Json]:
    """Return the components of a message as Discord gives them back.

    Raises ApiError for what the schemas do not say about messages.
    """
    given, content = body.get("components") or [], body.get("content") or ""
    if flags & rights.COMPONENTS_V2 and (content or body.get("embeds")):
        code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        refuse("flags", code, "The 'content' and 'embeds' fields cannot be used")
    if not flags & rights.COMPONENTS_V2 and any(item["type"] != 1 for item in given):
        refuse("components", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    if not flags & rights.COMPONENTS_V2 and len(given) > 5:
        refuse("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    numbers = itertools.count(1)
    components = [_component(item, numbers) for item in given]
    ids = [item["custom_id"] for item in walk(components) if item.get("custom_id")]
    if len(ids) != len(set(ids)):
        code = "COMPONENT_CUSTOM_ID_DUPLICATED"
        refuse("components", code, "Component custom id cannot be duplicated")
    if len(content) > 2000:
        refuse("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    if sum(map(_embed_size, body.get("embeds") or [])) > 6000:
        refuse("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return components


def walk(components: Iterable[Json] | None) -> Iterator[Json]:
    """Yield components and what is in them."""
    for item in components or ():
        yield item
        yield from walk(item.get("components"))
        yield from walk([item["component"]] if item.get("component") else ())


def _component(item: Json, numbers: Iterator[int]) -> Json:
    out = {key: value for key, value in item.items() if value is not None and key != "components"}
    out["id"] = item.get("id") or next(numbers)
    if "components" in item:
        out["components"] = [_component(inner, numbers) for inner in item["components"]]
    return out


def _embed(embed: Json) -> Json:
    kept = {key: value for key, value in embed.items() if value is not None and key != "flags"}
    return json.loads(json.dumps({**kept, "type": "rich"}))  # type: ignore[no-any-return]  # a copy of a dict


def _embed_size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field_ in embed.get("fields") or []:
        texts += [field_["name"], field_["value"]]
    return sum(len(text or "") for text in texts)
