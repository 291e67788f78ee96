"""Following beats in a channel: who may, what the bot needs there, and what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands

from bot.domain.errors import NotFoundError
from bot.publish.discord.channel import NETWORK
from bot.store import publications, subscriptions
from bot.store.subscriptions import ALL_BEATS, Subscription
from handlers.discord import offers, shown
from handlers.discord.shown import Shown
from handlers.discord.talk import Asked, respond
from handlers.discord.words import say, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Locale

Place: TypeAlias = discord.TextChannel | discord.ForumChannel
# What posting a story takes.
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    create_public_threads=True,
    send_messages_in_threads=True,
)


class _Where(app_commands.Transformer):
    """A channel that takes stories; the SDK's own type offers media channels, which do not."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The option is a channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Text, announcements, forum."""
        return [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum]

    async def transform(self, interaction: discord.Interaction[Any], value: Any, /) -> Place:  # noqa: ANN401 - the SDK's signature
        """Return the channel with what the bot may do there."""
        found = value.resolve() or await interaction.client.fetch_channel(value.id)
        assert isinstance(found, (discord.TextChannel, discord.ForumChannel))
        return found


@app_commands.command(name="follow", description=text("follow"))
@app_commands.describe(beat=text("follow-beat"), channel=text("follow-channel"))
@app_commands.autocomplete(beat=offers.of_beats_or_all)
@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
async def follow(interaction: Asked, beat: str, channel: app_commands.Transform[Place, _Where]) -> None:
    """Follow a beat, or all of them, in a channel."""
    await respond(interaction, _follow(interaction, beat, channel))


@app_commands.command(name="unfollow", description=text("unfollow"))
@app_commands.describe(what=text("unfollow-what"))
@app_commands.autocomplete(what=offers.of_followed)
@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
async def unfollow(interaction: Asked, what: str) -> None:
    """Stop following."""
    await respond(interaction, _unfollow(interaction, what))


@app_commands.command(name="following", description=text("following"))
@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
async def following(interaction: Asked) -> None:
    """Show what is followed."""
    await respond(interaction, _following(interaction))


COMMANDS: tuple[app_commands.Command[Any, ..., None], ...] = (follow, unfollow, following)


async def _follow(interaction: Asked, beat: str, channel: Place) -> Shown:
    office, locale = interaction.client.office, interaction.locale
    try:
        name = _name(interaction, beat)
    except NotFoundError:
        return Shown(say(locale, "no-beat"))
    beats = [item.name for item in office.book.beats if beat in {ALL_BEATS, item.slug}]
    if trouble := _trouble(channel, beats, locale):
        return Shown(trouble)
    now = office.clock.now()
    async with office.store.write() as connection:
        await subscriptions.follow(
            connection,
            Subscription(
                network=NETWORK,
                place=str(channel.id),
                beat=beat,
                guild=str(channel.guild.id),
                since=now,
                followed_by=str(interaction.user.id),
            ),
        )
        await publications.take_up(connection, f"{NETWORK}:{channel.id}", now)
    return Shown(say(locale, "followed", beat=name, channel=channel.mention))


def _trouble(channel: Place, beats: Sequence[str], locale: Locale) -> str | None:
    """Return why stories of beats of these names could not be posted in a channel."""
    allowed = channel.permissions_for(channel.guild.me)
    lacking = [name for name, needed in NEEDED if needed and not getattr(allowed, name)]
    if lacking:
        names = ", ".join(name.replace("_", " ") for name in lacking)
        return say(locale, "lacking", channel=channel.mention, names=names)
    if isinstance(channel, discord.ForumChannel) and channel.flags.require_tag:
        tags = {tag.name.casefold() for tag in channel.available_tags}
        if missing := [beat for beat in beats if beat.casefold() not in tags]:
            return say(locale, "needs-tag", channel=channel.mention, beats=", ".join(missing))
    return None


async def _unfollow(interaction: Asked, what: str) -> Shown:
    office, locale = interaction.client.office, interaction.locale
    place, _, beat = what.partition(offers.BETWEEN)
    async with office.store.write() as connection:
        mine = await subscriptions.of_guild(connection, NETWORK, str(interaction.guild_id))
        if not any((item.place, item.beat) == (place, beat) for item in mine):
            return Shown(say(locale, "not-followed"))
        await subscriptions.unfollow(connection, NETWORK, place, beat)
    name = say(locale, "all-beats") if beat == ALL_BEATS else shown.beat_name(office, beat)
    return Shown(say(locale, "unfollowed", beat=name, channel=f"<#{place}>"))


async def _following(interaction: Asked) -> Shown:
    office, locale = interaction.client.office, interaction.locale
    async with office.store.read() as connection:
        found = await subscriptions.of_guild(connection, NETWORK, str(interaction.guild_id))
    if not found:
        return Shown(say(locale, "following-none"))
    title = interaction.guild.name if interaction.guild else ""
    lines = shown.following(office, found, say(locale, "all-beats"))
    return Shown(embed=shown.listed(office, title, lines))


def _name(interaction: Asked, beat: str) -> str:
    """Return what a beat is called.

    Raises NotFoundError.
    """
    if beat == ALL_BEATS:
        return say(interaction.locale, "all-beats")
    return interaction.client.office.book.beat(beat).name
