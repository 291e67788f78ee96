"""Trying out a key for the Claude API, without spending anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.domain.errors import WriterError

if TYPE_CHECKING:
    from types import ModuleType

    from pydantic import SecretStr

_SECONDS = 10.0


async def try_key(api_key: SecretStr, *, base_url: str | None = None) -> None:
    """Ask the API for its models with `api_key`, which costs nothing.

    Raises WriterError with reason "credentials" if the key is refused, else "unavailable".
    """
    # The SDK takes a second to import, which belongs neither on the event loop nor before a bare --help.
    sdk = await asyncio.to_thread(_sdk)
    try:
        async with sdk.AsyncAnthropic(
            api_key=api_key.get_secret_value(), base_url=base_url, max_retries=0, timeout=_SECONDS
        ) as client:
            await client.models.list(limit=1)
    except (sdk.AuthenticationError, sdk.PermissionDeniedError) as error:
        msg = f"the Claude API refuses the key (status {error.status_code})"
        raise WriterError(msg, reason="credentials") from None
    except sdk.APIStatusError as error:
        msg = f"the Claude API answered with status {error.status_code}"
        raise WriterError(msg, reason="unavailable") from None
    except (sdk.APIError, ValueError) as error:
        msg = f"the Claude API could not be asked ({type(error).__name__})"
        raise WriterError(msg, reason="unavailable") from None


def _sdk() -> ModuleType:
    import anthropic  # noqa: PLC0415 - see above

    return anthropic
