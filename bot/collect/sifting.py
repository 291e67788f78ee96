"""Which frames of a stream matter, told from a thousand at once: few are looked at one by one."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from bot.collect.jetstream import NAME, POSTS, Protocol, glance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.collect.port import Sieve

# A deletion, which matters in any case; an edit or an account, which has to be looked at; what is replied to.
MARKS = (rb'"delete"', rb'"update"|"account"', rb'"root"')
# A post that only says "delete", or holds it somewhere, has this as well.
_RECORD = b'"record"'
_ROOT = re.compile(
    rb':\{(?:"cid":"[^"]*",)?"uri":"at://([^"/\\\n]+/' + re.escape(POSTS.encode()) + rb'/[^"/\\\n]+)"'
)


def sift(
    frames: Sequence[bytes],
    protocol: Protocol,
    admits: Callable[[str, str | None], bool] | None,
    sieve: Sieve | None,
) -> dict[int, str]:
    """Return which of these frames may matter, each by its number, and on what that depends.

    "": it does, or it cannot be read; else it does if the conversation with this id is followed. `admits` is
    as for `glance`, `sieve` gives the places of MARKS (None: every frame is looked at).
    """
    if sieve is None:
        found, doubtful = dict[int, str](), set(range(len(frames)))
    else:
        found, doubtful = _sieved(frames, sieve)
    for number in doubtful:
        found.pop(number, None)
        thread = glance(frames[number], protocol, admits)
        if thread is not None:
            found[number] = thread
    return found


def _sieved(frames: Sequence[bytes], sieve: Sieve) -> tuple[dict[int, str], set[int]]:
    """Return what is known of some frames without looking at them, and which to look at."""
    # A line apart, or the last word of a frame that was cut off would be taken for the next one's first.
    documents = b"\n".join(frames)
    ends = list(accumulate(len(frame) + 1 for frame in frames))
    said, deleted, altered, answers = sieve(documents)
    gone = {bisect_left(ends, place) for place in deleted}
    doubtful = {bisect_left(ends, place) for place in chain(said, altered)}
    doubtful.update(number for number in gone if _RECORD in frames[number])
    numbers, roots, last = list[int](), list[bytes](), -1
    for place in answers:
        number, root = bisect_left(ends, place), _ROOT.match(documents, place)
        if root is None or number == last:
            doubtful.add(number)
        else:
            numbers.append(number)
            roots.append(root[1])
        last = number
    ids = f"\n{NAME}:".encode().join([b"", *roots]).decode("utf-8", "replace")
    threads = dict(zip(numbers, ids.replace(f"/{POSTS}/", "/").split("\n")[1:], strict=True))
    return threads | dict.fromkeys(gone, ""), doubtful
