"""The connection to Discord's gateway: what the bot asks to hear, and who of this room answers it."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.domain.errors import PublishError
from bot.publish.discord.channel import NETWORK
from bot.store import subscriptions
from handlers.discord import desk, lent
from handlers.discord.commands import COMMANDS
from handlers.discord.desk import Desk, DeskButton
from handlers.discord.following import NEEDED
from handlers.discord.replies import Replies
from handlers.discord.sources import SourcesButton
from handlers.discord.words import Translator, say

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.pipeline.newsroom import Office
    from handlers.discord.talk import Asked

# Neither is privileged: words arrive only of messages that reply to the bot or mention it.
INTENTS = discord.Intents(guilds=True, guild_messages=True)
_REMOVED = "the bot was removed from the server"
_DELETED = "the channel was deleted"
_TOLD = "I can no longer post stories in <#{place}>: {why}. `/follow` there starts anew."
# What the SDK calls the tasks it begins for an event, a command and a button.
_BEGUN = ("discord.py: ", "CommandTree-", "discord-ui-")
_DRAIN_SECONDS = 3
# How long after connecting to wait for the servers the bot is in to be told.
READY_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Tree(app_commands.CommandTree["Client"]):
    """The commands; one that fails says so to the one who asked, and is logged."""

    async def on_error(self, interaction: Asked, error: app_commands.AppCommandError, /) -> None:
        """Say that it did not work."""
        name = interaction.command.qualified_name if interaction.command else ""
        log.error("command failed", action="answer", status="error", command=name, exc_info=error)
        told = say(interaction.locale, "broke")
        if interaction.type is discord.InteractionType.autocomplete:
            return
        if interaction.response.is_done():
            await interaction.followup.send(told, ephemeral=True)
        else:
            await interaction.response.send_message(told, ephemeral=True)


class Client(discord.Client):
    """One connection. It keeps no messages and no members in memory."""

    def __init__(self, office: Office, *, ready_seconds: float) -> None:
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=ready_seconds,
        )
        self.office = office
        self.tree = Tree(self)
        for command in COMMANDS:
            self.tree.add_command(command)
        self.desk = Desk(self, office)
        self._replies = Replies(self, office)

    async def setup_hook(self) -> None:
        """Know the buttons of earlier processes, and the desk's commands in the desk's server."""
        self.add_dynamic_items(SourcesButton, DeskButton)
        await self.tree.set_translator(Translator())
        if (guild := await self.desk.guild()) is not None:
            for command in desk.COMMANDS:
                self.tree.add_command(command, guild=guild)

    async def on_interaction(self, interaction: discord.Interaction[Client]) -> None:
        """Hear forms, which the SDK itself knows only until a restart."""
        if interaction.type is discord.InteractionType.modal_submit:
            await desk.submitted(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Hear a message."""
        await self._replies.hear(message)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Post nothing more to a server the bot was removed from."""
        async with self.office.store.write() as connection:
            await subscriptions.lose_guild(connection, NETWORK, str(guild.id), _REMOVED)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Post nothing more to a channel that was deleted."""
        async with self.office.store.write() as connection:
            await subscriptions.lose(connection, NETWORK, str(channel.id), _DELETED)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """Log what went wrong with an event; the connection goes on."""
        error = sys.exc_info()[1]
        log.error("event failed", action="answer", status="error", name=event_method, exc_info=error)

    async def round(self) -> None:
        """Do what is due: owed answers, held stories for the desk, telling who followed in vain.

        What is refused at one of these places keeps nobody waiting at the others.
        """
        lent_cards = partial(lent.round, self, self.office)
        for look_after in (self._replies.settle, lent_cards, self.desk.round, self._tell_all):
            try:
                await look_after()
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("not looked after", action="answer", status="error", error=str(error))

    async def _tell_all(self) -> None:
        async with self.office.store.read() as connection:
            untold = await subscriptions.untold(connection, NETWORK)
        # Of those who followed something there one is told, whoever asked to be forgotten.
        known_last = sorted(untold, key=lambda item: item.followed_by is not None)
        for place in {item.place: item for item in known_last}.values():
            await self._tell(place)

    async def _tell(self, lost: subscriptions.Subscription) -> None:
        """Tell the one who followed, once, that nothing can be posted there any more."""
        if lost.followed_by is not None:
            try:
                channel = await self.create_dm(discord.Object(int(lost.followed_by)))
                await channel.send(_TOLD.format(place=lost.place, why=lost.lost))
            except (discord.Forbidden, discord.NotFound) as error:
                log.info("not told", action="follow", status="skipped", error=str(error))
        async with self.office.store.write() as connection:
            await subscriptions.told(connection, NETWORK, lost.place, self.office.clock.now())


class Bot:
    """Discord towards the house: a gateway to keep connected, and a listener that does what is due."""

    name = NETWORK
    seconds: float = 30

    def __init__(self, token: SecretStr, office: Office, *, ready_seconds: float = READY_SECONDS) -> None:
        self._token = token
        self._office = office
        self._ready_seconds = ready_seconds
        self.client: Client | None = None

    async def connect(self) -> None:
        """Be connected until that ends; raises PublishError if Discord lets the bot in no more."""
        client = Client(self._office, ready_seconds=self._ready_seconds)
        try:
            await client.login(self._token.get_secret_value())
            self.client = client
            await client.connect()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            msg = f"Discord: the gateway is closed to the bot: {error}"
            raise PublishError(msg) from None
        finally:
            self.client = None
            await _drain()
            await client.close()
            await client.http.close()

    async def run(self) -> None:
        """Do what is due, if connected."""
        client = self.client
        if client is None or not client.is_ready():
            return
        await client.round()


async def _drain() -> None:
    """Let what was begun for people come to its end; the SDK leaves it behind when it is closed."""
    begun = [task for task in asyncio.all_tasks() if task.get_name().startswith(_BEGUN)]
    if begun:
        await asyncio.wait(begun, timeout=_DRAIN_SECONDS)


async def set_up(token: SecretStr, office: Office) -> tuple[list[str], str]:
    """Register the commands; return their names and the address at which a server's owner lets the bot in.

    Raises PublishError.
    """
    client = Client(office, ready_seconds=READY_SECONDS)
    try:
        await client.login(token.get_secret_value())
        registered = await client.tree.sync()
        if (guild := await client.desk.guild()) is not None:
            registered += await client.tree.sync(guild=guild)
        assert client.application_id is not None
        invite = discord.utils.oauth_url(client.application_id, permissions=NEEDED)
        return [command.name for command in registered], invite
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        msg = f"Discord: the commands could not be registered: {error}"
        raise PublishError(msg) from None
    finally:
        await client.close()
        await client.http.close()
