"""A story for the network's tests, and what a bot needs to publish it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.domain.clock import SystemClock
from bot.domain.publication import Publication, PublicationKind, PublicationState, publication_id
from bot.domain.story import Citation, Claim, ClaimKind, Draft, Paragraph, Story, StoryState
from bot.publish.card import Press
from bot.publish.port import Order
from bot.store import signals
from tests.store import house

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.domain.clock import Clock
    from bot.domain.record import Record
    from bot.publish.bluesky.channel import BlueskyChannel
    from bot.publish.bluesky.session import Account as BotAccount
    from bot.store.engine import Store
    from tests.network import Account

SITE = "https://groundswell.example"
NOWHERE = "http://127.0.0.1:1"
"""The address of a server that is down."""
BEATS = {"open-source": "Open source"}
_SENTENCES = (
    "Hobbyists with laptops from 2016 say that the Heron weights run on them, slowly but without a crash.",
    "“It answers while I make tea”, writes one of them, who took the memory out of a broken machine for it.",
    "The licence is what the others ask about: whether a school may use the weights was asked eleven times.",
    "Nobody who speaks for the makers answered in the thread, which has been open since early on Sunday.",
)


def make_story(number: int = 1, *, paragraphs: int = 4, cited: Sequence[Record] = ()) -> Story:
    """Return story number `number`; with four paragraphs its thread has six posts."""
    marks = tuple(Citation(place, record.id, record.text) for place, record in enumerate(cited, 1))
    body = tuple(
        Paragraph(
            (
                Claim(f"c{2 * place + 3}", ClaimKind.COHORT, _SENTENCES[place % 4], marks),
                Claim(f"c{2 * place + 4}", ClaimKind.ANALYSIS, _SENTENCES[(place + 1) % 4], marks[:1]),
            )
        )
        for place in range(paragraphs)
    )
    draft = Draft(
        headline=Claim("c1", ClaimKind.ANALYSIS, f"Old laptops, new weights, part {number}"),
        deck=Claim("c2", ClaimKind.ANALYSIS, "What hobbyists make of Heron, and what they ask."),
        paragraphs=body,
        writer="extractive",
    )
    return house.make_story(cited, id=f"heron-{number}", draft=draft)


def make_account(account: Account, folder: Path, clock: Clock | None = None, **other: Any) -> BotAccount:
    """Return the bot's side of an account of the network; `other` replaces parts of it."""
    from bot.publish.bluesky.session import Account as BotAccount  # noqa: PLC0415 - its SDK takes seconds

    parts: dict[str, Any] = {
        "handle": account.handle,
        "password": SecretStr(account.password),
        "service": account.network.pds_url,
        "folder": folder,
        "clock": clock or SystemClock(),
    }
    return BotAccount(**parts | other)


def make_channel(account: BotAccount) -> BlueskyChannel:
    """Return the channel of an account."""
    from bot.publish.bluesky.channel import BlueskyChannel  # noqa: PLC0415 - as above

    return BlueskyChannel(account, bot_name="Groundswell", site_url=SITE, beat_names=BEATS)


def make_press() -> Press:
    """Return what makes the pictures of the stories."""
    return Press(bot_name="Groundswell", beat_names=BEATS)


async def planned(channel: BlueskyChannel, story: Story, **order: Any) -> Publication:
    """Return the story planned for the channel; `order` says more of what is to be planned."""
    now = SystemClock().now()
    parts: dict[str, Any] = {"kind": PublicationKind.STORY, "story": story, "records": {}}
    whole = Order(**parts | order)
    return Publication(
        id=publication_id(story.id, story.version, "bluesky", whole.kind),
        story_id=story.id,
        version=story.version,
        channel="bluesky",
        state=PublicationState.PLANNED,
        content=await channel.plan(whole, now),
        planned_at=now,
        kind=whole.kind,
        card=whole.card,
    )


async def put_approved(store: Store, *numbers: int) -> list[Story]:
    """Put approved stories into an empty store."""
    put = []
    async with store.write() as connection:
        said = await house.furnish(connection)
        for number in numbers:
            signal_id = f"heron-{number}"
            await signals.add(connection, house.make_signal(id=signal_id))
            story = replace(make_story(number, cited=said), signal_id=signal_id)
            story = await house.put(connection, story, StoryState.APPROVED)
            put.append(story)
    return put
