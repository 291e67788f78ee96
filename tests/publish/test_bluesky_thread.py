"""A thread as it is frozen for Bluesky: its order and its limits, and what a follower reads of it first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.card import Card
from bot.domain.errors import PublishError
from bot.domain.publication import PublicationKind
from bot.publish.bluesky import records
from bot.publish.bluesky.plan import Planner
from bot.publish.port import Order
from bot.write.thread import HINT
from tests.bluesky.story import BEATS, SITE, make_story

_NOW = datetime(2026, 3, 4, tzinfo=UTC)
_NUMBERS = {"records": 1204.0, "authors": 312.0, "hours": 31.0, "expected": 40.0}


def _posts(
    card: Card | None = None, numbers: dict[str, float] | None = None, site: str = SITE
) -> list[dict[str, Any]]:
    """Return the posts of a story's thread as writes."""
    story = replace(make_story(), numbers=numbers or {})
    planner = Planner(bot_name="Groundswell", site_url=site, beat_names=BEATS)
    order = Order(PublicationKind.STORY, story, records={}, card=card)
    writes = planner.thread("did:plc:bot", order, _NOW)["writes"]
    return [write for write in writes if write["collection"] == records.POST]


def _opening(card: Card | None, numbers: dict[str, float]) -> tuple[str, dict[str, Any]]:
    """Return the text of the opening post and its link card."""
    opening = _posts(card, numbers)[0]["value"]
    return opening["text"], opening["embed"]["external"]


def test_each_post_is_under_the_one_before_and_a_millisecond_later() -> None:
    """Feeds sort by the moment, clients by the parent; keys grow as well, and every post has its language."""
    posts = _posts()
    moments = [datetime.fromisoformat(post["value"]["createdAt"]) for post in posts]
    assert moments == [_NOW + timedelta(milliseconds=place) for place in range(6)]
    assert [post["rkey"] for post in posts] == sorted({post["rkey"] for post in posts})
    for above, below in pairwise(posts):
        reply = below["value"]["reply"]
        assert reply["root"]["cid"] == posts[0]["cid"]
        assert reply["parent"] == {
            "uri": f"at://did:plc:bot/{records.POST}/{above['rkey']}",
            "cid": above["cid"],
        }
    assert {tuple(post["value"]["langs"]) for post in posts} == {("en",)}


@pytest.mark.parametrize("most", ["a" * 300, "\N{FAMILY}\N{COMBINING ACUTE ACCENT}" * 300])
def test_a_post_has_three_hundred_characters_as_people_count_them(most: str) -> None:
    """What is longer, in characters or in bytes, is refused before anything is sent."""
    assert records.post(most, at=_NOW)["text"] == most
    for longer in (most + "a", "a" * 299 + "a" + "\N{COMBINING ACUTE ACCENT}" * 1400):
        with pytest.raises(PublishError, match="longer than") as caught:
            records.post(longer, at=_NOW)
        assert caught.value.conflict


@pytest.mark.parametrize("more", range(0, 120, 7))
def test_the_last_post_always_has_a_hashtag(more: int) -> None:
    """However long the address of the site, disclaimer, hint and a hashtag of the beat stand in it."""
    site = f"https://news{'s' * more}.example"
    last = _posts(site=site)[-1]["value"]
    live = [facet["features"][0] for facet in last["facets"]]
    assert "It may contain inaccuracies." in last["text"]
    assert HINT in last["text"]
    assert [it for it in live if it["$type"].endswith("#tag")]
    assert bool([it for it in live if it["$type"].endswith("#link")]) == (site in last["text"])


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
