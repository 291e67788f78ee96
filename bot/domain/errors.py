"""Everything that can go wrong, on one screen.

GroundswellError
├── ConfigError          a setting, or a word of a command, is missing or wrong
├── InputError           a file or payload that was handed in cannot be used
├── NotFoundError        no such story, storyline, beat, record or person
├── TransitionError      a row was asked to make a move its state does not allow
│   └── DecidedError     somebody else decided first, or the story is not what the person saw
├── EditError            an edit of a story does not pass the checks
├── StoreError           the store cannot be opened or is held by another bot
├── SourceError          a source did not give what was asked for
├── WriterError          a writer gave no usable draft
│   └── BudgetError      the next call could pass the spending cap
└── PublishError         a channel did not take a publication
    └── PlaceLostError   the place it was for is gone, or closed to the bot
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.decision import Decision
    from bot.domain.story import Check


class GroundswellError(Exception):
    """Base of every error this project raises on purpose."""


class ConfigError(GroundswellError):
    """A setting, or a word of a command, is missing or wrong.

    The message names it, and where a setting is documented.
    """


class InputError(GroundswellError):
    """What was handed in cannot be used; the message names the file and line or the field."""


class NotFoundError(GroundswellError):
    """Nothing with that id is in the store."""


class TransitionError(GroundswellError):
    """The state a row is in does not allow the move that was asked for."""


class DecidedError(TransitionError):
    """A person's decision comes too late; `decision` is the one that stands, if a person made it."""

    def __init__(self, message: str, *, decision: Decision | None = None) -> None:
        super().__init__(message)
        self.decision = decision


class EditError(GroundswellError):
    """An edit does not pass the checks, so nothing was changed; `failed` says which checks, and why."""

    def __init__(self, message: str, *, failed: tuple[Check, ...]) -> None:
        super().__init__(message)
        self.failed = failed


class StoreError(GroundswellError):
    """The store cannot be opened, or another bot holds it."""


class SourceError(GroundswellError):
    """A source did not give what was asked for.

    `retry_at` is the earliest time the server allows another try (UTC), if it said so; `status` is the HTTP
    status it answered with, if that is what was wrong.
    """

    def __init__(self, message: str, *, retry_at: datetime | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        self.status = status


class WriterError(GroundswellError):
    """A writer gave no usable draft; `reason` is a short machine-readable word."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class BudgetError(WriterError):
    """The next model call could pass the spending cap, so it was not made.

    `reason` is "provider-cap" if the cap is the provider's own.
    """

    def __init__(self, message: str, *, reason: str = "budget") -> None:
        super().__init__(message, reason=reason)


class PublishError(GroundswellError):
    """A channel did not take a publication; `retry_at` says when to try again (UTC).

    `conflict` says that trying again would not help: something else stands where the publication belongs, and
    a person has to look. `reason` is the network's own word for what is wrong, if it gave one.
    """

    def __init__(
        self, message: str, *, retry_at: datetime | None = None, conflict: bool = False, reason: str = ""
    ) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        self.conflict = conflict
        self.reason = reason


class PlaceLostError(PublishError):
    """The place a publication was for is gone, or the bot may not post there; the message says which.

    Nothing more is planned for such a place until somebody follows anew.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, conflict=True)
