"""Reading ahead: a second process reads the records of a recording before their time comes.

Noticing takes a reading where there is one and reads the record itself where there is none, so whatever
becomes of the second process, nothing but the time it takes depends on it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Self

import structlog

from bot.detect.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from bot.domain.record import Record

_TOGETHER, _WAITING = 250, 4
# A story looks at what was said over a day or more once again.
_KEPT = 4 * _TOGETHER * _WAITING
# Of the environment, which holds the bot's secrets, a reader of strangers' texts gets what starts it.
_HANDED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")

log = structlog.get_logger(__name__)


def reading_ahead() -> AbstractContextManager[Ahead | None]:
    """Return a process that reads; nothing where none can be started, and the log says so."""
    try:
        return Ahead()
    except OSError as error:
        log.warning("not read ahead", action="replay", status="skipped", error=str(error))
        return nullcontext()


class Ahead:
    """A process that reads. Use as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - nothing of it comes from outside
            [sys.executable, "-P", "-c", f"from {Reading.__module__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
        )
        self._turns = ThreadPoolExecutor(1, "reading ahead")
        self._handed: dict[str, tuple[Record, int, Future[list[Reading]]]] = {}
        self._missed = False

    def __enter__(self) -> Self:
        """Nothing is read yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.kill()
        self._turns.shutdown(cancel_futures=True)
        self._process.communicate()

    def through(self, said: Iterator[Record]) -> Iterator[Record]:
        """Yield what was `said`, while what comes next is being read."""
        waiting: deque[list[Record]] = deque()
        while together := list(islice(said, _TOGETHER)):
            self._hand(together)
            waiting.append(together)
            if len(waiting) > _WAITING:
                yield from waiting.popleft()
        for together in waiting:
            yield from together

    def read(self, record: Record) -> Reading:
        """Return what a record says by itself, read ahead or now."""
        handed, number, answer = self._handed.get(record.id, (None, 0, None))
        if answer is None or handed is None or _said(handed) != _said(record):
            return Reading(record)
        try:
            reading = answer.result()[number]
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._miss(error)
            return Reading(record)
        # Once it is noticed, a record knows its language.
        return reading if record.lang in {handed.lang, reading.lang} else Reading(record)

    def _miss(self, error: Exception) -> None:
        """Say once that the process is gone."""
        if not self._missed:
            log.warning("no longer read ahead", action="replay", status="skipped", error=repr(error))
        self._missed = True

    def _hand(self, together: Sequence[Record]) -> None:
        answer = self._turns.submit(self._ask, together)
        for number, record in enumerate(together):
            self._handed[record.id] = record, number, answer
        for forgotten in list(islice(self._handed, max(0, len(self._handed) - _KEPT))):
            del self._handed[forgotten]

    def _ask(self, together: Sequence[Record]) -> list[Reading]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump(together, self._process.stdin)
        self._process.stdin.flush()
        readings: list[Reading] = pickle.load(self._process.stdout)  # noqa: S301 - from a process that this one started
        return readings


def _said(record: Record) -> tuple[object, ...]:
    return record.title, record.text, record.links
