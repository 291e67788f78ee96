"""The gateway beside the rest of the house: whatever ends it, the rest goes on, and it is taken up again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.app import discord_bot, newsroom
from bot.commands import discord as commands
from bot.domain.errors import ConfigError, PublishError
from bot.operate import doctor
from bot.operate.doctor import Verdict
from bot.schedule import keep_connected
from bot.settings import load
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Gateway
    from tests.discord.conftest import Log
    from tests.discord.rig import House
    from tests.discord_lab.server import FakeDiscord


class _Flaky:
    """A gateway that fails in several ways, and then stays."""

    name = "flaky"

    def __init__(self) -> None:
        self.tries = 0

    async def connect(self) -> None:
        """Fail, fail otherwise, close, stay."""
        self.tries += 1
        if self.tries == 1:
            msg = "closed to the bot"
            raise PublishError(msg)
        if self.tries == 2:
            raise ZeroDivisionError
        if self.tries > 3:
            await asyncio.Event().wait()


async def test_a_gateway_that_ends_is_taken_up_again(clock: ReplayClock, log: Log) -> None:
    """Whatever a gateway ends with, it is connected again after a wait, and nobody else is disturbed."""
    flaky = _Flaky()
    since = clock.now()
    task = asyncio.create_task(keep_connected(clock, flaky))
    await until(lambda: flaky.tries == 4)
    assert not task.done()
    task.cancel()
    assert (clock.now() - since).total_seconds() == 5 + 10 + 20
    assert len(log.errors) == 2
    log.forgive()


async def test_a_bot_that_is_not_let_in_says_so(discord: FakeDiscord, house: House, log: Log) -> None:
    """With a token that Discord refuses, connecting fails with the reason."""
    bad: Gateway = discord_bot(SecretStr("not.a.token"), house.office)
    with pytest.raises(PublishError, match="Improper token"):
        await bad.connect()
    assert discord.violations == []
    log.forgive()


async def test_the_newsroom_has_discord_only_with_a_token(discord: FakeDiscord, tmp_path: Path) -> None:
    """With a token stories go to Discord and people are heard there; without, or in a replay, not."""
    async with newsroom(load(data_dir=tmp_path / "a", discord_token=discord.token)) as room:
        assert set(room.followed) == {"discord"}
        assert [gateway.name for gateway in room.gateways] == ["discord"]
        assert [listener.name for listener in room.listeners] == ["discord"]
        await room.listeners[0].run()
    async with newsroom(load(data_dir=tmp_path / "b")) as room:
        assert (dict(room.followed), list(room.gateways)) == ({}, [])
    replay = load(data_dir=tmp_path / "c", discord_token=discord.token)
    async with newsroom(replay, listening=False) as room:
        assert (dict(room.followed), list(room.gateways)) == ({}, [])


async def test_doctor_says_whether_discord_lets_the_bot_in(discord: FakeDiscord, tmp_path: Path) -> None:
    """Without a token Discord is off; with one the bot's name is told, or what is wrong."""

    async def found(**settings: str) -> doctor.Finding:
        examined = await doctor.examine(load(data_dir=tmp_path, **settings), sources=[])
        return next(finding for finding in examined if finding.name == "channel: discord")

    assert (await found()).verdict is Verdict.OFF
    good = await found(discord_token=discord.token)
    assert (good.verdict, "groundswell" in good.detail) == (Verdict.OK, True)
    bad = await found(discord_token="not-the-token-at-all")
    assert bad.verdict is Verdict.FAILING
    assert "not-the-token-at-all" not in f"{bad.detail} {bad.todo}"


async def test_setup_registers_the_commands_and_says_where_the_bot_is_let_in(
    discord: FakeDiscord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`groundswell discord setup` registers every command once and prints the invitation."""
    with pytest.raises(ConfigError, match="GROUNDSWELL_DISCORD_TOKEN"):
        await commands.setup(data_dir=tmp_path)
    monkeypatch.setenv("GROUNDSWELL_DISCORD_TOKEN", discord.token)
    assert await commands.setup(data_dir=tmp_path) == 0
    assert "https://discord.com/oauth2/authorize" in capsys.readouterr().out
    before = {command["id"] for command in discord.world.commands}
    assert await commands.setup(data_dir=tmp_path, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert "follow" in told["commands"]
    assert before == {command["id"] for command in discord.world.commands}
    monkeypatch.setenv("GROUNDSWELL_DISCORD_TOKEN", "wrong")
    with pytest.raises(PublishError, match="could not be registered"):
        await commands.setup(data_dir=tmp_path)
