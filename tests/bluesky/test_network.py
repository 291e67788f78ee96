"""The network the other tests here stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.network import BlueskyNetwork


def test_a_thread_and_its_reply_reach_the_appview(network: BlueskyNetwork) -> None:
    """What one account posts another can answer, and the first is notified of it."""
    bot, ann = network.create_account("bot"), network.create_account("ann")
    root = bot.post("A story.")
    network.until(lambda: network.posts(root["uri"]))
    reply = ann.reply(root, "sources?")
    found = network.until(lambda: bot.get("app.bsky.notification.listNotifications")["notifications"])
    assert [note["uri"] for note in found] == [reply["uri"]]
