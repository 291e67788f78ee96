"""`groundswell bluesky setup`, and what the doctor says of the account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.commands import bluesky as commands
from bot.domain.clock import SystemClock
from bot.domain.errors import ConfigError
from bot.operate import doctor
from bot.publish.bluesky.profile import COLLECTION
from bot.publish.card import avatar

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network import Account, BlueskyNetwork


@pytest.fixture
def bot(network: BlueskyNetwork, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    """Give the bot's account, which the settings name."""
    account = network.create_account("bot")
    named = {
        "DATA_DIR": str(tmp_path / "data"),
        "OPERATOR": "The Example Society",
        "BLUESKY_HANDLE": account.handle,
        "BLUESKY_APP_PASSWORD": account.password,
        "BLUESKY_SERVICE": network.pds_url,
    }
    for name, value in named.items():
        monkeypatch.setenv(f"GROUNDSWELL_{name}", value)
    return account


async def test_setup_labels_the_profile_and_names_the_operator(network: BlueskyNetwork, bot: Account) -> None:
    """Readers see a bot's label, who runs it, and that software writes its stories."""
    assert await commands.setup() == 0
    shown = network.until(
        lambda: (it := bot.get("app.bsky.actor.getProfile", actor=bot.did)).get("labels") and it
    )
    assert [(label["val"], label["src"]) for label in shown["labels"]] == [("bot", bot.did)]
    assert shown["displayName"] == "Groundswell"
    assert "Automated account, run by The Example Society." in shown["description"]
    assert "without a language model" in shown["description"]
    picture = bot.records(COLLECTION)[0]["value"]["avatar"]
    where = {"did": bot.did, "cid": picture["ref"]["$link"]}
    assert network.fetch("com.atproto.sync.getBlob", **where) == avatar()
    assert picture["ref"]["$link"] in shown["avatar"]


async def test_setup_again_changes_nothing(bot: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """The second setup writes nothing and says so; what else the profile holds stays."""
    where = {"repo": bot.did, "collection": COLLECTION, "rkey": "self"}
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    own = bot.upload(b"\x89PNG\r\n\x1a\n" + bytes(9), "image/png")
    pinned = {
        "$type": COLLECTION, "labels": labels, "createdAt": "2026-01-01T00:00:00.000Z", "avatar": own
    }  # fmt: skip
    bot.do("com.atproto.repo.putRecord", {**where, "record": pinned})
    told = []
    for _ in range(2):
        assert await commands.setup(as_json=True) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert [one["changed"] for one in told] == [True, False]
    (record,) = bot.records(COLLECTION)
    assert record["value"]["createdAt"] == pinned["createdAt"]
    assert record["value"]["avatar"] == own
    assert [it["val"] for it in record["value"]["labels"]["values"]] == ["!no-unauthenticated", "bot"]


async def test_a_dry_run_writes_nothing(bot: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """`--dry-run` shows the profile and leaves the account as it was."""
    assert await commands.setup(dry_run=True) == 0
    assert "would be written" in capsys.readouterr().out
    assert bot.records(COLLECTION) == []


@pytest.mark.parametrize("missing", ["OPERATOR", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"])
async def test_setup_says_which_setting_is_missing(
    bot: Account, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """Without operator, handle or password nothing is done, and the error names the setting."""
    monkeypatch.delenv(f"GROUNDSWELL_{missing}")
    with pytest.raises(ConfigError, match=f"GROUNDSWELL_{missing}"):
        await commands.setup()
    assert bot.records(COLLECTION) == []


async def test_the_doctor_logs_in(bot: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor says as whom the bot is logged in; a wrong or missing password fails, none is off."""
    found = [await doctor._bluesky(settings.load(), SystemClock())]
    monkeypatch.setenv("GROUNDSWELL_DATA_DIR", f"{settings.load().data_dir}-other")
    monkeypatch.setenv("GROUNDSWELL_BLUESKY_APP_PASSWORD", "wrong")
    found.append(await doctor._bluesky(settings.load(), SystemClock()))
    monkeypatch.delenv("GROUNDSWELL_BLUESKY_APP_PASSWORD")
    found.append(await doctor._bluesky(settings.load(), SystemClock()))
    monkeypatch.delenv("GROUNDSWELL_BLUESKY_HANDLE")
    found.append(await doctor._bluesky(settings.load(), SystemClock()))
    assert [finding.verdict.value for finding in found] == ["ok", "failing", "failing", "off"]
    assert bot.did in found[0].detail
