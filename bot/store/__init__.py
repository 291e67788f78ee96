"""Remember: the schema, its migrations, and one file per aggregate.

Every function works inside its caller's transaction.
"""
