"""What a model call may cost at most, what it did cost, and the ledger port that keeps both."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bot.domain.models import CACHE_READ_PERCENT, CACHE_WRITE_PERCENT, DEAREST, Price, price_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a provider adds to a prompt on its own: the rules of citing, the rules of a schema.
_ADDED_BY_PROVIDER = 2_000
_PER_MILLION = 1_000_000


class Ledger(Protocol):
    """Keeps what was promised to model calls and what they cost, under the caps."""

    async def reserve(self, micros: int, *, stage: str, model: str, signal_id: str) -> str:
        """Promise `micros` (micro-dollars) to one call and return the promise's id.

        Raises BudgetError if the call could pass a cap, or while the provider's own cap holds.
        """
        ...

    async def settle(self, reservation: str, micros: int, usage: Mapping[str, int], *, outcome: str) -> None:
        """Replace the promise by what the call cost; `outcome` says in a word how it ended."""
        ...

    async def pause(self) -> None:
        """Promise nothing more today: the provider's own cap is reached."""
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens a call was billed for."""

    input_tokens: int
    output_tokens: int
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    @property
    def prompt(self) -> int:
        """The whole prompt, however it was billed."""
        return self.input_tokens + self.cache_creation_input_tokens + self.cache_read_input_tokens

    def counts(self) -> dict[str, int]:
        """Return the counts by the provider's names."""
        return asdict(self)

    def cost(self, model: str, unlisted: Price = DEAREST) -> int:
        """Return what these tokens cost in micro-dollars, rounded up: at list price, or at `unlisted`."""
        price = price_of(model, unlisted).at(self.prompt)
        prompt = (
            100 * self.input_tokens
            + CACHE_WRITE_PERCENT * self.cache_creation_input_tokens
            + CACHE_READ_PERCENT * self.cache_read_input_tokens
        )
        return _ceil(prompt * price.input + 100 * self.output_tokens * price.output, 100 * _PER_MILLION)


def read_usage(said: Any, *, replied: bool) -> Usage | None:  # noqa: ANN401 - whatever the endpoint sent
    """Return the usage an endpoint states, or None if it is not one that can be believed.

    No request is without tokens, nor is what was `replied`.
    """
    if not isinstance(said, dict):
        return None
    counts = {
        name: said.get(name) or 0 for name in ("cache_creation_input_tokens", "cache_read_input_tokens")
    } | {name: said.get(name) for name in ("input_tokens", "output_tokens")}
    if not all(type(count) is int and count >= 0 for count in counts.values()):
        return None
    usage = Usage(**counts)
    return usage if usage.prompt and (usage.output_tokens or not replied) else None


def worst_case(model: str, *, request_bytes: int, max_tokens: int, unlisted: Price = DEAREST) -> int:
    """Return the most a call can cost, in micro-dollars.

    A token stands for at least one byte of the request, so the bytes bound the tokens without a call to count
    them, whatever tokeniser a model has; all of them are priced as a write to the prompt cache.
    """
    prompt = request_bytes + _ADDED_BY_PROVIDER
    return Usage(0, max_tokens, cache_creation_input_tokens=prompt).cost(model, unlisted)


def _ceil(amount: int, unit: int) -> int:
    return -(-amount // unit)
