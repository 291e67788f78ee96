"""The words of the project as plain typed values and rules; no I/O and no SDK."""
