from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bot.domain.disclosure import disclaimer
from bot.domain.signal import SignalState
from bot.domain.verdict import BEAT_IS_FULL, OVERTAKEN
from bot.store import schema as s
from bot.store import signals
from tests.web.fiction import fiction
from tests.web.page import CORRECTED, LEAD, PAGES, RETRACTED, STORIES, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from bot.store.engine import Store

_LEAD_ID = LEAD.removeprefix("/stories/")
_LEAD_TITLE = "Small clinics turn against the note-taker they asked for"


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    async def test_is_whole(self, web: httpx2.AsyncClient, path: str) -> None:
        """Every page nests, names each id once, has one main part and one top heading, and skips no level."""
        page = await read(web, path)
        assert len(page.ids) == len(set(page.ids))
        assert len(page.find(".//main")) == 1
        levels = [int(item.tag[1]) for item in page.tree.iter() if item.tag in {"h1", "h2", "h3", "h4"}]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    @pytest.mark.parametrize("path", PAGES)
    async def test_no_dead_end(self, web: httpx2.AsyncClient, path: str) -> None:
        """Every link on a page leads somewhere: to a place on the page, to a page that is there, or out."""
        page = await read(web, path)
        for link in page.links:
            where, _, place = link.partition("#")
            if where.startswith("http"):
                continue
            answer = await web.get(where) if where else None
            assert answer is None or answer.status_code == 200, link
            assert not place or f'id="{place}"' in (answer.text if answer else page.source), link

    @pytest.mark.parametrize("path", PAGES)
    async def test_says_it_is_a_machine(self, web: httpx2.AsyncClient, path: str) -> None:
        """Every page says to people and to programs that a machine made it."""
        page = await read(web, path)
        assert "Automated narrative by Groundswell" in page.text()
        assert page.find(".//meta[@name='ai-disclosure']")

    @pytest.mark.parametrize("path", PAGES)
    async def test_asks_nobody_else(self, web: httpx2.AsyncClient, path: str) -> None:
        """No page loads anything from another host, and none runs a script."""
        page = await read(web, path)
        assert all(item.get("type") == "application/ld+json" for item in page.find(".//script"))
        loads = [item.get("href", "") for item in page.find(".//link") if item.get("rel") != "canonical"]
        assert all(link.startswith("/") for link in loads)
        assert not page.find(".//img")
        assert not page.find(".//*[@style]")


class TestStory:
    @pytest.mark.parametrize("path", STORIES)
    async def test_has_all_sources(self, web: httpx2.AsyncClient, path: str) -> None:
        """A story page lists every cited post once, with its words, its author's label and its link."""
        page = await read(web, path)
        told = next(item for item in fiction() if path.endswith(item.story.id))
        cited = {item.record_id for claim in told.story.draft.claims() for item in claim.citations}
        entries = page.find(".//li[@class='source']")
        assert len(entries) == len(cited)
        for item in told.records[: len(cited)]:
            assert item.author.handle in page.text(".//section[@class='sources']")
            assert item.url in page.links
        for claim in told.story.draft.claims():
            for citation in claim.citations:
                assert " ".join(citation.quote.split()) in page.text(".//blockquote")

    @pytest.mark.parametrize("path", STORIES)
    async def test_has_its_disclaimer(self, web: httpx2.AsyncClient, path: str) -> None:
        """Under every story stands the disclaimer that fits its writer."""
        told = next(item for item in fiction() if path.endswith(item.story.id))
        page = await read(web, path)
        line = disclaimer("Groundswell", model=told.story.draft.model)
        assert page.text(".//p[@class='disclaimer']") == line

    @pytest.mark.parametrize("path", STORIES)
    async def test_marks_and_back(self, web: httpx2.AsyncClient, path: str) -> None:
        """Each citation mark leads to its source, and the source back to every sentence that cites it."""
        page = await read(web, path)
        marks = [
            (sentence.get("id"), link.get("href"))
            for sentence in [*page.find(".//span[@class='claim']"), *page.find(".//p[@class='deck']")]
            for link in sentence.iter("a")
            if link.get("class") != "counted"
        ]
        assert marks
        for anchor, target in marks:
            entry = page.find(f".//li[@id='{(target or '')[1:]}']")[0]
            assert f"#{anchor}" in [link.get("href") for link in entry.iter("a")]

    async def test_links_out_are_harmless(self, web: httpx2.AsyncClient) -> None:
        """A link to a quoted post gives the linked site no endorsement and no handle on this page."""
        page = await read(web, LEAD)
        out = [item for item in page.find(".//a") if item.get("href", "").startswith("http")]
        assert out
        assert all(item.get("rel") == "nofollow ugc noopener" for item in out)

    async def test_chart_counts_the_store(self, web: httpx2.AsyncClient) -> None:
        """The bars of the window add up to the number the story states, and the chart has words for it."""
        page = await read(web, LEAD)
        window = page.find(".//tr[@class='in']")
        assert sum(int((row[1].text or "").replace(",", "")) for row in window) == 148
        title = page.text(".//figure//title")
        assert title.startswith("Bar chart of posts per 3 hours")
        assert "about 1.2 per 3 hours would be usual" in title

    async def test_days_for_an_older_matter(self, web: httpx2.AsyncClient) -> None:
        """A matter of two weeks is drawn by day, with the range that was to be expected."""
        page = await read(web, CORRECTED)
        assert page.text(".//figure//title").startswith("Bar chart of posts per day, 19 February 2026 to")
        assert [row[1].text for row in page.find(".//tr[@class='in']")] == ["96"]
        assert page.find(".//svg/rect[@class='band']")

    async def test_who_is_talking(self, web: httpx2.AsyncClient) -> None:
        """The communities' counts add up to the story's number, and copies are named apart."""
        page = await read(web, LEAD)
        rows = page.find(".//table[@class='places']/tbody/tr")
        assert sum(int(row[1].text or "") for row in rows) == 148
        assert "Openclinic forum" in page.text(".//table[@class='places']")
        assert "22 near-copies left out" in page.text(".//aside")

    @pytest.mark.parametrize(
        ("numbers", "said"),
        [
            ({"at:told": 0.0, "new": 9.0}, " on this talk"),
            ({"at:told": 0.0}, ", close to this one"),
            ({}, ""),
        ],
    )
    async def test_earlier_and_later_stories_say_the_same(
        self, web: httpx2.AsyncClient, house: Store, numbers: Mapping[str, float], said: str
    ) -> None:
        """A story and the one before it both say whether the later one goes on or is only close."""
        earlier, later = (path.removeprefix("/stories/") for path in (CORRECTED, LEAD))
        async with house.write() as connection:
            row = s.stories.update().where(s.stories.c.id == later)
            await connection.execute(row.values(updates=earlier, numbers=dict(numbers)))
        assert f"An earlier story{said}: " in (await read(web, LEAD)).text(".//p[@class='related']")
        assert f"A later story{said}: " in (await read(web, CORRECTED)).text(".//p[@class='related']")

    async def test_fidelity_is_explained(self, web: httpx2.AsyncClient) -> None:
        """The page says how many statements need a source and how many have one that holds."""
        assert "14 of 14 statements here that need a source" in (await read(web, LEAD)).text()

    async def test_machine_readable_marks(self, web: httpx2.AsyncClient) -> None:
        """A story's metadata says who made it, with which kind of machine, and where it stands."""
        written, assembled = await read(web, LEAD), await read(web, CORRECTED)
        assert "digitalsourcetype/trainedAlgorithmicMedia" in written.text(".//script")
        assert "digitalsourcetype/algorithmicMedia" in assembled.text(".//script")
        assert written.find(".//meta[@name='ai-disclosure']")[0].get("content") == "ai-generated"
        address = f"https://news.example{LEAD}"
        assert written.find(".//link[@rel='canonical']")[0].get("href") == address
        assert written.find(".//meta[@property='og:url']")[0].get("content") == address

    async def test_more_stories(self, web: httpx2.AsyncClient) -> None:
        """Under a story stand other stories, and not itself."""
        page = await read(web, LEAD)
        more = page.find(".//section[@class='more']//h3/a")
        assert len(more) == 4
        assert LEAD not in [link.get("href") for link in more]

    async def test_a_place_that_was_not_heard_is_named(self, web: httpx2.AsyncClient, house: Store) -> None:
        """Beside what was counted stands which place was missed, and when; the data says it as well."""
        lost = "r/HomeServers was not heard throughout, between 05 March, 10:00 and 05 March, 12:00 UTC"
        assert "was missed" not in (await read(web, LEAD)).text(".//section[@id='measure']")
        async with house.write() as connection:
            await connection.exec_driver_sql("UPDATE stories SET gaps = ?", (json.dumps([lost]),))
        assert f"missed: {lost}." in (await read(web, LEAD)).text(".//section[@id='measure']")
        assert (await web.get(f"{LEAD}.json")).json()["not_heard"] == [lost]


class TestChanges:
    async def test_correction_stands_on_top(self, web: httpx2.AsyncClient) -> None:
        """A corrected story says what changed and keeps the earlier version readable."""
        page = await read(web, CORRECTED)
        assert "found on Tuesday; the cited post is from Monday" in page.text(".//div[@class='notice']")
        earlier = await read(web, f"{CORRECTED}/versions/1")
        assert "This is version 1 of 2." in earlier.text(".//div[@class='notice']")
        assert earlier.find(".//meta[@name='robots']")

    async def test_an_earlier_version_shows_no_later_count(self, web: httpx2.AsyncClient) -> None:
        """What is counted is that of the story as it stands, so a version before it shows none of it."""
        assert (await read(web, CORRECTED)).find(".//section[@aria-labelledby='where']")
        earlier = await read(web, f"{CORRECTED}/versions/1")
        assert not earlier.find(".//section[@aria-labelledby='where']")
        measure = earlier.text(".//section[@id='measure']")
        assert "as it stands now" in measure
        assert "Counted over" not in measure
        assert [item.text for item in earlier.find(".//section[@id='measure']//dt")] == ["Usual a day"]

    async def test_retraction_replaces_the_text(self, web: httpx2.AsyncClient) -> None:
        """Of a retracted story every surface shows the reason and no word of its text."""
        for path in (RETRACTED, f"{RETRACTED}/versions/1", f"{RETRACTED}.json", "/feed.atom"):
            text = (await web.get(path)).text
            assert "was shown to be made up" in text
            assert "Translators on Bluesky" not in text
            assert "lets its translators go" not in text
            assert "forty colleagues" not in text

    async def test_retracted_elsewhere(self, web: httpx2.AsyncClient) -> None:
        """Lists keep a retracted story's place and not its headline."""
        for path in ("/", "/stories", "/wire", "/beats/jobs", LEAD):
            assert "lets its translators go" not in (await web.get(path)).text
        assert "Retracted story" in (await read(web, "/stories")).text()


class TestLists:
    async def test_front_leads_with_the_newest(self, web: httpx2.AsyncClient) -> None:
        """The newest standing story leads, and the others follow with deck, beat, time and number."""
        page = await read(web, "/")
        assert (
            page.text(".//h2[@class='lead-title']")
            == "Small clinics turn against the note-taker they asked for"
        )
        cards = page.text(".//div[@class='cards']")
        for part in (
            "Companions",
            "stopped reporting a fault",
            "203 posts",
            "usual: 31 a day",
            "4 March 2026",
        ):
            assert part in cards

    async def test_wire_says_what_became_of_each(self, web: httpx2.AsyncClient) -> None:
        """The wire names what was told, what was passed over and why, and what is still open."""
        text = (await read(web, "/wire")).text()
        for part in (
            "Told: read the story", "Told, later retracted",
            f"Passed: {OVERTAKEN}",
            "Being looked at", "29 posts by 19 people in 24 hours; usual: 8 a day",
        ):  # fmt: skip
            assert part in text

    async def test_wire_leads_to_the_story_that_a_reason_names(self, web: httpx2.AsyncClient) -> None:
        """What was passed over because it is told already says where: by headline, as a link."""
        page = await read(web, "/wire")
        headline = "Small clinics turn against the note-taker they asked for"
        assert f"Passed: told in {headline}, and the talk has only gone on" in page.text()
        assert [link.get("href") for link in page.find(".//a") if link.text == headline] == [LEAD]

    @pytest.mark.parametrize(
        ("state", "reason", "shown"),
        [
            (SignalState.OPEN, "the beat is muted", "Being looked at"),
            (SignalState.OPEN, "waits: the day's budget of $2.00 is spent", "Being looked at"),
            (SignalState.OPEN, BEAT_IS_FULL, f"Not told yet: {BEAT_IS_FULL}"),
            (SignalState.PASSED, "no draft: nobody who speaks in it may be quoted", "Passed"),
            (SignalState.PASSED, f"killed at the desk as {_LEAD_ID}", "Passed"),
            (SignalState.PASSED, f"the same matter as {_LEAD_ID}, which a person killed", "Passed"),
            (SignalState.PASSED, "told in a-draft-that-waits", "Passed"),
            (
                SignalState.PASSED, f"the same matter as {_LEAD_ID}: both speak of Dana Someone",
                f"Passed: the same matter as {_LEAD_TITLE}",
            ),
            (
                SignalState.PASSED, f"too few new voices since {_LEAD_ID}",
                f"Passed: too few new voices since {_LEAD_TITLE}",
            ),
        ],
    )  # fmt: skip
    async def test_wire_keeps_the_newsrooms_reasons_to_itself(
        self, web: httpx2.AsyncClient, house: Store, state: SignalState, reason: str, shown: str
    ) -> None:
        """Of what was muted, waits for money, was killed or is held readers see that it was not told."""
        async with house.write() as connection:
            await connection.exec_driver_sql("DELETE FROM signals WHERE id IN ('other-1', 'other-2')")
            await signals.decide(connection, "other-0", state, reason)
        told = (await read(web, "/wire")).text(".//article[@id='other-0']").rpartition("UTC · ")[2]
        assert told.strip() == shown

    async def test_wire_does_not_say_why_a_story_was_killed(
        self, web: httpx2.AsyncClient, house: Store
    ) -> None:
        """A story that did not go out is not published to readers, for whatever reason."""
        async with house.write() as connection:
            await connection.exec_driver_sql(
                "UPDATE stories SET state = 'killed', reason = 'a person decided against it' WHERE id = ?",
                (_LEAD_ID,),
            )
        text = (await read(web, "/wire")).text()
        assert "Not published" in text
        assert "decided" not in text

    async def test_a_signal_stands_on_the_beat_of_its_story(
        self, web: httpx2.AsyncClient, house: Store
    ) -> None:
        """A signal noticed on another beat than its story was told on is on the wire of the story's beat."""
        shown = await web.get("/beats/health")
        async with house.write() as connection:
            await connection.exec_driver_sql("UPDATE signals SET beat = 'jobs'")
        assert (await web.get("/beats/health")).text == shown.text

    async def test_wire_admits_silence(self, web: httpx2.AsyncClient) -> None:
        """A source that does not answer is named where the others are."""
        assert "Forum not heard yet; 1 of 1 not answering" in (await read(web, "/wire")).text()

    async def test_beats_count(self, web: httpx2.AsyncClient) -> None:
        """Each beat says what it covers, how much was heard and how much was told."""
        text = (await read(web, "/beats")).text()
        assert "Health care Machines in clinics and in notes." in text
        assert "1 story" in text

    async def test_about_has_its_own_numbers(self, web: httpx2.AsyncClient) -> None:
        """The method comes with the numbers of this very store, the operator and the way out."""
        text = (await read(web, "/about")).text()
        for part in ("Stories6", "Stories retracted1", "Near-copies among them26", "Harbour Street Radio"):
            assert part in text

    async def test_archive_turns_pages(self, web: httpx2.AsyncClient) -> None:
        """A page of the archive that does not exist is not found, whatever was asked for."""
        for number in ("2", "0", "-1", "x", "99999999999999999999", "\u0661"):
            assert (await web.get("/stories", params={"page": number})).status_code == 404
        assert (await web.get("/stories", params={"page": "1"})).status_code == 200


class TestEmptyStore:
    @pytest.mark.parametrize("path", ["/", "/stories", "/beats", "/beats/health", "/wire", "/about"])
    async def test_every_page_stands(self, empty_web: httpx2.AsyncClient, path: str) -> None:
        """Before the first story every page stands and says what is going on."""
        text = (await read(empty_web, path)).text(".//main")
        assert any(word in text for word in ("yet", "nothing so far", "0 stories"))

    async def test_front_says_what_it_waits_for(self, empty_web: httpx2.AsyncClient) -> None:
        """An empty front page explains when a story appears."""
        text = (await read(empty_web, "/")).text(".//main")
        assert "has just begun to listen" in text
        assert "A story appears when" in text
