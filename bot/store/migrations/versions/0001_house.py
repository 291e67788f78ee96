"""The first house: what is heard, noticed, told, posted and answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table('opt_outs',
    sa.Column('author_key', sa.Text(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('author_key', 'what', name=op.f('pk_opt_outs'))
    )
    op.create_table('questions',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('story_id', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('answer', sa.JSON(), nullable=True),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('answered_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions'))
    )
    op.create_table('records',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('native_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('author_key', sa.Text(), nullable=False),
    sa.Column('author_handle', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('heard_at', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('lang', sa.Text(), nullable=True),
    sa.Column('parent', sa.Text(), nullable=True),
    sa.Column('root', sa.Text(), nullable=True),
    sa.Column('thread', sa.Text(), nullable=False),
    sa.Column('community', sa.Text(), nullable=True),
    sa.Column('links', sa.JSON(), nullable=False),
    sa.Column('metrics', sa.JSON(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('storyline_id', sa.Text(), nullable=True),
    sa.Column('family_id', sa.Text(), nullable=True),
    sa.Column('vector', sa.LargeBinary(), nullable=True),
    sa.Column('erased_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_records'))
    )
    op.create_index(op.f('ix_records_author_key'), 'records', ['author_key'], unique=False)
    op.create_index(op.f('ix_records_created_at'), 'records', ['created_at'], unique=False)
    op.create_index(op.f('ix_records_heard_at'), 'records', ['heard_at'], unique=False)
    op.create_index(op.f('ix_records_state_heard_at'), 'records', ['state', 'heard_at'], unique=False)
    op.create_index(op.f('ix_records_storyline_id_created_at'), 'records', ['storyline_id', 'created_at'], unique=False)
    op.create_index(op.f('ix_records_thread'), 'records', ['thread'], unique=False)
    op.create_index(op.f('ix_records_url'), 'records', ['url'], unique=False)
    op.create_table('sources',
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('cursor', sa.JSON(), nullable=False),
    sa.Column('next_check_at', sa.BigInteger(), nullable=True),
    sa.Column('last_success_at', sa.BigInteger(), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('cooldown_until', sa.BigInteger(), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('source', 'target', name=op.f('pk_sources'))
    )
    op.create_table('spend',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('story_id', sa.Text(), nullable=True),
    sa.Column('model', sa.Text(), nullable=False),
    sa.Column('reserved', sa.BigInteger(), nullable=False),
    sa.Column('settled', sa.BigInteger(), nullable=True),
    sa.Column('usage', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_spend'))
    )
    op.create_index(op.f('ix_spend_at'), 'spend', ['at'], unique=False)
    op.create_table('storylines',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('beat', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('first_at', sa.BigInteger(), nullable=False),
    sa.Column('last_at', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.Integer(), server_default='0', nullable=False),
    sa.Column('centroid', sa.LargeBinary(), nullable=True),
    sa.Column('merged_into', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_storylines'))
    )
    op.create_index(op.f('ix_storylines_last_at'), 'storylines', ['last_at'], unique=False)
    op.create_table('ticks',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_ticks'))
    )
    op.create_table('record_beats',
    sa.Column('record_id', sa.Text(), nullable=False),
    sa.Column('beat', sa.Text(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['records.id'], name=op.f('fk_record_beats_record_id')),
    sa.PrimaryKeyConstraint('record_id', 'beat', name=op.f('pk_record_beats'))
    )
    op.create_index(op.f('ix_record_beats_beat'), 'record_beats', ['beat'], unique=False)
    op.create_table('signals',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('storyline_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('beat', sa.Text(), nullable=False),
    sa.Column('detected_at', sa.BigInteger(), nullable=False),
    sa.Column('window_start', sa.BigInteger(), nullable=False),
    sa.Column('window_end', sa.BigInteger(), nullable=False),
    sa.Column('observed', sa.Integer(), server_default='0', nullable=False),
    sa.Column('authors', sa.Integer(), server_default='0', nullable=False),
    sa.Column('baseline', sa.JSON(), nullable=False),
    sa.Column('surprise', sa.Float(), nullable=False),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['storyline_id'], ['storylines.id'], name=op.f('fk_signals_storyline_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signals'))
    )
    op.create_index(op.f('ix_signals_detected_at'), 'signals', ['detected_at'], unique=False)
    op.create_index(op.f('ix_signals_state'), 'signals', ['state'], unique=False)
    op.create_index(op.f('ix_signals_storyline_id'), 'signals', ['storyline_id'], unique=False)
    op.create_table('signal_evidence',
    sa.Column('signal_id', sa.Text(), nullable=False),
    sa.Column('record_id', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['records.id'], name=op.f('fk_signal_evidence_record_id')),
    sa.ForeignKeyConstraint(['signal_id'], ['signals.id'], name=op.f('fk_signal_evidence_signal_id')),
    sa.PrimaryKeyConstraint('signal_id', 'record_id', name=op.f('pk_signal_evidence'))
    )
    op.create_index(op.f('ix_signal_evidence_record_id'), 'signal_evidence', ['record_id'], unique=False)
    op.create_table('stories',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('storyline_id', sa.Text(), nullable=False),
    sa.Column('signal_id', sa.Text(), nullable=False),
    sa.Column('beat', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='0', nullable=False),
    sa.Column('updates', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('published_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['signal_id'], ['signals.id'], name=op.f('fk_stories_signal_id')),
    sa.ForeignKeyConstraint(['storyline_id'], ['storylines.id'], name=op.f('fk_stories_storyline_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stories')),
    sa.UniqueConstraint('signal_id', name=op.f('uq_stories_signal_id'))
    )
    op.create_index(op.f('ix_stories_published_at'), 'stories', ['published_at'], unique=False)
    op.create_index(op.f('ix_stories_state'), 'stories', ['state'], unique=False)
    op.create_index(op.f('ix_stories_storyline_id'), 'stories', ['storyline_id'], unique=False)
    op.create_table('story_versions',
    sa.Column('story_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('writer', sa.Text(), nullable=False),
    sa.Column('model', sa.Text(), nullable=True),
    sa.Column('prompt_version', sa.Text(), nullable=True),
    sa.Column('fidelity', sa.Integer(), nullable=False),
    sa.Column('report', sa.JSON(), nullable=False),
    sa.Column('change', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['story_id'], ['stories.id'], name=op.f('fk_story_versions_story_id')),
    sa.PrimaryKeyConstraint('story_id', 'version', name=op.f('pk_story_versions'))
    )
    op.create_table('claims',
    sa.Column('story_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('claim_id', sa.Text(), nullable=False),
    sa.Column('paragraph', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('numbers', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['story_id', 'version'], ['story_versions.story_id', 'story_versions.version'], name=op.f('fk_claims_story_id_version')),
    sa.PrimaryKeyConstraint('story_id', 'version', 'claim_id', name=op.f('pk_claims'))
    )
    op.create_table('publications',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('story_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('remote', sa.JSON(), nullable=False),
    sa.Column('planned_at', sa.BigInteger(), nullable=False),
    sa.Column('sent_at', sa.BigInteger(), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('retry_at', sa.BigInteger(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['story_id', 'version'], ['story_versions.story_id', 'story_versions.version'], name=op.f('fk_publications_story_id_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publications')),
    sa.UniqueConstraint('story_id', 'version', 'channel', name=op.f('uq_publications_story_id_version_channel'))
    )
    op.create_index(op.f('ix_publications_state_retry_at'), 'publications', ['state', 'retry_at'], unique=False)
    op.create_table('citations',
    sa.Column('story_id', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('claim_id', sa.Text(), nullable=False),
    sa.Column('record_id', sa.Text(), nullable=False),
    sa.Column('marker', sa.Integer(), nullable=False),
    sa.Column('quote', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['record_id'], ['records.id'], name=op.f('fk_citations_record_id')),
    sa.ForeignKeyConstraint(['story_id', 'version', 'claim_id'], ['claims.story_id', 'claims.version', 'claims.claim_id'], name=op.f('fk_citations_story_id_version_claim_id')),
    sa.PrimaryKeyConstraint('story_id', 'version', 'claim_id', 'record_id', name=op.f('pk_citations'))
    )
    op.create_index(op.f('ix_citations_record_id'), 'citations', ['record_id'], unique=False)


def downgrade() -> None:
    """Drop every table."""
    op.drop_index(op.f('ix_citations_record_id'), table_name='citations')
    op.drop_table('citations')
    op.drop_index(op.f('ix_publications_state_retry_at'), table_name='publications')
    op.drop_table('publications')
    op.drop_table('claims')
    op.drop_table('story_versions')
    op.drop_index(op.f('ix_stories_storyline_id'), table_name='stories')
    op.drop_index(op.f('ix_stories_state'), table_name='stories')
    op.drop_index(op.f('ix_stories_published_at'), table_name='stories')
    op.drop_table('stories')
    op.drop_index(op.f('ix_signal_evidence_record_id'), table_name='signal_evidence')
    op.drop_table('signal_evidence')
    op.drop_index(op.f('ix_signals_storyline_id'), table_name='signals')
    op.drop_index(op.f('ix_signals_state'), table_name='signals')
    op.drop_index(op.f('ix_signals_detected_at'), table_name='signals')
    op.drop_table('signals')
    op.drop_index(op.f('ix_record_beats_beat'), table_name='record_beats')
    op.drop_table('record_beats')
    op.drop_table('ticks')
    op.drop_index(op.f('ix_storylines_last_at'), table_name='storylines')
    op.drop_table('storylines')
    op.drop_index(op.f('ix_spend_at'), table_name='spend')
    op.drop_table('spend')
    op.drop_table('sources')
    op.drop_index(op.f('ix_records_url'), table_name='records')
    op.drop_index(op.f('ix_records_thread'), table_name='records')
    op.drop_index(op.f('ix_records_storyline_id_created_at'), table_name='records')
    op.drop_index(op.f('ix_records_state_heard_at'), table_name='records')
    op.drop_index(op.f('ix_records_heard_at'), table_name='records')
    op.drop_index(op.f('ix_records_created_at'), table_name='records')
    op.drop_index(op.f('ix_records_author_key'), table_name='records')
    op.drop_table('records')
    op.drop_table('questions')
    op.drop_table('opt_outs')
