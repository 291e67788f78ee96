"""A watched folder of JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.collect import folder as module
from bot.collect.folder import Folder
from bot.collect.interchange import encode
from bot.domain.errors import SourceError
from tests.collect.loopback import NOW
from tests.factory import make_record

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_appended_is_heard_once(tmp_path: Path) -> None:
    """Whole lines are read once; a line that is still being written waits; bad lines are counted."""
    one, two, three = make_record(), make_record(), make_record()
    file = tmp_path / "said.jsonl"
    file.write_bytes(encode(one) + b"\n\nno record\n" + encode(two)[:20])
    source = Folder(tmp_path)
    first = await source.fetch(str(tmp_path), {}, NOW)
    assert (first.records, first.bad) == ((one,), 1)
    file.write_bytes(encode(one) + b"\n\nno record\n" + encode(two) + b"\n")
    (tmp_path / "more.jsonl").write_bytes(encode(three) + b"\n")
    (tmp_path / "notes.txt").write_bytes(encode(one) + b"\n")
    second = await source.fetch(str(tmp_path), first.cursor, NOW)
    assert {record.id for record in second.records} == {two.id, three.id}
    third = await source.fetch(str(tmp_path), second.cursor, NOW)
    assert (third.records, third.bad) == ((), 0)
    file.write_bytes(encode(one) + b"\n")
    assert len((await source.fetch(str(tmp_path), third.cursor, NOW)).records) == 1


async def test_much_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much for one visit goes on at the next one, from where it ended."""
    said = [make_record() for _ in range(20)]
    (tmp_path / "said.jsonl").write_bytes(b"".join(encode(record) + b"\n" for record in said))
    monkeypatch.setattr(module, "_MAX_BYTES", 2_000)
    source, heard = Folder(tmp_path), list[str]()
    cursor: dict[str, Any] = {}
    for _ in range(20):
        haul = await source.fetch(str(tmp_path), cursor, NOW)
        heard += [record.id for record in haul.records]
        cursor = dict(haul.cursor)
        if not haul.unfinished:
            break
    assert heard == [record.id for record in said]


async def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    """A link in the folder is not followed, and a folder that is missing is a failure."""
    inside, outside = tmp_path / "in", tmp_path / "secret.jsonl"
    inside.mkdir()
    outside.write_bytes(encode(make_record()) + b"\n")
    (inside / "link.jsonl").symlink_to(outside)
    assert (await Folder(inside).fetch(str(inside), {}, NOW)).records == ()
    with pytest.raises(SourceError, match="cannot be read"):
        await Folder(inside).fetch(str(tmp_path / "none"), {}, NOW)
