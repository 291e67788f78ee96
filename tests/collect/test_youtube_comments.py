"""Comments of YouTube channels against a loopback that answers in the Data API's shape."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bot.collect.youtube import YouTube
from bot.collect.youtube_comments import read_comment
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, reply
from tests.factory import make_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.collect.http import Fetcher
    from bot.domain.record import Record

CHANNEL, TARGET = "UCfictional", "UCfictional comments"
COMMENT: dict[str, Any] = {
    "kind": "youtube#comment",
    "etag": "fictional-etag",
    "id": "UgxFictional4AaABAg",
    "snippet": {
        "channelId": CHANNEL,
        "videoId": "abc_123-XYZ",
        "textDisplay": "Lantern 2 runs on my old laptop.\nSlowly, but it runs.",
        "textOriginal": "Lantern 2 runs on my old laptop.\nSlowly, but it runs.",
        "authorDisplayName": "@ines-r",
        "authorProfileImageUrl": "https://yt3.example/ines=s48",
        "authorChannelUrl": "http://www.youtube.com/@ines-r",
        "authorChannelId": {"value": "UCines"},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 4,
        "publishedAt": "2026-03-02T10:00:00Z",
        "updatedAt": "2026-03-02T10:05:00Z",
    },
}


def said(number: int = 1, at: str = "2026-03-02T10:00:00Z", **changes: Any) -> dict[str, Any]:
    """Return one comment."""
    snippet = {**COMMENT["snippet"], "publishedAt": at, **changes}
    return {**COMMENT, "id": f"Ug{number}", "snippet": snippet}


def answer(thread: int, number: int) -> dict[str, Any]:
    """Return an answer in a thread."""
    return {**said(parentId=f"Ug{thread}"), "id": f"Ug{thread}.{number}"}


def thread(opening: dict[str, Any], *answers: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a thread; it has `total` answers, of which some come with it."""
    found: dict[str, Any] = {
        "kind": "youtube#commentThread",
        "etag": "fictional-etag",
        "id": opening["id"],
        "snippet": {
            "channelId": CHANNEL,
            "videoId": "abc_123-XYZ",
            "topLevelComment": opening,
            "canReply": True,
            "totalReplyCount": len(answers) if total is None else total,
            "isPublic": True,
        },
    }
    return {**found, "replies": {"comments": list(answers)}} if answers else found


def listed(*items: dict[str, Any], more: str | None = None) -> Reply:
    """Return a list as the API gives it."""
    found = {
        "kind": "youtube#commentThreadListResponse",
        "etag": "fictional-etag",
        "pageInfo": {"totalResults": len(items), "resultsPerPage": 100},
        "items": list(items),
    }
    return reply({**found, "nextPageToken": more} if more else found)


def _source(fetcher: Fetcher, site: Site, *channels: str) -> YouTube:
    return YouTube(fetcher, channels or (CHANNEL,), "fictional-key", site=site.url, api=site.url)


async def test_comments_become_records(site: Site, fetcher: Fetcher) -> None:
    """Words, author, video and thread are there; what is old or about no video is nothing."""
    about_channel = thread(said(3))
    del about_channel["snippet"]["videoId"]
    site.answer = lambda _: listed(
        thread(said(1), answer(1, 7)), thread(said(2, "2026-01-02T10:00:00Z")), about_channel, {"id": "?"}
    )
    haul = await _source(fetcher, site).fetch(TARGET, {}, NOW)
    opening, below = haul.records
    assert (opening.native_id, opening.kind, opening.parent, opening.root) == (
        "Ug1", RecordKind.COMMENT, "abc_123-XYZ", "abc_123-XYZ",
    )  # fmt: skip
    assert (below.native_id, below.parent, below.root) == ("Ug1.7", "Ug1", "abc_123-XYZ")
    assert opening.url == "https://www.youtube.com/watch?v=abc_123-XYZ&lc=Ug1"
    assert (opening.author.id, opening.author.handle) == ("UCines", "ines-r")
    assert opening.text.endswith("Slowly, but it runs.")
    assert opening.metrics == {"score": 4}
    assert haul.bad == 1
    (asked,) = site.requests
    assert asked.query["allThreadsRelatedToChannelId"] == CHANNEL
    assert asked.query["key"] == "fictional-key"


async def test_the_walk_ends_at_what_is_known(site: Site, fetcher: Fetcher) -> None:
    """Pages are read back to the newest known thread; further back than three pages is a gap."""
    pages = {str(n): f"2026-03-02T{10 - n:02}:00:00Z" for n in range(9)}

    def _answer(request: Request) -> Reply:
        number = int(request.query.get("pageToken", "0"))
        return listed(thread(said(number, pages[str(number)])), more=str(number + 1))

    site.answer = _answer
    source = _source(fetcher, site)
    first = await source.fetch(TARGET, {}, NOW)
    assert len(site.requests) == 1
    assert first.cursor["newest"] == "2026-03-02T10:00:00+00:00"
    known = {"newest": "2026-03-02T09:30:00+00:00"}
    assert (await source.fetch(TARGET, known, NOW)).gaps == ()
    assert len(site.requests) == 3
    long_ago = datetime(2026, 3, 2, 2, tzinfo=UTC)
    missed = await source.fetch(TARGET, {"newest": long_ago.isoformat()}, NOW)
    assert len(site.requests) == 6
    assert missed.gaps == (
        Gap(long_ago, datetime(2026, 3, 2, 8, tzinfo=UTC), "more comments than are read at one visit"),
    )


async def test_a_clock_ahead_does_not_move_the_cursor(site: Site, fetcher: Fetcher) -> None:
    """A comment dated in the future is not what the next visit goes back to."""
    site.answer = lambda _: listed(thread(said(1, "2026-03-02T20:00:00Z")))
    haul = await _source(fetcher, site).fetch(TARGET, {}, NOW)
    assert haul.cursor["newest"] == NOW.isoformat()


async def test_answers_that_did_not_come_along_are_read_once(site: Site, fetcher: Fetcher) -> None:
    """A thread with more answers than came with it is read in full, ten a visit, and again when it grows."""
    total = 6

    def _answer(request: Request) -> Reply:
        if request.path == "/comments":
            number = int(request.query["parentId"].removeprefix("Ug"))
            return listed(*(answer(number, n) for n in range(total)))
        return listed(*(thread(said(n), answer(n, 0), total=total) for n in range(12)))

    site.answer = _answer
    source = _source(fetcher, site)
    haul = await source.fetch(TARGET, {}, NOW)
    assert (len(haul.records), site.paths.count("/comments")) == (12 + 2 + 10 * total, 10)
    haul = await source.fetch(TARGET, haul.cursor, NOW)
    assert site.paths.count("/comments") == 12
    haul = await source.fetch(TARGET, haul.cursor, NOW)
    assert site.paths.count("/comments") == 12
    total = 7
    await source.fetch(TARGET, haul.cursor, NOW)
    assert site.paths.count("/comments") == 22


def _growing(totals: dict[int, int], faults: dict[int, Reply]) -> Callable[[Request], Reply]:
    """Answer with threads of so many answers, none of which come along, and with `faults` for some."""

    def _answer(request: Request) -> Reply:
        if request.path == "/comments":
            number = int(request.query["parentId"].removeprefix("Ug"))
            return faults.get(number) or listed(answer(number, totals[number]))
        return listed(*(thread(said(number), total=total) for number, total in totals.items()))

    return _answer


def _asked(site: Site) -> list[str]:
    """Return which threads were asked for their answers, and forget it."""
    found = [asked.query["parentId"] for asked in site.requests if asked.path == "/comments"]
    site.requests.clear()
    return found


@pytest.mark.parametrize("status", [404, 410])
async def test_a_thread_that_is_missing_is_passed_over(site: Site, fetcher: Fetcher, status: int) -> None:
    """It is counted, the other threads are read, and it is not asked for again until it grows."""
    totals = dict.fromkeys(range(3), 4)
    site.answer = _growing(totals, {1: reply(status=status)})
    source = _source(fetcher, site)
    haul = await source.fetch(TARGET, {}, NOW)
    assert (haul.bad, len(haul.records), _asked(site)) == (1, 3 + 2, ["Ug0", "Ug1", "Ug2"])
    haul = await source.fetch(TARGET, haul.cursor, NOW)
    assert _asked(site) == []
    totals[1] = 5
    await source.fetch(TARGET, haul.cursor, NOW)
    assert _asked(site) == ["Ug1"]


@pytest.mark.parametrize("fault", [reply(status=403), reply(status=429), reply(status=500), reply(b"?")])
async def test_answers_that_are_refused_cost_nothing_else(site: Site, fetcher: Fetcher, fault: Reply) -> None:
    """What was read is returned, and a thread that always fails does not starve the ones after it."""
    site.answer = _growing(dict.fromkeys(range(4), 4), {1: fault})
    source = _source(fetcher, site)
    haul = await source.fetch(TARGET, {}, NOW)
    assert (len(haul.records), haul.next_check_at, _asked(site)) == (4 + 1, None, ["Ug0", "Ug1"])
    assert haul.cursor["newest"]
    haul = await source.fetch(TARGET, haul.cursor, NOW)
    assert _asked(site) == ["Ug2", "Ug3", "Ug1"]
    assert len(haul.records) == 4 + 2


async def test_busy_threads_take_turns(site: Site, fetcher: Fetcher) -> None:
    """When more threads grow than are read at a visit, each has its turn."""
    totals = dict.fromkeys(range(15), 4)
    site.answer = _growing(totals, {})
    source, cursor, asked = _source(fetcher, site), dict[str, Any](), list[str]()
    for _ in range(3):
        cursor = dict((await source.fetch(TARGET, cursor, NOW)).cursor)
        asked += _asked(site)
        totals.update({number: total + 1 for number, total in totals.items()})
    assert asked == [f"Ug{number}" for number in (*range(15), *range(15))]


async def test_the_units_of_a_day_are_enough(site: Site, fetcher: Fetcher) -> None:
    """However many channels there are, a day of visits at their dearest costs no more than the quota."""
    site.answer = lambda _: listed()
    for number in (1, 20, 100):
        haul = await _source(fetcher, site, *map(str, range(number))).fetch("1 comments", {}, NOW)
        pause = max(haul.next_check_at - NOW if haul.next_check_at else timedelta(), YouTube.interval)
        assert timedelta(days=1) / pause * number * 13 <= 9_500


@pytest.mark.parametrize(
    ("now", "again"),
    [
        (NOW, datetime(2026, 3, 3, 8, tzinfo=UTC)),
        (NOW.replace(hour=7), datetime(2026, 3, 2, 8, tzinfo=UTC)),
    ],
)
async def test_a_quota_that_is_used_up_rests_until_its_day_ends(
    site: Site, fetcher: Fetcher, now: datetime, again: datetime
) -> None:
    """The comments rest, the channel's videos do not; the key is in no message."""
    error = {"reason": "quotaExceeded", "domain": "youtube.quota", "message": "exceeded"}
    site.answer = lambda request: (
        reply({"error": {"code": 403, "errors": [error]}}, status=403)
        if request.path == "/commentThreads"
        else reply(b"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title></feed>")
    )
    source = _source(fetcher, site)
    with pytest.raises(SourceError, match="quota") as failed:
        await source.fetch(TARGET, {}, now)
    assert failed.value.retry_at == again
    assert "fictional-key" not in str(failed.value)
    assert (await source.fetch(CHANNEL, {}, now)).bad == 0


@pytest.mark.parametrize(
    "fault",
    [
        reply(status=400),
        reply(status=500),
        reply(status=429, retry_after="60"),
        reply({"items": 3}),
        reply({"kind": "youtube#commentThreadListResponse"}),
        reply(b"<html><body>Sorry</body></html>"),
        reply(b'{"items": [', content_length="900"),
        reply(b"", content_length="900", hang=True),
        reply(b"[" * 100_000),
        reply(b" " * 300_000),
        Reply(b""),
    ],
)
async def test_trouble_is_a_failure_of_the_source(site: Site, fetcher: Fetcher, fault: Reply) -> None:
    """Errors, cut, silent and endless bodies and other answers are failures; they take nothing back."""
    site.answer = lambda _: fault
    source = _source(fetcher, site)
    with pytest.raises(SourceError):
        await source.fetch(TARGET, {}, NOW)
    with pytest.raises(SourceError):
        await source.recheck([_kept(1)], NOW)


def _kept(number: int) -> Record:
    return make_record(source="youtube", native_id=f"Ug{number}", kind=RecordKind.COMMENT)


async def test_deleted_comments_are_told_by_the_api(site: Site, fetcher: Fetcher) -> None:
    """Fifty are asked for at once, for one unit; what the answer leaves out is gone."""
    kept = [_kept(number) for number in range(60)]
    site.answer = lambda request: listed(
        *(
            {"kind": "youtube#comment", "id": name}
            for name in request.query["id"].split(",")
            if name != "Ug55"
        )
    )
    assert await _source(fetcher, site).recheck(kept, NOW) == ("youtube:Ug55",)
    assert [len(asked.query["id"].split(",")) for asked in site.requests] == [50, 10]


async def test_a_list_that_is_not_found_is_asked_one_by_one(site: Site, fetcher: Fetcher) -> None:
    """If the API answers "not found" because of one of several, only that one is gone."""

    def _answer(request: Request) -> Reply:
        names = request.query["id"].split(",")
        return reply(status=404) if "Ug2" in names else listed(*({"id": name} for name in names))

    site.answer = _answer
    assert await _source(fetcher, site).recheck([_kept(1), _kept(2), _kept(3)], NOW) == ("youtube:Ug2",)


async def test_without_a_key_there_are_no_comments(site: Site, fetcher: Fetcher) -> None:
    """Only the feeds are targets, and comments that were kept before cannot be vouched for."""
    source = YouTube(fetcher, [CHANNEL], site=site.url)
    assert source.targets == (CHANNEL,)
    assert _source(fetcher, site).targets == (CHANNEL, TARGET)
    with pytest.raises(SourceError, match="GROUNDSWELL_YOUTUBE_API_KEY"):
        await source.recheck([_kept(1)], NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda comment: comment.pop("snippet"),
        lambda comment: comment["snippet"].update(publishedAt="soon"),
        lambda comment: comment["snippet"].update(textDisplay=" "),
        lambda comment: comment["snippet"].update(authorDisplayName="", authorChannelId=None),
    ],
)
def test_a_comment_that_is_none_is_an_error(change: Callable[[dict[str, Any]], object]) -> None:
    """What has no words, time or author is told, not stored."""
    comment = said()
    change(comment)
    with pytest.raises(InputError):
        read_comment(msgspec.Raw(msgspec.json.encode(comment)), "abc", NOW)
