"""The book of beats: what the bot covers, read from a TOML file that operators edit."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.beat import Beat
from bot.domain.errors import ConfigError, NotFoundError

BUILT_IN = Path(__file__).with_name("beats.toml")
_WHERE = "GROUNDSWELL_BEATS_FILE, docs/configuration.md#beats_file"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Topic:
    """What the bot listens for at all; an `ambiguous` term counts only together with another.

    `communities` are places where everything is about the topic, and of no beat more than of another.
    """

    name: str
    terms: tuple[str, ...]
    ambiguous: tuple[str, ...]
    communities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BeatBook:
    """The topic and its beats, in the order of the file."""

    topic: Topic
    beats: tuple[Beat, ...]

    def beat(self, slug: str) -> Beat:
        """Return the beat called `slug`.

        Raises NotFoundError.
        """
        for beat in self.beats:
            if beat.slug == slug:
                return beat
        msg = f"there is no beat {slug}: `groundswell beats` shows those there are"
        raise NotFoundError(msg)


def load(path: Path | None = None) -> BeatBook:
    """Read the beats file (default: the one that is built in).

    A file that says `extends = true` adds to the built-in one: its terms and communities join those of the
    beat with the same slug, and its other beats follow.
    Raises ConfigError that names the file, the table and the field at fault.
    """
    if path is None:
        return _read(BUILT_IN, _parse(BUILT_IN))
    raw = _parse(path)
    return _extend(path, raw) if raw.get("extends") is True else _read(path, raw)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"the beats file {path} cannot be read: {error.strerror or error} ({_WHERE})"
        raise ConfigError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"the beats file {path} is not valid TOML: {error} ({_WHERE})"
        raise ConfigError(msg) from error


def _extend(path: Path, raw: dict[str, Any]) -> BeatBook:
    base, topic = _parse(BUILT_IN), raw.get("topic", {})
    if not isinstance(topic, dict):
        raise _fault(path, "topic", "is not a table")
    for field in ("terms", "ambiguous", "communities"):
        base["topic"][field] += _strings(path, "topic", topic, field, optional=True)
    known = {table["slug"]: table for table in base["beat"]}
    for number, table in enumerate(_tables(path, raw, optional=True), start=1):
        mine = known.get(_string(path, f"beat {number}", table, "slug"))
        if mine is None:
            base["beat"].append(table)
            continue
        for field in ("terms", "communities"):
            mine[field] += _strings(path, f"beat {mine['slug']}", table, field, optional=True)
    return _read(path, base)


def _read(path: Path, raw: dict[str, Any]) -> BeatBook:
    topic = raw.get("topic")
    if not isinstance(topic, dict):
        raise _fault(path, "topic", "the table is missing")
    beats = tuple(_beat(path, number, table) for number, table in enumerate(_tables(path, raw), start=1))
    slugs = [beat.slug for beat in beats]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise _fault(path, f"beat {slug}", "the slug is used twice")
    return BeatBook(_topic(path, topic), beats)


def _tables(path: Path, raw: dict[str, Any], *, optional: bool = False) -> list[dict[str, Any]]:
    tables = raw.get("beat", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _fault(path, "beat", "write each beat as [[beat]]")
    if not tables and not optional:
        raise _fault(path, "beat", "there is no [[beat]]")
    return tables


def _topic(path: Path, table: dict[str, Any]) -> Topic:
    return Topic(
        name=_string(path, "topic", table, "name"),
        terms=_strings(path, "topic", table, "terms"),
        ambiguous=_strings(path, "topic", table, "ambiguous", optional=True),
        communities=_strings(path, "topic", table, "communities", optional=True),
    )


def _beat(path: Path, number: int, table: dict[str, Any]) -> Beat:
    slug = _string(path, f"beat {number}", table, "slug")
    where = f"beat {slug}"
    if not _SLUG.fullmatch(slug):
        raise _fault(path, where, "slug: use lower-case letters, digits and single hyphens")
    return Beat(
        slug=slug,
        name=_string(path, where, table, "name"),
        description=_string(path, where, table, "description"),
        terms=_strings(path, where, table, "terms"),
        communities=_strings(path, where, table, "communities", optional=True),
    )


def _string(path: Path, where: str, table: dict[str, Any], field: str) -> str:
    value = table.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _fault(path, where, f"{field}: a non-empty text is needed")
    return value.strip()


def _strings(
    path: Path, where: str, table: dict[str, Any], field: str, *, optional: bool = False
) -> tuple[str, ...]:
    value = table.get(field, [] if optional else None)
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise _fault(path, where, f"{field}: a list of texts is needed")
    if not value and not optional:
        raise _fault(path, where, f"{field}: at least one is needed")
    return tuple(item.strip() for item in value)


def _fault(path: Path, where: str, what: str) -> ConfigError:
    return ConfigError(f"the beats file {path}, [{where}] {what} (docs/configuration.md#beats_file)")
