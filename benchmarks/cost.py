"""What does a story cost? The demo week, by Claude's writer over the real SDK against a loopback server.

The server counts a token for every three characters (the newer tokenisers), and adds the thinking that a real
model would do. Prices are those of `bot/domain/models.py`.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import ROOT
from benchmarks.measure import Measure, say
from bot import app, playback
from bot import settings as configuration
from bot.domain.models import Stage
from bot.operate import logs
from bot.store import spend
from bot.write.budget import Usage
from tests.fakes import anthropic as play

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress
    from bot.store.spend import Entry

_DEMO = ROOT / "bot" / "demo"
_TARGET = 0.15
_THINKING = {Stage.PLAN: 600, Stage.NARRATIVE: 2_500, Stage.PACKAGING: 400, Stage.READING: 1_200}
# The loopback writer is brief; a story of six paragraphs has about this many tokens more, citations included.
_LONGER = {Stage.NARRATIVE: 1_500}


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield dollars and tokens a story: without caching, with a cold cache, and told within five minutes."""
    cold, warm = asyncio.run(_week(cold=True)), asyncio.run(_week(cold=False))
    plain = _dollars(cold, cached=False)
    beside = {"prompt cache cold": _dollars(cold), "prompt cache warm": _dollars(warm)}
    yield Measure("cost/story", plain, "dollars without caching", _TARGET, least=False, beside=beside)
    yield Measure("cost/story-cached", _dollars(cold), "dollars, each story alone", _TARGET, least=False)
    yield Measure("cost/story-warm", _dollars(warm), "dollars, told within minutes", _TARGET, least=False)
    tokens = sum(_usage(entry).prompt + entry.usage["output_tokens"] for entry in cold) / _stories(cold)
    by_stage = Counter[str]()
    for entry in cold:
        by_stage[entry.stage] += entry.micros
    shares = {stage: round(micros / sum(by_stage.values()), 3) for stage, micros in by_stage.items()}
    yield Measure("cost/tokens", round(tokens), "tokens a story", 60_000, least=False, beside=shares)


def _usage(entry: Entry) -> Usage:
    return Usage(**entry.usage)


def _dollars(entries: Sequence[Entry], *, cached: bool = True) -> float:
    def micros(entry: Entry) -> int:
        usage = _usage(entry)
        return (usage if cached else Usage(usage.prompt, usage.output_tokens)).cost(entry.model)

    return round(sum(map(micros, entries)) / _stories(entries) / 1_000_000, 4)


def _stories(entries: Sequence[Entry]) -> int:
    return max(1, len({entry.signal_id for entry in entries}))


async def _week(*, cold: bool) -> list[Entry]:
    say(f"the demo week, prompt cache {'cold' if cold else 'warm'}")
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder, play.FakeAnthropic() as server:
        server.characters_per_token = 3
        server.thinking_tokens = {stage: more + _LONGER.get(stage, 0) for stage, more in _THINKING.items()}

        def script(body: dict[str, Any]) -> play.Reply:
            if cold and play.stage(body) == Stage.PLAN:
                server.forget_cache()
            return play.good(body)

        server.play(script)
        settings = configuration.load(
            data_dir=Path(folder),
            anthropic_api_key=play.API_KEY,
            anthropic_base_url=server.url,
            daily_cap_usd=1_000.0,
            monthly_cap_usd=1_000.0,
        )
        logs.configure("ERROR", settings)
        week, beats = _DEMO / "week.jsonl.gz", _DEMO / "beats.toml"
        done = await playback.play(settings, [week], beats_file=beats, total=_nothing, step=_step)
        async with app.store(settings, alone=False) as store, store.read() as connection:
            entries = await spend.entries(connection)
    say(f"  {done.published} published, {done.held} held, {done.killed} killed; {len(entries)} calls")
    return [entry for entry in entries if entry.usage]


def _nothing(_: int) -> None:
    return None


async def _step(_: Newsroom, __: Progress) -> None:
    return None
