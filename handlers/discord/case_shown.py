"""A held story as the desk sees it: a card with what there is to decide, and all of it as a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord

from bot.domain.decision import DecisionKind
from bot.domain.place import place_name
from bot.domain.story import StoryState
from bot.publish.discord import buttons
from bot.write.discord import COLOUR, MOST_TITLE, cut, escape, fitted, size
from handlers.discord.shown import beat_name, page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.question import Source
    from bot.pipeline.case import Case, Statement
    from bot.pipeline.newsroom import Office

HELD, DECIDED = 0xB7791F, COLOUR
_ROOM = 2800
_VALUE = 1000
_QUOTE = 160
_CLAIM = 280
_MICRO = 1_000_000
_CROSS = "\N{CROSS MARK}"


def card(office: Office, case: Case) -> discord.Embed:
    """Return what there is to decide: why it is held, what failed, claims beside quotes, the cost."""
    story = case.story
    embed = discord.Embed(
        title=fitted(story.draft.headline.text, MOST_TITLE),
        description="\n".join([*_why(case), *_claims(case)]),
        colour=HELD,
    )
    embed.add_field(name="Beat", value=escape(beat_name(office, story.beat)))
    embed.add_field(name="Fidelity", value=f"{story.report.fidelity} %")
    embed.add_field(name="Cost", value=f"${case.cost / _MICRO:,.4f}" if case.cost else "nothing")
    if case.waits:
        embed.add_field(name="If approved, it waits", value=fitted(case.waits, _VALUE), inline=False)
    writer = "without a model" if story.draft.model is None else f"by {story.draft.writer}"
    return embed.set_footer(text=f"{story.id}, version {story.version}, written {writer}")


def decided(office: Office, case: Case) -> discord.Embed:
    """Return the card of a story that waits for nobody any more.

    It has none of its words: nobody looks after it, and a post that is quoted there may be taken back.
    """
    story = case.story
    url = None if story.state is StoryState.KILLED else page(office, story.id)
    embed = discord.Embed(title=story.id, url=url, colour=DECIDED)
    ending = {DecisionKind.APPROVE, DecisionKind.KILL}
    last = next((made for made in reversed(case.decisions) if made.kind in ending), None)
    what = str(last) if last else f"{story.state.value}: {story.reason or 'no reason was given'}"
    embed.add_field(name="Decided", value=fitted(what, _VALUE), inline=False)
    if story.state is StoryState.APPROVED and case.waits:
        embed.add_field(name="It waits", value=fitted(case.waits, _VALUE), inline=False)
    embed.add_field(name="Beat", value=escape(beat_name(office, story.beat)), inline=False)
    return embed.set_footer(text=f"version {story.version}")


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


def _why(case: Case) -> Iterator[str]:
    """Yield why it is held, and what is wrong with the whole."""
    yield f"Held because {fitted(case.story.reason or 'of a reason that was not said', _VALUE)}."
    for check in case.failed:
        yield f"{_CROSS} {fitted(f'{check.name}: {check.detail}', _QUOTE)}"
    failing = sum(bool(statement.failed) for statement in case.statements)
    fail, first = ("fails", "; it comes first") if failing == 1 else ("fail", "; these come first")
    yield f"{failing} of {len(case.statements)} claims {fail} a check{first if failing else ''}."


def _claims(case: Case) -> Iterator[str]:
    """Yield claims beside their quotes, those that fail first, as far as they fit."""
    taken = 0
    for statement in sorted(case.statements, key=lambda statement: not statement.failed):
        block = "\n" + "\n".join(_beside(statement))
        taken += size(block) + 1
        if taken > _ROOM:
            yield "\n*The rest is in the file.*"
            return
        yield block


def _beside(statement: Statement) -> Iterator[str]:
    """Yield a claim, the checks it fails, and its quotes."""
    mark = f"{_CROSS} " if statement.failed else ""
    yield f"{mark}**{fitted(statement.claim.text, _CLAIM) or 'erased'}**"
    for check in statement.failed:
        yield f"*{fitted(f'{check.name}: {check.detail}', _QUOTE)}*"
    for source in statement.sources:
        yield f"> `{source.marker}` “{escape(cut(source.quote, _QUOTE))}” \N{EM DASH} {escape(_who(source))}"


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
