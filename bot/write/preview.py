"""How a story looks on the networks, drawn on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.domain.text import graphemes
from bot.write.discord import as_discord
from bot.write.thread import POST_LIMIT, as_thread

if TYPE_CHECKING:
    from rich.console import Console

    from bot.domain.story import Story
    from bot.write.discord import Card
    from bot.write.thread import ThreadPost

_WIDEST = 84


def render_preview(
    console: Console, story: Story, *, beat_name: str, url: str, disclaimer: str, mark: str
) -> None:
    """Print `story` as a Bluesky thread, post by post, and as a Discord card with its messages."""
    width = min(console.width, _WIDEST)
    posts = as_thread(story, beat_name=beat_name, url=url, disclaimer=disclaimer, mark=mark)
    console.print(_heading("Bluesky", f"{len(posts)} posts"))
    for number, post in enumerate(posts, 1):
        console.print(_box(post, number, len(posts)), width=width)
    shaped = as_discord(story, beat_name=beat_name, url=url, disclaimer=disclaimer)
    console.print(_heading("Discord", f"a card and {len(shaped.parts)} messages"))
    console.print(_card(shaped.card), width=width)
    for part in shaped.parts:
        console.print(
            Panel(_unmarked(part.text), box=box.ROUNDED, border_style="dim", padding=(0, 1)), width=width
        )


def _heading(channel: str, size: str) -> Padding:
    return Padding(Text.assemble((channel, "bold"), (f"  {size}", "dim")), (1, 0, 0, 1))


def _box(post: ThreadPost, number: int, total: int) -> Panel:
    text = Text(post.text)
    if number == 1:
        text.stylize("bold", 0, len(post.text.split("\n", maxsplit=1)[0]))
    elif number == total:
        text.stylize("dim")
    return Panel(
        text, box=box.ROUNDED, border_style="blue" if number == 1 else "dim", padding=(0, 1),
        title=f"{number}/{total}", title_align="left",
        subtitle=f"{graphemes(post.text)}/{POST_LIMIT}", subtitle_align="right",
    )  # fmt: skip


def _card(card: Card) -> Panel:
    text = Text.assemble((_unescaped(card.title), "bold"), "\n\n", _unescaped(card.description), "\n")
    for name, value in card.fields:
        text.append(f"\n{name}: ", style="bold")
        text.append(_unescaped(value).replace("\n", ". "))
    text.append(f"\n\n{card.footer}", style="dim")
    return Panel(text, box=box.ROUNDED, border_style="blue", padding=(0, 1))


def _unmarked(part: str) -> Text:
    """Show a Discord message as Discord would: the marks gone, their effect there."""
    text = Text()
    for index, line in enumerate(part.split("\n")):
        shown, style = line, ""
        if line.startswith("-# "):
            shown, style = line[3:], "dim"
        elif line.startswith("<") and line.endswith(">"):
            shown, style = line[1:-1], "blue"
        text.append("\n" if index else "")
        text.append(_unescaped(shown), style=style)
    return text


def _unescaped(line: str) -> str:
    shown, escaped = "", False
    for letter in line:
        if letter == "\\" and not escaped:
            escaped = True
            continue
        shown += letter
        escaped = False
    return shown
