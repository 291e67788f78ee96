"""Write a fictional week: `python -m benchmarks.weeks.generate --seed 0 --out DIR`.

The hand-written banks become `week.jsonl.gz`, records in the interchange format in order of time, and
`truth.json`, which says which records belong to which matter and whether it must be told.
The same seed writes the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

from benchmarks.weeks.banks import Bank, Entry, Voice, links_in, load_banks
from benchmarks.weeks.native import Draft, Registry, own_address
from benchmarks.weeks.pacing import END, START, Planned, arrivals, schedule
from benchmarks.weeks.people import Author, Population

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

NESTED_SHARE: Final = 0.35
"""Share of replies that answer an earlier reply instead of the opening post."""
RETURNING_SHARE: Final = 0.12
"""Share of replies in a story that may come from somebody who already spoke in another of its threads."""
DISLIKED_SHARE: Final = 0.06
"""Share of reddit comments that are voted below zero."""
TAGGED_SHARE: Final = 0.4
"""Share of Bluesky posts whose app states a language."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one week and say on stderr what is in it."""
    parser = argparse.ArgumentParser(description="Write a fictional week of discourse about AI.")
    parser.add_argument("--seed", type=int, default=0, help="0 keeps the story times of the banks")
    parser.add_argument("--out", type=Path, required=True, help="folder for week.jsonl.gz and truth.json")
    options = parser.parse_args(arguments)
    banks = load_banks()
    drafts = generate(banks, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    write_records(drafts, options.out / "week.jsonl.gz")
    write_truth(banks, drafts, options.seed, options.out / "truth.json")
    _report("bank", Counter(draft.bank for draft in drafts))
    _report("source", Counter(draft.source for draft in drafts))


def _report(name: str, counts: Counter[str]) -> None:
    print(f"{counts.total()} records by {name}: {dict(sorted(counts.items()))}", file=sys.stderr)


def generate(banks: Sequence[Bank], seed: int) -> list[Draft]:
    """Everything said in the week, in order of time, with ids."""
    population = Population(seed)
    drafts: list[Draft] = []
    for bank in banks:
        drafts += _BankWriter(bank, seed, population).drafts()
    drafts.sort(key=lambda draft: draft.created)
    Registry(seed).name_all(drafts)
    rng = Random(f"{seed}/metrics")
    for draft in drafts:
        draft.metrics = _metrics(draft, rng)
    return sorted(drafts, key=lambda draft: (draft.created, draft.identity))


class _BankWriter:
    """Turns one bank into drafts: who says it, when, and in answer to whom."""

    def __init__(self, bank: Bank, seed: int, population: Population) -> None:
        self._bank = bank
        self._seed = seed
        self._population = population
        self._rng = Random(f"{seed}/{bank.key}/voices")
        self._heard: set[Author] = set()

    def drafts(self) -> list[Draft]:
        """Everything the bank says, thread by thread."""
        drafts = []
        for planned in schedule(self._bank, self._seed):
            drafts += self._thread(planned)
        return drafts

    def _thread(self, planned: Planned) -> list[Draft]:
        entry = planned.entry
        author = self._author(entry, entry.voice, self._heard)
        opening = self._draft(entry, entry.text, planned.at, author)
        opening.title, opening.link = entry.title, entry.link
        opening.links = [link for link in links_in(entry.link, entry.text) if link != own_address(opening)]
        present = {author}
        replies: list[Draft] = []
        times = arrivals(len(entry.replies), entry.over, planned.at, self._rng)
        for reply, at in zip(entry.replies, times, strict=True):
            by_opener = reply.voice == "op"
            replier = author if by_opener else self._author(entry, reply.voice, present | self._avoided())
            present.add(replier)
            draft = self._draft(entry, reply.text, at, replier)
            draft.opening, draft.parent = opening, self._parent(opening, replies, by_opener=by_opener)
            draft.parent.children += 1
            replies.append(draft)
        opening.thread_size = len(replies)
        return [opening, *replies]

    def _author(self, entry: Entry, voice: Voice, taken: AbstractSet[Author]) -> Author:
        if isinstance(voice, int):
            return self._population.account(self._bank.key, entry.source, voice)
        author = self._population.draw(entry.source, entry.community, self._rng, taken)
        self._heard.add(author)
        return author

    def _avoided(self) -> AbstractSet[Author]:
        """Whom a reply does not come from: in a story, mostly, those who already spoke elsewhere in it."""
        if self._bank.is_background or self._rng.random() < RETURNING_SHARE:
            return frozenset()
        return self._heard

    def _parent(self, opening: Draft, replies: Sequence[Draft], *, by_opener: bool) -> Draft:
        """The post that a reply answers; the opener answers whoever spoke last."""
        if by_opener and replies:
            return replies[-1]
        if replies and self._rng.random() < NESTED_SHARE:
            return self._rng.choice(replies[-3:])
        return opening

    def _draft(self, entry: Entry, text: str, at: datetime, author: Author) -> Draft:
        return Draft(
            bank=self._bank.key,
            source=entry.source,
            community=entry.community,
            title=None,
            text=text,
            link=None,
            links=links_in(None, text),
            created=at,
            author=author,
            lang=self._stated_language(entry),
            phase=entry.phase,
        )

    def _stated_language(self, entry: Entry) -> str | None:
        """The language that the platform states, where it states one; the rest is the bot's to detect."""
        if entry.source == "reddit" or (entry.source == "bluesky" and self._rng.random() >= TAGGED_SHARE):
            return None
        return entry.lang or "en"


def _metrics(draft: Draft, rng: Random) -> dict[str, int]:
    """Engagement as the platform would report it."""
    score = int(rng.lognormvariate(1.2, 1.0))
    if draft.source in {"rss", "arxiv"}:
        return {}
    if draft.opening is None:
        return {"score": 1 + 2 * score + 4 * draft.thread_size, "replies": draft.thread_size}
    if draft.source == "hackernews":
        return {"replies": draft.children}
    if draft.source == "reddit" and rng.random() < DISLIKED_SHARE:
        score = -score
    return {"score": score + 2 * draft.children, "replies": draft.children}


def record(draft: Draft) -> dict[str, Any]:
    """A draft as a line of the interchange format."""
    root = draft.opening or draft
    return {
        "source": draft.source,
        "native_id": draft.native_id,
        "kind": draft.kind,
        "url": draft.url,
        "author": {"id": draft.author.id, "handle": draft.author.handle},
        "created_at": _stamp(draft.created),
        "title": draft.title,
        "text": draft.text,
        "lang": draft.lang,
        "parent": draft.parent.native_id if draft.parent else None,
        "root": root.native_id,
        "community": draft.community,
        "links": draft.links,
        "metrics": draft.metrics,
    }


def write_records(drafts: Sequence[Draft], path: Path) -> None:
    """Write the week; neither the clock nor the file name enters the bytes."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        for draft in drafts:
            packed.write(json.dumps(record(draft), ensure_ascii=False).encode() + b"\n")


def write_truth(banks: Sequence[Bank], drafts: Sequence[Draft], seed: int, path: Path) -> None:
    """Write what a detector should find in the week, and what it should not."""
    background = {bank.shape: bank.key for bank in banks if bank.is_background}
    sizes = Counter(draft.bank for draft in drafts)
    truth = {
        "fictional": True,
        "seed": seed,
        "start": _stamp(START),
        "end": _stamp(END),
        "records": len(drafts),
        "stories": [_story(bank, drafts) for bank in banks if not bank.is_background],
        "noise": sizes[background.get("noise", "")],
        "offtopic": sizes[background.get("offtopic", "")],
        "other_language": sizes[background.get("other-language", "")],
    }
    path.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _story(bank: Bank, drafts: Sequence[Draft]) -> dict[str, Any]:
    own = [draft for draft in drafts if draft.bank == bank.key]
    hours = Counter(draft.created.replace(minute=0, second=0) for draft in own)
    story: dict[str, Any] = {
        "key": bank.key,
        "title": bank.title,
        "beat": bank.beat,
        "shape": bank.shape,
        "tell": bank.tell,
        "names": list(bank.names),
        "first_at": _stamp(own[0].created),
        "peak_hour": _stamp(min(hours, key=lambda hour: (-hours[hour], hour))),
        "record_ids": [draft.identity for draft in own],
    }
    returns = [draft.created for draft in own if draft.phase == "return"]
    if returns:
        story["return_at"] = _stamp(min(returns))
    return story


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


if __name__ == "__main__":
    main()
