"""What a story counts, and from when."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from bot.domain.volume import of_story
from tests.factory import NOON

_HOUR = timedelta(hours=1)


def test_the_hours_of_a_story_lie_between_its_start_and_its_end() -> None:
    """Start and end are as far apart as the hours beside them say: from the first post to the telling."""
    noticed = SimpleNamespace(observed=36, authors=36, window_start=NOON - 24 * _HOUR, window_end=NOON)
    written = NOON + 3 * _HOUR
    first = (NOON - 3 * _HOUR).timestamp()
    told = {"at:first": first, "at:told": NOON.timestamp()}
    # Beside a told story that is only near, all is counted; an update counts what is new.
    for more, hours in (({"at:first": first}, 6), (told, 6), (told | {"new": 50.0}, 4)):
        numbers = {"records": 50.0, "authors": 50.0, "hours": float(hours), **more}
        counted = of_story(numbers, written, noticed)
        assert (counted.posts, counted.hours, counted.end) == (50, hours, written)
        assert counted.end - counted.start == hours * _HOUR
    assert of_story({}, written, noticed).hours == 24
