"""All that people can use, in every language, in a fresh process, after a restart and after RESUME."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.mood import Mood, Register
from bot.store import moods, records, schema
from bot.store.schema import records as records_table
from bot.store.schema import storylines as storylines_table
from handlers.discord.words import say
from handlers.phrases import LANGUAGES
from handlers.phrases import say as say_anywhere
from tests.discord_lab import rights
from tests.discord_lab.world import ClientError
from tests.factory import make_record
from tests.waiting import until

if TYPE_CHECKING:
    from tests.discord.conftest import Log
    from tests.discord.rig import House
    from tests.discord_lab.schema import Json

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    files("handlers.discord").joinpath("words.toml").read_text(encoding="utf-8")
)
_LOCALES = ("en-US", "de", "es-ES", "fr", "ja")
_GAPS = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("key", WORDS)
def test_everything_is_said_in_every_language(key: str) -> None:
    """Each text has five wordings with the same places to fill in."""
    wordings = WORDS[key]
    assert set(wordings) == set(LANGUAGES)
    assert len({tuple(sorted(_GAPS.findall(wording))) for wording in wordings.values()}) == 1


def _words(message: Json) -> str:
    texts = [message["content"]]
    for embed in message["embeds"]:
        texts += [embed.get("title") or "", embed.get("description") or ""]
    return "\n".join(texts)


async def _voices(house: House) -> None:
    """Have enough people take a side on the beat for its mood to be told."""
    now = house.office.clock.now()
    said = [make_record(author=f"p{n}", community="r/LocalModels", created_at=now) for n in range(20)]
    async with house.store.write() as connection:
        await records.add(connection, said, now)
        await connection.execute(records_table.update().values(state=records.NOTICED, storyline_id="heron"))
        await connection.execute(storylines_table.update().values(last_at=now))
        taken = {it.id: Mood(1 if n < 5 else -1, Register.PLAIN) for n, it in enumerate(said)}
        await moods.keep(connection, taken)


def _uses(house: House) -> list[tuple[str, dict[str, Any], str, dict[str, Any]]]:
    """Return each command, what it is used with, and the text its answer has to hold, with its values."""
    story = house.story.id
    every, place = "*", f"<#{house.channel['id']}>"
    sides = {"people": "20", "favour": "5", "against": "15"}
    return [
        ("about", {}, "about-keeping", {}),
        ("beats", {}, "stories-one", {}),
        ("wire", {}, "wire-story", {}),
        ("mood", {"beat": "open-source"}, "mood-sides", sides),
        ("report", {"story": story, "reason": "privacy"}, "reported", {}),
        ("follow", {"beat": every, "channel": house.channel}, "followed", {"channel": place}),
        ("following", {}, "all-beats", {}),
        ("unfollow", {"what": f"{house.channel['id']}/*"}, "unfollowed", {"channel": place}),
        ("unfollow", {"what": f"{house.channel['id']}/*"}, "not-followed", {}),
        ("forget-me", {}, "forgotten", {}),
    ]  # fmt: skip


async def _walk(house: House, locale: str) -> None:
    """Use everything as one person whose client speaks that language."""
    house.mo.locale, lang = locale, locale.partition("-")[0]
    for name, options, key, values in _uses(house):
        given = {"beat": say(lang, "all-beats")} | values
        answered = house.mo.answer_to(await house.mo.slash(house.channel, name, **options))
        assert say(lang, key, **given) in _words(answered), (name, lang)
        assert answered["flags"] & rights.EPHEMERAL, name
    mine = {"story": house.story.id}
    rests = (
        await house.mo.slash(house.channel, "sources", **mine),
        await house.mo.slash(house.channel, "ask", **mine, question="sources?"),
        await house.mo.press(house.card, "Sources"),
        await house.mo.menu(house.channel, "Show sources", house.card),
    )
    for asked in rests:
        words = _words(house.mo.answer_to(asked))
        assert say_anywhere("story", lang, count=3) in words
        assert house.cited[0].url in words
    assert not house.mo.answer_to(await house.mo.slash(house.channel, "story"))["flags"] & rights.EPHEMERAL
    await _type(house, say(lang, "all-beats"))


async def _type(house: House, everything: str) -> None:
    """Have each option that offers something offer it."""
    story, beat = {"story": house.story.id}, "open-source"
    headline = house.story.draft.headline.text
    offered = house.mo.typing
    for command, option in (("story", "search"), ("sources", "story"), ("ask", "story"), ("report", "story")):
        assert [it["name"] for it in await offered(house.channel, command, **{option: "laptops"})] == [
            headline
        ]
    assert (await offered(house.channel, "sources", **story, claim=""))[0]["name"] == headline
    for command in ("story", "mood", "follow"):
        assert [it["value"] for it in await offered(house.channel, command, beat="Open-source")] == [beat]
    assert (await offered(house.channel, "follow", beat=""))[0] == {"name": everything, "value": "*"}
    followed = await offered(house.channel, "unfollow", what="")
    assert [it["value"] for it in followed] == [f"{house.channel['id']}/{beat}"]


@pytest.mark.parametrize("when", ["fresh", "restarted", "resumed"])
async def test_everything_answers_in_every_language(house: House, log: Log, when: str) -> None:
    """Each command, button, menu and offer answers in the reader's language, whatever came before."""
    await _voices(house)
    if when == "restarted":
        await house.restart()
    if when == "resumed":
        await house.discord.gateway.drop()
        await until(lambda: house.discord.gateway.resumed == 1)
    for locale in _LOCALES if when == "fresh" else ("de",):
        await _walk(house, locale)
    log.forgive()


async def test_commands_are_where_they_make_sense(house: House) -> None:
    """What reads and reports can be brought along by a person, also to direct messages; following cannot."""
    for command in house.discord.world.commands:
        own = command["name"] in {"follow", "unfollow", "following"}
        assert command["contexts"] == ([0] if own else [0, 1, 2]), command["name"]
        assert command["integration_types"] == ([0] if own else [0, 1]), command["name"]
    for command in house.discord.world.commands:
        for option in command.get("options", ()):
            for choice in option.get("choices", ()):
                assert set(choice["name_localizations"]) == {"de", "es-ES", "es-419", "fr", "ja"}


async def test_somebody_who_brings_the_bot_along_is_answered(house: House) -> None:
    """In a server that the bot is no member of, the one who installed it is answered, alone."""
    house.ann.brings = True
    about = {"story": house.story.id}
    used: list[tuple[str, dict[str, str]]] = [
        ("story", {}),
        ("sources", about),
        ("report", about | {"reason": "wrong"}),
    ]
    for name, options in used:
        answered = house.ann.answer_to(await house.ann.slash(house.channel, name, **options))
        assert answered["flags"] & rights.EPHEMERAL
        assert _words(answered).strip()
    asked = await house.ann.menu(house.channel, "Show sources", house.card)
    assert house.cited[0].url in _words(house.ann.answer_to(asked))


async def test_direct_messages_are_answered(house: House) -> None:
    """In direct messages everything but following answers, and a button under a story as well."""
    direct = house.discord.world.direct(house.ann.user)
    about = {"story": house.story.id}
    for name, options in (
        ("about", {}), ("beats", {}), ("wire", {}), ("sources", about), ("mood", {"beat": "open-source"}),
        ("ask", about | {"question": "sources?"}), ("report", about | {"reason": "wrong"}), ("forget-me", {}),
    ):  # fmt: skip
        assert _words(house.ann.answer_to(await house.ann.slash(direct, name, **options))).strip(), name
    story = house.ann.answer_to(await house.ann.slash(direct, "story"))
    sources = house.ann.answer_to(await house.ann.press(story, "Sources"))
    assert house.cited[0].url in _words(sources)
    for name in ("follow", "unfollow", "following"):
        with pytest.raises(ClientError, match="not offered"):
            await house.mo.slash(direct, name)


async def test_who_asks_to_be_forgotten_is_in_no_table(house: House) -> None:
    """After /forget-me, to whichever process, no row holds the id of the one who asked."""
    await house.mo.slash(house.channel, "follow", beat="*", channel=house.channel)
    await house.mo.slash(house.channel, "report", story=house.story.id, reason="wrong")
    asked = house.mo.says(house.channel, "sources?", to=house.card)
    await until(lambda: house.answers(asked))
    await house.restart()
    assert [name for name, rows in await _tables(house) if house.mo.user["id"] in rows]
    await house.mo.slash(house.channel, "forget-me")
    assert [name for name, rows in await _tables(house) if house.mo.user["id"] in rows] == []


async def _tables(house: House) -> list[tuple[str, str]]:
    """Return all tables with what they hold."""
    async with house.store.read() as connection:
        return [
            (table.name, repr((await connection.execute(table.select())).all()))
            for table in schema.metadata.sorted_tables
        ]
