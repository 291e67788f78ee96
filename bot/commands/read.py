"""Commands that read the store: story, wire and ask."""

from __future__ import annotations

from rich.console import Console

from bot import app, screen
from bot import settings as configuration
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.detect import beats as book
from bot.domain.publication import PublicationState
from bot.domain.story import StoryState
from bot.operate import costs
from bot.store import decisions, pages, records, spend
from bot.web.document import document
from handlers import questions


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


async def show(
    story_id: str, /, *, report: bool = False, data_dir: DataDir = None, as_json: Json = False
) -> int:
    """Show one story: as it reads on Bluesky and Discord, or whole with --json.

    Parameters
    ----------
    report
        Show instead every check of every claim: what it looked at, and its verdict.
    """
    settings = configuration.load(data_dir=data_dir)
    async with app.store(settings, alone=False) as store, store.read() as connection:
        found = await pages.dossier(connection, story_id)
        calls = await spend.entries(connection, signal_id=found.story.signal_id)
    if report:
        document_or_table = screen.document if as_json else screen.report
        document_or_table(screen.report_document(found.story))
    elif as_json:
        whole = document(found, bot_name=settings.bot_name)
        screen.document(whole | {"spend": costs.total(calls)})
    else:
        if found.story.state is not StoryState.PUBLISHED:
            screen.say(screen.standing(found.story))
        screen.preview(Console(), settings, book.load(settings.beats_file), found.story)
        screen.conflicts([item for item in found.publications if item.state is PublicationState.CONFLICT])
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
        cited = {item.record_id for item in found.story.draft.citations()}
        known = await records.get(connection, cited)
    claims = screen.claims_of_post(settings, book.load(settings.beats_file), found.story, post)
    answer = questions.answer(found.story, known, question, claim_ids=claims)
    if as_json:
        screen.document(screen.answer(answer))
    else:
        screen.say(questions.render(answer))
    return 0
