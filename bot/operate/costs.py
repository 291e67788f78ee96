"""What was spent on models, added up by day, stage and story."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.domain.budget import Caps, day_start, dollars, month_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from bot.store.spend import Entry

_TOKENS = {
    "input": "input_tokens",
    "cache_write": "cache_creation_input_tokens",
    "cache_read": "cache_read_input_tokens",
    "output": "output_tokens",
}
_GROUPS: Mapping[str, Callable[[Entry], str]] = {
    "days": lambda entry: f"{entry.at:%Y-%m-%d}",
    "stages": lambda entry: f"{entry.stage} ({entry.model})",
    "stories": lambda entry: entry.story_id or "no story came of it",
    "outcomes": lambda entry: entry.outcome or "unknown: counted with its whole reserve",
}


def total(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return calls, micro-dollars and tokens of `entries` together.

    `cache_share` is the part of the prompts that was read from the provider's cache, in per cent.
    """
    tokens = {name: sum(entry.usage.get(key, 0) for entry in entries) for name, key in _TOKENS.items()}
    prompt = tokens["input"] + tokens["cache_write"] + tokens["cache_read"]
    return {
        "calls": len(entries),
        "micro_dollars": sum(entry.micros for entry in entries),
        "tokens": tokens,
        "cache_share": round(100 * tokens["cache_read"] / prompt, 1) if prompt else 0.0,
    }


def document(
    entries: Sequence[Entry], *, caps: Caps, now: datetime, paused_until: datetime | None
) -> dict[str, Any]:
    """Return the costs as one JSON-ready document; `entries` are all of this month and maybe more."""
    today = [entry for entry in entries if entry.at >= day_start(now)]
    month = [entry for entry in entries if entry.at >= month_start(now)]
    return {
        "today": total(today) | {"cap_micro_dollars": caps.daily},
        "month": total(month) | {"cap_micro_dollars": caps.monthly},
        "paused_until": paused_until.isoformat() if paused_until and paused_until > now else None,
    } | {name: _grouped(entries, key) for name, key in _GROUPS.items()}


def _grouped(entries: Sequence[Entry], key: Callable[[Entry], str]) -> list[dict[str, Any]]:
    groups: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[key(entry)].append(entry)
    return [{"name": name} | total(group) for name, group in groups.items()]


def render(found: Mapping[str, Any]) -> Group:
    """Return the costs as tables for a terminal."""
    heads = [
        Text(
            f"{name}: {dollars(found[name]['micro_dollars'])} of {dollars(found[name]['cap_micro_dollars'])}"
        )
        for name in ("today", "month")
    ]
    if found["paused_until"]:
        heads.append(
            Text(f"the provider's own limit is reached; nothing is asked before {found['paused_until']}")
        )
    return Group(*heads, *(_table(name, found[name]) for name in _GROUPS if found[name]))


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=title, box=box.SIMPLE, title_justify="left")
    table.add_column("")
    for heading in ("calls", "spent", "tokens in", "of these cached", "tokens out"):
        table.add_column(heading, justify="right")
    for row in rows:
        tokens = row["tokens"]
        prompt = tokens["input"] + tokens["cache_write"] + tokens["cache_read"]
        cells = (f"{row['calls']:,}", dollars(row["micro_dollars"]), f"{prompt:,}", f"{row['cache_share']}%")
        table.add_row(row["name"], *cells, f"{tokens['output']:,}")
    return table
