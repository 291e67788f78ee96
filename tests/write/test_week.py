"""Extractive stories of the demo week."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from bot.domain.record import Author, Record, RecordKind
from bot.domain.text import clean
from bot.write.checks import check
from bot.write.extractive import assemble
from tests.write.factory import brief, given_records


def demo_matters() -> dict[str, list[Record]]:
    """Return the records of every matter of the demo week that is to be told."""
    demo = files("bot.demo")
    truth = json.loads(demo.joinpath("truth.json").read_text(encoding="utf-8"))
    lines = gzip.decompress(demo.joinpath("week.jsonl.gz").read_bytes()).decode().splitlines()
    records: dict[str, Record] = {}
    for row in map(json.loads, lines):
        fields = {
            key: row[key] for key in ("source", "native_id", "url", "lang", "parent", "root", "community")
        }
        made = Record(
            **fields,
            kind=RecordKind(row["kind"]),
            author=Author(**row["author"]),
            created_at=datetime.fromisoformat(row["created_at"]).astimezone(UTC),
            text=clean(row["text"]),
            title=row["title"] and clean(row["title"]),
            metrics=row["metrics"],
        )
        records[made.id] = made
    return {
        story["key"]: sorted((records[i] for i in story["record_ids"]), key=lambda r: (r.created_at, r.id))
        for story in truth["stories"]
        if story["tell"]
    }


class TestDemoWeek:
    @pytest.mark.parametrize("hours", [6, 24])
    def test_every_matter_of_the_week_reads_and_stands(self, hours: int) -> None:
        """Each planted matter gives a story that passes; no two share headline or first sentence."""
        opened: set[str] = set()
        headlines: set[str] = set()
        matters = demo_matters()
        for key, records in matters.items():
            now = records[min(20, len(records) - 1)].created_at + timedelta(hours=hours)
            made = brief([r for r in records if r.created_at <= now], storyline=key, now=now)
            draft = assemble(made)
            report = check(draft, given_records(made), made.numbers)
            assert report.failed == (), key
            opened.add(draft.paragraphs[0].claims[0].text)
            headlines.add(draft.headline.text)
        assert len(opened) == len(headlines) == len(matters) >= 8
