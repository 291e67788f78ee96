"""Account farms: nearly the same text, within minutes, by accounts heard on nothing else; else it is talk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.farm import Post, at_once, farmed, wording
from tests.factory import NOON
from tests.pipeline import week

_SPUN = "Everybody is sleeping on Zentra. The agent trades and rewards you every hour, access closes {}"
_MINUTE = timedelta(minutes=1)


def _posts(
    texts: list[str], *, apart: timedelta = _MINUTE, links: tuple[str, ...] = ("https://zentra.example/join",)
) -> list[Post]:
    return [
        Post(f"fictional:{n}", NOON + n * apart, f"fictional:post-{n}", links, *wording(text))
        for n, text in enumerate(texts)
    ]


def _spun(number: int) -> list[str]:
    return [_SPUN.format(word) for word in ("today", "tonight", "soon", "early", "late", "now")[:number]]


def _found(posts: list[Post], known: frozenset[str] = frozenset()) -> frozenset[str]:
    return farmed(at_once(posts), known)


def test_spun_texts_within_minutes_are_a_farm() -> None:
    """Six accounts that say nearly the same with one link, a minute apart, are named."""
    assert _found(_posts(_spun(6))) == {f"fictional:{n}" for n in range(6)}


def test_spun_texts_that_link_nowhere_are_a_farm() -> None:
    """They have words in a row in common, whatever else was swapped."""
    assert len(_found(_posts(_spun(6), links=()))) == 6


@pytest.mark.parametrize(
    "posts",
    [
        _posts(_spun(4)),
        _posts(_spun(4), links=()),
        _posts([f"The model writes good notes {n}" for n in range(6)], links=()),
        _posts(
            [
                f"> {_SPUN}\n{said}"
                for said in (
                    "Who pays for all of that, then?",
                    "My uncle fell for this and lost the deposit.",
                    "Reported, third one this morning.",
                    "There is no such agent, read the terms.",
                    "Sleeping on it sounds like the safer choice.",
                    "They said the same about the last one.",
                )
            ],
            links=(),
        ),
        _posts(_spun(6), apart=timedelta(minutes=11)),
        _posts(
            [
                "Finally somebody compares rents before and after.",
                "Read the second table, it contradicts the headline.",
                "My landlord features in this, believe it or not.",
                "Paywalled, does anybody have a summary?",
                "Good reporting, shame about the title.",
                "Their method looks sound to me as a statistician.",
            ]
        ),
    ],
)
def test_talk_is_no_farm(posts: list[Post]) -> None:
    """A handful, a slow repetition, and many people with words of their own on one link are left alone."""
    assert _found(posts) == frozenset()


def test_accounts_heard_on_other_matters_are_no_farm() -> None:
    """Who speaks of other things too is no farm's account, whatever they all repeat."""
    assert _found(_posts(_spun(6)), frozenset({"fictional:0", "fictional:1"})) == frozenset()


def test_the_farm_of_the_week_is_named_and_nobody_else() -> None:
    """Of the fictional week most accounts of the farm are named, and no account of a matter that is talk."""
    for key, low, high in (("farm-zentra", 30, 40), ("juniper-pricing", 0, 0), ("solace-memory", 0, 0)):
        posts = [Post(r.author_key, r.created_at, r.id, r.links, *wording(r.words)) for r in week.matter(key)]
        assert low <= len(_found(posts)) <= high
