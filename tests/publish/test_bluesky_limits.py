"""What the bot makes of a server's limits, told in the answer's headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.domain.clock import ReplayClock
from bot.domain.errors import PublishError
from bot.publish.bluesky.session import Account

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

_NOW = datetime(2026, 3, 4, tzinfo=UTC)


async def test_a_limit_is_waited_for_as_long_as_the_server_says(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    """The next try is when the server's count begins anew, and nothing is asked before."""
    anew = _NOW + timedelta(minutes=40)
    httpserver.expect_request("/xrpc/com.atproto.server.createSession").respond_with_json(
        {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"},
        status=429,
        headers={"ratelimit-remaining": "0", "ratelimit-reset": f"{anew.timestamp():.0f}"},
    )
    account = Account(
        handle="bot.example",
        password=SecretStr("a-password-of-tests"),
        service=httpserver.url_for(""),
        folder=tmp_path,
        clock=ReplayClock(_NOW),
    )
    for _ in range(2):
        with pytest.raises(PublishError) as caught:
            await account.open()
        assert caught.value.retry_at == anew
    assert len(httpserver.log) == 1
