"""Asking a model through the Messages API: metered, bounded, and every failure in our own words.

The SDK retries (one retry layer); the ledger is asked before every HTTP attempt and told after it, because
each attempt can be billed.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import structlog

from bot.domain.errors import BudgetError, WriterError
from bot.domain.models import DEAREST, WORK, Price
from bot.write.budget import read_usage, worst_case
from bot.write.reply import ending_of, error_code_of, replied, text_blocks, usage_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from types import ModuleType

    import anthropic
    from anthropic import APIRequest, AsyncAPIResponse, AsyncCallNext
    from pydantic import SecretStr

    from bot.domain.models import Stage
    from bot.write.budget import Ledger
    from bot.write.reply import Block

_API = "https://api.anthropic.com"
# A server that asks for a longer pause is down for this story.
_PATIENCE_SECONDS = 60.0
_PAYMENT_REQUIRED, _TOO_MANY, _OVERLOADED, _OUT_OF_SERVICE = 402, 429, 529, 503
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_SPENT_UP = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model, with what it is for. `schema` asks for JSON of that form.

    A model without a list price costs `unlisted`.
    """

    stage: Stage
    signal_id: str
    model: str
    system: Sequence[Mapping[str, Any]]
    content: Sequence[Mapping[str, Any]]
    schema: Mapping[str, Any] | None = None
    unlisted: Price = DEAREST

    @property
    def request(self) -> dict[str, Any]:
        """The parameters of the request."""
        work = WORK[self.stage]
        output: dict[str, Any] = {"effort": work.effort}
        if self.schema is not None:
            output["format"] = {"type": "json_schema", "schema": self.schema}
        return {
            "model": self.model,
            "max_tokens": work.max_tokens,
            "system": self.system,
            "messages": [{"role": "user", "content": self.content}],
            "output_config": output,
        }

    @property
    def worst_case(self) -> int:
        """The most that one attempt can cost, in micro-dollars."""
        size = len(json.dumps(self.request, ensure_ascii=False).encode("utf-8", "replace"))
        longest = WORK[self.stage].max_tokens
        return worst_case(self.model, request_bytes=size, max_tokens=longest, unlisted=self.unlisted)


class Line:
    """An open connection to the API."""

    def __init__(
        self, sdk: ModuleType, client: anthropic.AsyncAnthropic, ledger: Ledger, longest: float
    ) -> None:
        self._sdk = sdk
        self._client = client
        self._ledger = ledger
        self._longest = longest

    async def ask(self, call: Call) -> list[Block]:
        """Return the text blocks of the answer to one call.

        Raises BudgetError at a cap ("budget" for ours, "provider-cap" for the provider's), else WriterError
        with reason "unavailable" (worth another try later), "rejected", "credentials", or what was wrong with
        the reply: see `text_blocks`.
        """
        meter = _Meter(self._ledger, call, self._sdk)
        create = self._client.with_options(middleware=[meter]).messages.with_raw_response.create
        try:
            async with asyncio.timeout(self._longest):
                response = await create(**call.request)
            return text_blocks(await response.read())
        except WriterError as error:
            _log_failure(call, error)
            raise
        except (self._sdk.AnthropicError, TimeoutError) as error:
            failure = _failure(error, self._sdk)
            _log_failure(call, failure)
            # The SDK's error holds the request, and the request holds the key.
            raise failure from None


@asynccontextmanager
async def line(
    *,
    api_key: SecretStr,
    ledger: Ledger,
    base_url: str | None = None,
    retries: int = 2,
    timeout: float = 180.0,  # noqa: ASYNC109 - the SDK's, for one attempt
) -> AsyncIterator[Line]:
    """Open a connection to the API, or to anything that speaks it at `base_url`.

    `retries` and `timeout` (seconds) are the SDK's, per HTTP attempt.
    """
    # The SDK takes a second to import, and a new client reads certificates: neither belongs on the loop.
    sdk, client = await asyncio.to_thread(_connect, api_key, base_url or _API, retries, timeout)
    async with client:
        yield Line(sdk, client, ledger, (retries + 1) * (timeout + _PATIENCE_SECONDS))


def _connect(
    api_key: SecretStr, base_url: str, retries: int, seconds: float
) -> tuple[ModuleType, anthropic.AsyncAnthropic]:
    import anthropic  # noqa: PLC0415 - a second of start-up that only this writer needs

    client = anthropic.AsyncAnthropic(
        api_key=api_key.get_secret_value(),
        base_url=base_url,
        max_retries=retries,
        timeout=seconds,
        open_telemetry=False,
    )
    return anthropic, client


def _log_failure(call: Call, error: WriterError) -> None:
    log.warning("model call", action=call.stage.value, status="error", model=call.model, reason=error.reason)


class _Meter:
    """Asks the ledger before an HTTP attempt and tells it after: the SDK calls this once per attempt."""

    def __init__(self, ledger: Ledger, call: Call, sdk: ModuleType) -> None:
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
                await self._ledger.settle(reservation, 0, {}, outcome="not-sent")
            raise
        body = await response.read()
        if response.http_response.is_success:
            await self._bill(reservation, body)
        else:
            await self._failed(reservation, response.http_response, body)
        return response

    async def _bill(self, reservation: str, body: bytes) -> None:
        """Settle a finished call. Without a believable usage the whole reserve stays counted."""
        usage = read_usage(usage_of(body), replied=replied(body))
        if usage is None:
            log.warning(
                "usage unknown", action=self._call.stage.value, status="error", model=self._call.model
            )
            return
        cost = usage.cost(self._call.model, self._call.unlisted)
        await self._ledger.settle(reservation, cost, usage.counts(), outcome=ending_of(body))
        log.info(
            "model call",
            action=self._call.stage.value,
            status="ok",
            model=self._call.model,
            micro_dollars=cost,
            **usage.counts(),
        )

    async def _failed(self, reservation: str, response: httpx2.Response, body: bytes) -> None:
        """Give back the reserve of a call that was turned away; one that broke inside keeps it."""
        status = response.status_code
        if status < 500 or status in {_OVERLOADED, _OUT_OF_SERVICE}:  # noqa: PLR2004 - client errors end here
            await self._ledger.settle(reservation, 0, {}, outcome=f"status-{status}")
        if status == _PAYMENT_REQUIRED or error_code_of(body) in _SPENT_UP:
            # Asking again would only be told the same, today.
            await self._ledger.pause()
            msg = "the provider's own spend limit is reached"
            raise BudgetError(msg, reason="provider-cap")
        if _pause(response) > _PATIENCE_SECONDS:
            msg = "the model endpoint asks for a longer pause than a story can wait"
            raise WriterError(msg, reason="unavailable")


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
