"""Replies get their sources, on the real network software."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.question import QuestionState
from bot.domain.story import StoryState
from bot.domain.text import graphemes
from bot.store import questions, schema, stories
from handlers.phrases import count, say
from handlers.policy import Reason
from tests.bluesky.answers import readers
from tests.bluesky.answers.readers import PAGE, House, bluesky_record, forum_record, open_house

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.network import Account, BlueskyNetwork


def features(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is live in a post."""
    return [feature for facet in made["value"].get("facets", ()) for feature in facet["features"]]


async def _call(house: House, who: Account, text: str, **more: object) -> dict[str, str]:
    """Have somebody call the bot by its name."""
    name = f"@{house.bot.handle}"
    facet = {
        "index": {"byteStart": 0, "byteEnd": len(name)},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": house.bot.did}],
    }
    return await asyncio.to_thread(who.post, f"{name} {text}", facets=[facet], **more)


async def test_source_gets_the_records_of_the_very_post(house: House, ann: Account) -> None:
    """A reply "source?" gets quote, author label, date and link of what that one post rests on."""
    asked = await house.ask(ann, "source?")
    (made,) = house.replies_to(asked)
    said, torrent = made["value"], house.cited["torrent"]
    assert f"“{torrent.text}”" in said["text"]
    assert "mira on the Modelworks forum, 2 Mar 2026" in said["text"]
    assert house.cited["licence"].text not in said["text"]
    (facet,) = said["facets"]
    span = said["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
    assert (span, facet["features"]) == (
        "mira on the Modelworks forum",
        [{"$type": "app.bsky.richtext.facet#link", "uri": torrent.url}],
    )
    assert said["text"].endswith("Automated answer by Groundswell")
    assert said["langs"] == ["en"]


async def test_in_other_languages(house: House, ann: Account, bob: Account) -> None:
    """The question for sources is answered in the language in which it is asked; the quotation stays."""
    questions = {
        "de": "Quelle?",
        "es": "¿De dónde sale esto?",
        "fr": "D\u2019où ça vient ?",
        "ja": "ソースは?",
    }
    asked = {
        lang: await asyncio.to_thread(house.say, (ann, bob)[number // 2], text, house.posts[number % 2 + 1])
        for number, (lang, text) in enumerate(questions.items())
    }
    await house.hear(*asked.values())
    for number, (lang, question) in enumerate(asked.items()):
        (made,) = house.replies_to(question)
        assert made["value"]["text"].startswith(count("post", 1, lang))
        assert made["value"]["langs"] == [lang, "en"]
        assert house.cited[("torrent", "licence")[number % 2]].text in made["value"]["text"]


async def test_the_reader_is_told_and_sees_the_answer_below(house: House, ann: Account) -> None:
    """The asker is notified of the answer, which stands under the question in the story's thread."""
    asked = await house.ask(ann, "sources?", under=0)
    (made,) = house.replies_to(asked)
    assert made["value"]["reply"]["root"]["uri"] == house.posts[0]["uri"]

    def told() -> bool:
        page = ann.get("app.bsky.notification.listNotifications", limit=50)
        return made["uri"] in {note["uri"] for note in page["notifications"]}

    assert house.network.until(told)
    assert house.cited["torrent"].text in made["value"]["text"]
    assert house.cited["licence"].text in made["value"]["text"]


async def test_a_question_is_answered_once(house: House, ann: Account) -> None:
    """However often the bot looks, before and after a restart, a question has one answer."""
    asked = await house.ask(ann, "source?")
    for _ in range(3):
        await house.listen()
    house.restart()
    await house.listen()
    assert len(house.replies_to(asked)) == 1


async def test_a_lost_notification_is_found_in_the_thread(house: House, ann: Account) -> None:
    """A question that the network never notifies us of is answered all the same."""
    house.restart(told=[])
    asked = await house.ask(ann, "proof?")
    assert house.cited["torrent"].text in house.words(asked)


async def test_a_thread_that_cannot_be_read_hides_no_other(house: House, ann: Account) -> None:
    """What is wrong with one thread that is looked through keeps nothing under another one unanswered."""
    async with house.store.write() as connection:
        for table, other in (
            (schema.story_versions, {"version": 2}),
            (schema.publications, {"version": 2, "id": "other", "remote": {"root": {"uri": "at://x/y"}}}),
        ):
            row = (await connection.execute(sa.select(table))).mappings().one()
            await connection.execute(table.insert().values({**row, **other}))
    house.restart(told=[])
    asked = await house.ask(ann, "proof?")
    assert house.cited["torrent"].text in house.words(asked)


async def test_readers_ask_on_under_an_answer(house: House, ann: Account) -> None:
    """A question under an answer of ours is about what that answer was about."""
    first = await house.ask(ann, "who said that?", under=2)
    (made,) = house.replies_to(first)
    again = await house.ask(ann, "link?", under=made)
    assert house.cited["licence"].text in house.words(again)
    assert house.cited["torrent"].text not in house.words(again)


async def test_a_free_question_gets_what_the_story_has_or_a_plain_no(house: House, ann: Account) -> None:
    """A free question is answered from the whole story's records, and by nothing else."""
    asked = await house.ask(ann, "Which shop does the licence keep away?", under=1)
    assert house.cited["licence"].text in house.words(asked)
    stray = await house.ask(ann, "Will the zeppelin land in Lisbon on Sunday?")
    assert say("no-source") in house.words(stray)


async def test_small_talk_gets_nothing_and_leaves_nothing_of_the_person(house: House, ann: Account) -> None:
    """Talk is not answered; what is kept is the address of the message and why it was declined."""
    said = await house.ask(ann, "great thread, thanks for the links")
    assert house.replies_to(said) == []
    row = await house.row(said)
    assert (row.state, row.reason) == (QuestionState.DECLINED, Reason.TALK)
    assert (row.author_key, row.thread, row.answer) == (None, None, {})


async def test_the_words_of_a_question_are_not_kept(house: House, ann: Account) -> None:
    """After answering, the store knows the remote ids and not what was said by whom to whom."""
    asked = await house.ask(ann, "source for the zanzibar sentence?")
    row = await house.row(asked)
    (made,) = house.replies_to(asked)
    assert row.state is QuestionState.ANSWERED
    assert row.answer["posts"] == [{"uri": made["uri"], "cid": made["cid"]}]
    assert "zanzibar" not in repr(row)
    assert house.cited["torrent"].text not in repr(row)


async def test_what_a_reader_disputes_is_for_the_desk(house: House, ann: Account) -> None:
    """A correction claim is listed for the desk with its story, and acknowledged once, without a promise."""
    said = await house.ask(ann, "Das stimmt nicht, das habe ich nie gesagt.")
    (made,) = house.replies_to(said)
    assert made["value"]["text"].startswith(say("disputed", "de"))
    assert not {"embed", "facets"} & made["value"].keys()
    again = await house.ask(ann, "It's still wrong!", under=2)
    assert house.replies_to(again) == []
    async with house.store.read() as connection:
        listed = await questions.disputed(connection, house.clock.now() - timedelta(hours=1))
    assert {row.id: row.story_id for row in listed} == {
        one["uri"]: "heron-on-old-laptops" for one in (said, again)
    }
    on = await house.ask(ann, "source?", under=made)
    assert house.cited["torrent"].text in house.words(on)


async def test_opening_and_closing_post_stand_for_the_whole_story(
    house: House, ann: Account, bob: Account
) -> None:
    """Under the first post, and under the last, which states no claim, the whole story answers."""
    for reader, under in ((ann, 0), (bob, -1)):
        asked = await house.ask(reader, "source?", under=under)
        words = house.words(asked)
        assert words.startswith(count("story", 2))
        assert all(record.text in words for record in house.cited.values())


async def test_a_retracted_story_is_not_defended(house: House, ann: Account) -> None:
    """Under a retracted story the answer is that it was retracted."""
    async with house.store.write() as connection:
        await stories.set_state(
            connection, "heron-on-old-laptops", StoryState.RETRACTED, at=house.clock.now()
        )
    asked = await house.ask(ann, "source?")
    assert say("retracted") in house.words(asked)
    assert house.cited["torrent"].text not in house.words(asked)


async def test_others_are_left_alone_unless_they_call_us(house: House, ann: Account, bob: Account) -> None:
    """A question between two readers is not ours; with our name in it, it is."""
    talk = await house.ask(ann, "nice")
    between = await asyncio.to_thread(house.say, bob, "source?", talk)
    reply = {"root": readers.ref(house.posts[0]), "parent": readers.ref(talk)}
    called = await _call(house, bob, "source?", reply=reply)
    await house.hear(called)
    assert house.replies_to(between) == []
    assert house.cited["licence"].text in house.words(called)


async def test_what_lies_behind_what_was_heard_is_found(house: House, bob: Account) -> None:
    """The list is read on behind messages that are known: one may be sorted to where nobody looks first."""
    first = await _call(house, bob, "what happened?")
    await house.hear(first)
    second = await _call(house, bob, "and then?")
    await asyncio.to_thread(house.notified, [second["uri"]])
    page = await asyncio.to_thread(house.bot.get, "app.bsky.notification.listNotifications", limit=50)
    notes = {note["uri"]: note for note in page["notifications"]}
    house.restart(told=[notes[first["uri"]], notes[second["uri"]]], a_page=1)
    await house.listen()
    assert (await house.row(second)).reason == Reason.NO_STORY


async def test_a_mention_without_a_story_is_declined(house: House, bob: Account) -> None:
    """Somebody who calls the bot elsewhere gets nothing: there is no story to answer from."""
    called = await _call(house, bob, "what happened?")
    await house.hear(called)
    assert (await house.row(called)).reason == Reason.NO_STORY
    assert house.replies_to(called) == []


class TestBluesky:
    """Records that are posts on Bluesky themselves."""

    async def test_one_post_alone_is_embedded_with_todays_handle(
        self, network: BlueskyNetwork, tmp_path: Path, ann: Account, bob: Account
    ) -> None:
        """A single Bluesky record is embedded, labelled with its author's handle, and nobody is mentioned."""
        text = "Heron runs on my old laptop."
        post = await asyncio.to_thread(bob.post, text)
        async with open_house(network, tmp_path, [bluesky_record(bob, post, text)]) as house:
            asked = await house.ask(ann, "source?")
            (made,) = house.replies_to(asked)
            embed = made["value"]["embed"]
            assert embed == {"$type": "app.bsky.embed.record", "record": readers.ref(post)}
            assert f"{bob.handle} on Bluesky" in made["value"]["text"]
            assert [item["$type"] for item in features(made)] == ["app.bsky.richtext.facet#link"]

    async def test_not_when_its_author_refuses(
        self, network: BlueskyNetwork, tmp_path: Path, ann: Account, bob: Account
    ) -> None:
        """A post whose author closed it to quoting is linked, not embedded."""
        text = "Heron runs on my old laptop, do not embed."
        post = await asyncio.to_thread(bob.post, text)
        rule = {"$type": "app.bsky.feed.postgate#disableRule"}
        gate = {
            "$type": "app.bsky.feed.postgate", "post": post["uri"], "createdAt": "2026-03-02T12:00:00Z",
            "embeddingRules": [rule],
        }  # fmt: skip
        key = post["uri"].rsplit("/", maxsplit=1)[-1]
        await asyncio.to_thread(bob.create, "app.bsky.feed.postgate", gate, key)
        await asyncio.to_thread(
            network.until,
            lambda: [
                shown
                for shown in ann.get("app.bsky.feed.getPosts", uris=post["uri"])["posts"]
                if shown["viewer"].get("embeddingDisabled")
            ],
        )
        async with open_house(network, tmp_path, [bluesky_record(bob, post, text)]) as house:
            (made,) = house.replies_to(await house.ask(ann, "source?"))
            assert "embed" not in made["value"]
            assert text in made["value"]["text"]

    async def test_a_deleted_post_is_not_shown(
        self, network: BlueskyNetwork, tmp_path: Path, ann: Account, bob: Account
    ) -> None:
        """What its author deleted on the network is gone from answers, whether we heard of it or not."""
        text = "I should not have said this about Heron."
        post = await asyncio.to_thread(bob.post, text)
        await asyncio.to_thread(network.until, lambda: network.posts(post["uri"]))
        async with open_house(network, tmp_path, [bluesky_record(bob, post, text)]) as house:
            await asyncio.to_thread(bob.delete, post["uri"])
            await asyncio.to_thread(network.until, lambda: not network.posts(post["uri"]))
            asked = await house.ask(ann, "source?")
            assert say("gone") in house.words(asked)
            assert text not in house.words(asked)


async def test_many_sources_make_three_posts_and_a_link_to_the_rest(
    network: BlueskyNetwork, tmp_path: Path, ann: Account
) -> None:
    """However much a post rests on, the answer has at most three posts, in order, and links to the page."""
    said = [
        forum_record(f"post-{number}", f"author-{number}", f"Number {number}: {'Heron is slow 🐢 ' * 20}")
        for number in range(24)
    ]
    async with open_house(network, tmp_path, said) as house:
        asked = await house.ask(ann, "sources?", under=0)
        made = house.replies_to(asked)
        assert len(made) == 3
        assert all(graphemes(post["value"]["text"]) <= 300 for post in made)
        assert features(made[-1])[-1]["uri"] == PAGE
        assert "more are on the story page." in made[-1]["value"]["text"]
        shown = sum(post["value"]["text"].count("— author-") for post in made)
        assert 6 <= shown < 24
        assert f"{24 - shown} more" in made[-1]["value"]["text"]
