"""The loopback Messages API conforms to the SDK's own types, and turns away what the API turns away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from anthropic.types import Message
from pydantic import BaseModel

from bot.write import plan, second_reading
from bot.write.request import PACKAGE_SCHEMA
from tests.fakes import anthropic as play
from tests.fakes.anthropic import API_KEY, FakeAnthropic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECORDS = [
    {
        "type": "search_result",
        "source": f"record {number} https://talk.example/{number}",
        "title": f"Record {number}",
        "content": [
            {"type": "text", "text": '{"kind": "post", "place": "the guild", "speaker": 1}'},
            {"type": "text", "text": f'"The {word} glaze failed in my kiln again."'},
        ],
        "citations": {"enabled": True},
    }
    for number, word in enumerate(("blue", "red", "ash"), 1)
]
NOTE = {"type": "text", "text": '{"numbers": {"records": "48", "authors": "31"}}'}
STORY = '{"sentences": [{"text": "It failed.", "records": [1, 2]}], "numbers": {}}'
CLAIMS = '{"records": [], "claims": [{"id": "p1s1", "text": "It failed."}]}'
NARRATIVE: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "Write.", "cache_control": {"type": "ephemeral"}}],
    "messages": [{"role": "user", "content": [*RECORDS, NOTE]}],
}
PACKAGING: dict[str, Any] = {
    "model": "claude-haiku-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": [{"type": "text", "text": STORY}]}],
    "output_config": {"format": {"type": "json_schema", "schema": PACKAGE_SCHEMA}},
}
UNCITED = [record | {"citations": {"enabled": False}} for record in RECORDS]
PLAN = PACKAGING | {
    "messages": [{"role": "user", "content": [*UNCITED, NOTE]}],
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": plan.SCHEMA}},
}
READING = PACKAGING | {
    "messages": [{"role": "user", "content": [{"type": "text", "text": CLAIMS}]}],
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": second_reading.SCHEMA}},
}
STAGES = {"narrative": NARRATIVE, "packaging": PACKAGING, "plan": PLAN, "reading": READING}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeAnthropic]:
    """The server under test."""
    with FakeAnthropic() as running:
        yield running


def client(server: FakeAnthropic) -> anthropic.AsyncAnthropic:
    """Return the real SDK, pointed at the server."""
    return anthropic.AsyncAnthropic(api_key=API_KEY, base_url=server.url, max_retries=0)


def unknown_fields(model: BaseModel) -> list[str]:
    """Return every field in a parsed reply that the SDK's types do not know."""
    found = list(model.model_extra or {})
    for value in dict(model).values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, BaseModel):
                found += unknown_fields(part)
    return found


@pytest.mark.parametrize("request_", STAGES.values(), ids=STAGES)
@pytest.mark.parametrize(
    "script", [play.good, play.thinking, play.liar, play.injected, play.refusal, play.stopped("max_tokens")]
)
async def test_reply_is_a_message_of_the_sdk(
    server: FakeAnthropic, request_: dict[str, Any], script: Callable[[dict[str, Any]], play.Reply]
) -> None:
    """Every message validates strictly against the SDK's types and has no field they do not know."""
    server.play(script)
    async with client(server) as sdk:
        raw = await sdk.messages.with_raw_response.create(**request_)
        body = await raw.read()
    message = Message.model_validate_json(body)
    assert unknown_fields(message) == []
    assert message.usage.input_tokens > 0


async def test_citations_point_into_the_request(server: FakeAnthropic) -> None:
    """The good writer's citations hold the whole text of the blocks they point at."""
    server.play(play.good)
    async with client(server) as sdk:
        message = await sdk.messages.create(**NARRATIVE)
    cited = [c for block in message.content if block.type == "text" for c in block.citations or ()]
    assert cited
    for citation in cited:
        assert citation.type == "search_result_location"
        record = RECORDS[citation.search_result_index]
        blocks = record["content"][citation.start_block_index : citation.end_block_index]
        assert citation.source == record["source"]
        assert citation.cited_text == "".join(block["text"] for block in blocks)


@pytest.mark.parametrize(
    ("script", "error", "type_"),
    [
        (play.rate_limited, anthropic.RateLimitError, "rate_limit_error"),
        (play.overloaded, anthropic.OverloadedError, "overloaded_error"),
        (play.broken, anthropic.InternalServerError, "api_error"),
        (play.spend_cap, anthropic.EnforcedSpendLimitReachedError, "rate_limit_error"),
    ],
)
async def test_failures_are_the_sdks_errors(
    server: FakeAnthropic,
    script: Callable[[dict[str, Any]], play.Reply],
    error: type[anthropic.APIStatusError],
    type_: str,
) -> None:
    """Each failure arrives as the SDK's typed error."""
    server.play(script)
    async with client(server) as sdk:
        with pytest.raises(error) as caught:
            await sdk.messages.create(**NARRATIVE)
    assert caught.value.type == type_


@pytest.mark.parametrize(
    "body",
    [
        {"temperature": 0.5},
        {"top_p": 0.5},
        {"nonsense": 1},
        {"max_tokens": 0},
        {"messages": []},
        {"messages": [{"role": "assistant", "content": "x"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": [{"type": "search_result"}]}]},
        {"messages": [{"role": "user", "content": [RECORDS[0] | {"content": []}]}]},
        {"messages": [{"role": "user", "content": [RECORDS[0] | {"handle": "x"}]}]},
        {
            "messages": [
                {"role": "user", "content": [RECORDS[0], RECORDS[1] | {"citations": {"enabled": False}}]}
            ]
        },
        {
            "messages": [
                {"role": "user", "content": [RECORDS[0] | {"content": [{"type": "text", "text": ""}]}]}
            ]
        },
        {"output_config": PACKAGING["output_config"]},
    ],
    ids=lambda body: str(body)[:40],
)
async def test_bad_request_is_turned_away(server: FakeAnthropic, body: dict[str, Any]) -> None:
    """What the API does not take gets a 400."""
    server.play(play.good)
    async with client(server) as sdk:
        with pytest.raises(anthropic.BadRequestError):
            await sdk.messages.create(**NARRATIVE, extra_body=body)


@pytest.mark.parametrize("keyword", ["minLength", "maximum", "maxItems"])
async def test_schema_with_unsupported_keyword_is_turned_away(server: FakeAnthropic, keyword: str) -> None:
    """A schema with bounds that structured output does not support gets a 400."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"a": {"type": "string", keyword: 3}},
    }
    async with client(server) as sdk:
        with pytest.raises(anthropic.BadRequestError):
            await sdk.messages.create(
                **PACKAGING | {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
            )


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer wrong"}, {"x-api-key": API_KEY}])
async def test_key_is_a_bearer_key(server: FakeAnthropic, headers: dict[str, str]) -> None:
    """A wrong key, and a key sent the old way, get a 401."""
    async with client(server) as sdk:
        with pytest.raises(anthropic.AuthenticationError):
            await sdk.messages.create(**NARRATIVE, extra_headers=headers)


async def test_old_api_version_is_turned_away(server: FakeAnthropic) -> None:
    """Only the API version that this project was written for is served."""
    async with client(server) as sdk:
        with pytest.raises(anthropic.BadRequestError):
            await sdk.messages.create(**NARRATIVE, extra_headers={"anthropic-version": "2023-06-01"})


async def test_malformed_reply_has_no_message(server: FakeAnthropic) -> None:
    """Half a JSON document is what it says: no message."""
    server.play(play.malformed)
    async with client(server) as sdk:
        raw = await sdk.messages.with_raw_response.create(**NARRATIVE)
        with pytest.raises(ValueError, match="Invalid JSON"):
            Message.model_validate_json(await raw.read())
