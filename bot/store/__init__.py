"""Remember: the schema, its migrations, and one file per aggregate. Every function works inside a caller's transaction."""
