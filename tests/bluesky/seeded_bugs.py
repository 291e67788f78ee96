"""Plants bugs in the bot's Bluesky side, one at a time, and counts those that the tests catch.

`python -m tests.bluesky.seeded_bugs [NAME...]` works on the checkout it is in and puts every file back. It
takes minutes, so `make test` leaves it out.
"""

from __future__ import annotations

import sys

from tests.seeded import Bug, on_one_network, run

_PLAN, _CHANNEL = "bot/publish/bluesky/plan.py", "bot/publish/bluesky/channel.py"
_RECORDS, _SESSION = "bot/publish/bluesky/records.py", "bot/publish/bluesky/session.py"
_PROFILE, _TRACES, _APPVIEW = (
    "bot/publish/bluesky/profile.py",
    "bot/store/traces.py",
    "bot/collect/appview.py",
)
_LISTENER, _ANSWERS = "handlers/bluesky.py", "handlers/bluesky_answers.py"
_MESSAGES, _POLICY, _SHAPE = (
    "handlers/bluesky_messages.py",
    "handlers/policy.py",
    "handlers/bluesky_replies.py",
)
_THREAD = "tests/publish/test_bluesky_thread.py::test"
_ORDER = f"{_THREAD}_each_post_is_under_the_one_before_and_a_millisecond_later"
_LENGTH = f"{_THREAD}_a_post_has_three_hundred_characters_as_people_count_them"
_POST, _SURFACE = "tests/bluesky/test_publish.py::test", "tests/bluesky/test_surfaces.py::test"
_ENTER, _AMEND = "tests/bluesky/test_session.py::test", "tests/bluesky/test_amend.py::test"
_RULES = "tests/handlers/test_policy.py::test_each_rule_refuses_by_itself"
_SHAPED = "tests/handlers/test_bluesky_replies.py::test"
_ASK, _HEED = "tests/bluesky/answers/test_answers.py::test", "tests/bluesky/answers/test_consent.py::test"
_LOST_LATER = f"{_AMEND}_of_a_retracted_story_the_posts_go_whose_words_are_taken_back"
BUGS = (
    Bug("posts of one moment", _RECORDS, "timedelta(milliseconds=place)", "timedelta(0)", _ORDER),
    Bug("all under the opening", _PLAN, '"parent": posts[-1].ref', '"parent": posts[0].ref', _ORDER),
    Bug("no language", _RECORDS, '"langs": ["en"],', '"langs": [],', _ORDER),
    Bug("post too long", _RECORDS, "MOST_GRAPHEMES = 300", "MOST_GRAPHEMES = 301", _LENGTH),
    Bug("bytes not counted", _RECORDS, "or len(text.encode()) > MOST_BYTES", "", _LENGTH),
    Bug(
        "letters for characters", _RECORDS, "if graphemes(text) > MOST_GRAPHEMES",
        "if len(text) > MOST_GRAPHEMES", _LENGTH,
    ),
    Bug(
        "headline said thrice", _PLAN, "title, said = _INVITATION,", "said =",
        f"{_THREAD}_the_headline_is_not_said_again_under_its_picture",
    ),
    Bug(
        "claims not known", _PLAN, '"claims": list(said.claim_ids)', '"claims": []',
        f"{_POST}_every_claim_is_in_a_post_that_knows_it",
    ),
    Bug(
        "CID of links wrong", _RECORDS, "encode_dag_cbor(_linked(value))", "encode_dag_cbor(value)",
        f"{_SURFACE}_thread_and_page_show_the_same_picture",
    ),
    Bug(
        "told once a run only", _PLAN, "Write(did, PUBLISHED, story.id, published)",
        "Write(did, PUBLISHED, self._minter.mint(now), published)",
        f"{_POST}_a_story_is_published_once_even_if_all_is_forgotten",
    ),
    Bug(
        "error taken at its word", _CHANNEL, "if await self._is_there(publication):", "if plan is None:",
        f"{_POST}_sending_twice_is_sending_once",
    ),
    Bug(
        "half a thread tried again", _CHANNEL, "if not any(found):", "if not all(found):",
        f"{_POST}_a_thread_of_which_a_part_was_deleted_is_a_conflict",
    ),
    Bug(
        "picture uploaded once", _CHANNEL, "await self._have_blob(publication)", "pass",
        f"{_SURFACE}_a_picture_is_uploaded_anew_for_each_try",
    ),
    Bug(
        "session not kept", _SESSION, "fresh.replace(self._file)", "pass",
        f"{_ENTER}_a_session_is_kept_for_the_next_run_and_for_no_one_else",
    ),
    Bug(
        "refused token kept", _SESSION, "if not _stale(error):", "if error:",
        f"{_ENTER}_a_token_the_server_refuses_is_replaced_by_a_login",
    ),
    Bug(
        "logins used up", _SESSION, "self._failed_logins += 1", "self._failed_logins += 0",
        f"{_ENTER}_a_wrong_password_is_not_tried_again_at_once",
    ),
    Bug(
        "limit not waited for", _SESSION, "max(error.reset_at or now + after,", "max(now,",
        "tests/publish/test_bluesky_limits.py::test_a_limit_is_waited_for_as_long_as_the_server_says",
    ),
    Bug(
        "profile without bot label", _PROFILE, '[*labels, "bot"]', "labels",
        "tests/bluesky/test_setup.py::test_setup_labels_the_profile_and_names_the_operator",
    ),
    Bug(
        "update without its past", _PLAN, "if order.earlier is None:", "if card:",
        f"{_SURFACE}_an_update_quotes_the_thread_it_continues",
    ),
    Bug("words stay", _TRACES, "await publications.tear(connection, torn, at)", "pass", _LOST_LATER),
    Bug("retracted twice", _PLAN, "if not _told_already(order):", "if order:", _LOST_LATER),
    Bug(
        "answers itself", _LISTENER, "if m and m.author.did != did and", "if m and",
        f"{_HEED}_nothing_of_an_own_post_is_kept",
    ),
    Bug("one more a day", _POLICY, "asked.today >= PER_DAY", "asked.today > PER_DAY", _RULES),
    Bug("one more a thread", _POLICY, "in_thread >= PER_THREAD", "in_thread > PER_THREAD", _RULES),
    Bug("old questions answered", _POLICY, "asked.sent_at > DAY", "asked.sent_at > 2 * DAY", _RULES),
    Bug(
        "labelled bots answered", _MESSAGES, '_BOT = "bot"', '_BOT = "robot"',
        f"{_HEED}_bots_are_not_answered_but_obeyed",
    ),
    Bug(
        "opt-out forgotten", _LISTENER, "await optouts.add(", "0 and await optouts.add(",
        f"{_HEED}_stop_is_obeyed_for_good_and_confirmed_once",
    ),
    Bug(
        "no look behind what is known", _LISTENER,
        "not new and (not thorough or now - oldest > _RESCAN)", "not new",
        f"{_ASK}_what_lies_behind_what_was_heard_is_found",
    ),
    Bug(
        "threads not read", _LISTENER, "found |= await self._in_threads(did, now)", "pass",
        f"{_ASK}_a_lost_notification_is_found_in_the_thread",
    ),
    Bug(
        "whole story for one post", _ANSWERS, 'tuple(told["claims"]) if place else ()', "()",
        f"{_ASK}_source_gets_the_records_of_the_very_post",
    ),
    Bug(
        "hidden authors quoted", _ANSWERS, "not (found.author.hidden or found.author.blocked)", "found",
        f"{_HEED}_who_hides_from_logged_out_readers_is_not_shown",
    ),
    Bug(
        "answer stays", _LISTENER, 'await self._account.do("com.atproto.repo.deleteRecord", where)', "pass",
        f"{_HEED}_unquoting_takes_the_person_out_of_everything",
    ),
    Bug(
        "refusals turned round", _APPVIEW, "synthetic_content_generation.allow is False",
        "synthetic_content_generation.allow is True",
        "tests/bluesky/test_appview.py::test_what_people_say_is_heard",
    ),
    Bug(
        "four posts", _SHAPE, "MOST_POSTS = 3", "MOST_POSTS = 4",
        f"{_SHAPED}_what_does_not_fit_is_on_the_page",
    ),
    Bug(
        "answer without its mark", _SHAPE, "for source in sources), closing]", "for source in sources)]",
        f"{_SHAPED}_a_short_answer_is_one_post_with_the_mark",
    ),
    Bug(
        "file and stream differ", "bot/collect/interchange.py", "jetstream.native_id(native_id) or native_id",
        "native_id",
        "tests/collect/test_interchange.py::test_a_post_of_bluesky_is_one_post_in_a_file_and_on_the_stream",
    ),
)  # fmt: skip


if __name__ == "__main__":
    with on_one_network() as fails:
        ended = run(BUGS, sys.argv[1:], fails)
    sys.exit(ended)
