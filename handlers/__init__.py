"""Answering: what a reader asks, on whichever network, becomes an answer from the store."""
