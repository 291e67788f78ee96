"""The tables of what is told, posted, decided and answered."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.columns import Instant, count, index, key, metadata, text, when

# Tell

stories = sa.Table(
    "stories",
    metadata,
    key("id"),
    text("storyline_id"),
    text("signal_id"),
    text("beat"),
    text("state"),
    count("version"),
    text("updates", null=True),
    text("reason", null=True),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.Column("gaps", sa.JSON, nullable=True),
    when("created_at"),
    when("updated_at"),
    when("published_at", null=True),
    sa.ForeignKeyConstraint(["storyline_id"], ["storylines.id"]),
    sa.ForeignKeyConstraint(["signal_id"], ["signals.id"]),
    # One signal is told once, whatever instant the process dies.
    sa.UniqueConstraint("signal_id"),
    sa.Index(None, "state"),
    sa.Index(None, "published_at"),
    sa.Index(None, "storyline_id"),
    sa.Index(None, "created_at"),
    sa.Index(None, "updates"),
)

story_versions = sa.Table(
    "story_versions",
    metadata,
    key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    text("writer"),
    text("model", null=True),
    text("prompt_version", null=True),
    # Why the writer that is asked first did not write it.
    text("instead", null=True),
    sa.Column("fidelity", sa.Integer, nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    text("change"),
    when("created_at"),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
)

claims = sa.Table(
    "claims",
    metadata,
    key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    key("claim_id"),
    # 0 headline, 1 deck, 2.. the body
    sa.Column("paragraph", sa.Integer, nullable=False),
    count("position"),
    text("kind"),
    text("text"),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["story_id", "version"], ["story_versions.story_id", "story_versions.version"]),
    # The few that lost their words are asked for at every tick.
    index("ix_claims_lost", "story_id", "version", where="text = ''"),
)

citations = sa.Table(
    "citations",
    metadata,
    key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    key("claim_id"),
    key("record_id"),
    sa.Column("marker", sa.Integer, nullable=False),
    text("quote"),
    sa.ForeignKeyConstraint(
        ["story_id", "version", "claim_id"], ["claims.story_id", "claims.version", "claims.claim_id"]
    ),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "record_id"),
)

# The posts that the figures of a story count, and near-copies of them that it leaves out.
counted = sa.Table(
    "counted",
    metadata,
    key("story_id"),
    key("record_id"),
    # Which of the story's people wrote it, in order; none for a near-copy.
    sa.Column("person", sa.Integer, nullable=True),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
)

spend = sa.Table(
    "spend",
    metadata,
    key("id"),
    when("at"),
    text("stage"),
    # What the call was for; the story that came of it is the one on this signal.
    text("signal_id", null=True),
    text("model"),
    # Micro-dollars: money is counted in integers.
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=True),
    # How the call ended, in a word; none while it is out, or if nobody knows.
    text("outcome", null=True),
    sa.Column("usage", sa.JSON, nullable=False),
    sa.Index(None, "at"),
    sa.Index(None, "signal_id"),
)

# Until when no model is asked because the provider's own cap is reached.
model_pauses = sa.Table("model_pauses", metadata, sa.Column("until", Instant, primary_key=True))

# Post

# The picture of a story version, made once; it goes when the version loses words to an erased record.
cards = sa.Table(
    "cards",
    metadata,
    key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("png", sa.LargeBinary, nullable=False),
    text("alt"),
    sa.ForeignKeyConstraint(["story_id", "version"], ["story_versions.story_id", "story_versions.version"]),
)

publications = sa.Table(
    "publications",
    metadata,
    key("id"),
    text("story_id"),
    sa.Column("version", sa.Integer, nullable=False),
    text("channel"),
    sa.Column("kind", sa.Text, nullable=False, server_default="story"),
    text("state"),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("remote", sa.JSON, nullable=False),
    when("planned_at"),
    when("sent_at", null=True),
    count("attempts"),
    when("retry_at", null=True),
    text("error", null=True),
    # When the first try began; from then on the channel may have it, whatever became of the try.
    when("begun_at", null=True),
    # When words of it were taken back, until what stands of it on its channel was seen to.
    when("torn_at", null=True),
    sa.ForeignKeyConstraint(["story_id", "version"], ["story_versions.story_id", "story_versions.version"]),
    sa.UniqueConstraint("story_id", "version", "channel", "kind"),
    sa.Index(None, "state", "retry_at"),
    index("ix_publications_torn", "story_id", where="torn_at IS NOT NULL"),
)

# Places on other people's servers that follow beats: a channel of a Discord guild.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    key("network"),
    key("place"),
    # "*" for all of them.
    key("beat"),
    text("guild"),
    text("followed_by", null=True),
    when("since"),
    # Why nothing can be posted there any more, and when the person who followed was told.
    text("lost", null=True),
    when("told_at", null=True),
    sa.Index(None, "network", "guild"),
)

# Desk

decisions = sa.Table(
    "decisions",
    metadata,
    # The order in which they were made.
    sa.Column("number", sa.Integer, primary_key=True),
    text("kind"),
    text("story_id", null=True),
    sa.Column("version", sa.Integer, nullable=True),
    text("beat", null=True),
    text("by"),
    when("at"),
    text("reason", null=True),
    # Ids only: the words are in the versions, where an erasure finds them.
    sa.Column("claims", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
    sa.Index(None, "kind"),
    sa.Index(None, "story_id"),
)

# Held stories as they are shown to the desk on a network, until they are decided.
desk_cards = sa.Table(
    "desk_cards",
    metadata,
    key("network"),
    key("story_id"),
    sa.Column("version", sa.Integer, nullable=False),
    text("message"),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
)

# Answer

questions = sa.Table(
    "questions",
    metadata,
    # The remote id, so that a question is answered once.
    key("id"),
    text("channel"),
    text("story_id", null=True),
    text("state"),
    text("reason", null=True),
    sa.Column("answer", sa.JSON, nullable=True),
    when("asked_at"),
    when("answered_at", null=True),
    # Of those who got an answer, for the quotas.
    text("author_key", null=True),
    text("thread", null=True),
    # A reader says that something is wrong.
    sa.Column("disputed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "author_key"),
    sa.Index(None, "thread"),
    sa.Index(None, "state"),
)

# The records an answer shows; when one is taken back, so is the answer.
answer_evidence = sa.Table(
    "answer_evidence",
    metadata,
    key("question_id"),
    key("record_id"),
    sa.ForeignKeyConstraint(["question_id"], ["questions.id"]),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "record_id"),
)
