"""Each command, button and autocomplete, over the wire."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.domain.mood import Mood, Register
from bot.domain.signal import SignalState
from bot.domain.story import StoryState
from bot.pipeline import amend
from bot.store import moods, pages, questions, records, signals, stories
from bot.store.schema import questions as table
from bot.store.schema import records as records_table
from bot.store.schema import stories as stories_table
from bot.store.schema import storylines as storylines_table
from handlers.discord import talk
from handlers.discord.shown import Shown
from tests.discord_lab.world import ClientError, walk
from tests.factory import NOON, make_record
from tests.store.house import make_signal
from tests.waiting import until

if TYPE_CHECKING:
    from tests.discord.conftest import Log
    from tests.discord.rig import House
    from tests.discord_lab.schema import Json
    from tests.discord_lab.world import Interaction

EPHEMERAL = 64


def _private(message: Json) -> bool:
    return bool(message["flags"] & EPHEMERAL)


def _words(message: Json) -> str:
    texts = [message["content"]]
    for embed in message["embeds"]:
        texts += [embed.get("title") or "", embed.get("description") or ""]
    return "\n".join(texts)


def _answer(house: House, interaction: Interaction) -> Json:
    return house.ann.answer_to(interaction)


def _labels(message: Json) -> list[str]:
    return [item["label"] for item in walk(message["components"]) if "label" in item]


async def test_every_command_says_what_it_does_in_five_languages(house: House) -> None:
    """Each command and option is described in English, German, Spanish, French and Japanese."""
    commands = house.discord.world.commands
    assert sorted(command["name"] for command in commands) == [
        "Show sources", "about", "ask", "beats", "follow", "following", "forget-me", "mood", "report",
        "sources", "story", "unfollow", "wire",
    ]  # fmt: skip
    languages = {"de", "es-ES", "es-419", "fr", "ja"}
    for command in commands:
        if command["type"] == 3:
            assert set(command["name_localizations"]) == languages
            continue
        for said in (command, *command.get("options", ())):
            assert set(said["description_localizations"]) == languages, said["name"]
            assert len(said["description"]) > 5


async def test_a_story_is_shown_to_all_with_its_button(house: House) -> None:
    """/story gives the newest story to the channel; its button shows the sources to one person."""
    message = _answer(house, await house.ann.slash(house.channel, "story"))
    assert message["embeds"][0]["title"] == house.story.draft.headline.text
    assert not _private(message)
    assert _labels(message) == ["Sources", "Story page"]
    sources = _answer(house, await house.ann.press(message, "Sources"))
    assert _private(sources)
    assert house.cited[0].text in _words(sources)


async def test_a_card_that_was_asked_for_follows_its_story(house: House) -> None:
    """What /story put into a channel is corrected and retracted as the story is; what is gone is let be."""
    shown = [_answer(house, await house.ann.slash(house.channel, "story")) for _ in range(2)]
    del house.discord.world.messages[house.channel["id"]][shown[1]["id"]]
    now = house.office.clock.now
    await amend.correct(house.store, house.story.id, "It was Monday.", at=now(), dry_run=False)
    for _ in range(2):
        await house.bot.run()
    (edited,) = house.discord.sent("PATCH", f"/messages/{shown[0]['id']}$")
    assert edited["embeds"][0]["fields"][0]["value"] == "It was Monday."
    await house.restart()
    await amend.retract(house.store, house.story.id, "A joke.", remove=False, at=now(), dry_run=False)
    await house.bot.run()
    told = house.discord.world.messages[house.channel["id"]][shown[0]["id"]]
    assert "retracted" in _words(told)
    assert house.story.draft.headline.text not in _words(told)
    assert _labels(told) == []


async def test_a_card_in_an_archived_thread_follows_its_story(house: House) -> None:
    """Where people asked in a thread that was archived since, the card there says what is so all the same."""
    shown = _answer(house, await house.ann.slash(house.thread, "story"))
    house.thread["thread_metadata"]["archived"] = True
    now = house.office.clock.now()
    await amend.retract(house.store, house.story.id, "A joke.", remove=False, at=now, dry_run=False)
    await house.bot.run()
    told = house.discord.world.messages[house.thread["id"]][shown["id"]]
    assert "retracted" in _words(told)


async def test_a_card_that_could_not_be_changed_is_shown_to_one(house: House) -> None:
    """Where the bot is no member of the server, /story answers the one who asked alone."""
    house.ann.brings = True
    assert _private(_answer(house, await house.ann.slash(house.channel, "story")))


async def test_stories_are_offered_while_one_types(house: House) -> None:
    """Headlines that hold what was typed are offered, and choosing one gives that story."""
    second = await house.tell(2)
    offered = await house.ann.typing(house.channel, "story", search="PART 2")
    assert offered == [{"name": second.draft.headline.text, "value": second.id}]
    assert len(await house.ann.typing(house.channel, "story", search="")) == 2
    message = _answer(house, await house.ann.slash(house.channel, "story", search=second.id))
    assert message["embeds"][0]["title"] == second.draft.headline.text
    beat = (await house.ann.typing(house.channel, "story", beat="open"))[0]["value"]
    assert house.office.book.beat(beat).slug == beat
    other = _answer(house, await house.ann.slash(house.channel, "story", search="nothing like it"))
    assert other["content"] == "There is no such story."


async def test_beats_and_wire(house: House) -> None:
    """/beats lists what is covered, /wire what was noticed and what became of it; both to one person."""
    beats = _answer(house, await house.ann.slash(house.channel, "beats"))
    assert house.office.book.beats[0].name in _words(beats)
    wire = _answer(house, await house.ann.slash(house.channel, "wire"))
    assert f"https://groundswell.example/stories/{house.story.id}" in _words(wire)
    assert _private(beats)
    assert _private(wire)


async def test_wire_keeps_the_newsrooms_reasons_to_itself(house: House) -> None:
    """/wire says that nothing was told of a signal, but not that a beat is muted or a person killed it."""
    async with house.store.write() as connection:
        await signals.add(connection, make_signal(id="waiting"))
        await signals.decide(connection, "waiting", SignalState.OPEN, "the beat is muted")
        await connection.execute(stories_table.update().values(state="killed", published_at=None))
    said = _words(_answer(house, await house.ann.slash(house.channel, "wire")))
    assert {line.rpartition("· ")[2] for line in said.splitlines() if "· <t:" in line} == {
        "open", "not published",
    }  # fmt: skip


async def test_the_mood_of_a_beat_is_a_chart_in_words_as_well(house: House) -> None:
    """/mood shows one person a picture, described, of communities with enough voices; else it says so."""
    few = _answer(house, await house.ann.slash(house.channel, "mood", beat="open-source"))
    assert "Too few people" in few["content"]
    assert "no such beat" in _answer(house, await house.ann.slash(house.channel, "mood", beat="x"))["content"]
    now = house.office.clock.now()
    said = [
        make_record(author=f"p{number}", community="r/LocalModels", created_at=now) for number in range(20)
    ]
    async with house.store.write() as connection:
        await records.add(connection, said, now)
        values = {"state": records.NOTICED, "storyline_id": "heron"}
        await connection.execute(records_table.update().values(values))
        await connection.execute(storylines_table.update().values(last_at=now))
        await moods.keep(
            connection, {it.id: Mood(1 if n < 5 else -1, Register.PLAIN) for n, it in enumerate(said)}
        )
    shown = _answer(house, await house.ann.slash(house.channel, "mood", beat="open-source"))
    assert _private(shown)
    (picture,) = shown["attachments"]
    assert house.discord.world.files[picture["id"]].startswith(b"\x89PNG")
    assert shown["embeds"][0]["image"]["url"] == f"attachment://{picture['filename']}"
    for told in (picture["description"], shown["embeds"][0]["description"]):
        assert "r/LocalModels" in told
        assert "5 for" in told
        assert "15 against" in told


async def test_the_sources_of_a_story_and_of_a_sentence(house: House) -> None:
    """/sources shows every cited post as the label of its link, for a sentence those behind it."""
    whole = _answer(house, await house.ann.slash(house.channel, "sources", story=house.story.id))
    assert _private(whole)
    assert "This story rests on 3 public posts" in _words(whole)
    claims = await house.ann.typing(house.channel, "sources", story=house.story.id, claim="hobbyists with")
    assert claims[0]["name"].startswith("Hobbyists with laptops")
    analysis = house.story.draft.paragraphs[0].claims[1]
    one = _answer(
        house, await house.ann.slash(house.channel, "sources", story=house.story.id, claim=analysis.id)
    )
    assert "This rests on 1 public post:" in _words(one)
    assert house.cited[0].url in _words(one)
    assert house.cited[1].url not in _words(one)
    links = re.findall(r"\]\((.+?)\)", _words(whole))
    assert set(links) == {record.url for record in house.cited}
    assert all(record.author.handle.lstrip("@") in _words(whole) for record in house.cited)
    assert not whole["mentions"]


async def test_a_question_is_answered_from_the_storys_records(house: House) -> None:
    """/ask answers what the story can prove, and says that there is no source for anything else."""
    good = _answer(
        house,
        await house.ann.slash(
            house.channel, "ask", story=house.story.id, question="Which weights run on laptops?"
        ),
    )
    assert "This is what the story has on that" in _words(good)
    none = _answer(
        house,
        await house.ann.slash(house.channel, "ask", story=house.story.id, question="Who won the football?"),
    )
    assert "There is no source for that" in _words(none)
    unknown = _answer(house, await house.ann.slash(house.channel, "ask", story="nonesuch", question="x?"))
    assert unknown["content"] == "There is no such story."


async def test_what_was_taken_back_is_shown_to_nobody(house: House) -> None:
    """A post that its author deleted is in no answer, and a story that was retracted is shown as that."""
    async with house.store.write() as connection:
        await records.erase(connection, [house.cited[0].id], NOON)
    shown = _answer(house, await house.ann.press(house.card, "Sources"))
    assert house.cited[0].author.handle.lstrip("@") not in _words(shown)
    assert house.cited[0].url not in _words(shown)
    async with house.store.write() as connection:
        await stories.set_state(connection, house.story.id, StoryState.RETRACTED, at=NOON, reason="x")
    for asked in (
        await house.ann.press(house.card, "Sources"),
        await house.ann.slash(house.channel, "story"),
        await house.ann.slash(house.channel, "ask", story=house.story.id, question="sources?"),
    ):
        assert "retracted" in _words(_answer(house, asked))


async def test_the_button_works_after_a_restart(house: House) -> None:
    """Another process answers the button and the menu of a story that an earlier one posted."""
    await house.restart()
    assert house.cited[0].text in _words(_answer(house, await house.ann.press(house.card, "Sources")))
    by_menu = _answer(house, await house.ann.menu(house.channel, "Show sources", house.card))
    assert house.cited[0].text in _words(by_menu)


async def test_the_menu_shows_what_the_very_message_rests_on(house: House) -> None:
    """In the thread the menu gives the sources of that message; on a stranger's message it says so."""
    part = _answer(house, await house.ann.menu(house.thread, "Show sources", house.parts[0]))
    assert "rests on" in _words(part)
    shown = _answer(house, await house.ann.slash(house.channel, "story"))
    assert "rests on" in _words(_answer(house, await house.ann.menu(house.channel, "Show sources", shown)))
    theirs = house.ann.says(house.channel, "hello")
    other = _answer(house, await house.ann.menu(house.channel, "Show sources", theirs))
    assert other["content"].startswith("That message tells none of my stories")


async def test_about_says_that_it_is_a_machine_and_what_it_keeps(house: House) -> None:
    """/about names the operator, the method and what is kept, and that no model reads what people write."""
    words = _words(_answer(house, await house.ann.slash(house.channel, "about")))
    for told in ("a machine", "The Example Society", "/about", "No model reads them", "/forget-me"):
        assert told in words


async def test_a_report_is_for_the_desk_and_can_be_forgotten(house: House) -> None:
    """/report keeps that something is wrong and nothing else; /forget-me takes the person out of it."""
    answered = _answer(
        house, await house.ann.slash(house.channel, "report", story=house.story.id, reason="privacy")
    )
    assert _private(answered)
    async with house.store.read() as connection:
        (kept,) = await questions.disputed(connection, NOON)
    assert (kept.story_id, kept.reason) == (house.story.id, "report: privacy")
    assert kept.author_key == f"discord:{house.ann.user['id']}"
    await house.ann.slash(house.channel, "forget-me")
    async with house.store.read() as connection:
        rows = (await connection.execute(sa.select(table))).all()
    assert house.ann.user["id"] not in repr(rows)


async def test_answers_are_in_the_readers_language(house: House) -> None:
    """A German reader gets German, a reader of a language that there is not English."""
    house.ann.locale = "de"
    answered = await house.ann.slash(house.channel, "ask", story="nonesuch", question="x?")
    assert _answer(house, answered)["content"] == "Diese Story gibt es nicht."
    house.ann.locale = "pl"
    answered = await house.ann.slash(house.channel, "ask", story="nonesuch", question="x?")
    assert _answer(house, answered)["content"] == "There is no such story."


async def test_an_answer_that_takes_long_is_promised_in_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not ready in time is deferred, then filled in."""
    ready = asyncio.Event()

    async def slow(*_: object) -> Shown:
        await ready.wait()
        return Shown("at last")

    monkeypatch.setattr(talk, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr("handlers.discord.commands._beats", slow)
    asking = asyncio.create_task(house.ann.slash(house.channel, "beats"))
    await until(
        lambda: [it for it in house.discord.world.interactions.values() if it.callback.get("type") == 5]
    )
    ready.set()
    asked = await asking
    assert _answer(house, asked)["content"] == "at last"
    assert _private(_answer(house, asked))


async def test_a_command_that_breaks_says_so(house: House, monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    """An error nobody foresaw is told to the one who asked, logged, and the bot goes on."""

    async def broken(*_: object) -> Shown:
        raise ZeroDivisionError

    monkeypatch.setattr("handlers.discord.commands._beats", broken)
    asked = await house.ann.slash(house.channel, "beats")
    assert _answer(house, asked)["content"].startswith("That did not work")
    assert len(log.errors) == 1
    log.forgive()
    assert _private(_answer(house, await house.ann.slash(house.channel, "wire")))


async def test_only_those_who_manage_a_server_follow(house: House) -> None:
    """/follow and /unfollow are hidden from members."""
    for name, values in (("follow", {"beat": "*", "channel": house.channel}), ("unfollow", {"what": "x"})):
        with pytest.raises(ClientError, match="hidden"):
            await house.ann.slash(house.channel, name, **values)


async def test_commands_work_after_a_cut_connection(house: House, log: Log) -> None:
    """After RESUME commands and buttons are answered as before."""
    await house.discord.gateway.drop()
    await until(lambda: house.discord.gateway.resumed == 1)
    assert _private(_answer(house, await house.ann.slash(house.channel, "beats")))
    assert _private(_answer(house, await house.ann.press(house.card, "Sources")))
    log.forgive()


async def test_a_story_nobody_may_see_is_shown_nowhere(house: House) -> None:
    """A story that is not public is neither offered nor shown, whatever id is asked for."""
    async with house.store.write() as connection:
        await connection.execute(sa.update(stories_table).values(state="held"))
    async with house.store.read() as connection:
        assert await pages.cards(connection, limit=5) == []
    assert await house.ann.typing(house.channel, "story", search="") == []
    assert await house.ann.typing(house.channel, "sources", story=house.story.id, claim="") == []
    for asked in (
        await house.ann.slash(house.channel, "ask", story=house.story.id, question="sources?"),
        await house.ann.slash(house.channel, "report", story=house.story.id, reason="other"),
        await house.ann.press(house.card, "Sources"),
    ):
        assert _answer(house, asked)["content"] == "There is no such story."
