"""The mood of a beat: how many people of each community are for what it brings up, and how many against."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.detect.moods import tally
from bot.detect.shares import Share
from bot.domain.place import place_name
from bot.publish.card import chart
from bot.store import moods
from bot.write.discord import escape
from handlers.discord import shown
from handlers.discord.shown import Shown
from handlers.discord.words import say

if TYPE_CHECKING:
    from discord import Locale

    from bot.domain.mood import Tally, Voiced
    from bot.pipeline.newsroom import Office

_DAYS = 7
# Of fewer people nothing can be said.
_FEWEST = 8
_MOST_PLACES = 6


async def of_beat(office: Office, slug: str, locale: Locale) -> Shown:
    """Return the mood of a beat over the last week as a chart, with the same in words."""
    if slug not in {beat.slug for beat in office.book.beats}:
        return Shown(say(locale, "no-beat"))
    end = office.clock.now()
    async with office.store.read() as connection:
        voiced = await moods.of_beat(connection, slug, end - timedelta(days=_DAYS), end)
    heard = _by_place(voiced)
    if not heard:
        return Shown(say(locale, "no-mood", days=_DAYS))
    title = say(locale, "title-mood", beat=shown.beat_name(office, slug))
    period = f"People by the side they take, seven days to {end:%-d %B %Y}"
    picture = await asyncio.to_thread(chart, title, period, heard, bot_name=office.settings.bot_name)
    return Shown(embed=shown.listed(office, title, [_line(*item, locale) for item in heard]), picture=picture)


def _by_place(voiced: list[Voiced]) -> list[tuple[str, Tally]]:
    """Return the communities of which enough people were heard, the largest first."""
    places: defaultdict[str, list[Voiced]] = defaultdict(list)
    for one in voiced:
        places[place_name(one.source, one.place)].append(one)
    tallies = [(name, tally(said)) for name, said in places.items()]
    enough = [item for item in tallies if item[1].people >= _FEWEST]
    return sorted(enough, key=lambda item: (-item[1].people, item[0]))[:_MOST_PLACES]


def _line(name: str, mood: Tally, locale: Locale) -> str:
    counts = {"people": mood.people, "favour": mood.favour, "against": mood.against}
    told = say(locale, "mood-sides", **{key: f"{number:,}" for key, number in counts.items()})
    if mood.sides < _FEWEST:
        told = say(locale, "mood-few", sides=told)
    else:
        low, high = Share(mood.against, mood.sides).interval()
        told = say(locale, "mood-range", sides=told, low=f"{low:.0f}", high=f"{high:.0f}")
    return f"**{escape(name)}** · {told}"
