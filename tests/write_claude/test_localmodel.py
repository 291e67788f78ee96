"""A model that only fills in forms: what the script brings home from it is a draft to be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.localmodel_script import script
from bot.write.checks import check
from tests.write_claude.conftest import make_brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.write.claude import ClaudeWriter
    from tests.fakes.anthropic import FakeAnthropic


def _filled(form: dict[str, Any]) -> Any:
    if "enum" in form:
        return form["enum"][0]
    if form["type"] == "object":
        return {key: _filled(part) for key, part in form["properties"].items()}
    if form["type"] == "array":
        return [_filled(form["items"])] * form["minItems"]
    return "Nine thousand potters quit on Tuesday."


async def test_what_a_model_invents_arrives_as_claims_and_fails(
    api: FakeAnthropic, make_writer: Callable[..., ClaudeWriter]
) -> None:
    """Each invented sentence becomes a claim that points at a record which was sent, and fails a check."""
    api.play(script(lambda _instructions, _material, form: _filled(form)))
    brief = make_brief()
    draft = await make_writer().write(brief)
    report = check(draft, {item.record.id: item.record for item in brief.records}, brief.numbers)
    claims = list(draft.claims())
    assert len(claims) == 2 + 9
    assert all(claim.citations for claim in claims)
    assert {claim.id for claim in claims} <= {row.claim_id for row in report.failed}
