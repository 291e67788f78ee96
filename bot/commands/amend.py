"""Commands that say a later truth about a story: correct and retract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bot import screen
from bot.commands.office import at_desk
from bot.commands.options import DataDir, DryRun, Json  # noqa: TC001 - the command line reads the annotations
from bot.pipeline import amend

if TYPE_CHECKING:
    from bot.pipeline.amend import Amendment

Note = Annotated[str, Parameter(name="--note", help="What was wrong and what is right, in a sentence.")]
Reason = Annotated[str, Parameter(name="--reason", help="Why it does not stand, in a sentence.")]
Remove = Annotated[
    bool,
    Parameter(name="--delete-thread", negative=(), help="Take the whole thread away; else a reply says so."),
]


async def correct(
    story_id: str, /, *, note: Note, dry_run: DryRun = False, data_dir: DataDir = None, as_json: Json = False
) -> int:
    """Put a correction on a story, on its page at once and on every network where it stands.

    Parameters
    ----------
    story_id
        The story.
    """
    async with at_desk(data_dir) as office:
        now = office.clock.now()
        done = await amend.correct(office.store, story_id, note, at=now, dry_run=dry_run)
    return _tell(done, dry_run=dry_run, as_json=as_json)


async def retract(
    story_id: str,
    /,
    *,
    reason: Reason,
    delete_thread: Remove = False,
    dry_run: DryRun = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> int:
    """Retract a story: its page becomes a notice, and every network where it stands is told.

    Parameters
    ----------
    story_id
        The story.
    """
    async with at_desk(data_dir) as office:
        now = office.clock.now()
        done = await amend.retract(
            office.store, story_id, reason, remove=delete_thread, at=now, dry_run=dry_run
        )
    return _tell(done, dry_run=dry_run, as_json=as_json)


def _tell(done: Amendment, *, dry_run: bool, as_json: bool) -> int:
    if as_json:
        screen.document(screen.amendment(done, dry_run=dry_run))
    else:
        screen.say(screen.amended(done, dry_run=dry_run))
    return 0
