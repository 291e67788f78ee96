"""Plants bugs in the bot's Discord side, one at a time, and counts those that the tests catch.

`python -m tests.discord.seeded_bugs [NAME...]` works on the checkout it is in and puts every file back. It
takes minutes, so `make test` leaves it out.
"""

from __future__ import annotations

import sys

from tests.seeded import Bug, run

_CHANNEL, _SESSION = "bot/publish/discord/channel.py", "bot/publish/discord/session.py"
_REPLIES, _CLIENT = "handlers/discord/replies.py", "handlers/discord/client.py"
_SHAPE, _OUTBOX = "bot/write/discord.py", "bot/pipeline/post.py"
_WORDS, _TALK = "handlers/discord/words.toml", "handlers/discord/talk.py"
_FOLLOWING, _SOURCES = "handlers/discord/following.py", "handlers/discord/sources.py"
_DECIDING = "handlers/discord/desk.py"
_NOTED, _PLAN = "handlers/discord/lent.py", "bot/publish/discord/plan.py"
_SHAPED = "tests/write/test_discord.py::test_a_long_headline_is_cut_to_what_a_title_takes"
_POST = "tests/discord/test_channel.py::test"
_KILL = "tests/discord/test_kill.py::test_a_bot_killed_at_any_step_posts_once_to_three_guilds"
_AMEND = "tests/discord/test_amend.py::test"
_HALTED = "tests/discord/test_halted.py::test_what_is_taken_back_goes_while_publishing_is_halted"
_SAY = "tests/discord/test_commands.py::test"
_HEAR = "tests/discord/test_replies.py::test"
_LOST = "tests/discord/test_following.py::test_who_followed_is_told_once_that_a_channel_is_lost"
_DESK = "tests/discord/test_desk.py::test_nobody_decides_outside_the_desk"
BUGS = (
    Bug("no look at history", _SESSION, "if self._is_own(message) and", "if False and", _KILL),
    Bug("parts said anew", _CHANNEL, "if number <= len(said)", "if False", _KILL),
    Bug(
        "mentions allowed", _SESSION, "allowed_mentions=discord.AllowedMentions.none(),", "",
        f"{_POST}_what_a_story_says_pings_nobody",
    ),
    Bug(
        "text not escaped", _SHAPE, 'r"\\\\\\1", text)', 'r"\\1", text)',
        f"{_POST}_what_a_story_says_pings_nobody",
    ),
    Bug("title too long", _SHAPE, "MOST_TITLE = 256", "MOST_TITLE = 400", _SHAPED),
    Bug(
        "long limit waited out", _SESSION, "max_ratelimit_timeout=LONGEST_WAIT_SECONDS,", "",
        f"{_POST}_a_long_limit_is_kept_without_waiting",
    ),
    Bug(
        "lost place not marked", _OUTBOX, "isinstance(error, PlaceLostError)", "False",
        f"{_POST}_a_channel_that_is_lost_is_marked_and_left_alone",
    ),
    Bug(
        "forum without tag", _SESSION, "return found[:1]", "return []",
        f"{_POST}_a_forum_gets_the_tag_that_is_named_after_the_beat",
    ),
    Bug("not announced", _CHANNEL, "await place.announce(message_id)", "pass", _KILL),
    Bug(
        "stories out of order", _OUTBOX, "and publication.channel in held_up", "and False",
        f"{_POST}_a_channel_that_has_to_wait_gets_its_stories_in_order",
    ),
    Bug(
        "button forgotten", _CLIENT, "(SourcesButton, DeskButton)", "(DeskButton)",
        f"{_SAY}_the_button_works_after_a_restart",
    ),
    Bug(
        "answer shown to all", _TALK, "private: bool = True", "private: bool = 0",
        f"{_SAY}_the_sources_of_a_story_and_of_a_sentence",
    ),
    Bug(
        "late answer not deferred", _TALK, "if not done:", "if False:",
        f"{_SAY}_an_answer_that_takes_long_is_promised_in_time",
    ),
    Bug(
        "description too long", _WORDS, 'en = "What is wrong"', f'en = "{"x" * 101}"',
        f"{_SAY}_every_command_says_what_it_does_in_five_languages",
    ),
    Bug(
        "all may follow", _FOLLOWING, "default_permissions(manage_guild=True)", "guild_only()",
        f"{_SAY}_only_those_who_manage_a_server_follow",
    ),
    Bug(
        "retracted story shown", _SOURCES, "state is StoryState.RETRACTED:", "state is None:",
        f"{_SAY}_what_was_taken_back_is_shown_to_nobody",
    ),
    Bug(
        "bots are answered", _REPLIES, "bot=message.author.bot or", "bot=",
        f"{_HEAR}_what_is_not_for_the_bot_is_left_alone",
    ),
    Bug(
        "reply pings", _REPLIES, "mention_author=False", "mention_author=True",
        f"{_HEAR}_sources_are_given_where_they_are_asked_for",
    ),
    Bug("told for ever", _CLIENT, "await subscriptions.told(", "0 and await subscriptions.told(", _LOST),
    Bug("anybody decides", _DECIDING, "interaction.channel_id == wanted", "True", _DESK),
    Bug(
        "thread keeps its name", _CHANNEL, 'place.rename(plan["card"], plan["name"])',
        'place.rename(plan["card"], "Old laptops, new weights")',
        f"{_AMEND}_of_a_retracted_story_no_word_is_left",
    ),
    Bug(
        "too much is left", _CHANNEL, "in said[len(posts) :]", "in said[len(said) :]",
        f"{_AMEND}_of_a_retracted_story_no_word_is_left",
    ),
    Bug(
        "half a story is forgotten", _PLAN, "if item.begun_at and", "if False and",
        f"{_AMEND}_a_story_that_fell_while_its_fate_was_unknown_leaves_nothing",
    ),
    Bug(
        "cards do not follow", _NOTED, "await questions.add(connection, lent)", "pass",
        f"{_SAY}_a_card_that_was_asked_for_follows_its_story",
    ),
    Bug("half a story waits for the resume", "bot/pipeline/mend.py", "amend.remnants(known)", "[]", _HALTED),
    Bug(
        "hidden history taken for empty", _SESSION, "if not self._reads:", "if False:",
        f"{_AMEND}_a_thread_that_cannot_be_read_is_not_told_twice",
    ),
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(BUGS, sys.argv[1:]))
