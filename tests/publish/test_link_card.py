"""The opening post on Bluesky and its link card: what a follower reads, and reads once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.card import Card
from bot.domain.publication import PublicationKind
from bot.publish.bluesky.plan import Planner
from bot.publish.port import Order
from tests.bluesky.story import BEATS, SITE, make_story

_NUMBERS = {"records": 1204.0, "authors": 312.0, "hours": 31.0, "expected": 40.0}


def _opening(card: Card | None, numbers: dict[str, float]) -> tuple[str, dict[str, Any]]:
    """Return the text of the opening post and its link card."""
    story = replace(make_story(), numbers=numbers)
    planner = Planner(bot_name="Groundswell", site_url=SITE, beat_names=BEATS)
    order = Order(PublicationKind.STORY, story, records={}, card=card)
    opening = planner.thread("did:plc:bot", order, datetime(2026, 3, 4, tzinfo=UTC))["writes"][0]["value"]
    return opening["text"], opening["embed"]["external"]


def test_the_headline_is_not_said_again_under_its_picture() -> None:
    """The text has headline and deck, the picture the headline; the card says how much and where it leads."""
    text, card = _opening(Card(b"png", "Old laptops"), _NUMBERS)
    draft = make_story().draft
    assert text.startswith(f"{draft.headline.text}\n\n{draft.deck.text}")
    assert card["title"] == "The whole story, with the posts behind each claim"
    assert card["description"] == "1,204 posts by 312 people in 31 hours. Usual: 40 a day"
    assert card["thumb"]["mimeType"] == "image/png"


def test_a_card_without_figures_or_picture_tells_the_story() -> None:
    """What there is no picture or no count for is told by headline and deck."""
    draft = make_story().draft
    assert _opening(Card(b"png", "Old laptops"), {})[1]["description"] == draft.deck.text
    _, card = _opening(None, _NUMBERS)
    assert (card["title"], card["description"]) == (draft.headline.text, draft.deck.text)
