"""The Claude writer: a narrative with native citations, then headline and deck, through the Messages API.

The SDK retries (one retry layer); the ledger is asked before every HTTP attempt and told after it, because
each attempt can be billed.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import structlog

from bot.domain.errors import BudgetError, WriterError
from bot.domain.story import Draft
from bot.write import prompts
from bot.write.budget import read_usage, worst_case
from bot.write.reading import Reader
from bot.write.reply import package, text_blocks, usage_of
from bot.write.request import PACKAGE_SCHEMA, desk_note, finished_story, prepare, search_results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    import anthropic
    from anthropic import APIRequest, AsyncAPIResponse, AsyncCallNext
    from pydantic import SecretStr

    from bot.domain.brief import Brief
    from bot.domain.story import Claim, Paragraph
    from bot.write.budget import Ledger
    from bot.write.reply import Block
    from bot.write.request import SentRecord

_API = "https://api.anthropic.com"
_NARRATIVE_TOKENS = 8_000
_PACKAGE_TOKENS = 2_000
# A server that asks for a longer pause is down for this story.
_PATIENCE_SECONDS = 60.0
_TOO_MANY, _OVERLOADED, _OUT_OF_SERVICE = 429, 529, 503
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """One request to a model, with what it is for."""

    stage: str
    signal_id: str
    request: Mapping[str, Any]

    @property
    def model(self) -> str:
        """The model that is asked."""
        return str(self.request["model"])

    @property
    def worst_case(self) -> int:
        """The most that one attempt can cost, in micro-dollars."""
        size = len(json.dumps(self.request, ensure_ascii=False).encode("utf-8", "replace"))
        return worst_case(self.model, request_bytes=size, max_tokens=self.request["max_tokens"])


class ClaudeWriter:
    """Writes with Claude, or with anything that speaks the Messages API at `base_url`.

    `retries` and `timeout` (seconds) are the SDK's, per HTTP attempt.
    """

    name = "claude"

    def __init__(
        self,
        *,
        api_key: SecretStr,
        ledger: Ledger,
        writer_model: str,
        packaging_model: str,
        base_url: str | None = None,
        retries: int = 2,
        timeout: float = 180.0,
    ) -> None:
        self._api_key = api_key
        self._ledger = ledger
        self._writer_model = writer_model
        self._packaging_model = packaging_model
        self._base_url = base_url or _API
        self._retries = retries
        self._timeout = timeout
        self._prompt_version = prompts.version()

    async def write(self, brief: Brief) -> Draft:
        """Return a draft on `brief`.

        Raises BudgetError at a cap ("budget" for ours, "provider-cap" for the provider's), else WriterError
        with reason "unavailable" (worth another try later), "rejected", "credentials", or what was
        wrong with the reply: "refusal", "max_tokens", "model_context_window_exceeded", "unfinished",
        "malformed", "empty", "unusable".
        """
        sent = prepare(brief)
        if not sent:
            msg = "the brief holds no record to write from"
            raise WriterError(msg, reason="empty")
        reader = Reader(brief, sent)
        # The SDK takes a second to import, and a new client reads certificates: neither belongs on the loop.
        sdk, client = await asyncio.to_thread(self._connect)
        async with client:
            narrative = await self._ask(sdk, client, self._narrative(brief, sent))
            paragraphs = reader.narrative(narrative)
            packaging = await self._ask(sdk, client, self._packaging(brief, paragraphs))
        headline, deck = reader.packaged(package(packaging))
        return self._draft(headline, deck, paragraphs)

    def _draft(self, headline: Claim, deck: Claim, paragraphs: tuple[Paragraph, ...]) -> Draft:
        return Draft(
            headline=headline,
            deck=deck,
            paragraphs=paragraphs,
            writer=self.name,
            model=self._writer_model,
            prompt_version=self._prompt_version,
        )

    def _connect(self) -> tuple[ModuleType, anthropic.AsyncAnthropic]:
        import anthropic  # noqa: PLC0415 - a second of start-up that only this writer needs

        client = anthropic.AsyncAnthropic(
            api_key=self._api_key.get_secret_value(),
            base_url=self._base_url,
            max_retries=self._retries,
            timeout=self._timeout,
            open_telemetry=False,
        )
        return anthropic, client

    def _narrative(self, brief: Brief, sent: Sequence[SentRecord]) -> _Call:
        note = {"type": "text", "text": desk_note(brief)}
        return _Call(
            stage="narrative",
            signal_id=brief.signal.id,
            request={
                "model": self._writer_model,
                "max_tokens": _NARRATIVE_TOKENS,
                "system": _system("narrative"),
                "messages": [{"role": "user", "content": [*search_results(sent), note]}],
            },
        )

    def _packaging(self, brief: Brief, paragraphs: tuple[Paragraph, ...]) -> _Call:
        return _Call(
            stage="packaging",
            signal_id=brief.signal.id,
            request={
                "model": self._packaging_model,
                "max_tokens": _PACKAGE_TOKENS,
                "system": _system("packaging"),
                "messages": [{"role": "user", "content": finished_story(brief, paragraphs)}],
                # Citations cannot be had together with structured output, so this is a call of its own.
                "output_config": {"format": {"type": "json_schema", "schema": PACKAGE_SCHEMA}},
            },
        )

    async def _ask(self, sdk: ModuleType, client: anthropic.AsyncAnthropic, call: _Call) -> list[Block]:
        """Return the text blocks of the answer to one call. Raises WriterError."""
        meter = _Meter(self._ledger, call, sdk)
        try:
            async with asyncio.timeout((self._retries + 1) * (self._timeout + _PATIENCE_SECONDS)):
                response = await client.with_options(middleware=[meter]).messages.with_raw_response.create(
                    **call.request
                )
            return text_blocks(await response.read())
        except WriterError as error:
            log.warning(
                "model call", action=call.stage, status="error", model=call.model, reason=error.reason
            )
            raise
        except (sdk.AnthropicError, TimeoutError) as error:
            failure = _failure(error, sdk)
            log.warning(
                "model call", action=call.stage, status="error", model=call.model, reason=failure.reason
            )
            # The SDK's error holds the request, and the request holds the key.
            raise failure from None


class _Meter:
    """Asks the ledger before an HTTP attempt and tells it after: the SDK calls this once per attempt."""

    def __init__(self, ledger: Ledger, call: _Call, sdk: ModuleType) -> None:
        self._ledger = ledger
        self._call = call
        self._sdk = sdk

    async def __call__(self, request: APIRequest, call_next: AsyncCallNext) -> AsyncAPIResponse[Any]:
        call = self._call
        reservation = await self._ledger.reserve(
            call.worst_case, stage=call.stage, model=call.model, signal_id=call.signal_id
        )
        try:
            response = await call_next(request)
        except self._sdk.APIConnectionError as error:
            # Any other broken connection may have been answered, and billed: its reserve stays.
            if isinstance(error.__cause__, _NOT_SENT):
                await self._ledger.settle(reservation, 0, {})
            raise
        if response.http_response.is_success:
            await self._bill(reservation, await response.read())
        else:
            await self._failed(reservation, response.http_response)
        return response

    async def _bill(self, reservation: str, body: bytes) -> None:
        """Settle a finished call. Without a believable usage the whole reserve stays counted."""
        usage = read_usage(usage_of(body))
        if usage is None:
            log.warning("usage unknown", action=self._call.stage, status="error", model=self._call.model)
            return
        cost = usage.cost(self._call.model)
        await self._ledger.settle(reservation, cost, usage.counts())
        log.info(
            "model call",
            action=self._call.stage,
            status="ok",
            model=self._call.model,
            micro_dollars=cost,
            **usage.counts(),
        )

    async def _failed(self, reservation: str, response: httpx2.Response) -> None:
        """Give back the reserve of a call that was turned away; one that broke inside keeps it."""
        status = response.status_code
        if status < 500 or status in {_OVERLOADED, _OUT_OF_SERVICE}:  # noqa: PLR2004 - client errors end here
            await self._ledger.settle(reservation, 0, {})
        if _pause(response) > _PATIENCE_SECONDS:
            msg = "the model endpoint asks for a longer pause than a story can wait"
            raise WriterError(msg, reason="unavailable")


def _system(name: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": prompts.load(name), "cache_control": {"type": "ephemeral"}}]


def _pause(response: httpx2.Response) -> float:
    """Return how many seconds the server asks to wait; 0 if it does not say."""
    for header, unit in (("retry-after-ms", 1_000.0), ("retry-after", 1.0)):
        try:
            return float(response.headers.get(header, "")) / unit
        except ValueError:
            continue
    return 0.0


def _failure(error: BaseException, sdk: ModuleType) -> WriterError:
    """Return what an SDK error means to the newsroom; nothing the server wrote goes into it."""
    if isinstance(
        error,
        sdk.EnforcedSpendLimitReachedError | sdk.ContractSpendLimitReachedError | sdk.PaymentRequiredError,
    ):
        return BudgetError("the provider's own spend limit is reached", reason="provider-cap")
    if not isinstance(error, sdk.APIStatusError):
        what = "cannot be reached" if isinstance(error, sdk.APIConnectionError) else "did not answer"
        return WriterError(f"the model endpoint {what}", reason="unavailable")
    status = error.status_code
    reason = "rejected"
    if status in {401, 403}:
        reason = "credentials"
    elif status in {408, 409, _TOO_MANY} or status >= 500:  # noqa: PLR2004 - server errors start here
        reason = "unavailable"
    return WriterError(f"the model endpoint answered with status {status}", reason=reason)
