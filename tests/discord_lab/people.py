"""What a person does in Discord's client, which refuses what the real one would not let them do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.discord_lab.rest import ACK_SECONDS
from tests.discord_lab.rights import DM, PERMISSIONS
from tests.discord_lab.world import ClientError, Interaction, World, walk

if TYPE_CHECKING:
    from tests.discord_lab.schema import Json

_COMMAND, _COMPONENT, _AUTOCOMPLETE, _FORM = 2, 3, 4, 5
_THINKS, _ANSWER_SECONDS = 5, 60.0


@dataclass
class Person:
    """A member of a guild at their client, whose language is `locale`.

    `brings` says that the bot is not the guild's: this person installed it for themselves.
    """

    world: World
    user: Json
    guild: Json
    locale: str = "en-US"
    brings: bool = False

    def says(self, channel: Json, text: str, *, to: Json | None = None, ping: bool = True) -> Json:
        """Write a message, as a reply if `to` is given."""
        self._may(channel, "send_messages")
        allowed = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        body: Json = {"content": text, "allowed_mentions": allowed}
        if to:
            body["message_reference"] = {"message_id": to["id"], "channel_id": to["channel_id"]}
        return self.world.make_message(channel["id"], self.user, body)

    async def slash(self, channel: Json, name: str, /, **values: Any) -> Interaction:
        """Run a command."""
        command = self._command(channel, name, 1)
        options, resolved = self._options(command, values, focused=None)
        data = {"id": command["id"], "name": name, "type": 1, "options": options}
        more = {"resolved": resolved} if resolved else {}
        more |= {"guild_id": command["guild_id"]} if "guild_id" in command else {}
        return await self._interact(channel, _COMMAND, {**data, **more}, command=command)

    async def typing(self, channel: Json, name: str, /, **values: Any) -> list[Json]:
        """Return what is offered while the last of the options is typed."""
        command = self._command(channel, name, 1)
        options, _ = self._options(command, values, focused=list(values)[-1])
        data = {"id": command["id"], "name": name, "type": 1, "options": options}
        found = await self._interact(channel, _AUTOCOMPLETE, data, command=command)
        choices: list[Json] = found.callback["data"]["choices"]
        return choices

    async def menu(self, channel: Json, name: str, message: Json) -> Interaction:
        """Use a command of a message's menu."""
        command = self._command(channel, name, 3)
        data = {
            "id": command["id"], "name": name, "type": 3, "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }  # fmt: skip
        return await self._interact(channel, _COMMAND, data, command=command)

    async def press(self, message: Json, label: str) -> Interaction:
        """Press a button."""
        buttons = [item for item in walk(message["components"]) if item.get("label") == label]
        if not buttons or buttons[0].get("disabled") or "custom_id" not in buttons[0]:
            msg = f"there is no button {label} to press on message {message['id']}"
            raise ClientError(msg)
        data = {"custom_id": buttons[0]["custom_id"], "component_type": 2, "id": buttons[0]["id"]}
        return await self._interact(
            self.world.channels[message["channel_id"]], _COMPONENT, data, message=message
        )

    async def submit(self, opened: Interaction, **fields: str) -> Interaction:
        """Fill in the form that was opened and send it."""
        if opened.callback.get("type") != 9:
            msg = "no form is open"
            raise ClientError(msg)
        form, rows = opened.callback["data"], list[dict[str, Any]]()
        for number, item in enumerate(form["components"], 1):
            inner = item["component"] if item["type"] == 18 else item["components"][0]
            value = fields.pop(inner["custom_id"], inner.get("value") or "")
            if inner.get("required", True) and not value:
                msg = f"{inner['custom_id']} is required"
                raise ClientError(msg)
            if len(value) > (inner.get("max_length") or 4000):
                msg = f"{inner['custom_id']} is too long"
                raise ClientError(msg)
            filled = {
                "type": inner["type"],
                "custom_id": inner["custom_id"],
                "value": value,
                "id": 100 + number,
            }
            rows.append({"type": 18, "id": number, "component": filled})
        if fields:
            msg = f"the form has no {', '.join(fields)}"
            raise ClientError(msg)
        message = self.world.messages[opened.channel_id].get(opened.message_id or "")
        data = {"custom_id": form["custom_id"], "components": rows}
        return await self._interact(self.world.channels[opened.channel_id], _FORM, data, message=message)

    def answer_to(self, interaction: Interaction) -> Json:
        """Return the message that first answered."""
        return self.world.messages[interaction.channel_id][interaction.original or ""]

    def _may(self, channel: Json, name: str) -> None:
        if not self.world.permissions(channel, self.user["id"]) & PERMISSIONS[name]:
            msg = f"{self.user['username']} may not {name} in {channel['name']}"
            raise ClientError(msg)

    def _command(self, channel: Json, name: str, kind: int) -> Json:
        self._may(channel, "use_application_commands")
        for command in self.world.commands:
            elsewhere = command.get("guild_id") not in {None, self.guild["id"]}
            if elsewhere or (command["name"], command["type"]) != (name, kind):
                continue
            direct = channel["type"] == DM
            contexts, installs = (command.get(key) for key in ("contexts", "integration_types"))
            if (direct and 1 not in (contexts or [1])) or (
                (direct or self.brings) and 1 not in (installs or [0])
            ):
                msg = f"/{name} is not offered there"
                raise ClientError(msg)
            needed = int(command["default_member_permissions"] or 0)
            if self.world.permissions(channel, self.user["id"]) & needed != needed:
                msg = f"/{name} is hidden from {self.user['username']}"
                raise ClientError(msg)
            return command
        msg = f"/{name} is not registered: was the bot set up?"
        raise ClientError(msg)

    def _options(self, command: Json, values: Json, *, focused: str | None) -> tuple[list[Json], Json]:
        known = {option["name"]: option for option in command.get("options") or []}
        if strange := set(values) - set(known):
            msg = f"/{command['name']} has no option {strange}"
            raise ClientError(msg)
        options, resolved = list[dict[str, Any]](), dict[str, Any]()
        for name, option in known.items():
            if name not in values:
                if option.get("required") and focused is None:
                    msg = f"/{command['name']}: {name} is required"
                    raise ClientError(msg)
                continue
            value = values[name]
            if option["type"] == 7:
                if option.get("channel_types") and value["type"] not in option["channel_types"]:
                    msg = f"/{command['name']}: {name} takes no such channel"
                    raise ClientError(msg)
                allowed = str(self.world.permissions(value, self.user["id"]))
                resolved.setdefault("channels", {})[value["id"]] = {**value, "permissions": allowed}
                value = value["id"]
            if (
                option.get("choices")
                and focused is None
                and value not in [c["value"] for c in option["choices"]]
            ):
                msg = f"/{command['name']}: {value!r} is no choice of {name}"
                raise ClientError(msg)
            mark = {"focused": True} if name == focused else {}
            options.append({"name": name, "type": option["type"], "value": value, **mark})
        return options, resolved

    async def _interact(
        self,
        channel: Json,
        kind: int,
        data: Json,
        *,
        message: Json | None = None,
        command: Json | None = None,
    ) -> Interaction:
        world = self.world
        token = f"token-{world.number()}-{time.time_ns()}"
        found = Interaction(
            world.snowflake(), token, kind, self.user["id"], channel["id"],
            asyncio.Event(), asyncio.Event(), message["id"] if message else None, command,
        )  # fmt: skip
        world.interactions[found.id] = found
        world.dispatch("INTERACTION_CREATE", self._payload(found, channel, data, message), 0)
        try:
            await asyncio.wait_for(found.acked.wait(), ACK_SECONDS)
        except TimeoutError:
            what = data.get("name") or data.get("custom_id")
            msg = f"the application did not respond to {what} within {ACK_SECONDS} seconds"
            raise AssertionError(msg) from None
        if found.callback["type"] == _THINKS:
            await asyncio.wait_for(found.settled.wait(), _ANSWER_SECONDS)
        return found

    def _payload(self, found: Interaction, channel: Json, data: Json, message: Json | None) -> Json:
        world, guild = self.world, self.guild
        mine = str(world.permissions(channel, self.user["id"]))
        member = world.member(guild["id"], self.user["id"])
        assert member is not None
        owner = {"1": self.user["id"]} if self.brings else {"0": guild["id"]}
        payload = {
            "id": found.id, "application_id": world.bot["id"], "type": found.type, "data": data,
            "guild_id": guild["id"], "channel_id": channel["id"], "token": found.token, "version": 1,
            "guild": {"id": guild["id"], "features": [], "locale": guild["preferred_locale"]},
            "channel": {**channel, "permissions": mine}, "member": {**member, "permissions": mine},
            "locale": self.locale, "guild_locale": "en-US", "entitlements": [], "context": 0,
            "app_permissions": str(world.permissions(channel, world.bot["id"])),
            "authorizing_integration_owners": owner, "attachment_size_limit": 10 * 2**20,
        }  # fmt: skip
        if channel["type"] == DM:
            for key in ("guild_id", "guild", "guild_locale", "member"):
                del payload[key]
            payload |= {
                "user": self.user, "context": 1, "authorizing_integration_owners": {"1": self.user["id"]}
            }  # fmt: skip
        return payload | ({"message": message} if message else {})
