"""`python -m benchmarks [NAME]`: measure, one JSON line a measure on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

from benchmarks.data import MissingDataError
from benchmarks.measure import say

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCHMARKS = {
    "replay": "speed, memory and verbatim quotes of a replay of the recorded discourse beside the checkout",
    "planted": "what is told of the fictional week and of weeks like it",
    "mood": "how well the stance of labelled posts is read",
    "newst": "storylines on News-T beside other ways to cluster: NMI and B-cubed F1",
    "news": "the same on headlines of March 2014",
    "localllama": "the same on labelled threads of r/LocalLLaMA",
    "scale": "what noticing a record costs as the store grows, beside BERTopic's online mode",
    "relevance": "what the gate keeps and drops, on labelled records of every source",
    "nab": "bursts in five series of tweet counts, beside a windowed Gaussian and a seasonal ESD",
    "claimcheck": "how well the code checks tell supported claims from others, on three labelled sets",
    "hostile": "what of made-up claims the code checks refuse, and which true ones they let pass",
    "ledger": "10,000 random interleavings of reserving, settling, crashing and parallel calls under a cap",
    "cost": "tokens and dollars a story of the demo week, at list price, with and without prompt caching",
    "jetstream": "frames a second from the socket to committed rows, beside two decoders of the same frames",
    "outage": "a missed day of the network caught up, while a forum, an outlet and Hacker News are asked",
    "wire": "recorded answers of the real networks, read by the adapters and compared with what was sent",
    "answer": "how long a reader waits for sources on Bluesky, and a rush of 200 replies",
    "discord": "50 guilds that follow five beats, a story a minute for an hour, limits and errors on the way",
    "thread": "a story from the outbox to Bluesky's AppView, beside posting it post by post",
}
_MISSING_DATA = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark or all; return 3 if the data for one is missing. A wrong name exits with 2."""
    known = "\n".join(f"  {name:10}{text}" for name, text in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure, one JSON line a measure on stdout. The benchmarks:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=tuple(BENCHMARKS), metavar="NAME", help="one of the above")
    parser.add_argument(
        "--weeks", type=int, default=3, help="weeks besides the demo, for planted (default 3)"
    )
    parser.add_argument("--first", type=int, default=1, help="the first of their seeds (default 1)")
    parser.add_argument(
        "--frames",
        type=int,
        default=2_000_000,
        help="frames of the stream, for jetstream (default 2,000,000)",
    )
    parser.add_argument(
        "--stored",
        type=int,
        nargs="+",
        default=[10_000, 100_000, 1_000_000],
        help="sizes of the store, for scale",
    )
    options = parser.parse_args(arguments)
    code = 0
    for name in [options.name] if options.name else BENCHMARKS:
        try:
            for measure in importlib.import_module(f"benchmarks.{name}").measures(options):
                measure.show()
        except MissingDataError as error:
            say(f"{name}: {error}")
            code = _MISSING_DATA
    return code


if __name__ == "__main__":
    sys.exit(main())
