"""The Claude writer: a plan, a narrative with native citations, headline and deck, and a second reading.

A small model plans, packages and reads; a larger one writes. If too little of a story stands, it goes back
once with what was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.errors import WriterError
from bot.domain.models import DEAREST, Price, Stage
from bot.domain.story import INJECTED, Draft
from bot.write import plan, prompts, second_reading
from bot.write.checks import check, prune
from bot.write.messages import Call, line
from bot.write.reading import Package, Reader
from bot.write.reply import structured
from bot.write.request import PACKAGE_SCHEMA, desk_note, finished_story, prepare, search_results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import SecretStr

    from bot.domain.brief import Brief
    from bot.domain.record import Record
    from bot.domain.story import Claim, Report
    from bot.write.budget import Ledger
    from bot.write.messages import Line
    from bot.write.reply import Block
    from bot.write.request import SentRecord

_ATTEMPTS = 2
_FRONT = frozenset({"headline", "deck"})


class ClaudeWriter:
    """Writes with Claude, or with anything that speaks the Messages API at `base_url`.

    A draft of which less than `floor` per cent stands goes back once. A model without a list price costs
    `unlisted`. `retries` and `timeout` (seconds) are
    the SDK's, per HTTP attempt.
    """

    name = "claude"

    def __init__(
        self,
        *,
        api_key: SecretStr,
        ledger: Ledger,
        writer_model: str,
        small_model: str,
        floor: int = 90,
        base_url: str | None = None,
        unlisted: Price = DEAREST,
        retries: int = 2,
        timeout: float = 180.0,
    ) -> None:
        self._access: dict[str, Any] = {
            "api_key": api_key,
            "ledger": ledger,
            "base_url": base_url,
            "retries": retries,
            "timeout": timeout,
        }
        self._writer_model = writer_model
        self._small_model = small_model
        self._floor = floor
        self._unlisted = unlisted
        self._prompt_version = prompts.version()

    async def write(self, brief: Brief) -> Draft:
        """Return a draft on `brief`, read a second time.

        Raises BudgetError at a cap ("budget" for ours, "provider-cap" for the provider's), else WriterError
        with reason "unavailable" (worth another try later), "rejected", "credentials", or what was
        wrong with the reply: "refusal", "max_tokens", "model_context_window_exceeded", "unfinished",
        "malformed", "empty", "unusable".
        """
        sent = prepare(brief)
        if not sent:
            msg = "the brief holds no record to write from"
            raise WriterError(msg, reason="empty")
        async with line(**self._access) as open_line:
            return await Session(self, open_line, brief, sent).story()

    def call(
        self,
        stage: Stage,
        brief: Brief,
        content: Sequence[Mapping[str, Any]],
        schema: Mapping[str, Any] | None = None,
    ) -> Call:
        """Return the call for `stage`."""
        model = self._writer_model if stage is Stage.NARRATIVE else self._small_model
        # The same bytes for every story: the provider keeps them ready.
        system = [{"type": "text", "text": prompts.system(stage), "cache_control": {"type": "ephemeral"}}]
        return Call(stage, brief.signal.id, model, system, content, schema, self._unlisted)

    def short_of(self, draft: Draft, report: Report, records: Mapping[str, Record]) -> bool:
        """Tell whether too little of `draft` stands for it to be published."""
        return report.fidelity < self._floor or prune(draft, report, records) is None

    def draft(self, front: tuple[Claim, Claim], paragraphs: tuple[Any, ...]) -> Draft:
        """Return the parts as a draft."""
        return Draft(
            headline=front[0],
            deck=front[1],
            paragraphs=paragraphs,
            writer=self.name,
            model=self._writer_model,
            prompt_version=self._prompt_version,
        )


@dataclass(slots=True)
class Session:
    """The writing of one story over an open line."""

    writer: ClaudeWriter
    line: Line
    brief: Brief
    sent: Sequence[SentRecord]

    async def story(self) -> Draft:
        """Return the draft, written a second time if too little of the first stands."""
        records = {item.record.id: item.record for item in self.brief.records}
        planned = await self._plan()
        draft = await self._attempt(planned, ())
        for _ in range(_ATTEMPTS - 1):
            report = check(draft, records, self.brief.numbers)
            planted = any(row.name == INJECTED for row in report.failed)
            # A text that was led astray is not argued with.
            if planted or not self.writer.short_of(draft, report, records):
                break
            draft = await self._attempt(planned, _faults(draft, report))
        return draft

    async def _attempt(self, planned: plan.Plan, faults: Sequence[Mapping[str, str]]) -> Draft:
        reader = Reader(self.brief, self.sent)
        front = [fault for fault in faults if fault["claim"] in _FRONT]
        body = [fault for fault in faults if fault["claim"] not in _FRONT]
        note = {"type": "text", "text": desk_note(self.brief, planned.document(), body)}
        content = [*search_results(self.sent), note]
        paragraphs = reader.narrative(await self._ask(Stage.NARRATIVE, content))
        story = finished_story(self.brief, paragraphs, front)
        packaging = await self._ask(Stage.PACKAGING, [{"type": "text", "text": story}], PACKAGE_SCHEMA)
        draft = self.writer.draft(reader.packaged(structured(packaging, Package)), paragraphs)
        return replace(draft, readings=await self._readings(draft))

    async def _plan(self) -> plan.Plan:
        # Citations cannot be had together with structured output.
        content = [
            *search_results(self.sent, citations=False),
            {"type": "text", "text": desk_note(self.brief)},
        ]
        reply = await self._ask(Stage.PLAN, content, plan.SCHEMA)
        return plan.bounded(structured(reply, plan.Plan), self.sent)

    async def _readings(self, draft: Draft) -> tuple[Any, ...]:
        claims = list(draft.claims())
        content = [{"type": "text", "text": second_reading.material(self.brief, claims)}]
        reply = await self._ask(Stage.READING, content, second_reading.SCHEMA)
        return second_reading.checks(structured(reply, second_reading.Verdicts), claims)

    async def _ask(
        self, stage: Stage, content: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None = None
    ) -> list[Block]:
        return await self.line.ask(self.writer.call(stage, self.brief, content, schema))


def _faults(draft: Draft, report: Report) -> list[dict[str, str]]:
    """Return the sentences of `draft` that fail, each with what is wrong with it."""
    texts = {claim.id: claim.text for claim in draft.claims()}
    wrong: dict[str, list[str]] = {}
    for row in report.failed:
        wrong.setdefault(row.claim_id, []).append(f"{row.name}: {row.detail}")
    return [
        {"claim": key, "sentence": texts.get(key, ""), "why": "; ".join(details)}
        for key, details in wrong.items()
    ]
