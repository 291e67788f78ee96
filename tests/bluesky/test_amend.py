"""A later truth reaches the thread, the page and the feed: corrections, retractions and removals."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.clock import SystemClock
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import Paragraph, StoryState
from bot.domain.text import graphemes
from bot.pipeline import amend, mend, post
from bot.publish.bluesky import records
from bot.publish.bluesky.channel import BlueskyChannel
from bot.store import publications, stories
from bot.store import records as heard
from bot.store.engine import open_store, sqlite_url
from tests.bluesky.driver import ALL_SENT
from tests.bluesky.rig import make_bot, open_newsroom, page
from tests.bluesky.story import (
    NOWHERE,
    SITE,
    make_account,
    make_channel,
    make_story,
    planned,
    put_approved,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.publication import Publication
    from bot.domain.story import Claim
    from bot.pipeline.newsroom import Newsroom
    from tests.network import Account, BlueskyNetwork

_STORY = "heron-1"
_NOTE = "The weights were published on Monday, not on Sunday."


@pytest.fixture
def bot(network: BlueskyNetwork) -> Account:
    """Give the bot's account on the network."""
    return network.create_account("bot")


@pytest.fixture
async def newsroom(bot: Account, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Give a newsroom that told one story."""
    async with open_newsroom(bot, tmp_path) as opened:
        await put_approved(opened.store, 1)
        assert await post.run(opened) == [_STORY]
        yield opened


async def _outbox(newsroom: Newsroom) -> list[Publication]:
    async with newsroom.store.read() as connection:
        known = await publications.of_story(connection, _STORY)
    return [item for item in known if item.channel == "bluesky"]


async def _correct(newsroom: Newsroom, *, dry_run: bool = False) -> amend.Amendment:
    now = newsroom.clock.now()
    return await amend.correct(newsroom.store, _STORY, _NOTE, at=now, dry_run=dry_run)


async def _retract(newsroom: Newsroom, *, remove: bool = False, dry_run: bool = False) -> amend.Amendment:
    store, now = newsroom.store, newsroom.clock.now()
    return await amend.retract(store, _STORY, "It was a joke.", remove=remove, at=now, dry_run=dry_run)


def _posts(bot: Account) -> dict[str, dict[str, Any]]:
    return {it["uri"]: it["value"] for it in bot.records(records.POST)}


async def test_a_correction_stands_under_the_thread_on_the_page_and_in_the_feed_once(
    network: BlueskyNetwork, bot: Account, newsroom: Newsroom
) -> None:
    """The note is a reply to the opening post, stands on the page and in the feed, and is not said twice."""
    before = _posts(bot)
    assert (await _correct(newsroom)).changed
    assert not (await _correct(newsroom)).changed
    assert [await post.run(newsroom) for _ in range(2)] == [[], []]
    ((uri, reply),) = [(uri, value) for uri, value in _posts(bot).items() if uri not in before]
    told, corrected = await _outbox(newsroom)
    assert reply["reply"] == {"root": told.remote["root"], "parent": told.remote["root"]}
    assert reply["text"].startswith(f"Correction: {_NOTE}")
    assert "Automated narrative by Groundswell" in reply["text"]
    assert corrected.remote["posts"] == [{**corrected.content["posts"][0], "claims": []}]
    shown = network.until(lambda: network.posts(uri))
    assert shown[0]["record"]["facets"][0]["features"][0]["uri"] == f"{SITE}/stories/{_STORY}"
    assert _NOTE in (await page(newsroom, f"/stories/{_STORY}")).text
    assert _NOTE in (await page(newsroom, "/feed.atom")).text


async def test_a_dry_run_says_what_would_be_done_and_does_nothing(newsroom: Newsroom) -> None:
    """`--dry-run` names the channels and leaves story and outbox as they were."""
    before = await _outbox(newsroom)
    for told, kind in (
        (await _correct(newsroom, dry_run=True), PublicationKind.CORRECTION),
        (await _retract(newsroom, dry_run=True), PublicationKind.RETRACTION),
        (await _retract(newsroom, remove=True, dry_run=True), PublicationKind.REMOVAL),
    ):
        assert told.changed
        assert ("bluesky", kind) in told.steps
    assert await _outbox(newsroom) == before
    async with newsroom.store.read() as connection:
        assert (await stories.get(connection, _STORY)).state is StoryState.PUBLISHED


async def test_a_retraction_is_told_under_the_thread_and_the_text_goes(
    bot: Account, newsroom: Newsroom
) -> None:
    """Readers of the thread are told; the record with the whole text goes; the page becomes a notice."""
    await _retract(newsroom)
    await post.run(newsroom)
    (reply,) = [it for it in _posts(bot).values() if it["text"].startswith("Retracted: It was a joke.")]
    assert reply["reply"]["parent"] == (await _outbox(newsroom))[0].remote["root"]
    assert bot.records(records.DOCUMENT) == []
    shown = await page(newsroom, f"/stories/{_STORY}")
    assert "It was a joke." in shown.text
    assert "site.standard.document" not in shown.text
    assert (await page(newsroom, f"/stories/{_STORY}/card.png")).status_code == 404


async def test_a_removed_thread_is_gone_whole_and_never_comes_back(bot: Account, newsroom: Newsroom) -> None:
    """With --delete-thread all posts go in one commit, the correction too; repeating it is safe."""
    await _correct(newsroom)
    await post.run(newsroom)
    before = bot.get("com.atproto.sync.getLatestCommit", did=bot.did)["rev"]
    assert (await _retract(newsroom, remove=True)).changed
    assert not (await _retract(newsroom, remove=True)).changed
    assert not (await _retract(newsroom)).changed
    await post.run(newsroom)
    after = bot.get("com.atproto.sync.getLatestCommit", did=bot.did)["rev"]
    assert before != after
    assert bot.records(records.POST) == bot.records(records.DOCUMENT) == []
    assert [it["value"]["story"] for it in bot.records(records.PUBLISHED)] == [_STORY]
    removal = (await _outbox(newsroom))[-1]
    assert removal.state is PublicationState.SENT
    await newsroom.channels["bluesky"].send(removal)
    assert bot.get("com.atproto.sync.getLatestCommit", did=bot.did)["rev"] == after
    assert "bsky.app" not in (await page(newsroom, f"/stories/{_STORY}")).text


async def test_what_the_network_does_not_take_now_it_gets_later(
    bot: Account, newsroom: Newsroom, tmp_path: Path
) -> None:
    """While the server is away a correction stands on the page; the thread gets it when it is back."""
    there = newsroom.channels
    away = make_channel(make_account(bot, tmp_path / "away", service=NOWHERE))
    newsroom.channels = {**there, "bluesky": away}
    await _correct(newsroom)
    await post.run(newsroom)
    assert _NOTE in (await page(newsroom, f"/stories/{_STORY}")).text
    newsroom.channels = there
    waiting = (await _outbox(newsroom))[-1]
    assert waiting.retry_at is not None
    newsroom.clock.advance(waiting.retry_at)  # type: ignore[attr-defined] # it is a clock of the tests
    await post.run(newsroom)
    assert [it["text"].startswith("Correction") for it in _posts(bot).values()].count(True) == 1


async def test_posts_with_words_that_were_taken_back_go_with_the_correction(
    bot: Account, newsroom: Newsroom
) -> None:
    """The posts that state what rested on a deleted record leave the thread; the rest and a reply stand."""
    async with newsroom.store.write() as connection:
        story = await stories.get(connection, _STORY)
        gone = story.draft.paragraphs[0].claims[0].citations[1].record_id
        now = newsroom.clock.now()
        await heard.erase(connection, [gone], now)
        kept = tuple(replace(it, claims=it.claims[1:]) for it in story.draft.paragraphs)
        revised = replace(story, version=2, draft=replace(story.draft, paragraphs=kept), updated_at=now)
        known = await publications.of_story(connection, _STORY)
        await stories.revise(connection, revised, change="A post was taken back.")
        await stories.set_state(connection, _STORY, StoryState.CORRECTED, at=now)
        await amend.owe(connection, _STORY, 2, amend.corrections(known), at=now)
    await post.run(newsroom)
    texts = [it["text"] for it in _posts(bot).values()]
    words = [it.claims[0].text for it in story.draft.paragraphs]
    assert not any(word in text for word in words for text in texts)
    assert [text.split(":")[0] for text in texts][-1] == "Correction"
    assert len(texts) == 3
    assert bot.records(records.DOCUMENT) == []


async def _take_back(newsroom: Newsroom, claim: Claim) -> None:
    """Erase the last record that a claim cites, and bring what follows from that everywhere."""
    async with newsroom.store.write() as connection:
        await heard.erase(connection, [claim.citations[-1].record_id], newsroom.clock.now())
    await mend.run(newsroom)
    await post.run(newsroom)
    assert await mend.run(newsroom) == {}


async def test_of_a_retracted_story_the_posts_go_whose_words_are_taken_back(
    bot: Account, newsroom: Newsroom
) -> None:
    """The thread keeps what it may and the one reply that says that it was retracted."""
    await _retract(newsroom)
    await post.run(newsroom)
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, _STORY)
    lost = [claim for claim in story.draft.claims() if len(claim.citations) > 1]
    await _take_back(newsroom, lost[0])
    texts = [it["text"] for it in _posts(bot).values()]
    assert not any(claim.text in text for claim in lost for text in texts)
    assert [text.startswith("Retracted") for text in texts].count(True) == 1
    assert len(texts) == 3
    for path in (f"/stories/{_STORY}", "/feed.atom", f"/stories/{_STORY}.json"):
        shown = (await page(newsroom, path)).text
        assert "It was a joke." in shown
        assert not any(claim.text in shown for claim in story.draft.claims())


async def test_posts_of_an_earlier_version_go_whose_words_are_taken_back(
    bot: Account, newsroom: Newsroom
) -> None:
    """What the story as it stands now does not say any more may still stand in the thread."""
    async with newsroom.store.write() as connection:
        story = await stories.get(connection, _STORY)
        now, (lost, kept) = newsroom.clock.now(), story.draft.paragraphs[0].claims
        said = tuple(Paragraph(tuple(replace(it, citations=kept.citations) for it in paragraph.claims))
                     for paragraph in story.draft.paragraphs)  # fmt: skip
        revised = replace(story, version=2, draft=replace(story.draft, paragraphs=said), updated_at=now)
        known = await publications.of_story(connection, _STORY)
        await stories.revise(connection, revised, change="It was written again.")
        await stories.set_state(connection, _STORY, StoryState.CORRECTED, at=now)
        await amend.owe(connection, _STORY, 2, amend.corrections(known), at=now)
    await post.run(newsroom)
    await _take_back(newsroom, lost)
    texts = [it["text"] for it in _posts(bot).values()]
    assert not any(lost.text in text for text in texts)
    assert [text.split(":")[0] for text in texts][-2:] == ["Correction", "Correction"]
    async with newsroom.store.read() as connection:
        assert (await stories.get(connection, _STORY)).version == 3


async def test_words_taken_back_go_from_a_half_deleted_thread(bot: Account, newsroom: Newsroom) -> None:
    """Where nothing is left to reply to, what has to go goes all the same, and the desk is told."""
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, _STORY)
    await _retract(newsroom)
    bot.delete((await _outbox(newsroom))[0].remote["root"]["uri"])
    lost = story.draft.paragraphs[0].claims[0]
    await _take_back(newsroom, lost)
    assert not any(lost.text in it["text"] for it in _posts(bot).values())
    async with newsroom.store.read() as connection:
        assert await publications.in_conflict(connection)


async def test_what_is_left_of_a_half_deleted_thread_can_be_taken_away(
    bot: Account, newsroom: Newsroom
) -> None:
    """A thread whose opening post a person deleted takes no correction; its remains can be removed."""
    thread = (await _outbox(newsroom))[0].remote["posts"]
    bot.delete(thread[0]["uri"])
    await _correct(newsroom)
    await post.run(newsroom)
    async with newsroom.store.read() as connection:
        (conflict,) = await publications.in_conflict(connection)
    assert "opening post" in (conflict.error or "")
    assert len(_posts(bot)) == 5
    await _retract(newsroom, remove=True)
    await post.run(newsroom)
    assert _posts(bot) == {}
    async with newsroom.store.read() as connection:
        assert await publications.in_conflict(connection) == []


@pytest.mark.parametrize(
    ("name", "remove"),
    [
        ("amend.look", False),
        ("amend.write", False),
        ("amend.answered", False),
        ("amend.end", False),
        ("amend.write", True),
        ("amend.answered", True),
        ("mark.begin", True),
    ],
)
async def test_a_bot_killed_at_any_step_amends_once(
    network: BlueskyNetwork, tmp_path: Path, name: str, *, remove: bool
) -> None:
    """After kill -9 at this step the thread is retracted, or removed, once; nothing is torn."""
    bot = await make_bot(network, tmp_path)
    assert bot.run() == ALL_SENT
    store = await open_store(sqlite_url(tmp_path))
    now = SystemClock().now()
    await amend.retract(store, _STORY, "It was a joke.", remove=remove, at=now, dry_run=False)
    await store.close()
    assert bot.run(name) == -signal.SIGKILL
    assert bot.run() == ALL_SENT
    texts = [it["text"] for it in _posts(bot.account).values()]
    assert len(texts) == (0 if remove else 7)
    assert [text.startswith("Retracted") for text in texts].count(True) == (0 if remove else 1)


async def test_a_thread_whose_opening_lost_its_words_goes_whole(newsroom: Newsroom) -> None:
    """If the opening post states what was taken back, nothing is left to reply to: every post goes."""
    (told,) = await _outbox(newsroom)
    channel = newsroom.channels["bluesky"]
    assert isinstance(channel, BlueskyChannel)
    order: dict[str, Any] = {
        "kind": PublicationKind.CORRECTION,
        "before": (told,),
        "said": "It was taken back.",
    }
    plan = await planned(channel, make_story(), **order, lost=frozenset({"c2"}))
    assert plan.content["reply"] is None
    assert plan.content["gone"] == [*(it["uri"] for it in told.remote["posts"]), told.remote["document"]]
    plan = await planned(channel, make_story(), **order)
    assert plan.content["gone"] == []


@pytest.mark.parametrize("said", ["It was Monday.", "word " * 35 + "ends", "\N{FAMILY}" * amend.LONGEST])
async def test_every_note_fits_into_one_post(newsroom: Newsroom, said: str) -> None:
    """Whatever may be said, the reply is within the limit and keeps the page's address and the mark."""
    (told,) = await _outbox(newsroom)
    channel = newsroom.channels["bluesky"]
    assert isinstance(channel, BlueskyChannel)
    long = replace(make_story(), id="heron-" + "on-very-old-laptops-" * 4)
    plan = await planned(channel, long, kind=PublicationKind.RETRACTION, before=(told,), said=said)
    text = plan.content["reply"]["value"]["text"]
    assert graphemes(text) <= 300
    assert f"{SITE}/stories/{long.id}" in text
    assert "Automated narrative by Groundswell" in text
