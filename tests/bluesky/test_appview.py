"""Who may be quoted, and which posts still stand, asked of the real network software."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect import appview
from bot.collect.appview import AppView
from bot.collect.http import open_fetcher
from bot.domain.errors import SourceError
from bot.settings import load
from tests.bluesky.answers.readers import bluesky_record
from tests.bluesky.story import make_account
from tests.collect.loopback import NEARBY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from bot.collect.http import Fetcher
    from tests.network import Account, BlueskyNetwork

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HIDE = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
BOT = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    """Give a fetcher that may reach the test network."""
    async with open_fetcher(load(), network=NEARBY) as opened:
        yield opened


@pytest.fixture(scope="module")
def people(network: BlueskyNetwork) -> dict[str, Account]:
    """Give people who say different things about being quoted."""
    said: dict[str, Callable[[Account], object]] = {
        "plain": lambda one: _profile(one, description="I run models on old laptops. #nobridge #noaiart"),
        "robot": lambda one: _profile(one, labels=BOT),
        "hidden": lambda one: _profile(one, labels=HIDE),
        "nobot": lambda one: _profile(one, description="Birds mostly. #NoBot please"),
        "noai": lambda one: _profile(one, displayName="Noor #noai"),
        "declared": lambda one: _declare(one, allow=False),
        "allows": lambda one: _declare(one, allow=True),
        "undecided": _declare,
    }
    made = {name: network.create_account(name) for name in said}
    for name, say in said.items():
        say(made[name])
    network.until(lambda: _shown(network, made["hidden"])["labels"])
    network.until(lambda: "#NoBot" in _shown(network, made["nobot"])["description"])
    network.until(lambda: "#noai" in _shown(network, made["noai"])["displayName"])
    return made


def _profile(one: Account, **fields: object) -> None:
    one.create("app.bsky.actor.profile", {"$type": "app.bsky.actor.profile", **fields}, "self")


def _declare(one: Account, **allow: bool) -> None:
    wish = {**allow, "updatedAt": "2026-03-01T12:00:00Z"}
    kind = "org.user-intents.declaration"
    one.create(
        kind, {"$type": kind, "updatedAt": wish["updatedAt"], "syntheticContentGeneration": wish}, "self"
    )


def _shown(network: BlueskyNetwork, one: Account) -> Any:
    return network.call("app.bsky.actor.getProfile", service=network.appview_url, actor=one.did)


def _public(network: BlueskyNetwork, fetcher: Fetcher) -> AppView:
    return AppView(fetcher, public=network.appview_url, directory=network.plc)


EXPECTED: Mapping[str, str | None] = {
    "plain": None,
    "robot": None,
    "hidden": appview.HIDDEN,
    "nobot": appview.SAID,
    "noai": appview.SAID,
    "declared": appview.DECLARED,
    "allows": None,
    "undecided": None,
}


async def test_what_people_say_is_heard(
    network: BlueskyNetwork, fetcher: Fetcher, people: dict[str, Account]
) -> None:
    """A hidden profile, a word in it or a declaration refuses; the likes of them do not; nor does silence."""
    dids = {one.did: name for name, one in people.items()}
    said = await _public(network, fetcher).refusals(list(dids), NOW)
    assert {dids[did]: refusal for did, refusal in said.items()} == EXPECTED


async def test_who_is_unknown_to_the_network_is_not_quoted(network: BlueskyNetwork, fetcher: Fetcher) -> None:
    """An account that is gone, and an id that is none, count as refusing, and spoil nothing for others."""
    strangers = ["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "somebody", "did:plc:no way"]
    said = await _public(network, fetcher).refusals(strangers, NOW)
    assert said == dict.fromkeys(strangers, appview.AWAY)


async def test_a_block_is_seen_by_the_account_that_is_blocked(
    network: BlueskyNetwork, fetcher: Fetcher, tmp_path: Path
) -> None:
    """Whoever blocks the bot, or is blocked by it, is not quoted, as the bot's own account sees."""
    bot, angry, foe, calm = [await asyncio.to_thread(network.create_account, f"b{n}") for n in range(4)]

    def block(one: Account, other: Account) -> None:
        at = "2026-03-01T12:00:00Z"
        one.create(
            "app.bsky.graph.block", {"$type": "app.bsky.graph.block", "subject": other.did, "createdAt": at}
        )

    await asyncio.to_thread(block, angry, bot)
    await asyncio.to_thread(block, bot, foe)
    for other in (angry, foe):
        await asyncio.to_thread(
            network.until,
            lambda other=other: (
                {"blockedBy", "blocking"}
                & {k for k, v in bot.get("app.bsky.actor.getProfile", actor=other.did)["viewer"].items() if v}
            ),
        )
    account = make_account(bot, tmp_path)
    view = AppView(fetcher, ask=account.query, directory=network.plc)
    said = await view.refusals([angry.did, foe.did, calm.did], NOW)
    await account.close()
    assert said == {angry.did: appview.BLOCKED, foe.did: appview.BLOCKED, calm.did: None}


async def test_whose_server_is_away_is_left_out(
    network: BlueskyNetwork, fetcher: Fetcher, people: dict[str, Account]
) -> None:
    """When a person's own server cannot be asked what they declared, nothing is said about them."""
    view = AppView(fetcher, public=network.appview_url, directory="http://127.0.0.1:9")
    plain, hidden = people["plain"].did, people["hidden"].did
    assert await view.refusals([plain, hidden], NOW) == {hidden: appview.HIDDEN}


async def test_an_appview_that_is_away_is_an_error(fetcher: Fetcher, people: dict[str, Account]) -> None:
    """Without the AppView nobody is judged and nothing is taken for gone."""
    view = AppView(fetcher, public="http://127.0.0.1:9")
    with pytest.raises(SourceError):
        await view.refusals([people["plain"].did], NOW)
    with pytest.raises(SourceError):
        await view.recheck(
            [bluesky_record(people["plain"], {"uri": "at://x/app.bsky.feed.post/3k"}, "x")], NOW
        )


@pytest.mark.parametrize("account", [True, False])
async def test_a_deleted_post_is_gone(
    network: BlueskyNetwork,
    fetcher: Fetcher,
    people: dict[str, Account],
    tmp_path: Path,
    account: bool,  # noqa: FBT001 - two cases
) -> None:
    """Of thirty posts the one that was deleted is gone, whether an account or the public asks."""
    ann = people["plain"]

    def post() -> list[dict[str, str]]:
        made = [ann.post(f"Heron note {number}") for number in range(30)]
        network.until(lambda: network.posts(*(one["uri"] for one in made[:25])))
        network.until(lambda: network.posts(*(one["uri"] for one in made[25:])))
        ann.delete(made[7]["uri"])
        network.until(lambda: not network.posts(made[7]["uri"]))
        return made

    made = await asyncio.to_thread(post)
    own = make_account(people["allows"], tmp_path)
    view = AppView(fetcher, ask=own.query) if account else _public(network, fetcher)
    cited = [bluesky_record(ann, one, "a note") for one in made]
    assert await view.recheck(cited, NOW) == (cited[7].id,)
    await own.close()
