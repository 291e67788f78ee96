"""The same Discord as the bot's own tests have."""

from __future__ import annotations

from tests.discord.conftest import discord, log

__all__ = ["discord", "log"]
