"""Fictional talk for the writer's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.domain.beat import Beat
from bot.domain.record import Author, Record, RecordKind
from bot.domain.signal import Baseline, Signal, SignalKind, Storyline
from bot.write.brief import compose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.brief import Brief, Told
    from bot.domain.story import Draft

START = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
NOW = START + timedelta(hours=10)
BEAT = Beat("open-source", "Open-source AI", "Licences and weights", ())

SAID: Mapping[str, Sequence[str]] = {
    "r/LocalModels": (
        "The Quillon licence changed overnight and nobody wrote a line about it. I only saw the commit.",
        "We pinned the old revision of Quillon this morning and told the whole team not to update.",
        "My torrent of the January revision has 40 seeders after two hours, which I have never seen before.",
        "Our shop took in 6 million last year, so by that licence we count as a large company now.",
        "A licence that can change in one commit is not a licence, it's a mood.",
        "I moved the Quillon files to three disks, I don't trust the hub to keep the old revision.",
        "The threshold hits small hosts first, the big ones will simply negotiate their own terms.",
        "Has anyone checked whether the older revision still carries the old licence file?",
    ),
    "hackernews": (
        "The grant in the old licence was irrevocable, so what you hold today stays under the old terms.",
        "A covenant whose breach can't be detected is decoration, and the output clause is exactly that.",
        "Contract only binds the parties, so a dataset passed on to somebody else escapes the output clause.",
        "If weights are not a copyrightable work then the new licence is a contract and needs acceptance.",
        "I have advised on two relicensings and the advice was always to announce sixty days ahead.",
        "The output clause of the Quillon licence reaches further than any court has let a contract reach.",
    ),
    "bluesky": (
        "Quillon was open for seven weeks. I've had colds that lasted longer than that.",
        "I teach with Quillon and spent my lunch break explaining contract law to teenagers.",
        "In fairness, somebody has to pay for the training of Quillon, and it was never going to be us.",
        "The Quillon team posted a picture of office plants today and not one word on the licence.",
    ),
}


def record(
    native_id: str,
    text: str,
    *,
    place: str = "r/LocalModels",
    author: str | None = None,
    at: datetime = START,
    kind: RecordKind = RecordKind.COMMENT,
    title: str | None = None,
    parent: str | None = None,
    root: str | None = None,
) -> Record:
    """Return a record of a place; its source follows from the place."""
    source = "reddit" if place.startswith("r/") else place if place in {"hackernews", "bluesky"} else "rss"
    who = author or f"otter_{native_id}"
    return Record(
        source=source,
        native_id=native_id,
        kind=kind,
        url=f"https://{source}.example/{native_id}",
        author=Author(who, who),
        created_at=at,
        text=text,
        title=title,
        lang="en",
        parent=parent,
        root=root,
        community=place,
    )


def talk() -> list[Record]:
    """Return a conversation in three communities, a thread that opened it and an article, in time order."""
    opener = record(
        "t0",
        "My nightly check of the Quillon repository went red. The licence file is another one.",
        kind=RecordKind.POST,
        title="The Quillon licence changed overnight, without a word",
    )
    found = [opener]
    for lane, (place, texts) in enumerate(SAID.items()):
        for turn, text in enumerate(texts):
            at = START + timedelta(minutes=20 + 35 * turn + 50 * lane)
            root = "t0" if place == "r/LocalModels" else None
            kind = RecordKind.COMMENT if root else RecordKind.POST
            found.append(
                record(f"{lane}x{turn}", text, place=place, at=at, kind=kind, parent=root, root=root)
            )
    article = record(
        "a1",
        "The laboratory behind Quillon on Wednesday replaced the open licence of its model with its own. "
        "It gave no reason.",
        place="techcourant.example",
        author="techcourant.example",
        at=START + timedelta(hours=4),
        kind=RecordKind.ARTICLE,
        title="Quillon loses its open licence",
    )
    return sorted([*found, article], key=lambda r: r.created_at)


def signal(records: Sequence[Record], kind: SignalKind = SignalKind.SURGE, **changes: object) -> Signal:
    """Return a signal whose evidence is all of `records`."""
    fields: dict[str, object] = {
        "id": "sig-quillon",
        "storyline_id": "quillon",
        "kind": kind,
        "beat": BEAT.slug,
        "detected_at": NOW,
        "window_start": NOW - timedelta(hours=24),
        "window_end": NOW,
        "observed": len(records),
        "authors": len({r.author_key for r in records}),
        "baseline": Baseline(4.2, 1.0, 9.0, "posts a day"),
        "surprise": 9.0,
        "why": "much was said",
        "evidence": tuple(r.id for r in records),
    }
    return Signal(**{**fields, **changes})  # type: ignore[arg-type] # the fields are those of Signal


def brief(
    records: Sequence[Record] | None = None,
    *,
    kind: SignalKind = SignalKind.SURGE,
    storyline: str = "quillon",
    told: Sequence[Told] = (),
    copies: Mapping[str, datetime] = MappingProxyType({}),
    now: datetime = NOW,
    gaps: Sequence[str] = (),
) -> Brief:
    """Return a brief on `records` (default: `talk()`)."""
    said = list(records if records is not None else talk())
    return compose(
        storyline=Storyline(
            storyline, BEAT.slug, "quillon, licence", said[0].created_at, said[-1].created_at, len(said)
        ),
        signal=signal(said, kind, window_start=now - timedelta(hours=24), window_end=now),
        beat=BEAT,
        records=said,
        copies=copies,
        told=told,
        now=now,
        gaps=gaps,
    )


def given_records(made: Brief) -> dict[str, Record]:
    """Return the records of a brief by id."""
    return {item.record.id: item.record for item in made.records}


def prose(draft: Draft) -> str:
    """Return the body of a draft."""
    return "\n".join(paragraph.text for paragraph in draft.paragraphs)
