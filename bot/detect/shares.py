"""Shares of people, with what is not known about them.

A share seen in k of n people has the posterior Beta(1 + k, 1 + n - k) (Gelman et al., Bayesian Data Analysis,
3rd ed., section 2.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betaincinv, betaln


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole` people."""

    part: int
    whole: int

    @property
    def expected(self) -> float:
        """The posterior mean, from 0 to 1."""
        return (1 + self.part) / (2 + self.whole)

    @property
    def variance(self) -> float:
        """The posterior variance."""
        return self.expected * (1 - self.expected) / (self.whole + 3)

    @property
    def percent(self) -> float:
        """The share as it was seen, in percent."""
        return 100 * self.part / self.whole if self.whole else 0.0

    def interval(self) -> tuple[float, float]:
        """Return the 90 % interval, in percent."""
        shape = (1 + self.part, 1 + self.whole - self.part)
        return 100 * float(betaincinv(*shape, 0.05)), 100 * float(betaincinv(*shape, 0.95))


def chance_larger(one: Share, other: Share) -> float:
    """Return the chance that the share behind `one` is larger than that behind `other`.

    Exact for Beta posteriors with whole-number shapes (Cook 2005, "Exact calculation of beta inequalities").
    """
    a, b = 1 + one.part, 1 + one.whole - one.part
    c, d = 1 + other.part, 1 + other.whole - other.part
    terms = (
        math.exp(betaln(c + i, d + b) - math.log(b + i) - betaln(1 + i, b) - betaln(c, d)) for i in range(a)
    )
    return min(1.0, sum(terms))
