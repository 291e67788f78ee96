"""The desk on Discord: held stories in a private channel, decided by whoever can see it.

Two people who decide at once meet in the store: one wins, the other is told who decided what.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot.domain.errors import GroundswellError, NotFoundError
from bot.domain.story import StoryState
from bot.pipeline import case, desk, switches
from bot.publish.discord import buttons
from bot.publish.discord.channel import NETWORK
from bot.store import desk_cards
from bot.store.desk_cards import DeskCard
from handlers.discord import case_shown, disputes
from handlers.discord.shown import Shown
from handlers.discord.talk import Asked, respond
from handlers.discord.words import say, text

if TYPE_CHECKING:
    from bot.pipeline.case import Case
    from bot.pipeline.newsroom import Office

_MOST_FIELD = 4000
_LOOKED_BACK = 200
_LINE = re.compile(r"^\s*(\S+?)\s*[:\uff1a]\s*(.+?)\s*$")

log = structlog.get_logger(__name__)


class DeskButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=buttons.DESK.pattern):
    """A button under a held story; its id says which story version, so it works after any restart."""

    def __init__(self, verb: str, story_id: str, version: int) -> None:
        super().__init__(discord.ui.Button(label=verb, custom_id=buttons.desk(verb, story_id, version)))
        self._verb, self._story_id, self._version = verb, story_id, version

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 - the SDK's signature
        item: discord.ui.Item[Any],  # noqa: ARG003 - the same
        match: re.Match[str],
        /,
    ) -> DeskButton:
        """Return the button that was pressed."""
        return cls(match["verb"], match["story"], int(match["version"]))

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let nobody decide outside the desk's channel."""
        return await _at_desk(interaction)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Decide, or open the form that a decision needs."""
        office: Office = interaction.client.office
        try:
            found = await case.get(office, self._story_id)
            if self._verb == "approve":
                await interaction.response.defer()
                await desk.approve(office, self._story_id, _who(interaction), version=self._version)
                await _close(interaction, office, self._story_id)
            elif self._verb == "everything":
                file = case_shown.everything(found)
                await interaction.response.send_message(file=file, ephemeral=True)
            elif found.story.state is not StoryState.HELD:
                told = {"story": self._story_id, "state": found.story.state.value}
                await _tell(interaction, say(interaction.locale, "decided-already", **told))
            else:
                await interaction.response.send_modal(_form(self._verb, found, interaction.locale))
        except GroundswellError as error:
            await _tell(interaction, str(error))


@app_commands.command(name="halt", description=text("halt"))
@app_commands.describe(reason=text("halt-reason"))
async def halt(interaction: Asked, reason: app_commands.Range[str, 1, 200] = "") -> None:
    """Stop all publishing at once."""
    if await _at_desk(interaction):
        await respond(interaction, _halt(interaction, reason), private=False)


@app_commands.command(name="resume", description=text("resume"))
async def resume(interaction: Asked) -> None:
    """Let publishing go on."""
    if await _at_desk(interaction):
        await respond(interaction, _resume(interaction), private=False)


COMMANDS: tuple[app_commands.Command[Any, ..., None], ...] = (halt, resume)


async def _halt(interaction: Asked, reason: str) -> Shown:
    held = await switches.halt(interaction.client.office, _who(interaction), reason)
    return Shown(discord.utils.escape_markdown(f"Publishing is {held}."))


async def _resume(interaction: Asked) -> Shown:
    ended = await switches.resume(interaction.client.office, _who(interaction))
    told = f"Publishing goes on; it was {ended}." if ended else "Publishing was not halted."
    return Shown(discord.utils.escape_markdown(told))


async def submitted(interaction: discord.Interaction[Any]) -> None:
    """Carry out what a form says; one that was opened before a restart is as good as any."""
    data: Any = interaction.data
    found = buttons.DESK.fullmatch(data.get("custom_id", "")) if data else None
    if found is None or not await _at_desk(interaction):
        return
    office: Office = interaction.client.office
    story_id, version, fields = found["story"], int(found["version"]), _fields(data)
    try:
        if found["verb"] == "kill":
            await desk.kill(office, story_id, _who(interaction), fields["reason"], version=version)
            await interaction.response.defer()
            await _close(interaction, office, story_id)
        elif found["verb"] == "edit":
            shown = await case.get(office, story_id)
            await desk.edit(office, story_id, _who(interaction), _changes(shown, fields), version=version)
            await interaction.response.defer()
            await interaction.client.desk.round()
    except GroundswellError as error:
        await _tell(interaction, str(error))


class Desk:
    """Keeps the desk's channel as the store has it: what is held is shown, what was decided says so."""

    def __init__(self, client: discord.Client, office: Office) -> None:
        self._client = client
        self._office = office
        self._one_at_a_time = asyncio.Lock()
        self.channel_id = int(office.settings.discord_desk_channel or 0)

    async def guild(self) -> discord.Object | None:
        """Return the server the desk is in, None if there is no desk here."""
        if not self.channel_id:
            return None
        try:
            channel = await self._client.fetch_channel(self.channel_id)
        except (discord.Forbidden, discord.NotFound) as error:
            what = f"the channel of GROUNDSWELL_DISCORD_DESK_CHANNEL cannot be seen: {error}"
            log.warning("no desk", action="desk", status="error", error=what)
            return None
        guild = getattr(channel, "guild", None)
        return discord.Object(guild.id) if guild else None

    async def round(self) -> None:
        """Show what is held and not shown as it stands, and close what was decided elsewhere."""
        if self.channel_id:
            async with self._one_at_a_time:
                await self._look()
                await disputes.round(self._client, self._office, self.channel_id)

    async def _look(self) -> None:
        held = {found.story.id: found for found in await case.held(self._office)}
        async with self._office.store.read() as connection:
            cards = await desk_cards.every(connection, NETWORK)
        for story_id, found in held.items():
            known = cards.get(story_id)
            if known is None or known.version != found.story.version:
                await self._show(found, known)
        for story_id, known in cards.items():
            if story_id not in held:
                await self._closed(known)

    async def _show(self, found: Case, known: DeskCard | None) -> None:
        channel = self._client.get_partial_messageable(self.channel_id)
        embed, view = case_shown.card(self._office, found), case_shown.view(found)
        message_id = known.message if known else await self._there(found)
        if message_id is not None:
            message = channel.get_partial_message(int(message_id))
            try:
                await message.edit(embed=embed, view=view, attachments=[case_shown.everything(found)])
            except discord.NotFound:
                message_id = None
        if message_id is None:
            file = case_shown.everything(found)
            message_id = str((await channel.send(embed=embed, view=view, file=file)).id)
        async with self._office.store.write() as connection:
            card = DeskCard(NETWORK, found.story.id, found.story.version, message_id)
            await desk_cards.put(connection, card)

    async def _there(self, found: Case) -> str | None:
        """Return the message that an earlier process sent and did not note."""
        marker = buttons.desk("approve", found.story.id, found.story.version)
        channel = self._client.get_partial_messageable(self.channel_id)
        async for message in channel.history(limit=_LOOKED_BACK):
            rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
            if any(getattr(item, "custom_id", None) == marker for row in rows for item in row.children):
                return str(message.id)
        return None

    async def _closed(self, known: DeskCard) -> None:
        message = self._client.get_partial_messageable(self.channel_id).get_partial_message(
            int(known.message)
        )
        try:
            found = await case.get(self._office, known.story_id)
            await message.edit(embed=case_shown.decided(self._office, found), view=None, attachments=[])
        except (discord.NotFound, NotFoundError) as error:
            log.info("card is gone", action="desk", status="skipped", error=str(error))
        async with self._office.store.write() as connection:
            await desk_cards.drop(connection, NETWORK, known.story_id)


def _form(verb: str, found: Case, locale: discord.Locale) -> discord.ui.Modal:
    """Return the form for an edit or a reason, filled with what stands."""
    story = found.story
    form = discord.ui.Modal(
        title=say(locale, f"form-{verb}"),
        custom_id=buttons.desk(verb, story.id, story.version),
    )
    long = discord.TextStyle.paragraph
    if verb == "kill":
        field = discord.ui.TextInput[Any](custom_id="reason", style=long, max_length=500)
        form.add_item(discord.ui.Label(text=say(locale, "form-reason"), component=field))
    else:
        for name, claim in ((desk.HEADLINE, story.draft.headline), (desk.DECK, story.draft.deck)):
            field = discord.ui.TextInput[Any](custom_id=name, style=long, default=claim.text, max_length=1000)
            form.add_item(discord.ui.Label(text=say(locale, f"form-{name}"), component=field))
        body = _body(found)
        if len(body) <= _MOST_FIELD:
            field = discord.ui.TextInput[Any](
                custom_id="body", style=long, default=body, max_length=_MOST_FIELD, required=False
            )
            told = say(locale, "form-lines")
            form.add_item(
                discord.ui.Label(text=say(locale, "form-claims"), description=told, component=field)
            )
    # A form that is over is not kept in memory: what is sent is known by its id.
    form.stop()
    return form


def _body(found: Case) -> str:
    claims = [claim for paragraph in found.story.draft.paragraphs for claim in paragraph.claims]
    return "\n".join(f"{claim.id}: {claim.text}" for claim in claims)


def _changes(found: Case, fields: dict[str, str]) -> dict[str, str]:
    """Return the new words of the claims that the form changes."""
    now = {claim.id: claim.text for claim in found.story.draft.claims()}
    draft = found.story.draft
    wanted = {name: fields[name] for name in (desk.HEADLINE, desk.DECK) if name in fields}
    now |= {desk.HEADLINE: draft.headline.text, desk.DECK: draft.deck.text}
    lines = (_LINE.match(line) for line in fields.get("body", "").splitlines())
    wanted |= {line[1]: line[2] for line in lines if line}
    return {name: words for name, words in wanted.items() if now.get(name) != words}


def _fields(data: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """Return what was filled in, by the ids of the fields."""
    rows = [row.get("component") or row["components"][0] for row in data.get("components", ())]
    return {item["custom_id"]: str(item.get("value") or "") for item in rows}


async def _at_desk(interaction: discord.Interaction[Any]) -> bool:
    wanted = interaction.client.desk.channel_id
    if wanted and interaction.channel_id == wanted:
        return True
    await _tell(interaction, say(interaction.locale, "only-at-desk"))
    return False


async def _close(interaction: discord.Interaction[Any], office: Office, story_id: str) -> None:
    """Take the buttons from the card, and say what was decided."""
    found = await case.get(office, story_id)
    embed = case_shown.decided(office, found)
    await interaction.edit_original_response(embed=embed, view=None, attachments=[])
    async with office.store.write() as connection:
        await desk_cards.drop(connection, NETWORK, story_id)


async def _tell(interaction: discord.Interaction[Any], words: str) -> None:
    told = discord.utils.escape_markdown(words)[:1900]
    if interaction.response.is_done():
        await interaction.followup.send(told, ephemeral=True)
    else:
        await interaction.response.send_message(told, ephemeral=True)


def _who(interaction: discord.Interaction[Any]) -> str:
    return f"{interaction.user.name} ({NETWORK}:{interaction.user.id})"
