"""Notice: which records are about a beat, which matter they belong to, and what about it has changed."""

import os

# The vectors here are short: waking a second thread for each product costs more than it saves, and the
# thread spins on the core that the rest of the bot needs. It has to be said before numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
