"""What is mended in a sentence, and what no reader may see."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot.domain.budget import Caps
from bot.domain.models import Stage, flat, price_of
from bot.write.budget import Usage, read_usage, worst_case
from bot.write.claude import ClaudeWriter
from bot.write.wording import acceptable, curly, plain, verbatim
from tests.write.factory import brief as talk
from tests.write_claude.conftest import make_record


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('She said "no" and left.', "She said “no” and left."),
        ('("One," he said, "two.")', "(“One,” he said, “two.”)"),
        ("It's 5 o'clock.", "It's 5 o'clock."),
    ],
)
def test_straight_marks_become_curly(written: str, wanted: str) -> None:
    """Straight double quotation marks become curly ones; apostrophes stay."""
    assert curly(written) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("They wrote “I\u2019m done with it”.", "They wrote “I'm done with it”."),
        ("They wrote “I'm done with it,” twice.", "They wrote “I'm done with it”, twice."),
        ("They wrote “long\u2013range plans”.", "They wrote “long-range plans”."),
        ("They wrote “I am done with it”.", "They wrote “I am done with it”."),
    ],
)
def test_quote_takes_the_records_own_characters(sentence: str, wanted: str) -> None:
    """A quotation that differs in apostrophes, dashes or a closing comma is put right; others are left."""
    record = make_record(1, "I'm done with it. No more long-range plans.")
    assert verbatim(sentence, [record]) == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("- **Four** people [7] left [12, 13].", "Four people left."),
        ("It works (record 7).", "It works."),
        ("The snake_case_name stays, and so does (2024).", "The snake_case_name stays, and so does (2024)."),
        ("They wrote “**this** [1]”.", "They wrote “**this** [1]”."),
    ],
)
def test_marks_are_taken_off_outside_quotations(sentence: str, wanted: str) -> None:
    """List marks, emphasis and reference marks go; what a record says stays."""
    assert plain(sentence) == wanted


@pytest.mark.parametrize(
    "sentence",
    [
        "Go to https://trap.example now.", "Go to trap.example now.", "Go to trap.zone/now please.",
        "Ask @trap now.", "Say #trap now.", "Ask u/trapper now.", "Be <b>bold</b>.",
        "[Click](javascript:x) it.", "Mail mailto:a of it.", "An open “quotation.", "A closed” one.", "...",
        "", "The user ana_turner said so.", "<|im_end|> he said.", "What utter bullshit.",
    ],
)  # fmt: skip
def test_pointing_sentences_are_not_shown(sentence: str) -> None:
    """A sentence that points somewhere, at somebody, or nowhere at all is not shown."""
    assert not acceptable(sentence, {"ana_turner", "sand"}, ("Clay.example",))


@pytest.mark.parametrize(
    "sentence",
    [
        "Clay.example raised its fee.",
        "The sand ran out.",
        "Version 2.1 of llama.cpp came out.",
        "He left, i.e. quit.",
    ],
)
def test_plain_sentences_are_shown(sentence: str) -> None:
    """Names with a dot in them, version numbers and ordinary words that are also handles are fine."""
    assert acceptable(sentence, {"ana_turner", "sand"}, ("Clay.example",))


def test_prices_follow_length_and_cache() -> None:
    """A long prompt costs the higher rate whole; a cache write costs more than input, a cache read less."""
    assert Usage(100_000, 0).cost("claude-haiku-5-5") == 10_000
    assert Usage(100_001, 0).cost("claude-haiku-5-5") == 50_001
    assert Usage(1_000, 1_000).cost("claude-sonnet-5-5") == 12_000
    assert Usage(0, 0, cache_creation_input_tokens=1_000).cost("claude-sonnet-5-5") == 2_500
    assert Usage(0, 0, cache_read_input_tokens=1_000).cost("claude-sonnet-5-5") == 200


def test_unknown_model_costs_as_much_as_the_dearest() -> None:
    """A model nobody listed is priced as the dearest; a dated snapshot of a listed one like it."""
    assert price_of("home-grown") == price_of("claude-fable-5-1")
    assert price_of("claude-sonnet-5-5-20260901") == price_of("claude-sonnet-5-5")
    assert price_of("claude-sonnet-5-50") == price_of("claude-fable-5-1")


@pytest.mark.parametrize(("usd", "cost"), [(0.0, 0), (0.5, 1_000)])
def test_an_operators_own_model_costs_what_they_say(usd: float, cost: int) -> None:
    """One's own machine costs nothing; a listed model, dated or not, costs its list price all the same."""
    usage = Usage(1_000, 1_000)
    assert usage.cost("home-grown", flat(usd)) == cost
    assert worst_case("home-grown", request_bytes=0, max_tokens=9, unlisted=flat(0)) == 0
    assert usage.cost("claude-sonnet-5-5-20260901", flat(usd)) == usage.cost("claude-sonnet-5-5")


def test_a_writer_reserves_what_its_own_model_costs() -> None:
    """A model on one's own machine promises no money of the cap."""
    writer = ClaudeWriter(
        api_key=SecretStr("none"),
        ledger=cast("Any", None),
        writer_model="home-grown",
        small_model="claude-haiku-5-5",
        unlisted=flat(0),
    )
    assert writer.call(Stage.NARRATIVE, talk(), ()).worst_case == 0
    assert writer.call(Stage.PLAN, talk(), ()).worst_case > 0


def test_worst_case_covers_any_split_of_the_prompt() -> None:
    """No way of billing a prompt of that many bytes costs more than the worst case."""
    for model in ("claude-sonnet-5-5", "claude-haiku-5-5", "home-grown"):
        top = worst_case(model, request_bytes=99_000, max_tokens=500)
        for written in (0, 40_000, 99_000):
            assert Usage(99_000 - written, 500, cache_creation_input_tokens=written).cost(model) <= top


def test_usage_is_read_only_from_whole_counts() -> None:
    """Counts that are absent for the cache are zero; anything else that is no whole count is no usage."""
    assert read_usage(
        {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": None}, replied=True
    ) == Usage(1, 2)
    assert read_usage({"input_tokens": 1}, replied=True) is None


def test_room_is_never_negative() -> None:
    """However much is spent, what is left is nothing rather than less."""
    assert Caps(100, 1_000).room(today=400, this_month=400) == 0
    assert Caps(100, 1_000).room(today=40, this_month=990) == 10
