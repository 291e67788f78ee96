"""Commands of the review desk; they work beside the running service, and without it."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from bot import screen
from bot.commands import docket
from bot.commands.office import at_desk, whoami
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.pipeline import case, desk

Words = Annotated[
    list[tuple[str, str]] | None, Parameter(name="--claim", negative=(), consume_multiple=False)
]
EvenApproved = Annotated[bool, Parameter(name="--even-approved", negative=())]


async def list_held(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """List what waits for a person: held stories, publications in conflict, stories that readers dispute."""
    async with at_desk(data_dir) as office:
        found = docket.Waiting(
            await case.held(office), await case.conflicts(office), await case.disputes(office)
        )
        now = office.clock.now()
    if as_json:
        screen.document(docket.listing_document(found))
    else:
        docket.listing(found, now)
    return 0


async def show(story_id: str, /, *, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Show all that a person needs to decide about a story.

    Parameters
    ----------
    story_id
        The story.
    """
    async with at_desk(data_dir) as office:
        found = await case.get(office, story_id)
    if as_json:
        screen.document(docket.document(found))
    else:
        docket.show(found)
    return 0


async def approve(story_id: str, /, *, data_dir: DataDir = None) -> int:
    """Let a held story go out, without the claims that do not pass the checks.

    Parameters
    ----------
    story_id
        The story.
    """
    async with at_desk(data_dir) as office:
        story = await desk.approve(office, story_id, whoami())
        waits = (await case.get(office, story_id)).waits
    screen.say(f"{story.id} is approved (version {story.version}); {_next(waits)}.")
    return 0


async def kill(
    story_id: str, /, *, reason: str, even_approved: EvenApproved = False, data_dir: DataDir = None
) -> int:
    """Decide against a held story.

    Parameters
    ----------
    story_id
        The story.
    reason
        Why; kept for the desk, never shown to readers.
    even_approved
        Also if it was approved already, as long as no channel was tried with it.
    """
    async with at_desk(data_dir) as office:
        story = await desk.kill(office, story_id, whoami(), reason, even_approved=even_approved)
    screen.say(f"{story.id} is killed.")
    return 0


async def edit(
    story_id: str,
    /,
    *,
    headline: str | None = None,
    deck: str | None = None,
    claim: Words = None,
    data_dir: DataDir = None,
) -> int:
    """Give a held story other words; they have to pass the same checks, or nothing is changed.

    Parameters
    ----------
    story_id
        The story.
    headline
        The new headline.
    deck
        The new deck.
    claim
        The id of a claim (`groundswell desk show` lists them) and its new words; may be given several times.
    """
    changes = {desk.HEADLINE: headline, desk.DECK: deck} | dict(claim or ())
    wanted = {name: text for name, text in changes.items() if text is not None}
    async with at_desk(data_dir) as office:
        story = await desk.edit(office, story_id, whoami(), wanted)
    screen.say(f"{story.id} is at version {story.version}, fidelity {story.report.fidelity}.")
    return 0


def _next(waits: str | None) -> str:
    return f"it waits: {waits}" if waits else "the service publishes it at its next tick"
