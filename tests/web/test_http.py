from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import reader
from tests.web.page import LEAD, PAGES, Page, read

if TYPE_CHECKING:
    import httpx2

    from bot.store.engine import Store

EVERYTHING = (*PAGES, f"{LEAD}.json", "/feed.atom", "/healthz", "/favicon.ico", "/nope")


@pytest.mark.parametrize("path", EVERYTHING)
async def test_guarded(web: httpx2.AsyncClient, path: str) -> None:
    """Every answer forbids scripts, foreign content, framing and sniffing, and keeps the reader's way."""
    headers = (await web.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", EVERYTHING)
async def test_head_is_get_without_a_body(web: httpx2.AsyncClient, path: str) -> None:
    """HEAD gives the headers of GET and no body."""
    got, asked = await web.get(path), await web.head(path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert asked.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", [*PAGES, f"{LEAD}.json", "/feed.atom"])
async def test_known_pages_are_not_sent_again(web: httpx2.AsyncClient, path: str) -> None:
    """A reader who has the page gets 304; nobody keeps it longer than a minute."""
    first = await web.get(path)
    again = await web.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=60"


async def test_files_are_kept_for_good(web: httpx2.AsyncClient) -> None:
    """Style sheet and fonts come from here, with the right type, under an address that can be kept."""
    page = await read(web, "/")
    (sheet,) = page.find(".//link[@rel='stylesheet']")
    address = sheet.get("href", "")
    style = await web.get(address)
    assert style.headers["content-type"].startswith("text/css")
    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    fonts = re.findall(r"url\((fonts/[^)]+)\)", style.text)
    assert fonts
    assert "://" not in style.text
    for font in fonts:
        answer = await web.get(f"{address.rpartition('/')[0]}/{font}")
        assert answer.headers["content-type"] == "font/woff2"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_only_reading(web: httpx2.AsyncClient, method: str) -> None:
    """Nothing can be written: another method gets a page that says so."""
    response = await web.request(method, LEAD)
    assert response.status_code == 405
    assert "GET" in response.headers["allow"]
    assert "These pages can only be read." in Page(response.text).text()
    assert response.headers["content-security-policy"]


async def test_not_found_is_a_page(web: httpx2.AsyncClient) -> None:
    """An address with nothing behind it gets a page with a way on, and nobody keeps it."""
    response = await web.get("/nope")
    assert response.status_code == 404
    assert "/stories" in Page(response.text).links
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("number", ["0", "-1", "x", "\u0663", "1" * 5_000])
async def test_a_number_that_is_none_is_not_found(web: httpx2.AsyncClient, number: str) -> None:
    """A page or version that is no number, or one of thousands of digits, is one that there is not."""
    for address in (f"/stories?page={number}", f"{LEAD}/versions/{number}"):
        assert (await web.get(address)).status_code == 404


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/stories/nope.json", "GET", 404), (f"{LEAD}.json", "POST", 405)]
)
async def test_programs_are_told_in_json(
    web: httpx2.AsyncClient, path: str, method: str, status: int
) -> None:
    """Where a story stands as data, a refusal is data too, and nobody keeps it."""
    response = await web.request(method, path)
    assert response.status_code == response.json()["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json().keys() == {"title", "status", "detail"}


async def test_broken_is_a_page(house: Store) -> None:
    """When an answer cannot be made the reader gets a guarded one that tells nothing, programs as data."""
    async with reader(house) as client:
        await client.get("/")
        async with house.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE records RENAME TO elsewhere")
        for path in ("/", "/healthz", f"{LEAD}.json"):
            response = await client.get(path)
            assert response.status_code == 500
            assert response.headers["content-security-policy"]
            assert "elsewhere" not in response.text
            assert "sqlite" not in response.text.lower()
            told = Page(response.text).text() if path == "/" else response.json()["title"]
            assert "Something broke" in told


async def test_unpublished_stories_are_not_there(house: Store) -> None:
    """A story that was not published yet has no page, no data and no place in any list."""
    from bot.store import stories  # noqa: PLC0415 - only here
    from tests.web.fiction import fiction  # noqa: PLC0415 - only here

    async with house.read() as connection:
        assert len(await stories.every(connection)) == len(fiction())
    async with house.write() as connection:
        await connection.exec_driver_sql("UPDATE stories SET state = 'held' WHERE id LIKE 'small-clinics%'")
    async with reader(house) as client:
        assert (await client.get(LEAD)).status_code == 404
        assert (await client.get(f"{LEAD}.json")).status_code == 404
        for path in ("/", "/stories", "/wire", "/feed.atom", "/beats/health"):
            assert "note-taker they asked for" not in (await client.get(path)).text


async def test_healthy(web: httpx2.AsyncClient) -> None:
    """Health says that the store can be read and how fresh it is, and nobody keeps the answer."""
    response = await web.get("/healthz")
    assert response.json()["status"] == "ok"
    assert response.json()["last_record_at"].startswith("2026-03-06T")
    assert response.headers["cache-control"] == "no-store"


async def test_readers_do_not_disturb_each_other(web: httpx2.AsyncClient) -> None:
    """Many readers at once all get their pages."""
    answers = await asyncio.gather(*(web.get(path) for path in PAGES * 3))
    assert {answer.status_code for answer in answers} == {200}
