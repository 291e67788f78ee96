"""The commands: each parses nothing, builds what it needs, and returns the exit code."""
