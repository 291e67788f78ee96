"""Recordings: files of records in any order, whole or broken, become one stream in time."""

from __future__ import annotations

import gzip
import os
import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect import replay
from bot.collect.interchange import MAX_LINE, encode
from bot.collect.replay import Recording
from bot.domain.errors import InputError
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from bot.domain.record import Record

_LATER = NOON + timedelta(days=30)


def _said(number: int, **fields: Any) -> Record:
    return make_record(native_id=f"r{number}", created_at=NOON + timedelta(minutes=number), **fields)


def _write(path: Path, lines: list[bytes], *, end: bytes = b"\n") -> Path:
    content = b"".join(line + end for line in lines)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def _ids(*paths: Path, skip: int = 0) -> list[str]:
    with Recording(paths, not_after=_LATER) as recording:
        return [record.native_id for record in recording.records(skip=skip)]


def test_files_are_merged_in_the_order_in_which_it_was_said(tmp_path: Path) -> None:
    """Several files, gzipped and plain, unsorted, give every record once, whole, oldest first."""
    said = [_said(number) for number in range(300)]
    shuffled = random.Random(1).sample(said, len(said))
    paths = [
        _write(tmp_path / "a.jsonl.gz", [encode(record) for record in shuffled[:100]]),
        _write(tmp_path / "b.jsonl", [encode(record) for record in shuffled[100:150]]),
        _write(tmp_path / "c.jsonl", [encode(record) for record in shuffled[150:]], end=b"\r\n"),
    ]
    with Recording(paths, not_after=_LATER) as recording:
        assert list(recording.records()) == said
        assert (recording.good, recording.bad.count) == (300, 0)


def test_a_file_larger_than_a_run_is_sorted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs on disk are merged, so the order does not depend on how much fits in memory."""
    monkeypatch.setattr(replay, "_RUN", 7)
    numbers = random.Random(2).sample(range(100), 100)
    path = _write(tmp_path / "a.jsonl", [encode(_said(number)) for number in numbers])
    assert _ids(path) == [f"r{number}" for number in range(100)]


def test_what_was_said_at_one_instant_keeps_the_order_of_the_files(tmp_path: Path) -> None:
    """Records of one instant come in the order of files and lines, so a second reading gives the same."""
    lines = [encode(make_record(native_id=name)) for name in ("z", "a", "m")]
    first = _write(tmp_path / "y.jsonl", lines[:2])
    second = _write(tmp_path / "x.jsonl", lines[2:])
    assert _ids(first, second) == ["z", "a", "m"]
    assert _ids(second, first) == ["m", "z", "a"]


def test_fractions_of_a_second_are_in_order(tmp_path: Path) -> None:
    """A whole second comes before its fractions, and zones are told apart."""
    moments = ["12:00:00Z", "12:00:00.000001Z", "12:00:00.5Z", "13:00:01+01:00", "12:00:02Z"]
    lines = [
        encode(make_record(native_id=str(number))).replace(b"12:00:00Z", moment.encode())
        for number, moment in enumerate(moments)
    ]
    assert _ids(_write(tmp_path / "a.jsonl", lines[::-1])) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "bad",
    [
        b'{"source": "fictional", "native_id"',
        b"<!doctype html><title>Too many requests</title>",
        b"[1, 2]",
        b"null",
        b'"\\ud800"',
        b"\xff\xfe\x00",
        encode(_said(1)).replace(b'"text":"', b'"text":7,"was":"'),
        encode(_said(1)).replace(b"2026-03-02", b"9999-03-02"),
        encode(_said(1)).replace(b"2026-03-02", b"yesterday"),
        encode(_said(1)).replace(b'"kind":"post"', b'"kind":"poem"'),
    ],
)
def test_a_bad_line_is_counted_and_the_rest_goes_on(tmp_path: Path, bad: bytes) -> None:
    """A line that is no record is told with file and line number; blank lines are nothing."""
    path = _write(tmp_path / "week.jsonl", [encode(_said(0)), b"", bad, b"  ", encode(_said(2))])
    with Recording([path], not_after=_LATER) as recording:
        assert [record.native_id for record in recording.records()] == ["r0", "r2"]
        assert recording.bad.count == 1
        assert recording.bad.first[0].startswith("week.jsonl:3: ")
        assert len(recording.bad.first[0]) < 300


def test_only_the_first_bad_lines_are_kept(tmp_path: Path) -> None:
    """A file of nothing but nonsense is counted to the end without filling the memory."""
    path = _write(tmp_path / "a.jsonl", [b"nonsense"] * 1_000)
    with Recording([path], not_after=_LATER) as recording:
        assert (recording.good, recording.bad.count, len(recording.bad.first)) == (0, 1_000, 20)
        assert list(recording.records()) == []


@pytest.mark.parametrize("end", [b"\n", b""])
def test_a_line_of_ten_megabytes_is_one_bad_line(tmp_path: Path, end: bytes) -> None:
    """An endless line is counted once, without being kept, and the line after it has its own number."""
    lines = [encode(_said(0)), b'{"text":"' + b"x" * 10_000_000 + b'"}']
    content = b"\n".join(lines) + end
    path = tmp_path / "a.jsonl"
    path.write_bytes(content + (b"oops\n" + encode(_said(1)) if end else b""))
    with Recording([path], not_after=_LATER) as recording:
        assert [record.native_id for record in recording.records()] == (["r0", "r1"] if end else ["r0"])
        assert recording.bad.first[0] == f"a.jsonl:2: longer than {MAX_LINE:,} bytes"
        assert [line.split(" ")[0] for line in recording.bad.first[1:]] == (["a.jsonl:3:"] if end else [])


@pytest.mark.parametrize("damage", ["cut", "flipped", "tail"])
def test_a_broken_gzip_gives_what_can_be_read(tmp_path: Path, damage: str) -> None:
    """A gzip file that is cut off or damaged gives the records before the damage and one bad line."""
    generator = random.Random(3)
    said = [_said(number, text=f"{generator.random()} {generator.random()}") for number in range(2_000)]
    path = _write(tmp_path / "a.jsonl.gz", [encode(record) for record in said])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == "cut":
        del content[middle:]
    elif damage == "flipped":
        content[middle : middle + 64] = b"\xff" * 64
    else:
        content += b"and then some"
    path.write_bytes(content)
    with Recording([path], not_after=_LATER) as recording:
        read = [record.native_id for record in recording.records()]
        assert recording.bad.count >= 1
        assert "a.jsonl.gz:" in recording.bad.first[-1]
        assert "breaks off here" in recording.bad.first[-1]
    if damage == "tail":
        assert len(read) == 2_000
    else:
        assert 500 < len(read) < 1_500
        assert read == [record.native_id for record in said[: len(read)]]


def test_a_file_that_is_no_file_is_told(tmp_path: Path) -> None:
    """A missing file or a folder raises InputError that names it, and leaves nothing behind."""
    good = _write(tmp_path / "a.jsonl", [encode(_said(0))])
    for path, why in ((tmp_path / "none.jsonl", "No such file"), (tmp_path, "Is a directory")):
        with (
            pytest.raises(InputError, match=f"{path.name} cannot be read: {why}"),
            Recording([good, path], not_after=_LATER),
        ):
            pass


def test_an_empty_file_is_an_empty_recording(tmp_path: Path) -> None:
    """Nothing in, nothing out, and no complaint."""
    (tmp_path / "a.jsonl").touch()
    assert _ids(tmp_path / "a.jsonl") == []


@pytest.mark.parametrize("skip", [0, 1, 49, 99, 100, 500])
def test_a_reading_goes_on_where_it_stopped(tmp_path: Path, skip: int) -> None:
    """Skipping the records that were read gives the rest, bad lines not counted."""
    numbers = random.Random(4).sample(range(100), 100)
    lines = [line for number in numbers for line in (b"nonsense", encode(_said(number)))]
    path = _write(tmp_path / "a.jsonl", lines)
    assert _ids(path, skip=skip) == [f"r{number}" for number in range(skip, 100)]


def test_what_is_sorted_on_disk_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed leaves nothing of what people wrote behind, nor does one that ends well."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    good = _write(tmp_path / "a.jsonl", [encode(_said(0))])
    with Recording([good], not_after=_LATER) as recording:
        assert list(scratch.iterdir()) == []
        assert len(list(recording.records())) == len(list(recording.records())) == 1
    with pytest.raises(InputError), Recording([good, tmp_path / "none"], not_after=_LATER):
        pass
    assert list(scratch.iterdir()) == []


def test_a_recording_is_known_by_its_files(tmp_path: Path) -> None:
    """The same content has the same fingerprint wherever it lies; any other has another."""
    (tmp_path / "copy").mkdir()
    line = [encode(_said(0))]
    here, there = _write(tmp_path / "a.jsonl", line), _write(tmp_path / "copy" / "a.jsonl", line)
    other = _write(tmp_path / "b.jsonl", [*line, encode(_said(1))])
    edited = _write(tmp_path / "copy" / "b.jsonl", [line[0].replace(b"slowly", b"barely")])
    prints = []
    for paths in ([here], [there], [other], [here, other], [edited]):
        with Recording(paths, not_after=_LATER) as recording:
            prints.append(recording.fingerprint)
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def test_a_pipe_is_refused() -> None:
    """What can be read only once is refused with a sentence, and nothing of it is lost in silence."""
    reading, writing = os.pipe()
    os.write(writing, encode(_said(0)) + b"\n")
    os.close(writing)
    with (
        pytest.raises(InputError, match="not a regular file"),
        Recording([Path(f"/dev/fd/{reading}")], not_after=_LATER),
    ):
        pass
    os.close(reading)
