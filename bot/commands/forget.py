"""The command that forgets a person or a post."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bot import app, screen
from bot import settings as configuration
from bot.commands.options import DataDir, DryRun, Json  # noqa: TC001 - the command line reads the annotations
from bot.domain.clock import SystemClock
from bot.store import people

if TYPE_CHECKING:
    from bot.store.people import Holdings


async def forget(
    who: str, /, *, dry_run: DryRun = False, data_dir: DataDir = None, as_json: Json = False
) -> int:
    """Remove everything about a person, or one post, and keep it out; a running bot then mends its stories.

    Parameters
    ----------
    who
        A person: handle, profile address, did or key (such as hackernews:name). Or a post: its address or id.
    """
    settings = configuration.load(data_dir=data_dir)
    async with app.store(settings, alone=False) as store, store.write() as connection:
        held = await people.find(connection, who)
        if not dry_run:
            await people.forget(connection, held, SystemClock().now())
    if as_json:
        screen.document(asdict(held) | {"removed": not dry_run})
    else:
        screen.say("\n".join(_lines(held, dry_run=dry_run)))
    return 0


def _lines(held: Holdings, *, dry_run: bool) -> list[str]:
    counts = {"post": len(held.records), "quote": len(held.quotes), "question": len(held.questions)}
    told = ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in counts.items())
    ending = "Nothing is changed yet." if dry_run else "Removed, and kept out from now on."
    listed = [
        *(f"  {line}" for record in held.records for line in record if line),
        *(f"  {quote.story_id}, version {quote.version}: “{quote.quote}”" for quote in held.quotes),
        *(f"  {question}" for question in held.questions),
    ]
    return [f"{held.author_key or 'this post'}: {told}", *listed, ending]
