"""The models: which does what, with how much effort, and what it costs. Every figure is of November 2026.

Prices are list prices in micro-dollars per million tokens. A model that is not listed costs what the
operator says, or as much as the dearest one that is, so that an unknown name can't pass the cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITER_MODEL = "claude-sonnet-5-5"
SMALL_MODEL = "claude-haiku-5-5"


class Stage(StrEnum):
    """What a model is asked for, in the order of a story."""

    PLAN = "plan"
    NARRATIVE = "narrative"
    PACKAGING = "packaging"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class Work:
    """How a stage is asked: the effort, and the most tokens of an answer, thinking included."""

    effort: str
    max_tokens: int


WORK: Mapping[Stage, Work] = {
    Stage.PLAN: Work("low", 4_000),
    Stage.NARRATIVE: Work("medium", 12_000),
    Stage.PACKAGING: Work("low", 4_000),
    Stage.READING: Work("low", 8_000),
}


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in micro-dollars; `above` prices whole prompts longer than `threshold`."""

    input: int
    output: int
    threshold: int | None = None
    above: Price | None = None

    def at(self, prompt_tokens: int) -> Price:
        """Return the price that holds for a prompt of that length."""
        if self.above is None or self.threshold is None or prompt_tokens <= self.threshold:
            return self
        return self.above


PRICES = {
    "claude-fable-5-1": Price(10_000_000, 50_000_000),
    "claude-opus-5-5": Price(4_000_000, 20_000_000),
    "claude-sonnet-5-5": Price(2_000_000, 10_000_000),
    "claude-haiku-5-5": Price(100_000, 500_000, threshold=100_000, above=Price(500_000, 2_500_000)),
}
DEAREST = max(PRICES.values(), key=lambda price: price.output)

# Of the input price: a write to the five-minute prompt cache, and a read from it, in per cent.
CACHE_WRITE_PERCENT = 125
CACHE_READ_PERCENT = 10


def flat(usd: float) -> Price:
    """Return the price of `usd` dollars a million tokens, in or out; of one's own machine that is 0."""
    micros = ceil(usd * 1_000_000)
    return Price(micros, micros)


def price_of(model: str, unlisted: Price = DEAREST) -> Price:
    """Return the price of `model`, a dated snapshot of a listed one included; others cost `unlisted`."""
    listed = [name for name in PRICES if model == name or model.startswith(f"{name}-20")]
    return PRICES[listed[0]] if listed else unlisted
