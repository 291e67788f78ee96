"""A backup: consistent while the bot writes, free of what was erased, and good to go on from."""

from __future__ import annotations

import asyncio
import re
import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.commands import care
from bot.domain.errors import ConfigError, InputError, StoreError
from bot.operate import backup
from bot.store import records, schema
from bot.store.engine import open_store, sqlite_url
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.engine import Store


_LOGS = {"groundswell.db-wal", "groundswell.db-shm"}


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def _write(store: Store, first: int) -> None:
    async with store.write() as connection:
        batch = [make_record(native_id=str(number)) for number in range(first, first + 10)]
        await records.add(connection, batch, NOON)


async def test_a_copy_taken_while_the_bot_writes_is_whole(tmp_path: Path) -> None:
    """Whatever is written meanwhile, the copy holds whole transactions, and a bot goes on from it."""
    store = await open_store(sqlite_url(tmp_path))
    await _write(store, 0)
    saved = asyncio.to_thread(backup.save, tmp_path / "groundswell.db", tmp_path / "copy.db")
    await asyncio.gather(saved, *(_write(store, 10 * number) for number in range(1, 20)))
    await store.close()
    home = tmp_path / "restored"
    home.mkdir()
    (tmp_path / "copy.db").rename(home / "groundswell.db")
    restored = await open_store(sqlite_url(home))
    async with restored.read() as connection:
        number = await connection.scalar(sa.select(sa.func.count()).select_from(schema.records))
    assert number
    assert number % 10 == 0
    await _write(restored, 1000)
    await restored.close()


async def test_what_was_erased_is_not_in_the_copy(tmp_path: Path) -> None:
    """Not a byte of an erased post is left in a backup."""
    store = await open_store(sqlite_url(tmp_path))
    secret = make_record(native_id="1", text="Nobody may ever read this again, in no file at all.")
    async with store.write() as connection:
        await records.add(connection, [secret], NOON)
    async with store.write() as connection:
        await records.erase(connection, [secret.id], NOON)
    backup.save(tmp_path / "groundswell.db", tmp_path / "copy.db")
    await store.close()
    assert b"Nobody may ever read" not in (tmp_path / "copy.db").read_bytes()


async def test_nothing_is_overwritten_and_nothing_half_is_left(tmp_path: Path) -> None:
    """A file that is there stays; a copy that fails leaves no file; the copy is its owner's alone."""
    with pytest.raises(StoreError, match="there is no store"):
        backup.save(tmp_path / "groundswell.db", tmp_path / "copy.db")
    await (await open_store(sqlite_url(tmp_path))).close()
    with pytest.raises(StoreError, match=r"could not be written to .*copy\.db: No such file or directory$"):
        backup.save(tmp_path / "groundswell.db", tmp_path / "nowhere" / "copy.db")
    assert backup.save(tmp_path / "groundswell.db", tmp_path / "copy.db") > 0
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with pytest.raises(InputError, match="exists already"):
        backup.save(tmp_path / "groundswell.db", tmp_path / "copy.db")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "groundswell.db").write_bytes(b"not a database at all" * 99)
    with pytest.raises(StoreError, match="not a database"):
        backup.save(tmp_path / "broken" / "groundswell.db", tmp_path / "other.db")
    assert _names(tmp_path) <= {"broken", "copy.db", "groundswell.db"} | _LOGS


async def test_the_command_says_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`groundswell backup FILE` names the file and the way back; on PostgreSQL it names the tool."""
    monkeypatch.setenv("COLUMNS", "60")
    await (await open_store(sqlite_url(tmp_path))).close()
    assert care.backup(tmp_path / "copy.db", data_dir=tmp_path) == 0
    file, what = capsys.readouterr().out.splitlines()
    assert file == str(tmp_path / "copy.db")
    assert re.fullmatch(r"  [\d,]+ bytes\. How to put it back: deploy/README\.md", what)
    monkeypatch.setenv("GROUNDSWELL_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(ConfigError, match="pg_dump"):
        care.backup(tmp_path / "copy.db")
