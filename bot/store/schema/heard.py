"""The tables of what is heard and noticed."""

from __future__ import annotations

import sqlalchemy as sa

from bot.store.schema.columns import Instant, count, index, key, metadata, text, when

# Hear

records = sa.Table(
    "records",
    metadata,
    key("id"),
    text("source"),
    text("native_id"),
    text("kind"),
    text("url"),
    text("author_key"),
    text("author_handle"),
    when("created_at"),
    when("heard_at"),
    text("title", null=True),
    text("text"),
    text("lang", null=True),
    text("parent", null=True),
    text("root", null=True),
    # The id of the record that opened the conversation, heard or not.
    text("thread"),
    text("community", null=True),
    sa.Column("links", sa.JSON, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    # heard -> noticed | aside (not about any beat, or in another language); erased keeps only the id
    text("state"),
    text("storyline_id", null=True),
    # The record whose near-copy this is; its own id if it is no copy.
    text("family_id", null=True),
    sa.Column("vector", sa.LargeBinary, nullable=True),
    # The name of the model that its vector is by.
    text("embedded_by", null=True),
    # Its mood towards its storyline's matter (bot/domain/mood.py); none until the storyline is busy.
    sa.Column("stance", sa.Integer, nullable=True),
    text("register", null=True),
    # When its words were taken out of the store.
    when("erased_at", null=True),
    # When its source was last asked whether it still stands.
    when("checked_at", null=True),
    # Without the many that are noticed: whatever asks for those has a better index.
    index("ix_records_due", "created_at", "id", where="state = 'heard'"),
    # Only to ask whether all vectors are by one model.
    index("ix_records_embedded_by", "embedded_by", where="vector IS NOT NULL"),
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
    key("record_id"),
    key("beat"),
    sa.Column("score", sa.Float, nullable=False),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "beat"),
)

# Records whose words, links, address and author were let go of, with a hash of the words.
faded = sa.Table(
    "faded",
    metadata,
    key("record_id"),
    when("at"),
    text("digest"),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
)

# Articles whose pages were looked at for their text, or for a change of it.
articles = sa.Table(
    "articles",
    metadata,
    key("record_id"),
    # read | unchanged | refused (by robots.txt) | gone | empty | failed
    text("outcome"),
    count("looks"),
    # None: it is looked at no more.
    when("next_look_at", null=True),
    # For the next conditional GET.
    sa.Column("validators", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
)

# Which articles a record is or links to, by their canonical address.
record_links = sa.Table(
    "record_links",
    metadata,
    key("record_id"),
    key("link"),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "link"),
)

sources = sa.Table(
    "sources",
    metadata,
    key("source"),
    # One row per thing that is polled: a feed, a forum, a stream host.
    key("target"),
    sa.Column("cursor", sa.JSON, nullable=False),
    when("next_check_at", null=True),
    # Since when it is listened to, and until when everything said is heard.
    when("heard_since", null=True),
    when("heard_until", null=True),
    # New records an hour, newer hours counting more.
    sa.Column("rate", sa.Float, nullable=True),
    when("last_success_at", null=True),
    count("failures"),
    when("cooldown_until", null=True),
    text("last_error", null=True),
)

# Stretches that a source could not give any more.
gaps = sa.Table(
    "gaps",
    metadata,
    key("source"),
    key("target"),
    sa.Column("started_at", Instant, primary_key=True),
    when("ended_at"),
    text("reason"),
    sa.Index(None, "ended_at"),
)

opt_outs = sa.Table(
    "opt_outs",
    metadata,
    key("author_key"),
    # quote: never quoted or kept; reply: never answered
    key("what"),
    when("since"),
)

# What a person said of being quoted when their network was last asked.
consents = sa.Table(
    "consents",
    metadata,
    key("author_key"),
    # Why they may not be quoted; nothing if they may.
    text("refusal", null=True),
    when("asked_at"),
    sa.Index(None, "asked_at"),
)

# Work that is done once an hour or so notes here for which time it was done.
ticks = sa.Table("ticks", metadata, key("name"), when("at"))

# Notice

storylines = sa.Table(
    "storylines",
    metadata,
    key("id"),
    text("beat"),
    text("label"),
    when("first_at"),
    when("last_at"),
    count("size"),
    sa.Column("centroid", sa.LargeBinary, nullable=True),
    # The storyline this one was found to be part of.
    text("merged_into", null=True),
    sa.Index(None, "last_at"),
)

# How much is usually said on how many days of storylines, by beat, as it was counted for `since`.
usual_counts = sa.Table(
    "usual_counts",
    metadata,
    sa.Column("since", Instant, primary_key=True),
    key("beat"),
    count("said"),
    count("days"),
)

signals = sa.Table(
    "signals",
    metadata,
    key("id"),
    text("storyline_id"),
    text("kind"),
    text("beat"),
    when("detected_at"),
    when("window_start"),
    when("window_end"),
    count("observed"),
    count("authors"),
    sa.Column("baseline", sa.JSON, nullable=False),
    sa.Column("surprise", sa.Float, nullable=False),
    sa.Column("numbers", sa.JSON, nullable=False),
    text("why"),
    text("state"),
    text("reason", null=True),
    # The story on another storyline that tells the same matter.
    text("same_as", null=True),
    sa.ForeignKeyConstraint(["storyline_id"], ["storylines.id"]),
    sa.Index(None, "detected_at"),
    sa.Index(None, "state"),
    sa.Index(None, "storyline_id"),
)

signal_evidence = sa.Table(
    "signal_evidence",
    metadata,
    key("signal_id"),
    key("record_id"),
    count("position"),
    sa.ForeignKeyConstraint(["signal_id"], ["signals.id"]),
    sa.ForeignKeyConstraint(["record_id"], ["records.id"]),
    sa.Index(None, "record_id"),
)
