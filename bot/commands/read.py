"""Commands that read the store: story, wire, beats and ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.console import Console

from bot import app, screen
from bot import settings as configuration
from bot.commands.office import at_desk, whoami
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.detect import beats as book
from bot.domain.errors import ConfigError
from bot.pipeline import switches
from bot.store import decisions, pages, records
from bot.web.document import document
from handlers import questions

if TYPE_CHECKING:
    from bot.pipeline.newsroom import Office


async def list_stories(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """List the stories readers can see, newest first."""
    async with (
        app.store(configuration.load(data_dir=data_dir), alone=False) as store,
        store.read() as connection,
    ):
        cards = await pages.cards(connection, limit=1_000)
    if as_json:
        screen.document([screen.card(item) for item in cards])
    else:
        screen.cards(cards)
    return 0


async def show(story_id: str, /, *, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Show one story: as it reads on Bluesky and Discord, or whole with --json."""
    settings = configuration.load(data_dir=data_dir)
    async with app.store(settings, alone=False) as store, store.read() as connection:
        found = await pages.dossier(connection, story_id)
    if as_json:
        screen.document(document(found, bot_name=settings.bot_name))
    else:
        screen.preview(Console(), settings, book.load(settings.beats_file), found.story)
    return 0


async def wire(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Show the newest signals: what the detector saw, and what became of it."""
    async with (
        app.store(configuration.load(data_dir=data_dir), alone=False) as store,
        store.read() as connection,
    ):
        entries = await pages.wire(connection, limit=50)
        halted = await decisions.halted(connection)
    if as_json:
        screen.document([screen.entry(item) for item in entries])
    else:
        if halted is not None:
            screen.say(f"Publishing is {halted}; `groundswell resume` lets it go on.")
        screen.wire(entries)
    return 0


async def beats(
    move: Literal["mute", "unmute"] | None = None,
    slug: str | None = None,
    /,
    *,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> int:
    """Show the beats the bot covers; or mute one: nothing new is told or published on it; or unmute it.

    Parameters
    ----------
    move
        `mute` or `unmute`; leave it out to show the beats.
    slug
        Which beat.
    """
    async with at_desk(data_dir) as office:
        if move is not None:
            screen.say(await _switch(office, move, slug))
            return 0
        async with office.store.read() as connection:
            muted = await decisions.muted(connection)
    if as_json:
        screen.document([screen.beat(item, muted.get(item.slug)) for item in office.book.beats])
    else:
        screen.beats(office.book.beats, muted)
    return 0


async def _switch(office: Office, move: str, slug: str | None) -> str:
    if slug is None:
        msg = f"which beat? groundswell beats {move} SLUG (`groundswell beats` shows them)"
        raise ConfigError(msg)
    if move == "mute":
        return f"The beat {slug} is {await switches.mute(office, slug, whoami())}."
    ended = await switches.unmute(office, slug, whoami())
    return f"The beat {slug} is told again; it was {ended}." if ended else f"The beat {slug} was not muted."


async def ask(
    story_id: str,
    question: str,
    /,
    *,
    post: int | None = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> int:
    """Ask a story for its sources, or anything its records can answer.

    Parameters
    ----------
    story_id
        The story.
    question
        What a reader would write, such as "what are the sources?".
    post
        The number of the post in the story's thread that is replied to.
    """
    settings = configuration.load(data_dir=data_dir)
    async with app.store(settings, alone=False) as store, store.read() as connection:
        found = await pages.dossier(connection, story_id)
        cited = {item.record_id for claim in found.story.draft.claims() for item in claim.citations}
        known = await records.get(connection, cited)
    claims = screen.claims_of_post(settings, book.load(settings.beats_file), found.story, post)
    answer = questions.answer(found.story, known, question, claim_ids=claims)
    if as_json:
        screen.document(screen.answer(answer))
    else:
        screen.say(questions.render(answer))
    return 0
