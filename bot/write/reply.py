"""What came back from a Messages endpoint, taken as data: typed here, trusted nowhere."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

import msgspec

from bot.domain.errors import WriterError

_ENDINGS = frozenset({
    "end_turn", "stop_sequence", "max_tokens", "refusal", "model_context_window_exceeded", "pause_turn",
    "tool_use",
})  # fmt: skip
_REFUSALS = frozenset({"cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"})


class Pointer(msgspec.Struct, frozen=True):
    """A citation as the endpoint states it: blocks `start` to `end` of one search result."""

    type: str = ""
    search_result_index: int = -1
    start_block_index: int = -1
    end_block_index: int = -1
    source: str = ""


class Block(msgspec.Struct, frozen=True):
    """One content block; blocks that are not text (thinking comes first on some models) have none."""

    type: str
    text: str = ""
    citations: list[Pointer] | None = None


class _Reply(msgspec.Struct, frozen=True):
    content: list[Block]
    stop_reason: str | None = None
    stop_details: dict[str, Any] | None = None


# What is no JSON, is in another encoding, or is nested too deep to be read.
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
_Form = TypeVar("_Form", bound=msgspec.Struct)


def usage_of(body: bytes) -> object:
    """Return what the endpoint says it billed, whatever that is; None if the body is no JSON object."""
    return _decoded(body).get("usage")


def replied(body: bytes) -> bool:
    """Tell whether a body holds any content."""
    return bool(_decoded(body).get("content"))


def ending_of(body: bytes) -> str:
    """Return why a reply ended, in the API's word ("unknown" if it is none of those)."""
    said = _decoded(body).get("stop_reason")
    return said if isinstance(said, str) and said in _ENDINGS else "unknown"


def error_code_of(body: bytes) -> str:
    """Return the code that the API gives to an error beside its status, "" if there is none."""
    error = _decoded(body).get("error")
    details = error.get("details") if isinstance(error, dict) else None
    code = details.get("error_code") if isinstance(details, dict) else None
    return code if isinstance(code, str) else ""


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(body)
    except _UNREADABLE:
        return {}
    return said if isinstance(said, dict) else {}


def text_blocks(body: bytes) -> list[Block]:
    """Return the text blocks of a finished reply.

    Raises WriterError, whose reason says how the reply is not one: "refusal", "max_tokens",
    "model_context_window_exceeded", "unfinished", "malformed" or "empty".
    """
    try:
        reply = msgspec.json.decode(body, type=_Reply)
    except _UNREADABLE:
        _fail("the reply is not a message", "malformed")
    if reply.stop_reason == "refusal":
        category = (reply.stop_details or {}).get("category")
        known = f" ({category})" if isinstance(category, str) and category in _REFUSALS else ""
        _fail(f"the model refused{known}", "refusal")
    if reply.stop_reason in {"max_tokens", "model_context_window_exceeded"}:
        _fail("the reply was cut off", reply.stop_reason)
    if reply.stop_reason not in {"end_turn", "stop_sequence"}:
        _fail("the model stopped before it was done", "unfinished")
    blocks = [block for block in reply.content if block.type == "text" and block.text]
    if not any(block.text.strip() for block in blocks):
        _fail("the reply holds no text", "empty")
    return blocks


def structured(blocks: list[Block], form: type[_Form]) -> _Form:
    """Return what a structured reply says.

    Raises WriterError with reason "malformed" if it is not of that form.
    """
    try:
        return msgspec.json.decode("".join(block.text for block in blocks), type=form)
    except _UNREADABLE:
        _fail("the reply is not what the schema asks for", "malformed")


def _fail(message: str, reason: str) -> NoReturn:
    raise WriterError(message, reason=reason)
