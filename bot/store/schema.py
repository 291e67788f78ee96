"""Every table, once. Migrations in `migrations/versions` build the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A point in time as microseconds since 1970, UTC.

    SQLite has no date type and its text dates lose the zone; an integer is exact, and sorts, in both.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn an aware datetime into microseconds."""
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn microseconds into an aware datetime."""
        return None if value is None else _EPOCH + value * _TICK


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _when(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, Instant, nullable=null)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _index(name: str, *columns: str, where: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


# Hear

records = sa.Table(
    "records",
    metadata,
    _key("id"),
    _text("source"),
    _text("native_id"),
    _text("kind"),
    _text("url"),
    _text("author_key"),
    _text("author_handle"),
    _when("created_at"),
    _when("heard_at"),
    _text("title", null=True),
    _text("text"),
    _text("lang", null=True),
    _text("parent", null=True),
    _text("root", null=True),
    # The id of the record that opened the conversation, heard or not.
    _text("thread"),
    _text("community", null=True),
    sa.Column("links", sa.JSON, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    # heard -> noticed | aside (not about any beat, or in another language); erased keeps only the id
    _text("state"),
    _text("storyline_id", null=True),
    # The record whose near-copy this is; its own id if it is no copy.
    _text("family_id", null=True),
    sa.Column("vector", sa.LargeBinary, nullable=True),
    # The name of the model that its vector is by.
    _text("embedded_by", null=True),
    # Its mood towards its storyline's matter (bot/domain/mood.py); none until the storyline is busy.
    sa.Column("stance", sa.Integer, nullable=True),
    _text("register", null=True),
    # When its words were taken out of the store.
    _when("erased_at", null=True),
    # When its source was last asked whether it still stands.
    _when("checked_at", null=True),
    # Without the many that are noticed: whatever asks for those has a better index.
    _index("ix_records_due", "created_at", "id", where="state = 'heard'"),
    # Only to ask whether all vectors are by one model.
    _index("ix_records_embedded_by", "embedded_by", where="vector IS NOT NULL"),
    sa.Index(None, "heard_at"),
    sa.Index(None, "storyline_id", "created_at"),
    sa.Index(None, "thread"),
    sa.Index(None, "author_key"),
    sa.Index(None, "created_at"),
    sa.Index(None, "url"),
)

record_beats = sa.Table(
    "record_beats",
    metadata,
    _key("record_id"),
    _key("beat"),
    sa.Column("score", sa.Float, nullable=False),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "beat"),
)

# Records whose words, links, address and author were let go of, with a hash of the words.
faded = sa.Table(
    "faded",
    metadata,
    _key("record_id"),
    _when("at"),
    _text("digest"),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
)

# Articles whose pages were looked at for their text, or for a change of it.
articles = sa.Table(
    "articles",
    metadata,
    _key("record_id"),
    # read | unchanged | refused (by robots.txt) | gone | empty | failed
    _text("outcome"),
    _count("looks"),
    # None: it is looked at no more.
    _when("next_look_at", null=True),
    # For the next conditional GET.
    sa.Column("validators", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
)

# Which articles a record is or links to, by their canonical address.
record_links = sa.Table(
    "record_links",
    metadata,
    _key("record_id"),
    _key("link"),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "link"),
)

sources = sa.Table(
    "sources",
    metadata,
    _key("source"),
    # One row per thing that is polled: a feed, a forum, a stream host.
    _key("target"),
    sa.Column("cursor", sa.JSON, nullable=False),
    _when("next_check_at", null=True),
    # Since when it is listened to, and until when everything said is heard.
    _when("heard_since", null=True),
    _when("heard_until", null=True),
    # New records an hour, newer hours counting more.
    sa.Column("rate", sa.Float, nullable=True),
    _when("last_success_at", null=True),
    _count("failures"),
    _when("cooldown_until", null=True),
    _text("last_error", null=True),
)

# Stretches that a source could not give any more.
gaps = sa.Table(
    "gaps",
    metadata,
    _key("source"),
    _key("target"),
    sa.Column("started_at", Instant, primary_key=True),
    _when("ended_at"),
    _text("reason"),
    sa.Index(None, "ended_at"),
)

opt_outs = sa.Table(
    "opt_outs",
    metadata,
    _key("author_key"),
    # quote: never quoted or kept; reply: never answered
    _key("what"),
    _when("since"),
)

# What a person said of being quoted when their network was last asked.
consents = sa.Table(
    "consents",
    metadata,
    _key("author_key"),
    # Why they may not be quoted; nothing if they may.
    _text("refusal", null=True),
    _when("asked_at"),
    sa.Index(None, "asked_at"),
)

# Work that is done once an hour or so notes here for which time it was done.
ticks = sa.Table("ticks", metadata, _key("name"), _when("at"))

# Notice

storylines = sa.Table(
    "storylines",
    metadata,
    _key("id"),
    _text("beat"),
    _text("label"),
    _when("first_at"),
    _when("last_at"),
    _count("size"),
    sa.Column("centroid", sa.LargeBinary, nullable=True),
    # The storyline this one was found to be part of.
    _text("merged_into", null=True),
    sa.Index(None, "last_at"),
)

# How much is usually said on how many days of storylines, by beat, as it was counted for `since`.
usual_counts = sa.Table(
    "usual_counts",
    metadata,
    sa.Column("since", Instant, primary_key=True),
    _key("beat"),
    _count("said"),
    _count("days"),
)

signals = sa.Table(
    "signals",
    metadata,
    _key("id"),
    _text("storyline_id"),
    _text("kind"),
    _text("beat"),
    _when("detected_at"),
    _when("window_start"),
    _when("window_end"),
    _count("observed"),
    _count("authors"),
    sa.Column("baseline", sa.JSON, nullable=False),
    sa.Column("surprise", sa.Float, nullable=False),
    sa.Column("numbers", sa.JSON, nullable=False),
    _text("why"),
    _text("state"),
    _text("reason", null=True),
    # The story on another storyline that tells the same matter.
    _text("same_as", null=True),
    sa.ForeignKeyConstraint(["storyline_id"], ["storylines.id"]),
    sa.Index(None, "detected_at"),
    sa.Index(None, "state"),
    sa.Index(None, "storyline_id"),
)

signal_evidence = sa.Table(
    "signal_evidence",
    metadata,
    _key("signal_id"),
    _key("record_id"),
    _count("position"),
    sa.ForeignKeyConstraint(["signal_id"], ["signals.id"]),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "record_id"),
)

# Tell

stories = sa.Table(
    "stories",
    metadata,
    _key("id"),
    _text("storyline_id"),
    _text("signal_id"),
    _text("beat"),
    _text("state"),
    _count("version"),
    _text("updates", null=True),
    _text("reason", null=True),
    sa.Column("numbers", sa.JSON, nullable=False),
    _when("created_at"),
    _when("updated_at"),
    _when("published_at", null=True),
    sa.ForeignKeyConstraint(["storyline_id"], ["storylines.id"]),
    sa.ForeignKeyConstraint(["signal_id"], ["signals.id"]),
    # One signal is told once, whatever instant the process dies.
    sa.UniqueConstraint("signal_id"),
    sa.Index(None, "state"),
    sa.Index(None, "published_at"),
    sa.Index(None, "storyline_id"),
)

story_versions = sa.Table(
    "story_versions",
    metadata,
    _key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    _text("writer"),
    _text("model", null=True),
    _text("prompt_version", null=True),
    # Why the writer that is asked first did not write it.
    _text("instead", null=True),
    sa.Column("fidelity", sa.Integer, nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    _text("change"),
    _when("created_at"),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
)

claims = sa.Table(
    "claims",
    metadata,
    _key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    _key("claim_id"),
    # 0 headline, 1 deck, 2.. the body
    sa.Column("paragraph", sa.Integer, nullable=False),
    _count("position"),
    _text("kind"),
    _text("text"),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["story_id", "version"], ["story_versions.story_id", "story_versions.version"]),
    # The few that lost their words are asked for at every tick.
    _index("ix_claims_lost", "story_id", "version", where="text = ''"),
)

citations = sa.Table(
    "citations",
    metadata,
    _key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    _key("claim_id"),
    _key("record_id"),
    sa.Column("marker", sa.Integer, nullable=False),
    _text("quote"),
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
    _key("story_id"),
    _key("record_id"),
    # Which of the story's people wrote it, in order; none for a near-copy.
    sa.Column("person", sa.Integer, nullable=True),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
)

spend = sa.Table(
    "spend",
    metadata,
    _key("id"),
    _when("at"),
    _text("stage"),
    # What the call was for; the story that came of it is the one on this signal.
    _text("signal_id", null=True),
    _text("model"),
    # Micro-dollars: money is counted in integers.
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("settled", sa.BigInteger, nullable=True),
    # How the call ended, in a word; none while it is out, or if nobody knows.
    _text("outcome", null=True),
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
    _key("story_id"),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("png", sa.LargeBinary, nullable=False),
    _text("alt"),
    sa.ForeignKeyConstraint(["story_id", "version"], ["story_versions.story_id", "story_versions.version"]),
)

publications = sa.Table(
    "publications",
    metadata,
    _key("id"),
    _text("story_id"),
    sa.Column("version", sa.Integer, nullable=False),
    _text("channel"),
    sa.Column("kind", sa.Text, nullable=False, server_default="story"),
    _text("state"),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("remote", sa.JSON, nullable=False),
    _when("planned_at"),
    _when("sent_at", null=True),
    _count("attempts"),
    _when("retry_at", null=True),
    _text("error", null=True),
    # When the first try began; from then on the channel may have it, whatever became of the try.
    _when("begun_at", null=True),
    # When words of it were taken back, until what stands of it on its channel was seen to.
    _when("torn_at", null=True),
    sa.ForeignKeyConstraint(["story_id", "version"], ["story_versions.story_id", "story_versions.version"]),
    sa.UniqueConstraint("story_id", "version", "channel", "kind"),
    sa.Index(None, "state", "retry_at"),
    _index("ix_publications_torn", "story_id", where="torn_at IS NOT NULL"),
)

# Places on other people's servers that follow beats: a channel of a Discord guild.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    _key("network"),
    _key("place"),
    # "*" for all of them.
    _key("beat"),
    _text("guild"),
    _text("followed_by", null=True),
    _when("since"),
    # Why nothing can be posted there any more, and when the person who followed was told.
    _text("lost", null=True),
    _when("told_at", null=True),
    sa.Index(None, "network", "guild"),
)

# Desk

decisions = sa.Table(
    "decisions",
    metadata,
    # The order in which they were made.
    sa.Column("number", sa.Integer, primary_key=True),
    _text("kind"),
    _text("story_id", null=True),
    sa.Column("version", sa.Integer, nullable=True),
    _text("beat", null=True),
    _text("by"),
    _when("at"),
    _text("reason", null=True),
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
    _key("network"),
    _key("story_id"),
    sa.Column("version", sa.Integer, nullable=False),
    _text("message"),
    sa.ForeignKeyConstraint(["story_id"], ["stories.id"]),
)

# Answer

questions = sa.Table(
    "questions",
    metadata,
    # The remote id, so that a question is answered once.
    _key("id"),
    _text("channel"),
    _text("story_id", null=True),
    _text("state"),
    _text("reason", null=True),
    sa.Column("answer", sa.JSON, nullable=True),
    _when("asked_at"),
    _when("answered_at", null=True),
    # Of those who got an answer, for the quotas.
    _text("author_key", null=True),
    _text("thread", null=True),
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
    _key("question_id"),
    _key("record_id"),
    sa.ForeignKeyConstraint(["question_id"], ["questions.id"]),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "record_id"),
)
