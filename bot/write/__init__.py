"""Tell: a brief becomes a draft, and code checks every claim of it."""
