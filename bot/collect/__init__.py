"""Hear: one file per source, fetch and parse only. Nothing here writes to the store."""
