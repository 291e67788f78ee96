"""Requests and payloads against the schemas that Discord publishes (npm `discord-api-spec`)."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tests import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

Json = dict[str, Any]

_MESSAGE = "MessageResponse"
_CHANNEL = ("GuildChannelResponse", "PrivateChannelResponse", "PrivateGroupChannelResponse", "ThreadResponse")
_CALLBACKS = (
    "ApplicationCommandAutocompleteCallbackRequest",
    "CreateMessageInteractionCallbackRequest",
    "ModalInteractionCallbackRequest",
    "UpdateMessageInteractionCallbackRequest",
)
_WEBHOOK = ("IncomingWebhookRequestPartial", "IncomingWebhookUpdateRequestPartial")
# Discord's own words for what is wrong with a field.
_CODES = {
    "maxLength": "BASE_TYPE_MAX_LENGTH",
    "minLength": "BASE_TYPE_MIN_LENGTH",
    "required": "BASE_TYPE_REQUIRED",
    "maxItems": "BASE_TYPE_BAD_LENGTH",
    "minItems": "BASE_TYPE_BAD_LENGTH",
    "enum": "BASE_TYPE_CHOICES",
    "pattern": "BASE_TYPE_BAD_FORMAT",
}


@dataclass(frozen=True)
class Operation:
    """One call: the schemas of its request and of its answers by status.

    Several names mean any of them, a name with [] a list; an answer of None has no body.
    """

    method: str
    path: str
    request: str | tuple[str, ...] | None = None
    answers: Mapping[int, str | tuple[str, ...] | None] = field(default_factory=dict)

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the paths of this call look like."""
        return _pattern(self.path)


_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
_COMMANDS = "/applications/{application_id}/commands"
# Those this Discord implements. A path without a variable comes before one that would match it as well.
OPERATIONS = (
    Operation("GET", "/users/@me", answers={200: "UserPIIResponse"}),
    Operation("POST", "/users/@me/channels", "CreatePrivateChannelRequest", {200: _CHANNEL}),
    Operation("GET", "/oauth2/applications/@me", answers={200: "PrivateApplicationResponse"}),
    Operation("GET", "/gateway/bot", answers={200: "GatewayBotResponse"}),
    Operation("PUT", _COMMANDS, "ApplicationCommandUpdateRequest[]", {200: "ApplicationCommandResponse[]"}),
    Operation(
        "PUT",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        "ApplicationCommandUpdateRequest[]",
        {200: "ApplicationCommandResponse[]"},
    ),
    Operation("GET", _COMMANDS, answers={200: "ApplicationCommandResponse[]"}),
    Operation("GET", "/channels/{channel_id}", answers={200: _CHANNEL}),
    Operation("PATCH", "/channels/{channel_id}", "UpdateThreadRequestPartial", {200: "ThreadResponse"}),
    Operation("POST", "/channels/{channel_id}/messages", "MessageCreateRequest", {200: _MESSAGE}),
    Operation("GET", "/channels/{channel_id}/messages", answers={200: f"{_MESSAGE}[]"}),
    Operation("GET", "/channels/{channel_id}/messages/{message_id}", answers={200: _MESSAGE}),
    Operation(
        "PATCH",
        "/channels/{channel_id}/messages/{message_id}",
        "MessageEditRequestPartial",
        {200: _MESSAGE},
    ),
    Operation("DELETE", "/channels/{channel_id}/messages/{message_id}", answers={204: None}),
    Operation("POST", "/channels/{channel_id}/messages/{message_id}/crosspost", answers={200: _MESSAGE}),
    Operation(
        "POST",
        "/channels/{channel_id}/messages/{message_id}/threads",
        "CreateTextThreadWithMessageRequest",
        {201: "ThreadResponse"},
    ),
    Operation(
        "POST",
        "/channels/{channel_id}/threads",
        ("CreateForumThreadRequest", "CreateTextThreadWithoutMessageRequest"),
        {201: "CreatedThreadResponse"},
    ),
    Operation("GET", "/guilds/{guild_id}/threads/active", answers={200: "ThreadsResponse"}),
    Operation("GET", "/channels/{channel_id}/threads/archived/public", answers={200: "ThreadsResponse"}),
    Operation(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        _CALLBACKS,
        {200: "InteractionCallbackResponse"},
    ),
    Operation("POST", _HOOK, _WEBHOOK, {200: _MESSAGE}),
    Operation("GET", f"{_HOOK}/messages/{{message_id}}", answers={200: _MESSAGE}),
    Operation("PATCH", f"{_HOOK}/messages/{{message_id}}", _WEBHOOK[1], {200: _MESSAGE}),
    Operation("DELETE", f"{_HOOK}/messages/{{message_id}}", answers={204: None}),
)


def find(method: str, path: str) -> Operation | None:
    """Return the call that a request makes."""
    return next((o for o in OPERATIONS if o.method == method and o.pattern.fullmatch(path)), None)


def request_errors(operation: Operation, body: object) -> list[ValidationError]:
    """Return what is wrong with the body of a request."""
    if operation.request is None:
        return []
    return list(_leaves(_validator(operation.request, lenient=True).iter_errors(body)))


def answer_errors(operation: Operation, status: int, body: object) -> list[str]:
    """Return what is wrong with an answer of ours."""
    if status >= 400:
        return payload_errors(("ErrorResponse", "RatelimitedResponse"), body) if status < 500 else []
    if status not in operation.answers:
        return [f"status {status} is none that Discord gives to {operation.method} {operation.path}"]
    wanted = operation.answers[status]
    if wanted is None:
        return [] if body is None else [f"{status} has no body"]
    return payload_errors(wanted, body)


def payload_errors(name: str | tuple[str, ...], body: object) -> list[str]:
    """Return what is wrong with something of that schema."""
    return [describe(error) for error in _leaves(_validator(name, lenient=False).iter_errors(body))]


def describe(error: ValidationError) -> str:
    """Return a schema error as one line."""
    return f"{'/'.join(map(str, error.absolute_path)) or '<root>'}: {error.message[:200]}"


def form_error(errors: Iterable[ValidationError]) -> Json:
    """Return the errors as Discord tells them."""
    tree: Json = {}
    for error in errors:
        path = [str(step) for step in error.absolute_path]
        if error.validator == "required":
            path += re.findall(r"'([^']+)' is a required", error.message)[:1]
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        limit = error.validator_value
        told = {"maxLength": f"Must be {limit} or fewer in length.", "required": "This field is required"}
        kind = str(error.validator)
        what = {"code": _CODES.get(kind, "BASE_TYPE_INVALID"), "message": told.get(kind, error.message[:160])}
        node.setdefault("_errors", []).append(what)
    return tree


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


@cache
def _schemas(*, lenient: bool) -> Json:
    """Return the published schemas, with what the service does otherwise; `lenient` as it reads requests."""
    defs = json.loads(parts.discord_schemas().read_text(encoding="utf-8"))
    _undated(defs)
    # The schema wants integers here, the service sends words such as BASE_TYPE_REQUIRED.
    defs["Error"]["properties"]["code"] = {"type": ["string", "integer"]}
    if lenient:
        # discord.py sends some ids as numbers, which the service takes.
        text = copy.deepcopy(defs["SnowflakeType"])
        defs["SnowflakeType"] = {"anyOf": [text, {"type": "integer", "minimum": 0}]}
    return {"$defs": defs}


def _undated(node: Any) -> None:
    """Drop what the published package adds to dates: it takes no offset from UTC, which the service gives."""
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _undated(child)
    if isinstance(node, dict) and node.get("format") == "date-time":
        node.pop("pattern", None)


@cache
def _validator(name: str | tuple[str, ...], *, lenient: bool) -> Draft202012Validator:
    return Draft202012Validator({**_schemas(lenient=lenient), **_reference(name)})


def _reference(name: str | tuple[str, ...]) -> Json:
    if isinstance(name, tuple):
        return {"anyOf": [_reference(one) for one in name]}
    if name.endswith("[]"):
        return {"type": "array", "items": _reference(name[:-2])}
    return {"$ref": f"#/$defs/{name}"}


def _leaves(errors: Iterable[Any]) -> Iterator[ValidationError]:
    """Follow each choice of schemas down to the one that was meant."""
    for error in errors:
        if error.validator in {"anyOf", "oneOf"} and error.context:
            branches: dict[Any, list[Any]] = {}
            for inner in error.context:
                branches.setdefault(inner.schema_path[0], []).append(inner)
            yield from _leaves(min(branches.values(), key=_distance))
        else:
            yield error


def _distance(errors: Any) -> tuple[int, int, int]:
    """Return how far a branch is from what was meant: one that fails on its own type is a wrong one."""
    wrong = sum(
        (list(error.path)[-1:] == ["type"] and error.validator in {"enum", "const"})
        or (error.validator == "type" and not error.path)
        for error in errors
    )
    return wrong, len(errors), -max((len(error.absolute_path) for error in errors), default=0)
