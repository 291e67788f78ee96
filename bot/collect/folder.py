"""A folder that is watched: what is appended to its JSON Lines files, in the interchange format, is heard."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.collect.intake import Batch
from bot.collect.interchange import MAX_LINE, parse_line
from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.port import Haul

NAME = "folder"

_MAX_BYTES = 32 * 1024 * 1024
_HURRY = timedelta(seconds=5)


class Folder:
    """Records from `*.jsonl` files in one folder; each line is read once, when it has its line end."""

    name = NAME
    interval = timedelta(minutes=1)

    def __init__(self, folder: Path | None) -> None:
        self.targets: Sequence[str] = (str(folder),) if folder else ()
        self.off_reason: str | None = None if folder else "no folder is configured"

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Read what was appended since the cursor, at most 32 MB; a file that became shorter is read anew.

        Raises SourceError if the folder cannot be read.
        """
        known = cursor.get("read")
        places: dict[str, int] = {
            name: at
            for name, at in (known.items() if isinstance(known, dict) else ())
            if isinstance(name, str) and isinstance(at, int)
        }
        try:
            batch, reached, more = await asyncio.to_thread(_read, Path(target), places, now)
        except OSError as error:
            msg = f"{target} cannot be read: {error.strerror or error}"
            raise SourceError(msg) from None
        return batch.haul({"read": reached}, next_check_at=now + _HURRY if more else None, unfinished=more)


def _read(folder: Path, places: Mapping[str, int], now: datetime) -> tuple[Batch, dict[str, int], bool]:
    batch, reached, room = Batch(), dict[str, int](), _MAX_BYTES
    # A name that leads out of the folder is not followed.
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix == ".jsonl" and path.is_file() and not path.is_symlink()
    )
    for path in files:
        size, start = path.stat().st_size, places.get(path.name, 0)
        at = start if start <= size else 0
        with path.open("rb") as file:
            file.seek(at)
            while room > 0 and (line := file.readline(MAX_LINE + 2)):
                whole = line.endswith(b"\n")
                if not whole and len(line) <= MAX_LINE:
                    break
                at, room = at + len(line), room - len(line)
                if line.strip():
                    batch.read(lambda raw: parse_line(raw, not_after=now), line.strip())
        reached[path.name] = at
    return batch, reached, room <= 0
