"""What a benchmark says: measures on stdout, one JSON line each; everything else on stderr."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Measure:
    """One number, what it is to reach, and what others reached.

    `least` says whether `target` is the least that will do (else it is the most).
    """

    name: str
    value: float
    unit: str
    target: float
    least: bool = True
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.target if self.least else self.value <= self.target

    def show(self) -> None:
        """Print the measure, and say so if it misses its target."""
        line = asdict(self)
        del line["least"]
        print(json.dumps(line), flush=True)
        if not self.reached:
            say(f"{self.name}: {self.value:g} misses the target of {self.target:g} {self.unit}")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a stream of records cost, in seconds of the clock and of the CPU; the signals it raised."""

    records: int
    seconds: float
    cpu_seconds: float
    signals: int = 0

    @property
    def a_second(self) -> float:
        """Records a second of the clock."""
        return self.records / self.seconds

    @property
    def each_ms(self) -> float:
        """CPU time a record, in milliseconds."""
        return 1_000 * self.cpu_seconds / self.records


def say(text: str) -> None:
    """Say something that is no measure."""
    print(text, file=sys.stderr, flush=True)
