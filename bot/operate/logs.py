"""Logs: one event a line on stderr, JSON for machines, plain for a terminal, never a secret."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import SecretStr
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.stdlib import ProcessorFormatter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from typing import TextIO

    from bot.settings import Settings

HIDDEN = "[hidden]"

_HANDLER = "groundswell"
_OURS = ("bot", "handlers")
# Shorter values ("a", "123") are no secrets worth the name, and would blank out ordinary words.
_SHORTEST_SECRET = 6
_SECRET_KEY = re.compile(
    r"(?i)pass(?:word|wd|phrase)|secret|(?:api|access|private)_?key|authorization|cookie|jwt|token$"
)
_SECRET_SHAPES = (
    re.compile(r"sk-[A-Za-z]+-[\w-]{8,}"),
    re.compile(r"(?i)(?<=bearer )\S+|(?<=basic )[\w+/]{8,}=*"),
    re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)


class Redactor:
    """A processor that hides the settings' secrets, and whatever looks like a secret, wherever it stands."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted(
            {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True
        )
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Return the event without secrets; values that are not plain data become their repr first."""
        return {self.clean(key): self._value(key, value) for key, value in event.items()}

    def clean(self, text: str) -> str:
        """Return `text` with every secret in it hidden."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for shape in _SECRET_SHAPES:
            text = shape.sub(HIDDEN, text)
        return text

    def _value(self, key: str, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {self.clean(str(name)): self._value(str(name), item) for name, item in value.items()}
        if _SECRET_KEY.search(key):
            return HIDDEN
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(key, item) for item in value]
        return self.clean(value if isinstance(value, str) else repr(value))


def secrets_of(settings: Settings) -> set[str]:
    """Return every secret among the settings, and the password within the database's URL."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    found = {value.get_secret_value() for value in values if isinstance(value, SecretStr)}
    passwords = {urlsplit(value).password for value in found if "://" in value}
    return found | {form for password in passwords if password for form in (password, unquote(password))}


def configure(level: str, settings: Settings | None = None, *, stream: TextIO | None = None) -> None:
    """Send every log event of ours from `level` on, and other packages' warnings, to `stream` (stderr).

    Safe to call again: the last call stands.
    """
    stream = stream or sys.stderr
    shared: list[Callable[..., Any]] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    plain = ConsoleRenderer(exception_formatter=plain_traceback)
    handler = logging.StreamHandler(stream)
    handler.set_name(_HANDLER)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                Redactor(secrets_of(settings) if settings is not None else ()),
                plain if stream.isatty() else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    _install(handler, level)


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in [other for other in root.handlers if other.get_name() == _HANDLER]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
