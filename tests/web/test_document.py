from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.fiction import fiction
from tests.web.page import CORRECTED, LEAD

if TYPE_CHECKING:
    import httpx2


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
