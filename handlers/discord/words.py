"""What the bot says on Discord, in the reader's language where there is one (`words.toml`)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from discord import Locale, app_commands

from handlers.phrases import ENGLISH, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, str]]:
    """Return every text by its key, then by language."""
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def say(locale: Locale | str, key: str, **values: object) -> str:
    """Return a text in the language of `locale`, English if there is none, with `values` filled in."""
    return table()[key][language(locale)].format(**values)


def text(key: str) -> app_commands.locale_str:
    """Return a text for Discord to translate when the commands are set up."""
    return app_commands.locale_str(table()[key][ENGLISH], key=key)


class Translator(app_commands.Translator):
    """Hands Discord the texts of commands in every language there is."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - the SDK's signature
    ) -> str | None:
        """Return a text in the language of `locale`, None if it has none."""
        key = string.extras.get("key")
        # What is English needs no translation.
        return table()[key][language(locale)] if key and language(locale) != ENGLISH else None


def language(locale: Locale | str) -> str:
    """Return the language to speak to a reader whose client speaks that of `locale`."""
    spoken = str(locale).partition("-")[0]
    return spoken if spoken in LANGUAGES else ENGLISH
