"""What the commands show in a terminal, and the JSON forms of what they list."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Self

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from bot.domain.errors import NotFoundError
from bot.domain.publication import PublicationKind, remedy
from bot.domain.signal import SignalState
from bot.domain.story import StoryState
from bot.write import thread
from bot.write.preview import render_preview
from handlers import questions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.detect.beats import BeatBook
    from bot.domain.beat import Beat
    from bot.domain.decision import Decision
    from bot.domain.publication import Publication
    from bot.domain.question import Answer
    from bot.domain.story import Story
    from bot.pipeline import replay
    from bot.pipeline.amend import Amendment
    from bot.playback import Summary
    from bot.settings import Settings
    from bot.store.pages import Card, WireEntry
    from bot.store.reasons import Ruling

# How a line of an answer begins: indented, with the number of a source.
_MARKER = re.compile(r" *(?:\[\d+\] )?")
_NARROWEST = 20
_STEPS = {
    PublicationKind.STORY: "gets the story as it stands now",
    PublicationKind.CORRECTION: "gets a reply under the thread that says so",
    PublicationKind.RETRACTION: "gets a reply under the thread that says so",
    PublicationKind.REMOVAL: "loses the whole thread",
}


class Progress:
    """How far a replay is, with the time its clock shows."""

    def __init__(self, console: Console, unit: str = "records") -> None:
        self._bar = Bar(
            TextColumn("[bold]replaying"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(f"{unit}, {{task.fields[at]}}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, at="reading")

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._bar.stop()

    def begin(self, total: int) -> None:
        """Say how many records there are."""
        self._bar.update(self._task, total=total)

    def move(self, at: replay.Progress) -> None:
        """Say how far it is."""
        self._bar.update(self._task, completed=at.heard, at=f"{at.at:%a %d %b %Y %H:%M}")


def summary(console: Console, found: Summary) -> None:
    """Show what a replay came to."""
    table = Table(box=box.SIMPLE, show_header=False, title="The replay in numbers", title_justify="left")
    for name, value in (
        ("records read", f"{found.records:,}"),
        ("kept for a beat", f"{found.kept:,}"),
        ("lines that could not be read", f"{found.bad:,}"),
        ("storylines", f"{found.storylines:,}"),
        ("signals", f"{found.signals:,}"),
        ("stories published", f"{found.published:,}"),
        ("stories held for the desk", f"{found.held:,}"),
        ("stories killed by the checks", f"{found.killed:,}"),
        ("seconds", f"{found.seconds:,}"),
    ):
        table.add_row(name, value)
    console.print(table)
    for reason in found.bad_lines:
        console.print(Text(f"  {reason}", style="yellow"))
    if more := found.bad - len(found.bad_lines):
        console.print(Text(f"  and {more:,} more", style="yellow"))


def preview(console: Console, settings: Settings, book: BeatBook, story: Story) -> None:
    """Show a story as it will look as a Bluesky thread and as a Discord message."""
    render_preview(console, story, **thread.frame(settings, book.beat(story.beat).name, story))


def claims_of_post(
    settings: Settings, book: BeatBook, story: Story, post: int | None
) -> Collection[str] | None:
    """Return the ids of the claims that post number `post` of the story's thread is about (None: all claims).

    Raises NotFoundError if the thread has no such post.
    """
    if post is None:
        return None
    posts = thread.as_thread(story, **thread.frame(settings, book.beat(story.beat).name, story))
    if not 0 < post <= len(posts):
        msg = f"there is no post {post}: the thread of {story.id} has {len(posts)} posts"
        raise NotFoundError(msg)
    return questions.meant(post - 1, posts[post - 1].claim_ids)


def cards(found: Sequence[Card]) -> None:
    """Show a list of stories."""
    table = Table(box=box.SIMPLE)
    for heading in ("published", "beat", "story"):
        table.add_column(heading)
    for item in found:
        headline = Text.assemble(item.headline, "\n", (item.id, "dim"))
        table.add_row(f"{item.published_at:%Y-%m-%d %H:%M}", item.beat, headline)
    Console().print(table if found else "No story is published yet.")


def card(item: Card) -> dict[str, Any]:
    """Return a story of a list as JSON."""
    return {
        "id": item.id, "version": item.version, "state": item.state.value, "beat": item.beat,
        "headline": item.headline, "deck": item.deck,
        "published_at": item.published_at.isoformat(),
    }  # fmt: skip


def wire(entries: Sequence[WireEntry]) -> None:
    """Show the wire."""
    table = Table(box=box.SIMPLE)
    table.add_column("seen", no_wrap=True)
    table.add_column("what, why, and what became of it")
    for item in entries:
        what = Text.assemble((item.label, "bold"), f"  {item.kind.value}, {item.beat}\n{item.why}\n")
        what.append(f"{became(item)} ({item.storyline_id})\n", style="dim")
        table.add_row(f"{item.detected_at:%m-%d %H:%M}", what)
    Console().print(table if entries else "The wire is empty: nothing has stood out yet.")


def became(item: WireEntry | Ruling) -> str:
    """Say what became of a signal, and why."""
    reason = item.reason or item.state.value
    if item.story_id is None or item.story_state is None:
        return f"not told yet: {item.reason}" if item.state is SignalState.OPEN and item.reason else reason
    why = f": {item.story_reason}" if item.story_reason else ""
    told = f"told in {item.story_id}{reason.removeprefix('told')}"
    return {
        StoryState.HELD: f"held as {item.story_id}{why}",
        StoryState.APPROVED: f"approved as {item.story_id}, not out yet",
        StoryState.KILLED: f"killed as {item.story_id}{why}",
        StoryState.RETRACTED: f"{told}, retracted since",
    }.get(item.story_state, told)


def entry(item: WireEntry) -> dict[str, Any]:
    """Return a signal of the wire as JSON."""
    return {
        "id": item.id, "storyline": item.storyline_id, "kind": item.kind.value, "beat": item.beat,
        "label": item.label,
        "detected_at": item.detected_at.isoformat(), "observed": item.observed, "authors": item.authors,
        "expected": item.baseline.expected, "why": item.why, "state": item.state.value, "reason": item.reason,
        "story": item.story_id,
    }  # fmt: skip


def beats(known: Sequence[Beat], muted: Mapping[str, Decision]) -> None:
    """Show the beats, and which of them are muted."""
    table = Table(box=box.SIMPLE, show_lines=True)
    for heading in ("beat", "what it covers"):
        table.add_column(heading)
    for item in known:
        covers = Text(item.description)
        if item.slug in muted:
            covers.append(f"\n{muted[item.slug]}", style="yellow")
        table.add_row(Text.assemble(item.name, "\n", (item.slug, "dim")), covers)
    Console().print(table)


def beat(item: Beat, mute: Decision | None) -> dict[str, Any]:
    """Return a beat as JSON; `mute` is the decision that muted it."""
    return {
        "slug": item.slug, "name": item.name, "description": item.description, "terms": list(item.terms),
        "communities": list(item.communities),
        "muted": {"by": mute.by, "at": mute.at.isoformat()} if mute else None,
    }  # fmt: skip


def answer(found: Answer) -> dict[str, Any]:
    """Return an answer as JSON."""
    return {
        "story": found.story_id,
        "text": found.text,
        "sourced": found.sourced,
        "claims": [
            {
                "id": claim.claim_id,
                "text": claim.text,
                "citations": [
                    {
                        "marker": source.marker, "record_id": source.record_id, "quote": source.quote,
                        "url": source.url, "author": source.author, "source": source.source,
                        "community": source.community, "created_at": source.created_at.isoformat(),
                    }
                    for source in claim.sources
                ],
            }
            for claim in found.claims
        ],
    }  # fmt: skip


def amendment(done: Amendment, *, dry_run: bool) -> dict[str, Any]:
    """Return a correction or retraction as JSON."""
    return {
        "story": done.story_id, "state": done.state.value, "said": done.said, "changed": done.changed,
        "written": done.changed and not dry_run,
        "owed": [{"channel": channel, "kind": kind.value} for channel, kind in done.steps],
    }  # fmt: skip


def amended(done: Amendment, *, dry_run: bool) -> str:
    """Say what became of a story, and what follows on which channel."""
    if not done.changed:
        return f"{done.story_id} was {done.state.value} so before: {done.said}"
    would = "would be" if dry_run else "is"
    lines = [f"{done.story_id} {would} {done.state.value}: {done.said}"]
    lines += [f"  {channel}: {_STEPS[kind]}" for channel, kind in done.steps if channel != "site"]
    if not dry_run:
        lines.append("The page says so now; the running bot brings it to the networks within a minute.")
    return "\n".join(lines)


def standing(story: Story) -> str:
    """Say where a story is on its way, and why, as far as that was said."""
    return f"{story.id} is {story.state.value}" + (f": {story.reason}" if story.reason else "")


def conflicts(found: Sequence[Publication]) -> None:
    """Show the publications that wait for a person, and what to do about each."""
    for item in found:
        text = Text.assemble((f"{item.id} ", "bold red"), f"{item.error or 'conflict'}\n")
        text.append(f"\N{RIGHTWARDS ARROW} {remedy(item)}", style="dim")
        Console().print(text)


def report_document(story: Story) -> dict[str, Any]:
    """Return the report on a story as JSON: every check, what it looked at, and its verdict."""
    texts = {claim.id: claim.text for claim in story.draft.claims()}
    return {
        "story": story.id,
        "version": story.version,
        "fidelity": story.report.fidelity,
        "checks": [
            {
                "check": row.name, "claim": row.claim_id or None, "text": texts.get(row.claim_id),
                "looked_at": row.looked_at, "passed": row.passed, "detail": row.detail,
            }
            for row in story.report.checks
        ],
    }  # fmt: skip


def report(found: Mapping[str, Any]) -> None:
    """Show the report on a story: each claim with its checks."""
    console = Console()
    console.print(Text(f"{found['story']}, version {found['version']}: fidelity {found['fidelity']}"))
    claim: object = ""
    for row in found["checks"]:
        if row["claim"] != claim:
            claim = row["claim"]
            console.print(Text(f"\n{claim or 'the story as a whole'}", style="bold"))
            console.print(Padding(Text(row["text"] or ""), (0, 0, 0, 2)))
        verdict = Text(
            "  passed  " if row["passed"] else "  FAILED  ", style="" if row["passed"] else "bold red"
        )
        console.print(verdict + Text(f"{row['check']:16}{row['looked_at']}  {row['detail']}".rstrip()))


def document(value: object) -> None:
    """Print one JSON document on stdout, in UTF-8 whatever the terminal speaks."""
    sys.stdout.buffer.write(f"{json.dumps(value, ensure_ascii=False, indent=2)}\n".encode())


def outcomes(found: Mapping[str, str]) -> None:
    """Show what became of each source."""
    console = Console()
    for name, outcome in found.items():
        console.print(Text(name), soft_wrap=True)
        console.print(Padding(Text(outcome, style=_style(outcome)), (0, 0, 0, 4)))


def _style(outcome: str) -> str:
    return "red" if outcome.startswith("failed") else "dim"


def say(text: str) -> None:
    """Show a plain text; what is indented stays so where it is wrapped. No address or path is broken."""
    console = Console()
    for line in text.split("\n"):
        marker = _MARKER.match(line)
        indent = marker.end() if marker else 0
        address = line[indent:].startswith(("https://", "http://", "/"))
        room = len(line) if address else max(console.width - indent, _NARROWEST)
        for number, part in enumerate(Text(line[indent:]).wrap(console, max(room, 1))):
            lead = line[:indent] if number == 0 else " " * indent
            console.print(Text(lead) + part, soft_wrap=True)


def serving(address: str) -> None:
    """Say where the site is."""
    Console().print(f"The site is at http://{address}/ (Ctrl-C stops it)", highlight=False)
