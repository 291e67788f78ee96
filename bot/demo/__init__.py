"""The demo corpus: a fictional week of discourse about AI, invented and written for this project."""
