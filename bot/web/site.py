"""The site: every page is rendered from the store when it is asked for."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from bot.domain.card import MIME
from bot.domain.disclosure import disclaimer, mark
from bot.domain.errors import NotFoundError
from bot.domain.story import StoryState
from bot.domain.volume import in_threads, of_story
from bot.store import cards, pages
from bot.store.counted import places
from bot.web import chart as drawing
from bot.web.document import linked_data, published
from bot.web.feed import atom
from bot.web.render import render
from bot.web.reply import FOREVER, HEADERS, NEVER, OK, PAGE, Guard, edition, files, reply
from bot.web.view import story_view, surfaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection
    from starlette.requests import Request
    from starlette.responses import Response

    from bot.domain.beat import Beat
    from bot.domain.clock import Clock
    from bot.settings import Settings
    from bot.store.engine import Store
    from bot.store.pages import Card, Dossier

_FRONT, _PAGE, _WIRE, _FEED, _MORE = 13, 40, 100, 30, 4
_BRIEF_WIRE = 6
_SPARK = 14
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_DAY = timedelta(days=1)
_BEAT_DAYS = 14
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
# RFC 9457.
_PROBLEM = "application/problem+json"
# What readers and programs are told of an HTTP status.
_FAULTS = {
    404: ("There is no such page", "The address is wrong, or what stood here was never published."),
    405: ("That cannot be done here", "These pages can only be read."),
    500: (
        "Something broke",
        "The page could not be made. The mistake was logged; please try again in a minute.",
    ),
}
_ANY_FAULT = ("That did not work", "The server refused this request.")


def build(*, store: Store, settings: Settings, beats: Mapping[str, Beat], clock: Clock) -> Starlette:
    """Return the site as an ASGI application; it only reads, and keeps nothing in memory between requests."""
    site = _Site(store, settings, beats, clock)
    return Starlette(
        routes=[
            Route("/", site.front),
            Route("/stories", site.archive),
            Route("/stories/{story_id}.json", site.story_json),
            Route("/stories/{story_id}", site.story),
            Route("/stories/{story_id}/card.png", site.card),
            Route("/stories/{story_id}/versions/{version}", site.version),
            Route("/beats", site.beats_page),
            Route("/beats/{slug}", site.beat),
            Route("/wire", site.wire),
            Route("/about", site.about),
            Route("/feed.atom", site.feed),
            Route("/healthz", site.health),
            Route("/.well-known/site.standard.publication", site.publication),
            Route("/static/{edition}/{path:path}", site.file),
            Route("/favicon.ico", site.icon),
        ],
        middleware=[Middleware(Guard), Middleware(GZipMiddleware, minimum_size=1_000)],
        exception_handlers={HTTPException: site.refused, Exception: site.broken},
    )


class _Site:
    def __init__(self, store: Store, settings: Settings, beats: Mapping[str, Beat], clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._beats = beats
        self._clock = clock
        self._url = str(settings.site_url).rstrip("/")
        self._common: Mapping[str, Any] = {
            "bot_name": settings.bot_name,
            "mark": mark(settings.bot_name),
            "operator": settings.operator,
            "contact": settings.contact,
            "site_url": self._url,
            "beats": beats,
            "static": f"/static/{edition()}",
        }

    async def front(self, request: Request) -> Response:
        async with self._store.read() as connection:
            cards = await pages.cards(connection, limit=_FRONT)
            wire = await pages.wire(connection, limit=_BRIEF_WIRE)
            first = next((card for card in cards if card.state is not StoryState.RETRACTED), None)
            rest = [card for card in cards if card is not first]
            lead = await self._lead(connection, first) if first else None
            sparks = await _sparks(connection, rest)
            census = None if cards else await pages.census(connection)
            sources = [] if cards else await pages.listening(connection)
        return self._page(
            request, "front.html", path="/", first=first, rest=rest, lead=lead, sparks=sparks, wire=wire,
            census=census, sources=sources,
        )  # fmt: skip

    async def archive(self, request: Request) -> Response:
        number = _number(request.query_params.get("page", "1"))
        async with self._store.read() as connection:
            cards = await pages.cards(connection, limit=_PAGE + 1, offset=(number - 1) * _PAGE)
            total = await pages.count(connection)
        if number > 1 and not cards:
            raise HTTPException(404)
        return self._page(
            request, "archive.html", path="/stories", months=_by_month(cards[:_PAGE]), number=number,
            total=total, more=len(cards) > _PAGE,
        )  # fmt: skip

    async def story(self, request: Request) -> Response:
        return await self._story(request, None)

    async def version(self, request: Request) -> Response:
        return await self._story(request, _number(request.path_params["version"]))

    async def story_json(self, request: Request) -> Response:
        async with self._store.read() as connection:
            dossier = await self._dossier(connection, request.path_params["story_id"], None)
        content = published(dossier, bot_name=self._settings.bot_name)
        return reply(request, json.dumps(content, ensure_ascii=False, indent=1), _JSON)

    async def card(self, request: Request) -> Response:
        async with self._store.read() as connection:
            dossier = await self._dossier(connection, request.path_params["story_id"], None)
            card = await cards.get(connection, dossier.story.id, dossier.story.version)
        if card is None or dossier.story.state is StoryState.RETRACTED:
            raise HTTPException(404)
        return reply(request, card.png, MIME)

    async def publication(self, request: Request) -> Response:
        """Say which record of the network is this site's, so that it can be verified (standard.site)."""
        async with self._store.read() as connection:
            address = await pages.publication_record(connection)
        if address is None:
            raise HTTPException(404)
        return reply(request, address, "text/plain; charset=utf-8")

    async def beats_page(self, request: Request) -> Response:
        async with self._store.read() as connection:
            until = await self._until(connection)
            volumes = await pages.beat_volumes(
                connection, start=until - _BEAT_DAYS * _DAY, step=_DAY, bins=_BEAT_DAYS
            )
            told = await pages.beat_stories(connection)
        return self._page(
            request, "beats.html", path="/beats", volumes=volumes, told=told, until=until, days=_BEAT_DAYS
        )

    async def beat(self, request: Request) -> Response:
        beat = self._beats.get(request.path_params["slug"])
        if beat is None:
            raise HTTPException(404)
        async with self._store.read() as connection:
            cards = await pages.cards(connection, limit=_PAGE, beat=beat.slug)
            sparks = await _sparks(connection, cards)
            wire = await pages.wire(connection, limit=_BRIEF_WIRE, beat=beat.slug)
        return self._page(
            request, "beat.html", path=f"/beats/{beat.slug}", beat=beat, cards=cards, sparks=sparks, wire=wire
        )

    async def wire(self, request: Request) -> Response:
        async with self._store.read() as connection:
            entries = await pages.wire(connection, limit=_WIRE)
            sources = await pages.listening(connection)
        return self._page(request, "wire.html", path="/wire", entries=entries, sources=sources)

    async def about(self, request: Request) -> Response:
        async with self._store.read() as connection:
            census = await pages.census(connection)
            sources = await pages.listening(connection)
        return self._page(request, "about.html", path="/about", census=census, sources=sources)

    async def feed(self, request: Request) -> Response:
        async with self._store.read() as connection:
            cards = await pages.cards(connection, limit=_FEED)
            dossiers = [await pages.dossier(connection, card.id) for card in cards]
        body = atom(
            dossiers,
            beats=self._beats,
            bot_name=self._settings.bot_name,
            site_url=self._url,
            host=urlsplit(self._url).hostname or "localhost",
            updated=max((card.updated_at for card in cards), default=self._clock.now()),
        )
        return reply(request, body, "application/atom+xml; charset=utf-8")

    async def health(self, request: Request) -> Response:
        async with self._store.read() as connection:
            last = await pages.last_record_at(connection)
        content = {
            "status": "ok",
            "now": self._clock.now().isoformat(),
            "last_record_at": last.isoformat() if last else None,
        }
        return reply(request, json.dumps(content), _JSON, cache_control=NEVER)

    async def file(self, request: Request) -> Response:
        found = files().get(request.path_params["path"])
        if found is None or request.path_params["edition"] != edition():
            raise HTTPException(404)
        return reply(request, *found, cache_control=FOREVER)

    async def icon(self, request: Request) -> Response:
        return reply(request, *files()["icon.svg"])

    async def refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # that is what it is registered for
        response = self._fault(request, error.status_code)
        response.headers.update(error.headers or {})
        return response

    async def broken(self, request: Request, error: Exception) -> Response:  # noqa: ARG002 - Starlette's signature
        response = self._fault(request, 500)
        # The outermost layer answers this one, past the Guard.
        response.headers.update(HEADERS)
        return response

    def _fault(self, request: Request, status: int) -> Response:
        title, detail = _FAULTS.get(status, _ANY_FAULT)
        if not request.url.path.endswith((".json", "/healthz")):
            return self._page(
                request, "error.html", path=None, status=status, heading=title, explanation=detail
            )
        problem = {"title": title, "status": status, "detail": detail}
        return reply(request, json.dumps(problem), _PROBLEM, status=status, cache_control=NEVER)

    async def _story(self, request: Request, version: int | None) -> Response:
        async with self._store.read() as connection:
            dossier = await self._dossier(connection, request.path_params["story_id"], version)
            story, signal = dossier.story, dossier.signal
            picture = await self._drawing(connection, dossier)
            counted = of_story(story.numbers, story.created_at, signal)
            related = await pages.related(connection, story)
            more = await pages.cards(connection, limit=_PAGE)
            card_alt = await cards.alt(connection, story.id, story.version)
        linked = {story.id} | {card.id for card in related}
        more = sorted(
            (card for card in more if card.id not in linked), key=lambda card: card.beat != story.beat
        )
        return self._page(
            request,
            "retracted.html" if story.state is StoryState.RETRACTED else "story.html",
            path=f"/stories/{story.id}", dossier=dossier, story=story, signal=signal,
            view=story_view(dossier), counted=counted, picture=picture, card_alt=card_alt,
            surfaces=surfaces(dossier), places=places(dossier.counted),
            threads=in_threads(story.numbers),
            copies=sum(post.person is None for post in dossier.counted), related=related, more=more[:_MORE],
            current=version is None or version == dossier.versions[-1].version,
            disclaimer=disclaimer(self._settings.bot_name, model=story.draft.model),
            linked_data=linked_data(dossier, site_url=self._url, bot_name=self._settings.bot_name),
        )  # fmt: skip

    @staticmethod
    async def _dossier(connection: AsyncConnection, story_id: str, version: int | None) -> Dossier:
        try:
            dossier = await pages.dossier(connection, story_id, version=version)
        except NotFoundError:
            raise HTTPException(404) from None
        if not dossier.story.state.public or dossier.story.version < dossier.versions[0].version:
            raise HTTPException(404)
        return dossier

    async def _lead(self, connection: AsyncConnection, card: Card) -> drawing.Chart:
        return await self._drawing(connection, await pages.dossier(connection, card.id))

    async def _drawing(self, connection: AsyncConnection, dossier: Dossier) -> drawing.Chart:
        over = drawing.span(dossier.signal, dossier.storyline, await self._until(connection))
        counts = await pages.volume(
            connection, dossier.storyline.id, start=over.start, step=over.step, bins=over.bins
        )
        return drawing.chart(counts, over, dossier.signal.baseline)

    async def _until(self, connection: AsyncConnection) -> datetime:
        last = await pages.last_record_at(connection)
        now = self._clock.now()
        return now if last is None else min(now, last)

    def _page(
        self,
        request: Request,
        template: str,
        *,
        path: str | None,
        status: int = 200,
        **context: Any,  # noqa: ANN401 - what the template names
    ) -> Response:
        body = render(template, **self._common, path=path, http_status=status, **context)
        return reply(request, body, _HTML, status=status, cache_control=PAGE if status == OK else NEVER)


def _number(text: str) -> int:
    # Nothing here is counted in more digits, and thousands of them would be no number to Python.
    if not _NUMBER.fullmatch(text):
        raise HTTPException(404)
    return int(text)


def _by_month(cards: Sequence[Card]) -> list[tuple[str, list[Card]]]:
    return [
        (month, list(group)) for month, group in groupby(cards, key=lambda card: f"{card.published_at:%B %Y}")
    ]


async def _sparks(connection: AsyncConnection, cards: Sequence[Card]) -> dict[str, tuple[drawing.Bar, ...]]:
    sparks = {}
    for card in cards:
        step = card.window_end - card.window_start
        counts = await pages.volume(
            connection, card.storyline_id, start=card.window_end - _SPARK * step, step=step, bins=_SPARK
        )
        sparks[card.id] = drawing.spark(counts, inside=range(_SPARK - 1, _SPARK))
    return sparks
