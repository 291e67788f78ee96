"""Notice: which records are about a beat, which matter they belong to, and what about it has changed."""
