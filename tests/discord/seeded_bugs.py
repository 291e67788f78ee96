"""Plants twenty bugs in the bot's Discord side, one at a time, and counts those that the tests catch.

`python -m tests.discord.seeded_bugs [NAME...]` works on the checkout it is in and puts every file back. It
takes a quarter of an hour, so `make test` leaves it out.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_FEWEST = 19


@dataclass(frozen=True)
class Bug:
    """One change of one file, and the tests that have to fail for it."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str


_CHANNEL, _SESSION = "bot/publish/discord/channel.py", "bot/publish/discord/session.py"
_REPLIES, _CLIENT = "handlers/discord/replies.py", "handlers/discord/client.py"
_SHAPE, _OUTBOX = "bot/write/discord.py", "bot/pipeline/post.py"
_WORDS, _TALK = "handlers/discord/words.toml", "handlers/discord/talk.py"
_FOLLOWING, _SOURCES = "handlers/discord/following.py", "handlers/discord/sources.py"
_DECIDING = "handlers/discord/desk.py"
_SHAPED = "tests/write/test_discord.py"
_POST = "tests/discord/test_channel.py"
_KILL = "tests/discord/test_kill.py"
_SAY = "tests/discord/test_commands.py"
_HEAR = "tests/discord/test_replies.py"
_FOLLOW = "tests/discord/test_following.py"
_DESK = "tests/discord/test_desk.py"
BUGS = (
    Bug("no look at history", _SESSION, "if self._is_own(message) and", "if False and", _KILL),
    Bug("parts said anew", _CHANNEL, "if found is None:", "if found is None or True:", _KILL),
    Bug("mentions allowed", _SESSION, "allowed_mentions=discord.AllowedMentions.none(),", "", _POST),
    Bug("text not escaped", _SHAPE, 'r"\\\\\\1", text)', 'r"\\1", text)', _POST),
    Bug("title too long", _SHAPE, "MOST_TITLE = 256", "MOST_TITLE = 400", _SHAPED),
    Bug("long limit waited out", _SESSION, "max_ratelimit_timeout=LONGEST_WAIT_SECONDS,", "", _POST),
    Bug("lost place not marked", _OUTBOX, "isinstance(error, PlaceLostError)", "False", _POST),
    Bug("forum without tag", _SESSION, "return found[:1]", "return []", _POST),
    Bug("not announced", _CHANNEL, "await place.announce(message_id)", "pass", _KILL),
    Bug("stories out of order", _OUTBOX, "and publication.channel in held_up", "and False", _POST),
    Bug("button forgotten", _CLIENT, "(SourcesButton, DeskButton)", "(DeskButton)", _SAY),
    Bug("answer shown to all", _TALK, "private: bool = True", "private: bool = 0", _SAY),
    Bug("late answer not deferred", _TALK, "if not done:", "if False:", _SAY),
    Bug("description too long", _WORDS, 'en = "What is wrong"', f'en = "{"x" * 101}"', _SAY),
    Bug("all may follow", _FOLLOWING, "default_permissions(manage_guild=True)", "guild_only()", _SAY),
    Bug("retracted story shown", _SOURCES, "state is StoryState.RETRACTED:", "state is None:", _SAY),
    Bug("bots are answered", _REPLIES, "bot=message.author.bot or", "bot=", _HEAR),
    Bug("reply pings", _REPLIES, "mention_author=False", "mention_author=True", _HEAR),
    Bug("told for ever", _CLIENT, "await subscriptions.told(", "0 and await subscriptions.told(", _FOLLOW),
    Bug("anybody decides", _DECIDING, "interaction.channel_id == wanted", "True", _DESK),
)  # fmt: skip


def main(names: list[str]) -> int:
    """Plant each bug, run its tests, put the file back; return 0 if enough were caught."""
    chosen = [bug for bug in BUGS if not names or bug.name in names]
    missed = [bug.name for bug in chosen if not _caught(bug)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught; missed: {', '.join(missed) or 'none'}")  # noqa: T201 - what it is for
    return int(len(missed) > len(BUGS) - _FEWEST)


def _caught(bug: Bug) -> bool:
    file = _ROOT / bug.file
    sound = file.read_text(encoding="utf-8")
    if bug.right not in sound:
        msg = f"{bug.name}: {bug.file} no longer has {bug.right!r}"
        raise SystemExit(msg)
    try:
        file.write_text(sound.replace(bug.right, bug.wrong), encoding="utf-8")
        call = [sys.executable, "-m", "pytest", "-x", "-q", "--timeout", "60", bug.tests]
        failed = subprocess.run(call, cwd=_ROOT, capture_output=True, check=False).returncode == 1
    finally:
        file.write_text(sound, encoding="utf-8")
    print(f"{'caught' if failed else 'MISSED'}: {bug.name}", flush=True)  # noqa: T201 - progress
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
