"""Migrations: from nothing and from the revision before, up and down, on both databases."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.detect.embedding import DIMENSIONS
from bot.detect.storylines import StorylineIndex
from bot.detect.vectors import BUCKETS, Weights
from bot.store import migrate, records, stories, storylines
from bot.store.engine import open_store
from bot.store.schema import metadata
from tests.factory import NOON
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store

_REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(migrate.config()).walk_revisions()))
]


@pytest.fixture
async def bare(empty_url: str) -> AsyncIterator[Store]:
    """Give an open store without a schema."""
    opened = await open_store(empty_url, migrate_up=False)
    yield opened
    await opened.close()


def _down(connection: sa.Connection, revision: str) -> None:
    settings = migrate.config()
    settings.attributes["connection"] = connection
    command.downgrade(settings, revision)


def _shape(connection: sa.Connection) -> list[str]:
    """Return tables, columns, keys, indexes and triggers as sorted lines."""
    inspector = sa.inspect(connection)
    lines = [f"table {name}" for name in inspector.get_table_names() if name != "alembic_version"]
    for name in inspector.get_table_names():
        lines += [f"{name} column {column}" for column in inspector.get_columns(name)]
        for index in inspector.get_indexes(name):
            options = {key: str(value) for key, value in index.get("dialect_options", {}).items()}
            lines.append(f"{name} index {index | {'dialect_options': options}}")
        lines += [f"{name} foreign key {key}" for key in inspector.get_foreign_keys(name)]
    sqlite = connection.dialect.name == "sqlite"
    triggers = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return sorted(lines + [f"trigger {name}" for name in connection.scalars(sa.text(triggers))])


async def test_there_is_one_head(bare: Store) -> None:
    """The migrations form one line that ends where an upgrade ends."""
    async with bare.write() as connection:
        await connection.run_sync(migrate.upgrade)
        at = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    assert at == ScriptDirectory.from_config(migrate.config()).get_current_head() == _REVISIONS[-1]


async def test_the_migrations_build_what_the_code_describes(bare: Store) -> None:
    """Between the migrated schema and the tables in the code, alembic finds no difference."""
    async with bare.write() as connection:
        await connection.run_sync(migrate.upgrade)

        def compare(sync: sa.Connection) -> list[object]:
            context = MigrationContext.configure(sync, opts={"compare_server_default": True})
            return list(compare_metadata(context, metadata))

        assert await connection.run_sync(compare) == []


@pytest.mark.parametrize("revision", _REVISIONS)
async def test_each_step_can_be_undone_and_done_again(bare: Store, revision: str) -> None:
    """Up, down and up again over one step ends in the same schema, and down leaves what was there before."""
    before = _REVISIONS[_REVISIONS.index(revision) - 1] if revision != _REVISIONS[0] else "base"
    async with bare.write() as connection:
        if before != "base":
            await connection.run_sync(migrate.upgrade, before)
        empty = await connection.run_sync(_shape)
        await connection.run_sync(migrate.upgrade, revision)
        first = await connection.run_sync(_shape)
        await connection.run_sync(_down, before)
        assert [line for line in await connection.run_sync(_shape) if "alembic" not in line] == [
            line for line in empty if "alembic" not in line
        ]
        await connection.run_sync(migrate.upgrade, revision)
        assert await connection.run_sync(_shape) == first
        assert first != empty


async def test_the_revision_before_is_brought_up_with_its_rows(empty_url: str, bare: Store) -> None:
    """A store of the revision before, with rows in it, opens up to date and has lost nothing."""
    async with bare.write() as connection:
        await connection.run_sync(migrate.upgrade)
        said = await furnish(connection)
        story = make_story(said)
        await stories.create(connection, story)
        await connection.run_sync(_down, _REVISIONS[-2])
    upgraded = await open_store(empty_url)
    async with upgraded.read() as connection:
        assert await records.get(connection, [record.id for record in said]) == {r.id: r for r in said}
        assert await stories.get(connection, story.id) == story
        assert await _revision(connection) == _REVISIONS[-1]
    await upgraded.close()


async def test_an_upgrade_that_fails_changes_nothing(bare: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a migration breaks half way, the schema stays as it was before the upgrade began."""
    monkeypatch.setattr("alembic.op.execute", _break)
    with pytest.raises(ZeroDivisionError):
        async with bare.write() as connection:
            await connection.run_sync(migrate.upgrade)
    async with bare.read() as connection:
        assert await connection.run_sync(_shape) == []


def _break(*_: object) -> None:
    raise ZeroDivisionError


async def _revision(connection: AsyncConnection) -> str | None:
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def test_a_centre_lies_where_it_lay(bare: Store) -> None:
    """0011 rewrites a storyline's centre so that the index loads the very same sums, and back again."""
    sums = np.zeros(DIMENSIONS + BUCKETS, dtype="<f4")
    sums[:DIMENSIONS] = np.linspace(-1, 1, DIMENSIONS)
    sums[DIMENSIONS + np.array([0, 77, BUCKETS - 1])] = (0.5, -0.25, 3.0)
    before = zlib.compress(sums.tobytes(), level=1)
    async with bare.write() as connection:
        await connection.run_sync(migrate.upgrade, "0004")
        kept = storylines.Kept("heron", "open-source", NOON, NOON, 1, before)
        await storylines.save(connection, [kept])
        await connection.run_sync(migrate.upgrade, "0011")
        (now,) = await storylines.kept(connection, ["heron"])
        index = StorylineIndex(Weights())
        index.load(now.id, now.centroid, now.last_at, now.size)
        expected = Weights().stack(sums[None, :DIMENSIONS], sums[None, DIMENSIONS:])[0]
        assert np.array_equal(index.unit("heron"), expected)
        assert index.packed("heron") == now.centroid
        await connection.run_sync(_down, "0004")
        assert await storylines.kept(connection, ["heron"]) == [kept]
