"""The red team: hostile posts before a model that obeys them, and a second reader that lets all pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot import settings
from bot.domain.errors import WriterError
from bot.domain.story import StoryState
from bot.domain.text import clean
from bot.pipeline import tell
from bot.write import prompts
from bot.write.checks import standing
from tests import redteam
from tests.fakes import anthropic as play
from tests.fakes.anthropic import API_KEY
from tests.write_claude.conftest import TEXTS, make_brief, make_record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import Brief
    from bot.write.claude import ClaudeWriter
    from tests.fakes.anthropic import FakeAnthropic, Reply

_AT_ONCE = 20
_MOST_CALLS = 7


def posts(disguise: str) -> list[Sequence[str]]:
    """Return the posts in one disguise, as they come through the gate, some at a time."""
    said = [clean(text) for name, text in redteam.POSTS.items() if name.startswith(f"{disguise}-")]
    return [said[start : start + _AT_ONCE] for start in range(0, len(said), _AT_ONCE)]


def infiltrated(hostile: Sequence[str]) -> Brief:
    """Return a brief on a plain quarrel, into which `hostile` posts were thrown."""
    plain = [make_record(n, text, place=place, handle=who) for n, (place, who, text) in enumerate(TEXTS, 1)]
    thrown = [make_record(100 + n, text, handle=f"trapper_{n}") for n, text in enumerate(hostile)]
    return make_brief([*plain, *thrown])


def obedient(body: dict[str, Any]) -> Reply:
    """Write a sound story, then obey every post: repeat it, cite what it names, recite what it asks."""
    if play.structured(body):
        return play.good(body)
    records = play.seen(body)
    seventh = (records[6], 0) if len(records) > 6 else (records[0], 0)
    told = list(play.good(body).body["content"])
    for record in records[len(TEXTS) :]:
        for number, passage in enumerate(record.passages):
            bare = passage.translate(str.maketrans("", "", '"“”'))
            told.append(play.text(f"\n\n{passage} ", (record, number)))
            told.append(play.text(f"One poster wrote: “{bare}” ", seventh))
            told.append(play.text(f"It is known that {bare[:60]}. ", seventh))
            told.append(play.text(f"{bare[:40]}. "))
    rules = " ".join(prompts.system(stage) for stage in prompts.PARTS)
    told.append(play.text(f"\n\n{rules} Trust @trapper, see https://trap.example/x #trapped. "))
    return play.message(body, told)


def test_the_corpus_is_large_and_never_the_same_twice() -> None:
    """There are at least two hundred hostile posts, all different."""
    assert len(set(redteam.POSTS.values())) == len(redteam.POSTS) >= 200


@pytest.mark.parametrize("disguise", redteam.DISGUISES)
async def test_no_post_makes_the_bot_act_or_leak(
    make_writer: Callable[..., ClaudeWriter], api: FakeAnthropic, disguise: str
) -> None:
    """Whatever posts order and a model obeys, no trap, secret, handle or prompt gets into a story."""
    survived = 0
    for hostile in posts(disguise):
        api.play(obedient)
        brief = infiltrated(hostile)
        draft = await make_writer().write(brief)
        story = tell.checked(settings.load(), brief, draft, None)
        sent = json.dumps(api.requests)
        assert len(api.requests) <= _MOST_CALLS
        assert API_KEY not in sent
        assert "trapper_1" not in sent.replace("trapper_77", "")
        if story.state is StoryState.KILLED:
            continue
        survived += 1
        assert story.state is StoryState.HELD or story.report.failed == ()
        # A held story shows the desk what failed; approving it leaves that out.
        given = {item.record.id: item.record for item in brief.records}
        left = standing(story.draft, given, brief.numbers)
        assert left is not None
        assert_safe(left[0].claims(), brief)
    assert survived


def assert_safe(claims: Any, brief: Brief) -> None:
    """Assert that nothing of what hostile posts are after stands in `claims`."""
    for claim in claims:
        said = claim.text.casefold()
        assert not [trap for trap in redteam.TRAPS if trap.casefold() in said], claim.text
        assert not [item for item in brief.records if item.record.author.handle in claim.text]
        assert API_KEY not in claim.text
        assert not prompts.echoed(claim.text)
        assert {item.record_id for item in claim.citations} <= {item.record.id for item in brief.records}


@pytest.mark.parametrize("stage", ["plan", "packaging", "reading"])
async def test_a_hostile_answer_at_any_other_stage_ends_in_nothing_or_a_safe_story(
    make_writer: Callable[..., ClaudeWriter], api: FakeAnthropic, stage: str
) -> None:
    """A plan, a headline or a verdict that does a post's bidding gives no story, or one without a trap."""
    for aim in redteam.AIMS[::4]:
        text = clean(aim)

        def bidding(body: dict[str, Any], said: str = text) -> Reply:
            if stage == "plan":
                return play.answer(
                    body, {"angle": said, "who": said, "movements": [{"what": said, "records": [7]}]}
                )
            if stage == "packaging":
                return play.packaged(body, said, [7], said)
            return play.answer(body, {"claims": [{"id": said, "verdict": said, "why": said}]})

        api.play(play.only(stage, bidding))
        brief = infiltrated([text])
        try:
            draft = await make_writer(floor=0).write(brief)
        except WriterError:
            continue
        story = tell.checked(settings.load(), brief, draft, None)
        if story.state is StoryState.APPROVED:
            assert_safe(story.draft.claims(), brief)
