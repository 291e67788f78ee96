"""Hearing: what a source brought goes in with how far it was read, and its trouble is its own."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.port import Haul
from bot.domain.errors import SourceError
from bot.domain.gap import Gap
from bot.pipeline import hear
from bot.store import gaps, records, sources
from tests.factory import make_record

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store
    from bot.store.sources import SourceState

_MINUTE = timedelta(minutes=1)


class _Village:
    """A source that brings what it was given, one haul or trouble a visit."""

    interval = timedelta(minutes=10)
    off_reason: str | None = None

    def __init__(self, name: str = "village", targets: Sequence[str] = ("green",)) -> None:
        self.name, self.targets = name, targets
        self.news: dict[str, list[Haul | Exception]] = {target: [] for target in targets}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:  # noqa: ARG002 - the port's signature
        self.asked.append((target, cursor))
        news = self.news[target].pop(0) if self.news[target] else Haul([], cursor, not_modified=True)
        if isinstance(news, Exception):
            raise news
        return news


@pytest.fixture
def village(newsroom: Newsroom) -> _Village:
    """Give the newsroom's one source."""
    found = _Village()
    newsroom.polled = [found]
    return found


async def _state(newsroom: Newsroom, source: str = "village", target: str = "green") -> SourceState:
    async with newsroom.store.read() as connection:
        return await sources.get(connection, source, target)


async def _kept(newsroom: Newsroom, *said: Record) -> list[str]:
    async with newsroom.store.read() as connection:
        return sorted(await records.get(connection, [record.id for record in said]))


async def test_a_haul_is_kept_with_its_cursor(
    newsroom: Newsroom, village: _Village, clock: ReplayClock
) -> None:
    """Records and cursor are both there afterwards, and the next visit starts from that cursor."""
    said = make_record()
    village.news["green"] = [Haul([said], {"page": 7}, bad=2)]
    assert await hear.run(newsroom) == {"village green": "1 new, 0 changed, 2 unreadable"}
    assert await _kept(newsroom, said) == [said.id]
    state = await _state(newsroom)
    assert (state.cursor, state.last_success_at, state.failures) == ({"page": 7}, clock.now(), 0)
    clock.advance(clock.now() + village.interval)
    assert await hear.run(newsroom) == {"village green": "nothing new"}
    assert village.asked == [("green", {}), ("green", {"page": 7})]


@pytest.mark.parametrize("broken", ["add", "succeeded"])
async def test_records_and_cursor_come_together_or_not_at_all(
    newsroom: Newsroom, village: _Village, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """When the transaction fails at either half, neither half is kept, and the next visit gets both."""
    said = make_record()
    village.news["green"] = [Haul([said], {"page": 7}), Haul([said], {"page": 7})]
    home: Any = records if broken == "add" else sources
    whole = getattr(home, broken)

    async def half(*args: Any, **kwargs: Any) -> None:
        await whole(*args, **kwargs)
        msg = "the disk is full"
        raise OSError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(home, broken, half)
        assert await hear.run(newsroom) == {"village green": "failed: unexpected OSError, see the log"}
    assert await _kept(newsroom, said) == []
    assert (await _state(newsroom)).cursor == {}
    await hear.run(newsroom, force=True)
    assert await _kept(newsroom, said) == [said.id]
    assert (await _state(newsroom)).cursor == {"page": 7}


async def test_a_source_that_is_not_due_is_left_alone(
    newsroom: Newsroom, village: _Village, clock: ReplayClock
) -> None:
    """A target is asked again after the source's interval, not before; `force` asks at once."""
    await hear.run(newsroom)
    clock.advance(clock.now() + village.interval - timedelta(seconds=1))
    assert await hear.run(newsroom) == {"village green": "not due"}
    assert len(village.asked) == 1
    await hear.run(newsroom, force=True)
    assert len(village.asked) == 2


async def test_the_server_says_when_to_come_again(
    newsroom: Newsroom, village: _Village, clock: ReplayClock
) -> None:
    """A server's own time for the next visit beats the source's interval."""
    later = clock.now() + timedelta(hours=5)
    village.news["green"] = [Haul([], {}, next_check_at=later)]
    await hear.run(newsroom)
    clock.advance(later - _MINUTE)
    assert await hear.run(newsroom) == {"village green": "not due"}
    clock.advance(later)
    assert await hear.run(newsroom) == {"village green": "nothing new"}


async def test_a_quiet_target_is_visited_more_rarely(
    newsroom: Newsroom, village: _Village, clock: ReplayClock
) -> None:
    """What the target brought so far lies in the store, and decides when it is visited again."""
    hour = timedelta(hours=1)
    village.news["green"] = [
        Haul([make_record()], {}),
        Haul([], {}),
        Haul([make_record() for _ in range(60)], {}),
    ]
    await hear.run(newsroom)
    waits = []
    for _ in range(2):
        clock.advance(clock.now() + hour)
        await hear.run(newsroom, force=True)
        state = await _state(newsroom)
        assert state.next_check_at is not None
        waits.append(state.next_check_at - clock.now())
    assert waits[0] == 12 * village.interval
    assert waits[1] < waits[0]


async def test_gaps_are_kept_and_how_far_was_heard(
    newsroom: Newsroom, village: _Village, clock: ReplayClock
) -> None:
    """A stretch the source could not give is in the store; an unfinished visit does not claim the present."""
    start, noon = clock.now(), timedelta(hours=1)
    gap = Gap(start - noon, start - _MINUTE, "the list was cut")
    village.news["green"] = [Haul([], {}), Haul([], {}, gaps=[gap], unfinished=True)]
    await hear.run(newsroom)
    clock.advance(start + noon)
    await hear.run(newsroom, force=True)
    assert (await _state(newsroom)).heard_until == start
    async with newsroom.store.read() as connection:
        missed = await gaps.unheard(connection, "village", start - noon, start + noon)
        assert [found.gap.end for found in missed] == [start - _MINUTE, start, start + noon]
        assert not await gaps.heard(connection, "village", start, start + noon)


async def test_failures_are_followed_by_longer_and_longer_rests(
    newsroom: Newsroom, village: _Village, clock: ReplayClock
) -> None:
    """Each failure doubles the rest, from a minute up to six hours; the cursor stays; a success ends it."""
    village.news["green"] = [Haul([], {"page": 7}), *[SourceError("status 503")] * 12]
    await hear.run(newsroom)
    rests = []
    for number in range(1, 13):
        before = clock.now()
        assert await hear.run(newsroom, force=True) == {"village green": "failed: status 503"}
        state = await _state(newsroom)
        assert (state.failures, state.cursor, state.last_error) == (number, {"page": 7}, "status 503")
        assert state.cooldown_until is not None
        rests.append(state.cooldown_until - before)
        clock.advance(state.cooldown_until)
    assert rests[:4] == [_MINUTE, 2 * _MINUTE, 4 * _MINUTE, 8 * _MINUTE]
    assert rests == sorted(rests)
    assert rests[-1] == timedelta(hours=6)
    await hear.run(newsroom)
    state = await _state(newsroom)
    assert (state.failures, state.cooldown_until, state.last_error) == (0, None, None)


async def test_a_rest_survives_a_restart(
    newsroom: Newsroom, village: _Village, clock: ReplayClock, store: Store
) -> None:
    """What a source is owed lies in the store: another process leaves it alone just as long."""
    newsroom.store = store
    until = clock.now() + timedelta(hours=2)
    village.news["green"] = [SourceError("status 429", retry_at=until)]
    await hear.run(newsroom)
    reborn = _Village()
    newsroom.polled = [reborn]
    clock.advance(until - timedelta(seconds=1))
    assert await hear.run(newsroom) == {"village green": "not due"}
    assert reborn.asked == []
    clock.advance(until)
    assert await hear.run(newsroom) == {"village green": "nothing new"}


async def test_one_failing_target_does_not_stop_the_others(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Of three targets the middle one fails, and the third is heard."""
    source = _Village(targets=("green", "mill", "inn"))
    said = make_record()
    source.news |= {"mill": [SourceError("status 500")], "inn": [Haul([said], {})]}
    newsroom.polled = [source]
    outcomes = await hear.run(newsroom)
    assert outcomes["village mill"] == "failed: status 500"
    assert await _kept(newsroom, said) == [said.id]
    assert (await _state(newsroom, target="inn")).last_success_at == clock.now()


async def test_an_error_nobody_foresaw_stops_one_source_only(
    newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that breaks in its own code counts as failed and is told in the log; the others are heard."""
    broken, sound = _Village("broken"), _Village("sound")
    said = make_record()
    broken.news["green"] = [KeyError("token=hush")]
    sound.news["green"] = [Haul([said], {})]
    newsroom.polled = [broken, sound]
    outcomes = await hear.run(newsroom)
    assert outcomes["broken green"] == "failed: unexpected KeyError, see the log"
    assert outcomes["sound green"].startswith("1 new")
    state = await _state(newsroom, "broken")
    assert (state.failures, state.last_error) == (1, "unexpected KeyError, see the log")
    assert state.cooldown_until is not None
    assert "not heard" in capsys.readouterr().out


async def test_what_was_taken_back_is_erased(newsroom: Newsroom, village: _Village) -> None:
    """Records that are gone, and all records of authors who are gone, lose their words for good."""
    mine, other, theirs, stays = (
        make_record(author="wren"), make_record(author="wren"), make_record(author="ada"),
        make_record(author="bo"),
    )  # fmt: skip
    everything = [mine, other, theirs, stays]
    village.news["green"] = [
        Haul(everything, {"n": 1}),
        Haul([], {"n": 2}, gone=[theirs.id, "fictional:never-heard"], gone_authors=["fictional:wren"]),
        Haul(everything, {"n": 3}),
    ]
    await hear.run(newsroom)
    await hear.run(newsroom, force=True)
    assert await _kept(newsroom, *everything) == [stays.id]
    await hear.run(newsroom, force=True)
    assert await _kept(newsroom, *everything) == [stays.id]


async def test_a_source_that_is_off_is_not_asked(newsroom: Newsroom, village: _Village) -> None:
    """A source that may not be asked says why, even when asked for by name."""
    village.off_reason = "access is not attested"
    assert await hear.run(newsroom) == {"village": "off: access is not attested"}
    assert await hear.run(newsroom, only="village", force=True) == {"village": "off: access is not attested"}
    assert village.asked == []


async def test_one_source_can_be_asked_by_name(newsroom: Newsroom) -> None:
    """`only` asks that source and no other."""
    one, other = _Village("one"), _Village("other")
    newsroom.polled = [one, other]
    assert await hear.run(newsroom, only="one") == {"one green": "nothing new"}
    assert other.asked == []


class _Brook:
    """A stream that gives what it was given, connection after connection, and then ends the test."""

    name = "brook"
    targets: Sequence[str] = ("water",)
    off_reason: str | None = None

    def __init__(self, clock: ReplayClock, *connections: Sequence[Haul | Exception]) -> None:
        self.connections = list(connections)
        self.cursors: list[Mapping[str, Any]] = []
        self._clock = clock
        self._opened: list[datetime] = []

    @property
    def rests(self) -> list[timedelta]:
        """How long it was left alone between one connection and the next."""
        return [after - before for before, after in pairwise(self._opened)]

    async def stream(self, target: str, cursor: Mapping[str, Any]) -> AsyncGenerator[Haul, None]:  # noqa: ARG002 - the port's signature
        self.cursors.append(cursor)
        self._opened.append(self._clock.now())
        if not self.connections:
            raise _OverError
        for news in self.connections.pop(0):
            if isinstance(news, Exception):
                raise news
            yield news


class _OverError(BaseException):
    """The test is over; no error that a stream could have."""


async def test_a_stream_flows_into_the_store_and_is_taken_up_where_it_stopped(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Every batch is kept with its cursor, and a connection that ends is taken up from the last one."""
    one, two = make_record(), make_record()
    brook = _Brook(clock, [Haul([one], {"at": 1})], [Haul([two], {"at": 2})])
    with pytest.raises(_OverError):
        await hear.listen(newsroom, brook, "water")
    assert brook.cursors == [{}, {"at": 1}, {"at": 2}]
    assert await _kept(newsroom, one, two) == sorted([one.id, two.id])


async def test_a_stream_that_flowed_well_rests_briefly_after_a_break(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Breaks are counted since the last batch that came, so a stream that flows again has no old debt."""
    lost = SourceError("the connection is lost")
    brook = _Brook(clock, [lost], [lost], [Haul([make_record()], {"at": 1}), lost], [lost])
    with pytest.raises(_OverError):
        await hear.listen(newsroom, brook, "water")
    assert [rest / _MINUTE for rest in brook.rests] == [1, 2, 1, 2]


async def test_a_stream_that_breaks_in_its_own_code_is_taken_up_again(
    newsroom: Newsroom, clock: ReplayClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error nobody foresaw is told in the log, and the stream goes on from its cursor after a rest."""
    said = make_record()
    brook = _Brook(clock, [KeyError("token=hush")], [Haul([said], {"at": 1})])
    with pytest.raises(_OverError):
        await hear.listen(newsroom, brook, "water")
    assert brook.rests == [_MINUTE, timedelta()]
    assert await _kept(newsroom, said) == [said.id]
    assert "unexpected KeyError" in capsys.readouterr().out
