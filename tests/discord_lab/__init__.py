"""A Discord on the loopback interface: REST and gateway, checked in both directions by the published schemas.

What those schemas do not say (permissions, the life of an interaction, intents, whose words a bot may read,
nonces, RESUME) is written here, after the documentation. Everything in it is invented.
"""
