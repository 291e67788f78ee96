"""The commands for readers. Each answers from the store, and all but `/story` to the one who asks alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.domain.errors import NotFoundError
from bot.domain.question import QuestionState
from bot.domain.story import StoryState
from bot.publish.discord import buttons
from bot.publish.discord.channel import NETWORK
from bot.store import pages, questions, stories, subscriptions
from bot.store.questions import Question
from bot.write.discord import escape
from handlers.discord import following, lent, mood, offers, shown, sources
from handlers.discord.shown import Shown
from handlers.discord.talk import Asked, respond
from handlers.discord.words import say, text

if TYPE_CHECKING:
    from discord import Locale

    from bot.pipeline.newsroom import Office

_ON_WIRE = 10
_LONGEST_QUESTION = 300
_REASONS = ("wrong", "harmful", "privacy", "other")
_everywhere = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
_anybody = app_commands.allowed_installs(guilds=True, users=True)


@app_commands.command(name="story", description=text("story"))
@app_commands.describe(beat=text("story-beat"), search=text("story-search"))
@app_commands.autocomplete(beat=offers.of_beats, search=offers.of_stories)
@_everywhere
@_anybody
async def story(interaction: Asked, beat: str | None = None, search: str | None = None) -> None:
    """Show a story to everybody in the channel, where the card can follow the story."""
    found, message_id = await respond(
        interaction,
        _story(interaction.client.office, beat, search, interaction.locale),
        private=not lent.can_follow(interaction),
    )
    if found.story is not None and message_id is not None and lent.can_follow(interaction):
        await lent.note(interaction, found.story, message_id)


@app_commands.command(name="beats", description=text("beats"))
@_everywhere
@_anybody
async def beats(interaction: Asked) -> None:
    """Show the beats."""
    await respond(interaction, _beats(interaction.client.office, interaction.locale))


@app_commands.command(name="wire", description=text("wire"))
@_everywhere
@_anybody
async def wire(interaction: Asked) -> None:
    """Show the newest signals."""
    await respond(interaction, _wire(interaction.client.office, interaction.locale))


@app_commands.command(name="mood", description=text("mood"))
@app_commands.describe(beat=text("mood-beat"))
@app_commands.autocomplete(beat=offers.of_beats)
@_everywhere
@_anybody
async def show_mood(interaction: Asked, beat: str) -> None:
    """Show how the communities stand to what a beat brings up."""
    await respond(interaction, mood.of_beat(interaction.client.office, beat, interaction.locale))


@app_commands.command(name="sources", description=text("sources"))
@app_commands.describe(story=text("the-story"), claim=text("sources-claim"))
@app_commands.autocomplete(story=offers.of_stories, claim=offers.of_claims)
@_everywhere
@_anybody
async def show_sources(interaction: Asked, story: str, claim: str | None = None) -> None:
    """Show the sources of a story, or of one of its sentences."""
    about = sources.About(story, claim_ids=(claim,) if claim else None)
    await respond(
        interaction, sources.show(interaction.client.office, about, sources.EVERYTHING, interaction.locale)
    )


@app_commands.command(name="ask", description=text("ask"))
@app_commands.describe(story=text("the-story"), question=text("ask-question"))
@app_commands.autocomplete(story=offers.of_stories)
@_everywhere
@_anybody
async def ask(
    interaction: Asked, story: str, question: app_commands.Range[str, 1, _LONGEST_QUESTION]
) -> None:
    """Answer a question from the story's own records."""
    await respond(
        interaction,
        sources.show(interaction.client.office, sources.About(story), question, interaction.locale),
    )


@app_commands.command(name="about", description=text("about"))
@_everywhere
@_anybody
async def about(interaction: Asked) -> None:
    """Say what the bot is."""
    await respond(interaction, _about(interaction.client.office, interaction.locale))


@app_commands.command(name="report", description=text("report"))
@app_commands.describe(story=text("the-story"), reason=text("report-reason"))
@app_commands.choices(
    reason=[app_commands.Choice(name=text(f"reason-{name}"), value=name) for name in _REASONS]
)
@app_commands.autocomplete(story=offers.of_stories)
@_everywhere
@_anybody
async def report(interaction: Asked, story: str, reason: str) -> None:
    """Keep a report for the desk."""
    await respond(interaction, _report(interaction, story, reason))


@app_commands.command(name="forget-me", description=text("forget-me"))
@_everywhere
@_anybody
async def forget_me(interaction: Asked) -> None:
    """Remove everything about the one who asks."""
    await respond(
        interaction, _forget(interaction.client.office, str(interaction.user.id), interaction.locale)
    )


@app_commands.context_menu(name=text("show-sources"))
@_everywhere
@_anybody
async def menu(interaction: Asked, message: discord.Message) -> None:
    """Show the sources of the message it was used on."""
    await respond(interaction, _of_message(interaction, message))


COMMANDS: tuple[app_commands.Command[Any, ..., None] | app_commands.ContextMenu, ...] = (
    story,
    beats,
    wire,
    show_mood,
    show_sources,
    ask,
    about,
    report,
    forget_me,
    menu,
    *following.COMMANDS,
)


async def _story(office: Office, beat: str | None, search: str | None, locale: Locale) -> Shown:
    async with office.store.read() as connection:
        found = await pages.cards(connection, limit=offers.MOST * 8, beat=beat)
        wanted = [
            card
            for card in found
            if not search or search == card.id or search.casefold() in card.headline.casefold()
        ]
        if not wanted:
            return Shown(say(locale, "no-story" if found or search or beat else "no-stories"))
        told = await stories.get(connection, wanted[0].id)
    if not told.state.public:
        return Shown(say(locale, "no-story"))
    if told.state is StoryState.RETRACTED:
        return Shown(say(locale, "retracted"))
    return shown.story(office, told)


async def _beats(office: Office, locale: Locale) -> Shown:
    async with office.store.read() as connection:
        counts = await pages.beat_stories(connection)
    lines = [
        f"**{escape(beat.name)}** · {_stories(counts.get(beat.slug, 0), locale)}\n{escape(beat.description)}"
        for beat in office.book.beats
    ]
    return Shown(embed=shown.listed(office, say(locale, "title-beats", topic=office.book.topic.name), lines))


def _stories(number: int, locale: Locale) -> str:
    key = "stories-one" if number == 1 else "stories" if number else "no-stories-yet"
    return say(locale, key, number=number)


async def _wire(office: Office, locale: Locale) -> Shown:
    async with office.store.read() as connection:
        entries = await pages.wire(connection, limit=_ON_WIRE)
    if not entries:
        return Shown(say(locale, "no-signals"))
    lines = [shown.signal(office, entry, locale) for entry in entries]
    return Shown(embed=shown.listed(office, say(locale, "title-wire"), lines))


async def _about(office: Office, locale: Locale) -> Shown:
    return Shown(embed=shown.about(office, locale))


async def _report(interaction: Asked, story_id: str, reason: str) -> Shown:
    office, now = interaction.client.office, interaction.client.office.clock.now()
    async with office.store.write() as connection:
        try:
            told = await stories.get(connection, story_id)
        except NotFoundError:
            return Shown(say(interaction.locale, "no-story"))
        if not told.state.public:
            return Shown(say(interaction.locale, "no-story"))
        await questions.add(
            connection,
            Question(
                id=f"{NETWORK}:{interaction.id}",
                channel=NETWORK,
                state=QuestionState.ANSWERED,
                asked_at=now,
                story_id=told.id,
                author_key=f"{NETWORK}:{interaction.user.id}",
                reason=f"report: {reason}",
                disputed=True,
                answered_at=now,
            ),
        )
    return Shown(say(interaction.locale, "reported"))


async def _forget(office: Office, person: str, locale: Locale) -> Shown:
    async with office.store.write() as connection:
        await questions.forget(connection, f"{NETWORK}:{person}")
        await subscriptions.forget(connection, NETWORK, person)
    return Shown(say(locale, "forgotten"))


async def _of_message(interaction: Asked, message: discord.Message) -> Shown:
    office, places = (
        interaction.client.office,
        sources.places_of(interaction.channel, interaction.channel_id or 0),
    )
    async with office.store.read() as connection:
        found = await sources.told_in(connection, places, str(message.id))
    if found is None:
        found = _buttoned(message)
    if found is None:
        return Shown(say(interaction.locale, "not-ours"))
    return await sources.show(office, found, sources.EVERYTHING, interaction.locale)


def _buttoned(message: discord.Message) -> sources.About | None:
    """Return the story whose button stands under a message of ours, such as the answer to `/story`."""
    if message.application_id is None and not message.author.bot:
        return None
    for row in message.components:
        for item in getattr(row, "children", ()):
            found = buttons.SOURCES.fullmatch(getattr(item, "custom_id", None) or "")
            if found:
                return sources.About(found["story"], int(found["version"]))
    return None
