"""What the bot says on Discord, in the reader's language where there is one (`words.toml`)."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from discord import Locale, app_commands

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("de", "es", "fr", "ja")
_ENGLISH = "en"


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, str]]:
    """Return every text by its key, then by language."""
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def say(locale: Locale, key: str, **values: object) -> str:
    """Return a text in the language of `locale`, English if there is none, with `values` filled in."""
    texts = table()[key]
    return texts.get(_language(locale), texts[_ENGLISH]).format(**values)


def text(key: str) -> app_commands.locale_str:
    """Return a text for Discord to translate when the commands are set up."""
    return app_commands.locale_str(table()[key][_ENGLISH], key=key)


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
        return table()[key].get(_language(locale)) if key and _language(locale) in LANGUAGES else None


def _language(locale: Locale) -> str:
    return locale.value.partition("-")[0]
