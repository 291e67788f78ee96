"""The text of an article out of its web page, in a process that is bounded in time and memory.

Pages are written by strangers and can be built to cost any amount of either. `python -m bot.collect.extract`
reads HTML on stdin and writes the text on stdout.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from dataclasses import dataclass

from bot.domain.errors import SourceError

# Of the environment, which holds the bot's secrets, whoever reads a stranger's page gets what starts it.
_HANDED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds of the clock and of the CPU, and megabytes of address space."""

    seconds: float = 20.0
    cpu_seconds: int = 10
    megabytes: int = 1_024


async def extract(html: bytes, url: str, bounds: Bounds) -> str:
    """Return the text of the article on a page ("" if there is none).

    Raises SourceError if that takes more than `bounds`.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, url, str(bounds.cpu_seconds), str(bounds.megabytes),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
    )  # fmt: skip
    try:
        async with asyncio.timeout(bounds.seconds):
            text, _ = await process.communicate(html)
    except TimeoutError:
        msg = f"the page took more than {bounds.seconds:g} seconds to read"
        raise SourceError(msg) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        msg = f"the page took more than {bounds.cpu_seconds} CPU seconds or {bounds.megabytes:,} MB to read"
        raise SourceError(msg)
    return text.decode("utf-8", "replace")


def main(url: str, cpu_seconds: int, megabytes: int) -> None:
    """Bound this process, then read the page."""
    memory = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from trafilatura import extract as read  # noqa: PLC0415 - within the bounds, and in this process only

    text = read(sys.stdin.buffer.read(), url=url, include_comments=False, include_tables=False)
    sys.stdout.buffer.write((text or "").encode("utf-8", "replace"))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
