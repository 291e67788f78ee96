"""What came back from a Messages endpoint, taken as data: typed here, trusted nowhere."""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec

from bot.domain.errors import WriterError

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


class _Said(msgspec.Struct, frozen=True):
    text: str
    records: list[int]


class Package(msgspec.Struct, frozen=True):
    """Headline and deck as the packaging model states them."""

    headline: _Said
    deck: _Said


def usage_of(body: bytes) -> object:
    """Return what the endpoint says it billed, whatever that is; None if the body is no JSON object."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return said.get("usage") if isinstance(said, dict) else None


def text_blocks(body: bytes) -> list[Block]:
    """Return the text blocks of a finished reply.

    Raises WriterError, whose reason says how the reply is not one: "refusal", "max_tokens",
    "model_context_window_exceeded", "unfinished", "malformed" or "empty".
    """
    try:
        reply = msgspec.json.decode(body, type=_Reply)
    except (msgspec.DecodeError, RecursionError):
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


def package(blocks: list[Block]) -> Package:
    """Return headline and deck out of a structured reply.

    Raises WriterError with reason "malformed" if they are not there.
    """
    try:
        return msgspec.json.decode("".join(block.text for block in blocks), type=Package)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        _fail("headline and deck are not what the schema asks for", "malformed")


def _fail(message: str, reason: str) -> NoReturn:
    raise WriterError(message, reason=reason)
