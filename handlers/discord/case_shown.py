"""A held story as the desk sees it: a card with what there is to decide, and all of it as a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord

from bot.publish.discord import buttons
from bot.write.discord import COLOUR, MOST_TITLE, cut, escape, fitted, size
from bot.write.places import place_name
from handlers.discord.shown import beat_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.question import Source
    from bot.pipeline.case import Case, Statement
    from bot.pipeline.newsroom import Office

HELD, DECIDED = 0xB7791F, COLOUR
_ROOM = 3200
_VALUE = 1000
_QUOTE = 160
_CLAIM = 280
_MICRO = 1_000_000


def card(office: Office, case: Case) -> discord.Embed:
    """Return what there is to decide: why it is held, what failed, claims beside quotes, the cost."""
    story = case.story
    embed = discord.Embed(
        title=fitted(story.draft.headline.text, MOST_TITLE), description=_claims(case), colour=HELD
    )
    embed.add_field(
        name="Held because", value=fitted(story.reason or "it was not said", _VALUE), inline=False
    )
    if failed := list(_failed(case)):
        embed.add_field(name="Failed checks", value=fitted("\n".join(failed), _VALUE), inline=False)
    embed.add_field(name="Beat", value=escape(beat_name(office, story.beat)))
    embed.add_field(name="Fidelity", value=f"{story.report.fidelity} %")
    embed.add_field(name="Cost", value=f"${case.cost / _MICRO:,.4f}")
    if case.waits:
        embed.add_field(name="If approved, it waits", value=fitted(case.waits, _VALUE), inline=False)
    return embed.set_footer(text=f"{story.id}, version {story.version}, written by {story.draft.writer}")


def decided(office: Office, case: Case) -> discord.Embed:
    """Return the card of a story that waits for nobody any more."""
    embed = card(office, case)
    last = case.decisions[-1] if case.decisions else None
    what = str(last) if last else f"{case.story.state.value}: {case.story.reason or 'no reason was given'}"
    embed.clear_fields()
    embed.colour = discord.Colour(DECIDED)
    embed.description = fitted(case.story.draft.deck.text, _ROOM)
    return embed.add_field(name="Decided", value=fitted(what, _VALUE), inline=False)


def view(case: Case) -> discord.ui.View:
    """Return the buttons of a held story."""
    found = discord.ui.View(timeout=None)
    styles = {
        "approve": discord.ButtonStyle.success,
        "edit": discord.ButtonStyle.secondary,
        "kill": discord.ButtonStyle.danger,
        "everything": discord.ButtonStyle.secondary,
    }
    for verb, style in styles.items():
        label = "Show everything" if verb == "everything" else verb.capitalize()
        marker = buttons.desk(verb, case.story.id, case.story.version)
        found.add_item(discord.ui.Button(label=label, style=style, custom_id=marker))
    found.stop()
    return found


def everything(case: Case) -> discord.File:
    """Return all of a case as a text file."""
    return discord.File(io.BytesIO("\n".join(_whole(case)).encode()), filename=f"{case.story.id}.txt")


def _claims(case: Case) -> str:
    lines: list[str] = []
    for statement in case.statements:
        block = "\n".join(_beside(statement))
        if size("\n".join([*lines, block])) > _ROOM:
            lines.append("*The rest is in the file.*")
            break
        lines.append(block)
    return "\n".join(lines)


def _beside(statement: Statement) -> Iterator[str]:
    """Yield a claim and its quotes; one that fails a check is marked."""
    mark = "\N{CROSS MARK} " if statement.failed else ""
    yield f"{mark}**{fitted(statement.claim.text, _CLAIM) or 'erased'}**"
    for source in statement.sources:
        yield f"> {source.marker} “{escape(cut(source.quote, _QUOTE))}” \N{EM DASH} {escape(_who(source))}"


def _failed(case: Case) -> Iterator[str]:
    for check in case.failed:
        yield f"{check.name}: {check.detail}"
    for statement in case.statements:
        for check in statement.failed:
            yield f"{check.name}, {statement.claim.id}: {check.detail}"


def _who(source: Source) -> str:
    return f"{source.author} on {place_name(source.source, source.community)}"


def _whole(case: Case) -> Iterator[str]:
    story = case.story
    yield f"{story.id}, version {story.version}, {story.state.value}"
    yield f"Held because: {story.reason or 'it was not said'}"
    yield f"Fidelity {story.report.fidelity} %, cost ${case.cost / _MICRO:,.4f}, writer {story.draft.writer}"
    yield from (f"Decision: {decision}" for decision in case.decisions)
    yield from (f"Failed: {line}" for line in _failed(case))
    for statement in case.statements:
        yield f"\n[{statement.claim.id}, {statement.claim.kind.value}] {statement.claim.text}"
        for check in statement.failed:
            yield f"  FAILED {check.name}: {check.detail}"
        for source in statement.sources:
            yield f"  {source.marker} “{source.quote}”"
            yield f"    {_who(source)}, {source.created_at:%Y-%m-%d %H:%M} UTC"
            yield f"    {source.url}"
    yield "\nAs it would go out" if case.thread else "\nWhat passes the checks is no story."
    for number, post in enumerate(case.thread, 1):
        yield f"\n--- {number}/{len(case.thread)}\n{post.text}"
