"""The groundswell command: it only knows the commands' names; each loads its own parts when it is called.

Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted. `--json` prints one JSON document on stdout; logs
go to stderr.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path

import cyclopts

from bot.domain.errors import ConfigError, GroundswellError

_COMMANDS = {
    "demo": ("play:demo", "Replay a fictional week of discourse, then serve the site."),
    "replay": ("play:replay", "Drive the whole pipeline with recorded discourse."),
    "record": ("listen:record", "Keep what one source sends over the wire, for a while."),
    "run": ("serve:run", "Run the service until it is stopped."),
    "collect": ("serve:collect", "Ask one or all sources now."),
    "sources": ("listen:sources", "Show how each source is heard: lag, failures and gaps."),
    "wire": ("read:wire", "Show the newest signals and what became of them."),
    "why": ("why:why", "Say what the detector decided about a storyline and why."),
    "beats": ("beats:beats", "Show the beats the bot covers, mute one, or try one out."),
    "halt": ("control:halt", "Stop all publishing, at once and across restarts."),
    "resume": ("control:resume", "Let publishing go on."),
    "ask": ("read:ask", "Ask a story for its sources."),
    "cost": ("cost:cost", "Show what was spent on models, by day, stage and story."),
    "forget": ("forget:forget", "Remove everything about a person or a post, and keep it out."),
    "doctor": ("care:doctor", "Examine settings, store, clock, sources and channels."),
    "backup": ("care:backup", "Copy the store to a file, also while the bot runs."),
    "init": ("care:init", "Ask what the bot needs and write .env."),
}
_BLUESKY = {
    "setup": ("bluesky:setup", "Log in to the bot's account and set its profile up."),
}
_DISCORD = {
    "setup": ("discord:setup", "Register the bot's commands, and show how a server lets it in."),
}
_DESK = {
    "list": ("desk:list_held", "List the stories that wait for a person."),
    "show": ("desk:show", "Show all there is to decide about a story."),
    "approve": ("desk:approve", "Let a held story go out."),
    "kill": ("desk:kill", "Decide against a held story."),
    "edit": ("desk:edit", "Give a held story other words."),
}
_STORY = {
    "list": ("read:list_stories", "List the stories readers can see."),
    "show": ("read:show", "Show one story."),
    "correct": ("amend:correct", "Put a correction on a story: page, feed, Bluesky and Discord."),
    "retract": ("amend:retract", "Retract a story: page, feed, Bluesky and Discord."),
}


def _app() -> cyclopts.App:
    cli = cyclopts.App(
        name="groundswell",
        help="A newsroom bot that can prove what it says.",
        version=version("groundswell"),
        help_format="plaintext",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    story = cyclopts.App(name="story", help="List the stories, show, correct or retract one.")
    bluesky = cyclopts.App(name="bluesky", help="Look after the bot's Bluesky account.")
    desk = cyclopts.App(name="desk", help="Decide about held stories.")
    discord = cyclopts.App(name="discord", help="Look after the bot on Discord.")
    groups = ((story, _STORY), (desk, _DESK), (bluesky, _BLUESKY), (discord, _DISCORD))
    for group, _ in groups:
        cli.command(group)
    for group, commands in ((cli, _COMMANDS), *groups):
        for name, (place, text) in commands.items():
            group.command(f"bot.commands.{place}", name=name, help=text)
    return cli


def run_command() -> None:
    """Be the groundswell command."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter gets a question mark, not a traceback.
            stream.reconfigure(errors="replace")
    try:
        code = _app()(exit_on_error=False, print_error=True)
    except cyclopts.CycloptsError:
        sys.exit(2)
    except GroundswellError as error:
        print(f"groundswell: {error}", file=sys.stderr)  # noqa: T201 - the command line's own output
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    except KeyboardInterrupt:
        print("groundswell: interrupted", file=sys.stderr)  # noqa: T201 - the command line's own output
        sys.exit(128 + signal.SIGINT)
    except OSError as error:
        # Whoever read the output has seen enough, or the disk it goes to is full.
        if error.errno not in {errno.EPIPE, errno.ENOSPC}:
            raise
        # Nothing may be left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno == errno.ENOSPC:
            print(f"groundswell: {error.strerror}", file=sys.stderr)  # noqa: T201 - the command line's own output
        sys.exit(1)
    sys.exit(code)


def _open_streams() -> None:
    """Put an empty stream where whoever started the command closed one."""
    sys.stdin = sys.stdin or io.StringIO()
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process lives
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
