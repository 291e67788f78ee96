"""Groundswell: a newsroom bot that can prove what it says."""

import os

# The detector multiplies many small matrices: more threads only wait for one another, spinning on the core
# that the rest of the bot needs, at twice the processor time. Has to be said before NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
