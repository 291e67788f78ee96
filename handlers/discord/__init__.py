"""Answering on Discord: commands, buttons, replies to stories, and following a beat in a channel."""
