"""Discord: a story as a card with a thread, in every channel that follows its beat, once."""
