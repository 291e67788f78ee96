"""What readers get to see: embeds of stories, sources, beats and the wire, within what Discord takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.domain.disclosure import mark
from bot.domain.errors import NotFoundError
from bot.domain.place import place_name
from bot.domain.story import StoryState
from bot.domain.text import clean, squeeze
from bot.publish.discord import buttons
from bot.write.discord import COLOUR, MOST_TITLE, as_card, as_retracted, cut, escape, fitted, size
from bot.write.thread import frame
from handlers import phrases
from handlers.discord.words import language, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from discord import Locale

    from bot.domain.card import Card
    from bot.domain.question import Answer, Source
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Office
    from bot.store.pages import WireEntry
    from bot.store.subscriptions import Subscription

# Less than an embed's 4,096, so that title and footer fit into the 6,000 of a message.
_ROOM = 3600
_QUOTE = 240
_LABEL = 60
_CLAIM = 300
_LONGEST_URL = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer: words, an embed, a picture in it, and whether the buttons of a story go with it."""

    content: str = ""
    embed: discord.Embed | None = None
    story: Story | None = None
    page: str = ""
    picture: Card | None = None

    def view(self) -> discord.ui.View | None:
        """Return the buttons, which no process has to remember."""
        if self.story is None:
            return None
        view = discord.ui.View(timeout=None)
        marker = buttons.sources(self.story.id, self.story.version)
        view.add_item(discord.ui.Button(label="Sources", custom_id=marker))
        view.add_item(discord.ui.Button(label="Story page", url=self.page))
        view.stop()
        return view


def beat_name(office: Office, slug: str) -> str:
    """Return what a beat is called; the operator's beats may have changed since a story was told."""
    try:
        return office.book.beat(slug).name
    except NotFoundError:
        return slug


def page(office: Office, story_id: str) -> str:
    """Return the address of a story's page."""
    return f"{str(office.settings.site_url).rstrip('/')}/stories/{story_id}"


def story(office: Office, told: Story) -> Shown:
    """Return the card of a story."""
    around = frame(office.settings, beat_name(office, told.beat), told)
    around.pop("mark")
    note = told.reason or "" if told.state is StoryState.CORRECTED else ""
    card = discord.Embed.from_dict(as_card(told, **around, note=note).embed())
    card.timestamp = told.published_at
    return Shown(embed=card, story=told, page=around["url"])


def retracted(office: Office, told: Story) -> Shown:
    """Return what stands in the place of the card of a story that was retracted since."""
    around = frame(office.settings, beat_name(office, told.beat), told)
    around.pop("disclaimer")
    shaped = as_retracted(told.reason or "", **around)
    return Shown(embed=discord.Embed.from_dict(shaped.card.embed()))


def answer(office: Office, given: Answer, title: str, locale: Locale | str) -> discord.Embed:
    """Return an answer: each claim and the posts it rests on, as far as they fit.

    What was quoted under an earlier claim is named by its number.
    """
    lines, quoted = [escape(given.text)], set[str]()
    wanted = {source.marker for claim in given.claims for source in claim.sources}
    named = set[int]()
    for claim in given.claims:
        entries = {_source(source, language(locale)): source.marker for source in claim.sources}
        if not entries:
            continue
        again = ", ".join(f"`{marker}`" for entry, marker in entries.items() if entry in quoted)
        added = [f"\n**{fitted(claim.text, _CLAIM)}**"]
        added += [say(locale, "above", numbers=again)] if again else []
        fresh = [entry for entry in entries if entry not in quoted]
        while fresh and size("\n".join([*lines, *added, *fresh])) > _ROOM - _LABEL:
            fresh.pop()
        if size("\n".join([*lines, *added])) > _ROOM - _LABEL or not (fresh or again):
            break
        lines += [*added, *fresh]
        quoted.update(fresh)
        named |= {entries[entry] for entry in fresh}
    if left := len(wanted - named):
        lines.append(f"\n{say(locale, 'more', number=left)}")
    embed = listed(office, title, lines)
    embed.url = page(office, given.story_id) if given.story_id else None
    return embed


def listed(office: Office, title: str, lines: Iterable[str]) -> discord.Embed:
    """Return lines, which are escaped already, under a title, as far as they fit."""
    kept: list[str] = []
    for line in lines:
        if size("\n".join([*kept, line])) > _ROOM:
            break
        kept.append(line)
    embed = discord.Embed(title=fitted(title, MOST_TITLE), description="\n".join(kept), colour=COLOUR)
    return embed.set_footer(text=mark(office.settings.bot_name))


def signal(office: Office, entry: WireEntry, locale: Locale) -> str:
    """Return a signal of the wire as a line."""
    told = f"**{fitted(entry.label, _LABEL * 2)}** · {escape(beat_name(office, entry.beat))}"
    usual = f"{entry.baseline.expected:,.0f}" if entry.baseline.expected >= 1 else "<1"
    counts = say(locale, "wire-counts", posts=f"{entry.observed:,}", people=f"{entry.authors:,}", usual=usual)
    if entry.story_id and entry.story_state and entry.story_state.public:
        ending = f"[{say(locale, 'wire-story')}]({page(office, entry.story_id)})"
    elif entry.story_state:
        killed = entry.story_state is StoryState.KILLED
        ending = "not published" if killed else escape(entry.story_state.value)
    else:
        ending = _reason(office, entry)
    return f"{told}\n{escape(counts)} · <t:{int(entry.detected_at.timestamp())}:R> · {ending}\n"


def _reason(office: Office, entry: WireEntry) -> str:
    """Return what readers get of why nothing was told of a signal yet, with the story in it as a link."""
    before, after = (fitted(part, _CLAIM) for part in entry.parted)
    if entry.named is None:
        return before or escape(entry.state.value)
    name = fitted(entry.named.headline, _LABEL)
    there = f"[{name}]({page(office, entry.named.id)})" if name else "another story"
    return " ".join(filter(None, (before.rstrip(), there))) + after


def about(office: Office, locale: Locale) -> discord.Embed:
    """Return what the bot is, who runs it, how it works and what it keeps."""
    settings = office.settings
    told = {
        "bot": settings.bot_name,
        "topic": office.book.topic.name,
        "who": ", ".join(filter(None, (settings.operator, settings.contact))),
    }
    writer = "about-claude" if settings.anthropic_api_key is not None else "about-without"
    method = f"[{say(locale, 'about-method')}]({str(settings.site_url).rstrip('/')}/about)"
    parts = (
        ("about-who", escape(told["who"] or say(locale, "about-nobody"))),
        ("about-how", f"{say(locale, writer)} {say(locale, 'about-checked')} {method}"),
        ("about-you-write", say(locale, "about-written")),
        ("about-kept", say(locale, "about-keeping")),
        ("about-ask", say(locale, "about-asking")),
    )
    lines = [escape(say(locale, "about-intro", **told))]
    lines += [f"\n**{say(locale, heading)}**\n{words}" for heading, words in parts]
    return listed(office, say(locale, "title-about", **told), lines)


def following(office: Office, found: Sequence[Subscription], everything: str) -> list[str]:
    """Return what a server follows as lines, with what is wrong."""
    lines = []
    for item in found:
        name = everything if item.beat == "*" else beat_name(office, item.beat)
        trouble = f"\n\N{WARNING SIGN}\N{VARIATION SELECTOR-16} {escape(item.lost)}" if item.lost else ""
        lines.append(f"<#{item.place}> · {escape(name)}{trouble}")
    return lines


def _source(source: Source, lang: str) -> str:
    """Return a cited post as a line: what it says, and who wrote it as the label of its link."""
    who = source.author.lstrip("@")
    if source.community != source.author:
        place = place_name(source.source, source.community)
        place = place if lang == phrases.ENGLISH else place.removeprefix("the ")
        who = phrases.say("label", lang, who=who, place=place)
    label = fitted(squeeze(clean(who)), _LABEL)
    url = clean(source.url)
    sound = url.startswith(("https://", "http://")) and len(url) <= _LONGEST_URL and url == squeeze(url)
    # A parenthesis or a blank would end the address.
    safe = url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    link = f"[{label}]({safe})" if sound and " " not in url else label
    quote = escape(cut(squeeze(clean(source.quote)), _QUOTE))
    return f"`{source.marker}` “{quote}”\n\N{EM DASH} {link}{phrases.said_on(source.created_at, lang)}"
