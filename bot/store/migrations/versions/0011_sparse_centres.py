"""Centres of storylines keep only buckets that are not empty; claims that lost their words are indexed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Callable

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DIMENSIONS, _BUCKETS = 256, 4096
_PIECE = 500


def upgrade() -> None:
    """Rewrite the centres and add the index."""
    _rewrite(_sparse)
    op.create_index(
        "ix_claims_lost",
        "claims",
        ["story_id", "version"],
        sqlite_where=sa.text("text = ''"),
        postgresql_where=sa.text("text = ''"),
    )


def downgrade() -> None:
    """Write the centres as they were and remove the index."""
    op.drop_index("ix_claims_lost", "claims")
    _rewrite(_dense)


def _rewrite(change: Callable[[bytes], bytes]) -> None:
    connection = op.get_bind()
    table = sa.table("storylines", sa.column("id", sa.Text), sa.column("centroid", sa.LargeBinary))
    ids = connection.scalars(sa.select(table.c.id).where(table.c.centroid.is_not(None))).all()
    for start in range(0, len(ids), _PIECE):
        rows = connection.execute(sa.select(table).where(table.c.id.in_(ids[start : start + _PIECE]))).all()
        for row in rows:
            if row.centroid:
                connection.execute(
                    table.update().where(table.c.id == row.id).values(centroid=change(row.centroid))
                )


def _sparse(packed: bytes) -> bytes:
    sums = np.frombuffer(zlib.decompress(packed), dtype="<f4")
    buckets = np.flatnonzero(sums[_DIMENSIONS:])
    held = sums[_DIMENSIONS:][buckets]
    return sums[:_DIMENSIONS].tobytes() + buckets.astype("<u2").tobytes() + held.tobytes()


def _dense(packed: bytes) -> bytes:
    number = (len(packed) - 4 * _DIMENSIONS) // 6
    sums = np.zeros(_DIMENSIONS + _BUCKETS, dtype="<f4")
    sums[:_DIMENSIONS] = np.frombuffer(packed, dtype="<f4", count=_DIMENSIONS)
    buckets = np.frombuffer(packed, dtype="<u2", count=number, offset=4 * _DIMENSIONS)
    held = np.frombuffer(packed, dtype="<f4", count=number, offset=4 * _DIMENSIONS + 2 * number)
    sums[_DIMENSIONS + buckets.astype(np.intp)] = held
    return zlib.compress(sums.tobytes(), level=1)
