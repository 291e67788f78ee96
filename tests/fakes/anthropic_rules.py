"""What the Messages API accepts, as far as this project uses it; all else is turned away with a 400."""

from __future__ import annotations

from typing import Any, NoReturn, get_args, get_type_hints

from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from anthropic.types.output_config_param import OutputConfigParam

API_VERSION = "2026-10-21"
_FIELDS = frozenset(MessageCreateParamsNonStreaming.__annotations__) | {"stream"}
_CACHE_MARKS = 4
_EFFORTS = frozenset(get_args(get_args(get_type_hints(OutputConfigParam)["effort"])[0]))
_UNENFORCED = frozenset(
    {"minLength", "maxLength", "minimum", "maximum", "multipleOf", "maxItems", "uniqueItems"}
)


class RejectedError(Exception):
    """The request is turned away."""

    def __init__(self, message: str, status: int, kind: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def reject(message: str, *, status: int = 400, kind: str = "invalid_request_error") -> NoReturn:
    """Turn a request away."""
    raise RejectedError(message, status, kind)


def check(body: Any) -> None:
    """Raise RejectedError if the API would not take this body."""
    _need(isinstance(body, dict), "the body is not an object")
    extra = sorted(set(body) - _FIELDS)
    _need(not extra, f"{', '.join(extra)}: Extra inputs are not permitted")
    _need(isinstance(body.get("model"), str) and body["model"], "model: Field required")
    _need(type(body.get("max_tokens")) is int and body["max_tokens"] > 0, "max_tokens: must be at least 1")
    _need(body.get("stream") in {None, False}, "stream: not served here")
    marks = _system(body.get("system", []))
    messages = body.get("messages")
    _need(isinstance(messages, list) and messages, "messages: at least one message is required")
    citing: set[bool] = set()
    for number, item in enumerate(messages):
        _need(isinstance(item, dict) and set(item) == {"role", "content"}, "messages: role and content")
        _need(item["role"] == ("user", "assistant")[number % 2], "messages: roles must alternate, user first")
        citing |= _content(item["content"], item["role"])
    _need(len(citing) < 2, "citations must be enabled on all search results or on none")
    _need(marks <= _CACHE_MARKS, "cache_control: at most 4 blocks")
    _output(body.get("output_config", {}), citing=True in citing)


def _need(condition: object, message: str) -> None:
    if not condition:
        reject(message)


def _system(system: Any) -> int:
    if isinstance(system, str):
        return 0
    _need(isinstance(system, list), "system: a string or a list of text blocks")
    for block in system:
        _text(block)
    return sum("cache_control" in block for block in system)


def _content(content: Any, role: str) -> set[bool]:
    if isinstance(content, str):
        _need(content.strip(), "messages: text content must be non-empty")
        return set()
    _need(isinstance(content, list) and content, "messages: content must be non-empty")
    citing: set[bool] = set()
    for block in content:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "search_result":
            _need(role == "user", "search_result: only in user turns")
            citing.add(_search_result(block))
        else:
            _text(block)
    return citing


def _text(block: Any) -> None:
    _need(isinstance(block, dict) and block.get("type") == "text", "content: unknown block type")
    _need(
        not set(block) - {"type", "text", "cache_control", "citations"},
        "text: Extra inputs are not permitted",
    )
    _need(isinstance(block.get("text"), str) and block["text"].strip(), "text: must be non-empty")
    mark = block.get("cache_control")
    _need(
        mark is None or (mark.get("type") == "ephemeral" and not set(mark) - {"type", "ttl"}), "cache_control"
    )


def _search_result(block: dict[str, Any]) -> bool:
    allowed = {"type", "source", "title", "content", "citations", "cache_control"}
    _need(not set(block) - allowed, "search_result: Extra inputs are not permitted")
    for name in ("source", "title"):
        _need(isinstance(block.get(name), str) and block[name], f"search_result.{name}: Field required")
    parts = block.get("content")
    _need(isinstance(parts, list) and parts, "search_result.content: at least one text block is required")
    for part in parts or ():
        _text(part)
    citations = block.get("citations", {})
    _need(isinstance(citations, dict) and not set(citations) - {"enabled"}, "search_result.citations")
    return citations.get("enabled", False) is True


def _output(config: Any, *, citing: bool) -> None:
    _need(isinstance(config, dict) and not set(config) - {"effort", "format"}, "output_config")
    _need(config.get("effort", "high") in _EFFORTS, "output_config.effort")
    wanted = config.get("format")
    if wanted is None:
        return
    _need(not citing, "output_config.format: citations are not supported with structured outputs")
    _need(set(wanted) == {"type", "schema"} and wanted["type"] == "json_schema", "output_config.format")
    _schema(wanted["schema"])


def _schema(schema: Any) -> None:
    _need(isinstance(schema, dict), "schema: must be an object")
    _need(not set(schema) & _UNENFORCED, "schema: unsupported keyword")
    if schema.get("type") == "object":
        _need(schema.get("additionalProperties") is False, "schema: additionalProperties must be false")
        for part in schema.get("properties", {}).values():
            _schema(part)
    if schema.get("type") == "array":
        _schema(schema.get("items"))
