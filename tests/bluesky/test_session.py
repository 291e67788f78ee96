"""The bot's account: one session over restarts, renewed when it ends, and no login more than needed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.errors import PublishError
from bot.publish.bluesky.session import FILE
from tests.bluesky.story import make_account
from tests.network import JWT_SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from bot.publish.bluesky.session import Account as BotAccount
    from tests.network import Account, BlueskyNetwork

_WRONG = SecretStr("not-the-password")


@pytest.fixture
def bot(network: BlueskyNetwork) -> Account:
    """Give the bot's account on the network."""
    return network.create_account("bot")


async def _who(account: BotAccount) -> str:
    """Ask the server who it takes the account for, and close it."""
    try:
        answer = await account.query("com.atproto.server.getSession")
        return str(answer["did"])
    finally:
        await account.close()


def _signed(token: str, **claims: Any) -> str:
    """Return a token of the server with other claims, signed as the server signs."""
    head, body, _ = token.split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "==")) | claims
    signed = f"{head}.{_base64(json.dumps(payload).encode())}"
    return f"{signed}.{_base64(hmac.new(JWT_SECRET.encode(), signed.encode(), hashlib.sha256).digest())}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _change_access(folder: Path, change: Any) -> tuple[str, str]:
    """Change the access token of a kept session; return both tokens as they were."""
    file = folder / FILE
    kept = json.loads(file.read_text(encoding="utf-8"))
    handle, did, access, refresh, endpoint = kept["session"].split(":::")
    kept["session"] = ":::".join([handle, did, change(access), refresh, endpoint])
    file.write_text(json.dumps(kept), encoding="utf-8")
    return access, refresh


def _tokens(folder: Path) -> tuple[str, str]:
    return _change_access(folder, lambda access: access)


def _expired(token: str) -> str:
    return _signed(token, exp=int(time.time()) - 5)


async def test_a_session_is_kept_for_the_next_run_and_for_no_one_else(bot: Account, tmp_path: Path) -> None:
    """The second run logs in with what the first kept, in a file that only its user can read."""
    assert await _who(make_account(bot, tmp_path)) == bot.did
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    again = make_account(bot, tmp_path, password=_WRONG)
    assert again.did == bot.did
    assert await _who(again) == bot.did
    assert bot.password not in (tmp_path / FILE).read_text(encoding="utf-8")


async def test_an_expired_token_is_refreshed_and_the_new_one_kept(bot: Account, tmp_path: Path) -> None:
    """With the access token expired, the refresh token gives another; no login is made."""
    await _who(make_account(bot, tmp_path))
    before = _change_access(tmp_path, _expired)
    assert await _who(make_account(bot, tmp_path, password=_WRONG)) == bot.did
    access, refresh = _tokens(tmp_path)
    assert access != _expired(before[0])
    assert refresh != before[1]


@pytest.mark.parametrize(
    "spoil", [lambda token: token[:-6] + "AAAAAA", lambda token: _signed(token, exp=2**31, scope="none")]
)
async def test_a_token_the_server_refuses_is_replaced_by_a_login(
    bot: Account, tmp_path: Path, spoil: Any
) -> None:
    """A token that looks fine here and is not there costs one login, and the call succeeds."""
    await _who(make_account(bot, tmp_path))
    _change_access(tmp_path, spoil)
    assert await _who(make_account(bot, tmp_path)) == bot.did


async def test_a_token_that_ends_while_the_bot_runs_is_replaced(bot: Account, tmp_path: Path) -> None:
    """A running bot whose refresh token was revoked logs in anew and goes on."""
    account = make_account(bot, tmp_path)
    await account.open()
    client = account._client
    assert client is not None
    assert client._session
    client._session.access_jwt = _expired(client._session.access_jwt)
    client._session.refresh_jwt = _expired(client._session.refresh_jwt)
    assert await _who(account) == bot.did


async def test_a_revoked_password_is_told_and_a_new_one_works(
    network: BlueskyNetwork, bot: Account, tmp_path: Path
) -> None:
    """With the app password revoked the bot says so; with a new one the next run goes on."""
    await _who(make_account(bot, tmp_path))
    fresh = network.revoke(bot)
    _change_access(tmp_path, _expired)
    with pytest.raises(PublishError, match="AuthenticationRequired") as caught:
        await _who(make_account(bot, tmp_path))
    assert bot.password not in str(caught.value)
    assert await _who(make_account(bot, tmp_path, password=SecretStr(fresh))) == bot.did


@pytest.mark.parametrize("left", ["", "{", '{"handle": 1}', '{"session": "a:::b"}', "[]"])
async def test_a_broken_file_costs_one_login(bot: Account, tmp_path: Path, left: str) -> None:
    """Whatever is left of the kept session, the bot logs in."""
    (tmp_path / FILE).write_text(left, encoding="utf-8")
    assert await _who(make_account(bot, tmp_path)) == bot.did


async def test_the_session_of_another_account_is_not_used(
    network: BlueskyNetwork, bot: Account, tmp_path: Path
) -> None:
    """After a change of account in the settings, the bot is the new one."""
    await _who(make_account(bot, tmp_path))
    other = network.create_account("other")
    assert await _who(make_account(other, tmp_path)) == other.did


async def test_a_wrong_password_is_not_tried_again_at_once(
    bot: Account, tmp_path: Path, httpserver: HTTPServer
) -> None:
    """After a refused login the next waits a minute, then two, so that the server's few logins last."""
    refusal = {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
    httpserver.expect_request("/xrpc/com.atproto.server.createSession").respond_with_json(refusal, status=401)
    clock = ReplayClock(SystemClock().now())
    account = make_account(bot, tmp_path, clock, service=httpserver.url_for(""))
    waits = []
    for _ in range(3):
        with pytest.raises(PublishError) as caught:
            await account.open()
        assert caught.value.retry_at
        waits.append((caught.value.retry_at - clock.now()).total_seconds())
        with pytest.raises(PublishError, match="no login before"):
            await account.open()
        clock.advance(caught.value.retry_at)
    assert waits == [60, 120, 240]
    assert len(httpserver.log) == 3


async def test_an_account_that_was_never_reached_has_no_name_yet(bot: Account, tmp_path: Path) -> None:
    """Before the first login nothing can be planned, and the error says what to do."""
    with pytest.raises(PublishError, match="bluesky setup"):
        make_account(bot, tmp_path).did  # noqa: B018 - the property raises
