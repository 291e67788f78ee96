"""`groundswell init`: asks what the bot needs, tests it, and writes `.env`. Safe to run again."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import dotenv
from pydantic import SecretStr, TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape

from bot import settings as configuration
from bot.domain.errors import ConfigError, InputError, WriterError
from bot.settings import PREFIX, Settings
from bot.write.credentials import try_key

if TYPE_CHECKING:
    from typing import TextIO

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class _Question:
    field: str
    text: str
    why: str


_QUESTIONS = (
    _Question(
        "bot_name",
        "Name of the bot",
        "it stands under every story, in the sentence that says a machine wrote it",
    ),
    _Question("operator", "Who runs it", "readers see who answers for it: a person or an organisation"),
    _Question("contact", "Contact", "an address or URL that the servers it asks, and readers, can write to"),
    _Question("site_url", "Address of the site", "the public URL of the story pages; links are made with it"),
    _Question(
        "anthropic_api_key", "Claude API key", "optional; without it stories are quotes and numbers only"
    ),
    _Question("discord_token", "Discord bot token", "optional; with it the bot posts and answers on Discord"),
)


@dataclass(slots=True)
class _Talk:
    """Where questions go and answers come from; without `answers` it is the terminal."""

    console: Console
    answers: TextIO | None

    def say(self, line: str, *, style: str | None = None) -> None:
        self.console.print(escape(line), style=style, highlight=False)

    def hear(self, prompt: str, *, secret: bool) -> str:
        """Return the answer, trimmed. Raises EOFError when nobody answers any more."""
        if self.answers is None:
            return self.console.input(escape(prompt), password=secret).strip()
        self.console.print(escape(prompt), end="", highlight=False)
        line = self.answers.readline()
        self.console.print()
        if not line:
            raise EOFError
        return line.strip()


def run(*, file: Path | None = None, console: Console | None = None, answers: TextIO | None = None) -> int:
    """Ask, test and write `file` (default: the one the settings are read from); return the exit code.

    What is in the file stays unless it is answered anew. Nothing is written when the talk is broken off.
    Raises InputError, before anything is asked, if the file cannot be written.
    """
    file = file or Path(str(Settings.model_config.get("env_file") or ".env"))
    _need_writable(file)
    talk = _Talk(console or Console(), answers)
    known = (
        {name: value for name, value in dotenv.dotenv_values(file).items() if value} if file.exists() else {}
    )
    talk.say(f"This writes {file}. Enter keeps what stands in square brackets.")
    try:
        given = {q.field: answer for q in _QUESTIONS if (answer := _answer(talk, q, known)) is not None}
    except (EOFError, KeyboardInterrupt):
        talk.say("\nBroken off: nothing was written.")
        return 1
    _write(file, given)
    return _close(talk, file, given)


def _need_writable(file: Path) -> None:
    # A file is exchanged for a new one, so its folder counts too.
    places = [place for place in (file, file.absolute().parent) if place.exists()]
    if file.is_dir() or not all(os.access(place, os.R_OK | os.W_OK) for place in places):
        problem = "it is a folder" if file.is_dir() else "this user may not write there"
        msg = f"{file} cannot be written: {problem}"
        raise InputError(msg)


def _answer(talk: _Talk, question: _Question, known: dict[str, str]) -> str | None:
    """Ask until the answer is usable; None keeps what is there."""
    now = known.get(_name(question.field)) or _default(question.field)
    secret = _is_secret(question.field)
    shown = ("set" if now else "none") if secret else now
    talk.say(f"\n{question.why[0].upper()}{question.why[1:]}.", style="dim")
    while True:
        answer = talk.hear(f"{question.text} [{shown}]: ", secret=secret)
        if not answer:
            return None
        problem = _problem(question.field, answer)
        if problem is None and question.field == "anthropic_api_key":
            problem = _refusal(talk, answer, known)
        if problem is None:
            return answer
        talk.say(f"  {problem}", style="red")


def _problem(field: str, answer: str) -> str | None:
    info = Settings.model_fields[field]
    if not answer.isprintable():
        return "it holds characters that cannot be printed"
    try:
        adapter: TypeAdapter[object] = TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]  # a type known at run time only
        adapter.validate_python(answer)
    except ValidationError as error:
        return f"{error.errors(include_input=False, include_url=False)[0]['msg']}; try again"
    return None


def _refusal(talk: _Talk, key: str, known: dict[str, str]) -> str | None:
    """Return why the key is no use; a key that cannot be tested now is taken as it is."""
    try:
        asyncio.run(try_key(SecretStr(key), base_url=known.get(_name("anthropic_base_url"))))
    except WriterError as error:
        if error.reason == "credentials":
            return f"{error}; try again, or press Enter to go on without it"
        talk.say(f"  {error}, so the key was not tested.", style="yellow")
    else:
        talk.say("  The key works.", style="green")
    return None


def _write(file: Path, given: dict[str, str]) -> None:
    file.touch(mode=_OWNER_ONLY, exist_ok=True)
    file.chmod(_OWNER_ONLY)
    for field, answer in given.items():
        dotenv.set_key(file, _name(field), answer)
    file.chmod(_OWNER_ONLY)


def _close(talk: _Talk, file: Path, given: dict[str, str]) -> int:
    changed = ", ".join(_name(field) for field in given) or "nothing"
    talk.say(f"\nWritten to {file}: {changed}. Only you can read it.")
    try:
        configuration.load(_env_file=file)
    except ConfigError as error:
        talk.say(f"But the file still needs mending: {error}", style="red")
        return 1
    talk.say("Next: `groundswell doctor` examines everything, `groundswell run` starts the bot.")
    return 0


def _name(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def _default(field: str) -> str:
    value: Any = Settings.model_fields[field].default
    return "" if value is None else str(value)


def _is_secret(field: str) -> bool:
    return "SecretStr" in str(Settings.model_fields[field].annotation)
