from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.fiction import fiction
from tests.web.page import CORRECTED, LEAD, RETRACTED

if TYPE_CHECKING:
    import httpx2

    from bot.store.engine import Store


async def test_shape(web: httpx2.AsyncClient) -> None:
    """A story as data has every key that the commands promise, down to the citation."""
    told = fiction()[0]
    data = (await web.get(f"{LEAD}.json")).json()
    assert data.keys() >= {
        "id", "version", "state", "beat", "headline", "deck", "paragraphs", "fidelity", "writer", "model",
        "disclaimer", "signal", "publications",
    }  # fmt: skip
    assert data["signal"].keys() >= {"kind", "evidence", "baseline"}
    claims = [claim for paragraph in data["paragraphs"] for claim in paragraph["claims"]]
    assert [claim["text"] for claim in claims] == [
        claim.text for paragraph in told.story.draft.paragraphs for claim in paragraph.claims
    ]
    citation = claims[1]["citations"][0]
    assert citation == {
        "marker": 1,
        "record_id": told.records[0].id,
        "quote": "propose the most complete supportable code for each visit",
        "url": told.records[0].url,
        "author": "Harbour Post",
        "source": "rss",
        "created_at": told.records[0].created_at.isoformat(),
    }


async def test_quotes_are_verbatim(web: httpx2.AsyncClient) -> None:
    """Every quote in the data stands word for word in the stored post."""
    said = {item.id: item for told in fiction() for item in told.records}
    for path in (LEAD, CORRECTED):
        for paragraph in (await web.get(f"{path}.json")).json()["paragraphs"]:
            for claim in paragraph["claims"]:
                for citation in claim["citations"]:
                    assert said[citation["record_id"]].says(citation["quote"])


async def test_publications(web: httpx2.AsyncClient) -> None:
    """The data says where the story stands."""
    data = (await web.get(f"{LEAD}.json")).json()
    assert [(item["channel"], item["state"], item["url"]) for item in data["publications"]] == [
        ("site", "sent", f"https://news.example{LEAD}")
    ]


async def test_who_is_not_cited_is_a_number(web: httpx2.AsyncClient, house: Store) -> None:
    """Of posts that no claim cites the data has place, hour and the number of a person: no id, no moment."""
    told = fiction()[0]
    cited = {item.record_id for item in told.story.draft.citations()}
    others = [item for item in told.records if item.id not in cited]
    async with house.write() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO signal_evidence (signal_id, record_id, position) VALUES (?, ?, 99)",
            (told.signal.id, others[0].id),
        )
    answer = await web.get(f"{LEAD}.json")
    data = answer.json()
    assert len(data["counted"]) > len(cited)
    assert {post["record_id"] for post in data["counted"]} - {None} <= cited
    assert set(data["signal"]["evidence"]) <= cited
    assert all(f'"{item.id}"' not in answer.text for item in others)
    unnamed = [post for post in data["counted"] if post["record_id"] is None]
    assert all(post["created_at"].endswith(":00:00+00:00") and post["person"] for post in unnamed)


async def test_only_an_amendment_gives_readers_a_reason(web: httpx2.AsyncClient, house: Store) -> None:
    """What the desk said before a story went out is not for readers; why it was corrected or retracted is."""
    async with house.write() as connection:
        await connection.exec_driver_sql("UPDATE stories SET reason = 'approved at the desk'")
    assert (await web.get(f"{LEAD}.json")).json()["reason"] is None
    for path in (CORRECTED, RETRACTED):
        assert (await web.get(f"{path}.json")).json()["reason"] == "approved at the desk"


async def test_of_a_retracted_story_nothing_is_counted(web: httpx2.AsyncClient, house: Store) -> None:
    """A retracted story's data has neither words nor figures of it."""
    assert (await web.get(f"{LEAD}.json")).json()["copies_left_out"] > 0
    async with house.write() as connection:
        await connection.exec_driver_sql("UPDATE stories SET state = 'retracted'")
    data = (await web.get(f"{LEAD}.json")).json()
    assert (data["headline"], data["paragraphs"], data["numbers"]) == ("", [], {})
    assert (data["counted"], data["copies_left_out"], data["signal"]["evidence"]) == ([], 0, [])
