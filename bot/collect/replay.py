"""Recorded discourse from files, in the order in which it was said, in bounded memory.

Lines are read once, checked, and sorted in runs on disk; the runs are then merged. A file may be gzipped and
need not be sorted. A bad line is counted and reported with its number, and the rest goes on.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import os
import pickle
import stat
import tempfile
import zlib
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Self, cast

from bot.collect.interchange import MAX_LINE, parse_line
from bot.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.domain.record import Record

    Key = tuple[datetime, int, int]

_RUN = 20_000
_SHOWN = 20


@dataclass(slots=True)
class BadLines:
    """What could not be read: how many lines, and the first few with file, line number and reason."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, path: Path, number: int, reason: str) -> None:
        """Count one line and keep its reason while few are kept."""
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append(f"{path.name}:{number}: {reason}")


class Recording:
    """Records from files, sorted by the time they were said. Use as a context manager."""

    def __init__(self, paths: Sequence[Path], *, not_after: datetime) -> None:
        self._paths = paths
        self._not_after = not_after
        # Files without a name: whatever ends the process, nothing of what people wrote is left behind.
        self._runs: list[IO[bytes]] = []
        self._digest = hashlib.sha256()
        self.bad = BadLines()
        self.good = 0

    def __enter__(self) -> Self:
        """Read and sort everything.

        Raises InputError if a file cannot be opened.
        """
        try:
            self._sort()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _sort(self) -> None:
        run: list[tuple[Key, Record]] = []
        for file_number, path in enumerate(self._paths):
            for line_number, line in _lines(path, self.bad):
                try:
                    record = parse_line(line, not_after=self._not_after)
                except InputError as error:
                    self.bad.add(path, line_number, str(error))
                    continue
                self.good += 1
                self._digest.update(line)
                run.append(((record.created_at, file_number, line_number), record))
                if len(run) == _RUN:
                    self._spill(run)
        self._spill(run)

    def __exit__(self, *_: object) -> None:
        """Remove the runs."""
        for run in self._runs:
            run.close()

    @property
    def fingerprint(self) -> str:
        """Identify what is in the files, so that an interrupted replay of it can go on."""
        return self._digest.hexdigest()[:16]

    def records(self, *, skip: int = 0) -> Iterator[Record]:
        """Yield the good records in order, after the first `skip`; one reader at a time."""
        merged = heapq.merge(*map(_sorted_run, self._runs), key=itemgetter(0))
        for _, record in islice(merged, skip, None):
            yield record

    def _spill(self, run: list[tuple[Key, Record]]) -> None:
        if not run:
            return
        run.sort(key=itemgetter(0))
        out = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the recording
        self._runs.append(out)
        for item in run:
            pickle.dump(item, out)
        run.clear()


def _sorted_run(run: IO[bytes]) -> Iterator[tuple[Key, Record]]:
    run.seek(0)
    while True:
        try:
            yield pickle.load(run)  # noqa: S301 - this process wrote it, and the file has no name
        except EOFError:
            return


def _open(path: Path, *, zipped: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path, "rb")) if zipped else path.open("rb")


def _lines(path: Path, bad: BadLines) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as probe:
            if not stat.S_ISREG(os.fstat(probe.fileno()).st_mode):
                # It is read more than once, which a pipe does not allow.
                msg = f"{path} cannot be read: it is not a regular file"
                raise InputError(msg)
            zipped = probe.read(2) == b"\x1f\x8b"
        source = _open(path, zipped=zipped)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise InputError(msg) from error
    with source:
        number = 0
        try:
            while line := source.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    bad.add(path, number, f"longer than {MAX_LINE:,} bytes")
                    while line and not line.endswith(b"\n"):
                        line = source.readline(MAX_LINE)
                elif line.strip():
                    yield number, line
        except (OSError, EOFError, zlib.error) as error:
            bad.add(path, number + 1, f"the file breaks off here: {error}")
