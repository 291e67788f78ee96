"""Every way a call can fail has its reason and leaves the ledger in the right state."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.domain.budget import Caps
from bot.domain.errors import BudgetError, WriterError
from bot.domain.story import Claim, ClaimKind, Draft, Paragraph
from bot.write.fallback import FallbackWriter
from tests.fakes import anthropic as play
from tests.write_claude.conftest import ledger_rows, make_brief
from tests.write_claude.test_story import assert_well_formed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.brief import Brief
    from bot.store.engine import Store
    from bot.write.claude import ClaudeWriter
    from tests.fakes.anthropic import FakeAnthropic, Reply

KEPT, RETURNED, BILLED = "kept", "returned", "billed"


def state(row: Any) -> str:
    """Return what became of a reserve."""
    if row.settled is None:
        return KEPT
    return BILLED if row.settled else RETURNED


@pytest.mark.parametrize(
    ("script", "reason", "attempts", "ledger"),
    [
        (play.refusal, "refusal", 1, [BILLED]),
        (play.stopped("max_tokens"), "max_tokens", 1, [BILLED]),
        (play.stopped("model_context_window_exceeded"), "model_context_window_exceeded", 1, [BILLED]),
        (play.stopped("pause_turn"), "unfinished", 1, [BILLED]),
        (play.malformed, "malformed", 1, [KEPT]),
        (lambda body: play.message(body, []), "empty", 1, [BILLED]),
        (lambda body: play.message(body, [play.text(" ")]), "empty", 1, [BILLED]),
        (
            play.only("narrative", lambda body: play.message(body, [play.text("See https://a.example.")])),
            "empty", 2, [BILLED] * 2,
        ),
        (play.rate_limited, "unavailable", 3, [RETURNED] * 3),
        (play.overloaded, "unavailable", 3, [RETURNED] * 3),
        (play.broken, "unavailable", 3, [KEPT] * 3),
        (play.failure(400, "invalid_request_error"), "rejected", 1, [RETURNED]),
        (play.failure(404, "not_found_error"), "rejected", 1, [RETURNED]),
        (play.failure(403, "permission_error"), "credentials", 1, [RETURNED]),
        (play.spend_cap, "provider-cap", 1, [RETURNED]),
        (play.failure(402, "billing_error"), "provider-cap", 1, [RETURNED]),
    ],
)  # fmt: skip
async def test_failure_has_reason_and_ledger_state(
    make_writer: Callable[..., ClaudeWriter],
    store: Store,
    api: FakeAnthropic,
    script: Callable[[dict[str, Any]], Reply],
    reason: str,
    attempts: int,
    ledger: list[str],
) -> None:
    """A failure says why in one word; what may have been billed stays counted."""
    api.play(script)
    with pytest.raises(WriterError) as caught:
        await make_writer().write(make_brief())
    assert caught.value.reason == reason
    assert isinstance(caught.value, BudgetError) == (reason == "provider-cap")
    assert api.attempts == attempts
    assert [state(row) for row in await ledger_rows(store)] == ledger


STAGES = ("plan", "narrative", "packaging", "reading")


@pytest.mark.parametrize("stage", ["plan", "packaging", "reading"])
async def test_prose_for_json_is_a_failed_draft(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic, stage: str
) -> None:
    """A structured answer that is no JSON makes no draft; every call that was made stays billed."""
    api.play(play.only(stage, lambda body: play.message(body, [play.text("Sure! Here you are")])))
    with pytest.raises(WriterError) as caught:
        await make_writer().write(make_brief())
    assert caught.value.reason == "malformed"
    assert [state(row) for row in await ledger_rows(store)] == [BILLED] * (STAGES.index(stage) + 1)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("ending", ["refusal", "max_tokens", "model_context_window_exceeded"])
async def test_an_ending_is_an_outcome_at_every_stage(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic, stage: str, ending: str
) -> None:
    """A refusal or a cut at any stage ends the draft with its own word, which the ledger keeps too."""
    script = play.refusal if ending == "refusal" else play.stopped(ending)
    api.play(play.only(stage, script))
    draft = await FallbackWriter(make_writer(), _Plain()).write(make_brief())
    assert (draft.writer, draft.instead) == ("plain", ending)
    outcomes = sorted(row.outcome for row in await ledger_rows(store))
    assert outcomes == sorted(["end_turn"] * STAGES.index(stage) + [ending])


async def test_the_providers_cap_is_asked_once_a_day(
    make_writer: Callable[..., ClaudeWriter], api: FakeAnthropic
) -> None:
    """After the provider said that its own cap is reached, the next story does not ask it again."""
    api.play(play.spend_cap)
    for _ in range(2):
        with pytest.raises(BudgetError) as caught:
            await make_writer().write(make_brief())
        assert caught.value.reason == "provider-cap"
    assert api.attempts == 1


async def test_one_failure_is_retried_by_the_sdk(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic
) -> None:
    """A hiccup is healed by the SDK's own retry, and each attempt has its own reserve."""
    api.play(play.overloaded, play.good)
    await make_writer().write(make_brief())
    assert sorted(state(row) for row in await ledger_rows(store)) == [BILLED] * 4 + [RETURNED]


async def test_long_pause_is_not_waited_for(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic
) -> None:
    """A server that asks for an hour's patience gets none: the story is written otherwise."""
    api.play(play.failure(429, "rate_limit_error", headers={"retry-after-ms": "", "retry-after": "3600"}))
    with pytest.raises(WriterError) as caught:
        await make_writer().write(make_brief())
    assert caught.value.reason == "unavailable"
    assert api.attempts == 1
    assert [state(row) for row in await ledger_rows(store)] == [RETURNED]


async def test_timeout_keeps_the_reserve(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic
) -> None:
    """A call that got no answer in time may have been billed, so its reserve stays counted."""
    api.play(play.slow(0.6))
    with pytest.raises(WriterError) as caught:
        await make_writer(timeout=0.2, retries=0).write(make_brief())
    assert caught.value.reason == "unavailable"
    assert [state(row) for row in await ledger_rows(store)] == [KEPT]


async def test_nobody_there_costs_nothing(make_writer: Callable[..., ClaudeWriter], store: Store) -> None:
    """A request that was never sent gives its reserve back."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(WriterError) as caught:
        await make_writer(base_url=f"http://127.0.0.1:{port}", retries=0).write(make_brief())
    assert caught.value.reason == "unavailable"
    assert [state(row) for row in await ledger_rows(store)] == [RETURNED]


async def test_wrong_key_never_shows(
    make_writer: Callable[..., ClaudeWriter], caplog: Any, capsys: Any
) -> None:
    """A key that the endpoint turns away stands in no error and in no log."""
    with pytest.raises(WriterError) as caught:
        await make_writer(key="sk-secret-and-wrong").write(make_brief())
    assert caught.value.reason == "credentials"
    printed = capsys.readouterr()
    assert caught.value.__cause__ is None
    assert (
        "sk-secret"
        not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text} {printed.out} {printed.err}"
    )


async def test_cap_stops_before_the_call(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic
) -> None:
    """When the worst case would pass the cap, nothing is sent and nothing is promised."""
    with pytest.raises(BudgetError) as caught:
        await make_writer(caps=Caps.from_dollars(daily=0.001, monthly=30)).write(make_brief())
    assert caught.value.reason == "budget"
    assert api.attempts == 0
    assert await ledger_rows(store) == []


@pytest.mark.parametrize(
    "counts",
    [
        None,
        "plenty",
        [],
        {},
        play.usage(input_tokens=-5),
        play.usage(output_tokens=None),
        play.usage(output_tokens="12"),
        play.usage(input_tokens=True),
        play.usage(cache_read_input_tokens=-(10**9)),
        play.usage(output_tokens=1.5),
        play.usage(input_tokens=0, output_tokens=0),
        play.usage(input_tokens=0),
        play.usage(output_tokens=0),
    ],
)
async def test_unbelievable_usage_keeps_the_reserve(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic, counts: Any
) -> None:
    """A usage that cannot be true frees no money."""
    api.play(play.billed(counts))
    await make_writer().write(make_brief())
    assert [state(row) for row in await ledger_rows(store)] == [KEPT] * 4


async def test_huge_usage_is_counted_whole(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic
) -> None:
    """A bill above the reserve counts in full, and the next call finds no room."""
    api.play(play.billed(play.usage(output_tokens=10**30)))
    with pytest.raises(BudgetError):
        await make_writer().write(make_brief())
    rows = await ledger_rows(store)
    assert len(rows) == 1
    assert rows[0].settled > 2_000_000


@pytest.mark.parametrize("stage", STAGES)
async def test_reply_cut_at_any_class_of_byte_is_no_draft(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic, stage: str
) -> None:
    """A reply that breaks off, be it inside a character or an escape, is malformed and keeps its reserve."""
    for where in play.CUTS:
        api.play(play.only(stage, play.cut(where)))
        with pytest.raises(WriterError) as caught:
            await make_writer(caps=Caps(10**12, 10**12)).write(make_brief())
        assert caught.value.reason == "malformed", where
    rows = await ledger_rows(store)
    assert {state(row) for row in rows if row.stage == stage} == {KEPT}


@pytest.mark.parametrize("stage", STAGES)
async def test_reply_in_another_encoding_is_no_draft(
    make_writer: Callable[..., ClaudeWriter], store: Store, api: FakeAnthropic, stage: str
) -> None:
    """A reply that is no UTF-8 is malformed, is paid once and is not asked for again."""
    api.play(play.only(stage, play.garbled))
    with pytest.raises(WriterError) as caught:
        await make_writer().write(make_brief())
    assert caught.value.reason == "malformed"
    assert [state(row) for row in await ledger_rows(store) if row.stage == stage] == [KEPT]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_POINTER = st.fixed_dictionaries(
    {"type": st.just("search_result_location") | _JSON},
    optional={
        "search_result_index": st.integers(-2, 8) | _JSON,
        "start_block_index": st.integers(-2, 5) | _JSON,
        "end_block_index": st.integers(-2, 5) | _JSON,
        "source": st.sampled_from([f"record {n} https://talk.example/{n}" for n in range(1, 7)]) | _JSON,
        "cited_text": _JSON,
    },
)
_WORDS = st.text(max_size=60) | st.sampled_from([
    "He said “I moved my notes. ", "It took ”four hours” and 48 records. ", 'The user finn_o said "no". ',
    "http:\u200b//trap.example ", "Kilnwise @\u2060x won. \u202e#one ", "\n\n- **A**: <b>x</b> [7] \x00 ",
    "\ud800.",
])  # fmt: skip
_BLOCK = st.fixed_dictionaries(
    {"type": st.just("text") | st.sampled_from(["thinking", "tool_use"]), "text": _WORDS},
    optional={"citations": st.none() | st.lists(_POINTER, max_size=3)},
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.lists(_BLOCK, max_size=4) | _JSON, headline=_WORDS, markers=_JSON | st.lists(st.integers()))
async def test_any_reply_is_a_sound_draft_or_a_writer_error(
    make_writer: Callable[..., ClaudeWriter], api: FakeAnthropic, content: Any, headline: str, markers: Any
) -> None:
    """Whatever the endpoint returns, the outcome is a well-formed draft or a WriterError."""

    def script(body: dict[str, Any]) -> Reply:
        front = {
            "headline": {"text": headline, "records": markers},
            "deck": {"text": headline, "records": []},
        }
        if play.stage(body) == "packaging":
            return play.message(body, [{"type": "text", "text": json.dumps(front)}])
        if play.structured(body):
            return play.good(body)
        return play.message(body, content, usage=play.usage())

    api.play(script)
    brief = make_brief()
    try:
        draft = await make_writer(caps=Caps(10**12, 10**12)).write(brief)
    except WriterError:
        return
    assert_well_formed(draft, brief)


class _Plain:
    """A second writer that always has a draft."""

    name = "plain"

    async def write(self, brief: Brief) -> Draft:
        """Return the same draft for any brief."""
        claim = Claim("headline", ClaimKind.ANALYSIS, brief.storyline.label)
        return Draft(claim, claim, (Paragraph((claim,)),), writer=self.name)


@pytest.mark.parametrize("script", [play.refusal, play.spend_cap, play.malformed, play.rate_limited])
async def test_fallback_writes_instead(
    make_writer: Callable[..., ClaudeWriter],
    api: FakeAnthropic,
    script: Callable[[dict[str, Any]], Reply],
) -> None:
    """When Claude has no draft the second writer writes, and the draft says so."""
    api.play(script)
    draft = await FallbackWriter(make_writer(), _Plain()).write(make_brief())
    assert (draft.writer, draft.model) == ("plain", None)


async def test_refusal_is_asked_once(make_writer: Callable[..., ClaudeWriter], api: FakeAnthropic) -> None:
    """A refusal is not tried again."""
    api.play(play.refusal, play.good)
    await FallbackWriter(make_writer(), _Plain()).write(make_brief())
    assert api.attempts == 1


async def test_fallback_leaves_a_good_draft_alone(make_writer: Callable[..., ClaudeWriter]) -> None:
    """With a draft by Claude the second writer is not used."""
    draft = await FallbackWriter(make_writer(), _Plain()).write(make_brief())
    assert draft.writer == "claude"


def test_key_is_not_in_repr(make_writer: Callable[..., ClaudeWriter]) -> None:
    """The writer never shows its key."""
    assert "sk-fictional" not in repr(vars(make_writer()))
    assert isinstance(vars(make_writer())["_access"]["api_key"], SecretStr)
