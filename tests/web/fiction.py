"""A small house full of fictional stories, brought into a real store by the store's own functions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.beat import Beat
from bot.domain.brief import Counted
from bot.domain.publication import Publication, PublicationState
from bot.domain.record import Author, Record, RecordKind
from bot.domain.signal import Baseline, Signal, SignalKind, SignalState
from bot.domain.story import Check, Citation, Claim, ClaimKind, Draft, Paragraph, Report, Story, StoryState
from bot.domain.text import quotations
from bot.domain.verdict import OVERTAKEN
from bot.store import counted, publications, records, signals, sources, stories, storylines
from tests.store import house

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store

NOW = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BEATS: Mapping[str, Beat] = {
    beat.slug: beat
    for beat in (
        Beat(
            "open-source", "Open source and licences", "Who may do what with a model.",
            ("open weights", "licence", "checksum"), ("r/HomeServers",),
        ),
        Beat("health", "Health care", "Machines in clinics and in notes.", ("clinic", "scribe")),
        Beat("law", "Law and courts", "Lawsuits, courts and evidence.", ("court", "lawsuit")),
        Beat("education", "Education", "Schools, exams and essays.", ("exam", "essay", "teacher")),
        Beat("companions", "Companions", "People and the machines they talk to.", ("companion", "memory")),
        Beat("jobs", "Jobs", "Work that changes hands.", ("layoff", "translator")),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A fictional story with all it needs."""

    story: Story
    signal: Signal
    records: tuple[Record, ...]
    label: str
    change: str | None
    retracted: str | None

    @property
    def counted(self) -> list[Counted]:
        """What was said in the window; every second post is by somebody else, and copies are by none."""
        said = [one for one in self.records if self.signal.window_start < one.created_at <= NOW]
        inside = [one for one in said if one.created_at <= self.signal.window_end]
        return [
            Counted(one.id, None if "-copy-" in one.id else number // 2 + 1)
            for number, one in enumerate(inside)
        ]


def fiction() -> list[Told]:
    """Return the stories of stories.toml, newest first."""
    text = (Path(__file__).parent / "stories.toml").read_text(encoding="utf-8")
    return [_told(entry) for entry in tomllib.loads(text)["story"]]


async def seed(store: Store) -> None:
    """Bring everything into the store: the stories, what was passed over, and how the sources are."""
    async with store.write() as connection:
        for told in fiction():
            await tell(connection, told)
        await _passed(connection)
        for source, target in (("bluesky", "stream"), ("hackernews", "new"), ("reddit", "r/HomeServers")):
            await sources.succeeded(connection, source, target, cursor={}, at=NOW - timedelta(minutes=2))
        state = await sources.get(connection, "discourse", "forum.openclinic.example")
        await sources.failed(connection, state, error="no answer", cooldown_until=NOW + DAY)


async def tell(connection: AsyncConnection, told: Told) -> None:
    """Store one story and publish it."""
    story, at = told.story, told.story.created_at
    await _storyline(connection, told.signal, told.label, told.records)
    await signals.add(connection, told.signal)
    await signals.decide(connection, told.signal.id, SignalState.ASSIGNED, "")
    await stories.create(connection, story)
    await counted.keep(connection, story.id, told.counted)
    for state in (StoryState.CHECKED, StoryState.APPROVED):
        await stories.set_state(connection, story.id, state, at=at)
    path = {"path": f"/stories/{story.id}"}
    plan = Publication(f"{story.id}@1/site", story.id, 1, "site", PublicationState.PLANNED, path, at)
    await house.plan(connection, plan)
    await publications.sent(
        connection, plan.id, remote={"url": f"https://news.example/stories/{story.id}"}, at=at
    )
    await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=at)
    if told.change:
        later = at + timedelta(hours=3)
        await stories.revise(connection, replace(story, version=2, updated_at=later), change=told.change)
        await stories.set_state(connection, story.id, StoryState.CORRECTED, at=later)
    if told.retracted:
        await stories.set_state(
            connection, story.id, StoryState.RETRACTED, at=at + timedelta(hours=5), reason=told.retracted
        )


def record(number: int, entry: Mapping[str, Any], at: datetime, *, prefix: str) -> Record:
    """Return a fictional record."""
    source = entry["source"]
    return Record(
        source=source,
        native_id=f"{prefix}-{number}",
        kind=RecordKind.ARTICLE if source == "rss" else RecordKind.POST,
        url=entry.get("url", f"https://{source}.example/{prefix}/{number}"),
        author=Author(f"{prefix}-a{number}", entry["handle"]),
        created_at=at,
        text=entry["text"],
        lang=entry.get("lang", "en"),
        community=entry["community"],
    )


def _told(entry: dict[str, Any]) -> Told:
    published = datetime.fromisoformat(entry["published"])
    end = published.replace(minute=0) - timedelta(hours=1)
    slug = entry["id"]
    cited = tuple(
        record(number, source, end - timedelta(minutes=37 * number), prefix=slug)
        for number, source in enumerate(entry["cited"]["sources"], start=1)
    )
    background = tuple(_background(entry, end, len(cited)))
    people = round(entry["observed"] * 0.79)
    signal = Signal(
        id=f"{slug}-signal",
        storyline_id=f"{slug}-line",
        kind=SignalKind.NEWCOMER if entry.get("young") else SignalKind.SURGE,
        beat=entry["beat"],
        detected_at=end,
        window_start=end - DAY,
        window_end=end,
        observed=entry["observed"],
        authors=people,
        baseline=Baseline(entry["expected"], entry["low"], entry["high"], "posts a day, from its past week"),
        surprise=9.3,
        why=(
            f"A matter already under discussion drew {entry['observed']} posts by {people} people in a day; "
            f"about {entry['expected']:g} were to be expected."
        ),
        evidence=tuple(item.id for item in cited),
        numbers={"records": entry["observed"]},
    )  # fmt: skip
    draft = _draft(entry, cited)
    checks = tuple(Check("quotes", claim.id, passed=True) for claim in draft.claims())
    story = Story(
        id=slug, version=1, state=StoryState.DRAFTED, beat=entry["beat"], storyline_id=signal.storyline_id,
        signal_id=signal.id, draft=draft, report=Report(checks, 100),
        created_at=published, updated_at=published,
    )  # fmt: skip
    return Told(
        story, signal, cited + background, entry["label"], entry.get("change"), entry.get("retracted")
    )


def _draft(entry: dict[str, Any], cited: Sequence[Record]) -> Draft:
    written = entry["cited"]["sources"]

    def quote(marker: int, text: str) -> str:
        spoken = next((span for span in quotations(text) if cited[marker - 1].says(span)), None)
        return spoken or written[marker - 1].get("quote", cited[marker - 1].text)

    def claim(claim_id: str, said: dict[str, Any]) -> Claim:
        citations = tuple(Citation(m, cited[m - 1].id, quote(m, said["text"])) for m in said["cites"])
        numbers = ("records",) if said["kind"] == "measured" else ()
        return Claim(claim_id, ClaimKind(said["kind"]), said["text"], citations, numbers)

    def opening(claim_id: str, text: str) -> Claim:
        return claim(claim_id, {"kind": "cohort", "text": text, "cites": (1, 2, 3)})

    return Draft(
        headline=opening("h", entry["headline"]),
        deck=opening("d", entry["deck"]),
        paragraphs=tuple(
            Paragraph(tuple(claim(f"p{i}c{j}", said) for j, said in enumerate(paragraph["claims"])))
            for i, paragraph in enumerate(entry["paragraph"])
        ),
        writer="claude" if entry.get("model") else "extractive",
        model=entry.get("model"),
    )


def _background(entry: dict[str, Any], end: datetime, cited: int) -> Iterator[Record]:
    """Yield what else was said: the window's bulk, its copies, the days before and the hours after."""
    slug, places, left = entry["id"], entry["places"], entry["observed"] - cited
    spread = [place for place in places for _ in range(place[2])]
    numbers = count(1_001)
    for index in range(left):
        back = DAY * ((index * 0.618) % 1) ** 1.6
        yield _said(next(numbers), spread[index * len(spread) // left], end - back, slug)
    for index in range(entry.get("copies", 0)):
        yield _said(next(numbers), places[0], end - timedelta(minutes=9 * index), f"{slug}-copy")
    young = entry.get("young", False)
    for day in range(1, 3 if young else 14):
        usual = 4 if young else round(entry["expected"] * (0.55 + (day * 7 % 10) / 11))
        for index in range(usual):
            at = end - day * DAY - timedelta(minutes=61 * index + 5)
            yield _said(next(numbers), places[index % len(places)], at, slug)
    for index in range(9):
        yield _said(next(numbers), places[0], end + timedelta(minutes=50 * index + 20), slug)


def _said(number: int, place: Sequence[Any], at: datetime, prefix: str) -> Record:
    entry = {
        "source": place[0], "community": place[1], "handle": f"someone{number % 61}", "text": f"({number})",
    }  # fmt: skip
    return record(number, entry, at, prefix=prefix)


async def _storyline(connection: AsyncConnection, signal: Signal, label: str, said: Sequence[Record]) -> None:
    first, last = min(item.created_at for item in said), max(item.created_at for item in said)
    line = storylines.Kept(signal.storyline_id, signal.beat, first, last, len(said), b"")
    await storylines.save(connection, [line])
    await storylines.describe(connection, line.id, beat=signal.beat, label=label)
    kept = [item for item in said if item.created_at <= NOW]
    await records.add(connection, kept, NOW)
    original = next(item.id for item in kept)
    await records.notice(
        connection,
        [
            records.Noticed(
                record_id=item.id, state=records.NOTICED, lang=item.lang, storyline_id=line.id,
                family_id=original if "-copy-" in item.id else item.id, beats={signal.beat: 1.0},
            )
            for item in kept
        ],
    )  # fmt: skip


async def _passed(connection: AsyncConnection) -> None:
    """Store signals that no story was told of: two passed over, one nobody has decided on."""
    base = fiction()[4]
    labels = ("benchmark table, one lab, leaderboard", "image watermark, browser extension", "again")
    for number, label in enumerate(labels):
        posts = 29 - number
        signal = replace(
            base.signal, id=f"other-{number}", storyline_id=f"other-line-{number}", observed=posts,
            authors=19,
            detected_at=NOW - timedelta(hours=2 + number), evidence=(), kind=SignalKind.RETURN,
            why=f"A matter that had gone quiet drew {posts} posts by 19 people in 24 hours.",
        )  # fmt: skip
        said = [
            _said(index, ("hackernews", "hackernews"), NOW - timedelta(minutes=40 * index), f"other{number}")
            for index in range(posts)
        ]  # fmt: skip
        await _storyline(connection, signal, label, said)
        await signals.add(connection, signal)
    await signals.decide(connection, "other-0", SignalState.PASSED, OVERTAKEN)
    told = f"told in {fiction()[0].story.id}, and the talk has only gone on"
    await signals.decide(connection, "other-2", SignalState.PASSED, told)
