"""Questions know who asked where, who says that something is wrong, and which records the answers show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and their indexes."""
    op.add_column("questions", sa.Column("author_key", sa.Text(), nullable=True))
    op.add_column("questions", sa.Column("thread", sa.Text(), nullable=True))
    op.add_column("questions", sa.Column("disputed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_questions_author_key", "questions", ["author_key"])
    op.create_index("ix_questions_thread", "questions", ["thread"])
    op.create_index("ix_questions_state", "questions", ["state"])
    op.create_table(
        "answer_evidence",
        sa.Column("question_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "record_id", name="pk_answer_evidence"),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], name="fk_answer_evidence_question_id"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_answer_evidence_record_id"),
    )
    op.create_index("ix_answer_evidence_record_id", "answer_evidence", ["record_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("answer_evidence")
    for name in ("state", "thread", "author_key"):
        op.drop_index(f"ix_questions_{name}", "questions")
    with op.batch_alter_table("questions") as table:
        for name in ("disputed", "thread", "author_key"):
            table.drop_column(name)
