"""Bluesky: a story as one thread, there whole and once."""
