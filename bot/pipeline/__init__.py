"""The moves: what a tick does. Each takes what is due in the store one step further, in one transaction."""
