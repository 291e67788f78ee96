"""Show: story pages, beats, the wire and feeds, rendered from the store."""
