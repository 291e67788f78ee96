"""Templates: the environment they run in and the words they may use. Everything is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2

from bot.domain.signal import SignalKind
from bot.domain.text import clean, squeeze
from bot.domain.volume import usual
from bot.web import chart
from bot.web.view import community, platform, safe_url

if TYPE_CHECKING:
    from datetime import datetime

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Below this a number keeps one decimal.
_WHOLE_FROM = 10
_REASONS = {
    SignalKind.SURGE: "Surge",
    SignalKind.NEWCOMER: "New matter",
    SignalKind.MOOD_SHIFT: "Shift of mood",
    SignalKind.DIVERGENCE: "Divergence",
    SignalKind.RETURN: "Return",
}


@cache
def environment() -> jinja2.Environment:
    """Return the one template environment."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("bot.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        day=_day, moment=_moment, amount=_amount, platform=platform, safe_url=safe_url, heard=_heard,
        reason=_REASONS.__getitem__, counted=_counted, community=community, usual=usual,
    )  # fmt: skip
    env.globals.update(chart=chart)
    return env


def render(template: str, **context: Any) -> str:  # noqa: ANN401 - whatever the template names
    """Return the text of `template` filled with `context`."""
    return environment().get_template(template).render(context)


def _day(when: datetime) -> str:
    return f"{when.day}\N{NO-BREAK SPACE}{_MONTHS[when.month - 1]} {when.year}"


def _moment(when: datetime) -> str:
    return f"{_day(when)}, {when:%H:%M} UTC"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE_FROM or value == round(value) else f"{value:.1f}"


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _heard(text: str) -> str:
    return squeeze(clean(text))
